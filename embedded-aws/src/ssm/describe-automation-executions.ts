import type {
  AutomationExecutionFilter,
  AutomationExecutionMetadata,
  DescribeAutomationExecutionsCommandInput,
  DescribeAutomationExecutionsCommandOutput,
} from '@aws-sdk/client-ssm';
import { AwsError, notEmulated } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { automationExecution, currentStep } from './describe-automation.ts';
import { page } from './paging.ts';
import type { AutomationRecord } from './records.ts';

type AutomationTest = (automation: AutomationRecord) => boolean;

const filterKeys = [
  'DocumentNamePrefix',
  'ExecutionStatus',
  'ExecutionId',
  'ParentExecutionId',
  'CurrentAction',
  'StartTimeBefore',
  'StartTimeAfter',
  'AutomationType',
  'TagKey',
  'TargetResourceGroup',
  'AutomationSubtype',
  'OpsItemId',
];

/** Newest first. A new automation is visible after a delay. */
export const describeAutomationExecutions: Operation<
  DescribeAutomationExecutionsCommandInput,
  DescribeAutomationExecutionsCommandOutput
> = {
  kind: 'read',
  accepts: ['Filters.Key', 'Filters.Values', 'MaxResults', 'NextToken'],
  run: (input, { world, account, region, now }) => {
    check(input, {
      Filters: {
        length: [1, 10],
        members: {
          Key: { required: true, oneOf: filterKeys },
          Values: { required: true, length: [1, 10], each: { length: [1, 150] } },
        },
      },
    });
    const tests = (input.Filters ?? []).map(testOf);
    const automations = world.automations
      .allSeen(now)
      .filter((automation) => automation.account === account && automation.region === region)
      .filter((automation) => tests.every((passes) => passes(automation)))
      .sort((a, b) => b.startTime - a.startTime);
    const { items, ...rest } = page(automations, input, { least: 1, most: 50, defaultSize: 50 });
    return { AutomationExecutionMetadataList: items.map(metadataOf), ...rest };
  },
};

function testOf({ Key, Values = [] }: AutomationExecutionFilter): AutomationTest {
  switch (Key) {
    case 'DocumentNamePrefix':
      return ({ documentName }) => Values.some((prefix) => documentName.startsWith(prefix));
    case 'ExecutionStatus':
      return ({ status }) => Values.includes(status);
    case 'ExecutionId':
      return ({ id }) => Values.includes(id);
    case 'CurrentAction':
      return (automation) => Values.includes(currentStep(automation)?.action ?? '');
    case 'StartTimeBefore':
      return ({ startTime }) => startTime <= timeOf(Values);
    case 'StartTimeAfter':
      return ({ startTime }) => startTime >= timeOf(Values);
    case 'AutomationType':
      return () => Values.includes('Local');
    case 'TagKey':
      return ({ tags }) => Values.some((key) => Object.hasOwn(tags, key));
    // Emulated automations have no parent, subtype or OpsItem.
    case 'ParentExecutionId':
    case 'AutomationSubtype':
    case 'OpsItemId':
      return () => false;
    default:
      throw notEmulated(`ssm:DescribeAutomationExecutions with the filter ${Key}`);
  }
}

export function timeOf([value = '']: readonly string[]): number {
  const time = Date.parse(value);
  if (!Number.isNaN(time)) return time;
  throw new AwsError('InvalidFilterValue', `The filter value ${value} is not a timestamp.`);
}

/** The list entry of an automation, without parameters and steps. */
function metadataOf(automation: AutomationRecord): AutomationExecutionMetadata {
  const {
    StepExecutions: _steps,
    StepExecutionsTruncated: _truncated,
    Parameters: _parameters,
    ...rest
  } = automationExecution(automation);
  return { ...rest, LogFile: '', AutomationType: 'Local' };
}
