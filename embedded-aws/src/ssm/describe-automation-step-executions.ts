import type {
  DescribeAutomationStepExecutionsCommandInput,
  DescribeAutomationStepExecutionsCommandOutput,
  StepExecution,
  StepExecutionFilter,
} from '@aws-sdk/client-ssm';
import { notEmulated } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { id } from './constraints.ts';
import { requireAutomation, stepExecutions } from './describe-automation.ts';
import { timeOf } from './describe-automation-executions.ts';
import { page } from './paging.ts';

const filterKeys = [
  'StartTimeBefore',
  'StartTimeAfter',
  'StepExecutionStatus',
  'StepExecutionId',
  'StepName',
  'Action',
  'ParentStepExecutionId',
  'ParentStepIteration',
  'ParentStepIteratorValue',
];

export const describeAutomationStepExecutions: Operation<
  DescribeAutomationStepExecutionsCommandInput,
  DescribeAutomationStepExecutionsCommandOutput
> = {
  kind: 'read',
  accepts: [
    'AutomationExecutionId',
    'Filters.Key',
    'Filters.Values',
    'NextToken',
    'MaxResults',
    'ReverseOrder',
  ],
  run: (input, call) => {
    check(input, {
      AutomationExecutionId: { required: true, ...id },
      Filters: {
        length: [1, 6],
        members: {
          Key: { required: true, oneOf: filterKeys },
          Values: { required: true, length: [1, 10], each: { length: [1, 150] } },
        },
      },
    });
    const tests = (input.Filters ?? []).map(testOf);
    const steps = stepExecutions(requireAutomation(call, input.AutomationExecutionId)).filter((step) =>
      tests.every((passes) => passes(step)),
    );
    const { items, ...rest } = page(input.ReverseOrder === true ? steps.reverse() : steps, input, {
      least: 1,
      most: 50,
      defaultSize: 50,
    });
    return { StepExecutions: items, ...rest };
  },
};

function testOf({ Key, Values = [] }: StepExecutionFilter): (step: StepExecution) => boolean {
  const has = (value: string | undefined) => value !== undefined && Values.includes(value);
  switch (Key) {
    case 'StepExecutionStatus':
      return ({ StepStatus }) => has(StepStatus);
    case 'StepExecutionId':
      return ({ StepExecutionId }) => has(StepExecutionId);
    case 'StepName':
      return ({ StepName }) => has(StepName);
    case 'Action':
      return ({ Action }) => has(Action);
    case 'StartTimeBefore':
      return ({ ExecutionStartTime }) => Number(ExecutionStartTime) <= timeOf(Values);
    case 'StartTimeAfter':
      return ({ ExecutionStartTime }) => Number(ExecutionStartTime) >= timeOf(Values);
    default:
      throw notEmulated(`ssm:DescribeAutomationStepExecutions with the filter ${Key}`);
  }
}
