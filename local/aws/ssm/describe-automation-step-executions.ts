import type {
  DescribeAutomationStepExecutionsCommandInput,
  DescribeAutomationStepExecutionsCommandOutput,
} from '@aws-sdk/client-ssm';
import { AwsError } from '../errors.ts';
import type { Operation } from '../operation.ts';
import { requireAutomation, stepExecutions } from './describe-automation.ts';
import { page } from './errors.ts';

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
  run: ({ AutomationExecutionId, Filters = [], NextToken, MaxResults, ReverseOrder }, call) => {
    const steps = stepExecutions(requireAutomation(call, AutomationExecutionId)).filter((step) =>
      Filters.every(({ Key, Values = [] }) => Values.includes(filterValue(step, Key) ?? '')),
    );
    const { items, ...rest } = page(
      ReverseOrder === true ? steps.reverse() : steps,
      { NextToken, MaxResults },
      { least: 1, most: 50, usual: 50 },
    );
    return { StepExecutions: items, ...rest };
  },
};

function filterValue(
  step: {
    StepExecutionId?: string | undefined;
    StepName?: string | undefined;
    Action?: string | undefined;
    StepStatus?: string | undefined;
  },
  key: string | undefined,
): string | undefined {
  if (key === 'StepExecutionStatus') return step.StepStatus;
  if (key === 'StepExecutionId') return step.StepExecutionId;
  if (key === 'StepName') return step.StepName;
  if (key === 'Action') return step.Action;
  throw new AwsError('InvalidFilterKey', `The filter key ${key} is not valid.`);
}
