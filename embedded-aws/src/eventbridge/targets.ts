import type { Target } from '@aws-sdk/client-eventbridge';
import { type Arn, readArn } from '../core/arn.ts';
import { AwsError, notEmulated } from '../core/errors.ts';
import { isValidJson } from '../core/nesting.ts';
import type { Call } from '../core/service.ts';
import { isJsonPath } from './json-paths.ts';
import type { EventRuleRecord } from './records.ts';
import { invalid } from './refusals.ts';
import { isJsonTemplate, placeholdersIn, predefined, predefinedJson } from './transformer.ts';

/** Services that EventBridge supports as targets, but that are not emulated as targets. */
const notEmulatedServices: ReadonlySet<string> = new Set([
  ...['apigateway', 'execute-api', 'appsync', 'batch', 'codebuild', 'codepipeline', 'ecs', 'firehose'],
  ...['glue', 'inspector', 'kinesis', 'logs', 'redshift', 'redshift-serverless', 'sagemaker'],
  ...['ssm', 'ssm-incidents', 'ec2'],
]);

/** Emulated targets: their resources, and whether EventBridge needs a role to call them. */
const kinds: Readonly<Record<string, { resource: RegExp; role: boolean; service?: string; name?: string }>> =
  {
    states: { resource: /^stateMachine:[^:]+(:[^:]+)?$/, role: true, service: 'sfn', name: 'Step Functions' },
    events: { resource: /^event-bus\//, role: true },
    lambda: { resource: /^function:[\w-]+(:[\w$-]+)?$/, role: false, service: 'lambda', name: 'Lambda' },
    sns: { resource: /^[\w-]{1,256}$/, role: false, service: 'sns', name: 'SNS' },
    sqs: { resource: /^[\w-]{1,80}$/, role: false },
  };

/**
 * Refuses a target as PutTargets does. Most texts were measured by cdk-preflight (badmintoncryer/cdk-preflight,
 * September 2026) or recorded by localstack.
 */
export function checkTarget(call: Call, rule: EventRuleRecord, target: Target): void {
  const { Id, Arn = '' } = target;
  const arn = readArn(Arn);
  if (arn === undefined) {
    throw invalid(`Parameter ${Arn} is not valid. Reason: Provided Arn is not in correct format.`);
  }
  const found = Object.hasOwn(kinds, arn.service) ? kinds[arn.service] : undefined;
  const what = `${arn.service}:${arn.resource.split(/[:/]/)[0]}`;
  if (found === undefined || !found.resource.test(arn.resource)) {
    if (found !== undefined || notEmulatedServices.has(arn.service)) {
      throw notEmulated(`eventbridge:PutTargets with ${what} as a target`);
    }
    throw invalid(`${arn.service} is not a supported service for a target.`);
  }
  if (found.service !== undefined && call.services[found.service] === undefined) {
    throw notEmulated(`eventbridge:PutTargets with ${what} as a target in a world without ${found.name}`);
  }
  checkRole(target, arn, rule, found.role);
  const isBus = arn.service === 'events';
  if (!isBus && arn.region !== rule.region) {
    throw invalid(`Parameter ${Arn} is not valid. Reason: Provided Arn is not in the region of the rule.`);
  }
  if (Arn === rule.bus) {
    throw invalid(
      `Parameter ${Arn} is not valid. Reason: The target event bus is the event bus of the rule ${Id}.`,
    );
  }
  checkInput(target, isBus && arn.account !== rule.account);
  checkDeadLetterQueue(target, rule);
}

/**
 * EventBridge needs no role for functions, queues and topics: their resource policies allow it. With a role,
 * EventBridge could also use resources of other accounts.
 */
function checkRole({ Arn, RoleArn }: Target, arn: Arn, rule: EventRuleRecord, isNeeded: boolean): void {
  if (isNeeded && RoleArn === undefined) throw invalid(`RoleArn is required for target ${Arn}.`);
  if (!isNeeded && RoleArn !== undefined) {
    throw notEmulated(`eventbridge:PutTargets with a role for a target of ${arn.service}`);
  }
  if (arn.service === 'events' || arn.account === rule.account) return;
  throw new AwsError(
    'AccessDeniedException',
    `Access to the resource ${Arn} is denied. Reason: Adding cross-account target is not permitted.`,
  );
}

function checkInput(target: Target, isForeignBus: boolean): void {
  const { Id, Input, InputPath, InputTransformer } = target;
  const given = Object.entries({ Input, InputPath, InputTransformer }).filter(
    ([, value]) => value !== undefined,
  );
  if (given.length > 1) {
    throw invalid(`Only one of Input, InputPath, or InputTransformer must be provided for target ${Id}.`);
  }
  if (isForeignBus && given.length > 0) {
    // "Not available … if the target is an event bus of a different account" (EventBridge API reference, PutTargets).
    throw invalid(`Parameter(s) ${given[0]?.[0]} not supported for target: ${Id}.`);
  }
  if (Input !== undefined && !isValidJson(Input))
    throw invalid(`JSON syntax error in input for target ${Id}.`);
  const paths = [InputPath ?? [], Object.values(InputTransformer?.InputPathsMap ?? {})].flat();
  if (!paths.every(isJsonPath)) throw invalid(`InputPath for target ${Id} is invalid.`);
  if (InputTransformer !== undefined) checkTransformer(Id, InputTransformer);
}

function checkTransformer(
  id: string | undefined,
  { InputPathsMap = {}, InputTemplate = '' }: NonNullable<Target['InputTransformer']>,
): void {
  for (const name of placeholdersIn(InputTemplate)) {
    if (!Object.hasOwn(InputPathsMap, name) && !predefined.includes(name)) {
      throw invalid(`InputTemplate for target ${id} contains invalid placeholder ${name}.`);
    }
    if (predefinedJson.includes(name) && !isJsonTemplate(InputTemplate)) {
      throw invalid(
        `InputTemplate for target ${id} contains placeholder ${name} valid only for JSON template.`,
      );
    }
  }
}

/** The queue must be a standard queue in the region of the rule. The queue does not have to exist. */
function checkDeadLetterQueue({ DeadLetterConfig }: Target, rule: EventRuleRecord): void {
  const text = DeadLetterConfig?.Arn;
  if (text === undefined) return;
  const arn = readArn(text);
  if (arn === undefined) {
    throw invalid(`Parameter ${text} is not valid. Reason: Provided Arn is not in correct format.`);
  }
  if (arn.service !== 'sqs') throw invalid(`${arn.service} is not supported as a dead letter resource.`);
  if (arn.resource.endsWith('.fifo')) throw invalid('SQS FIFO is not supported by Dead Letter Queues.');
  if (arn.region !== rule.region) {
    throw invalid(`Parameter ${text} is not valid. Reason: Provided Arn is not in the region of the rule.`);
  }
}
