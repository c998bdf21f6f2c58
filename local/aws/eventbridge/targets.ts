import type { Target } from '@aws-sdk/client-eventbridge';
import { AwsError, notEmulated } from '../errors.ts';
import type { Call } from '../operation.ts';
import { readArn } from './arns.ts';
import { isJsonPath } from './json-paths.ts';
import type { EventRuleRecord } from './records.ts';
import { invalid } from './refusals.ts';
import { isJsonTemplate, isValidJson, placeholdersIn, predefined, predefinedJson } from './transformer.ts';

/** Services whose resources EventBridge invokes and that are no targets here. */
const elsewhere: ReadonlySet<string> = new Set([
  ...['apigateway', 'execute-api', 'appsync', 'batch', 'codebuild', 'codepipeline', 'ecs', 'firehose'],
  ...['glue', 'inspector', 'kinesis', 'lambda', 'logs', 'redshift', 'redshift-serverless', 'sagemaker'],
  ...['sns', 'sqs', 'ssm', 'ssm-incidents', 'ec2'],
]);

/**
 * Refuses a target as PutTargets does. Most texts are those that cdk-preflight measured (badmintoncryer/cdk-preflight, September
 * 2026) or localstack recorded.
 */
export function checkTarget(call: Call, rule: EventRuleRecord, target: Target): void {
  const { Id, Arn = '', RoleArn } = target;
  const arn = readArn(Arn);
  if (arn === undefined) {
    throw invalid(`Parameter ${Arn} is not valid. Reason: Provided Arn is not in correct format.`);
  }
  const isMachine = arn.service === 'states' && /^stateMachine:[^:]+(:[^:]+)?$/.test(arn.resource);
  const isBus = arn.service === 'events' && arn.resource.startsWith('event-bus/');
  if (!isMachine && !isBus) {
    if (elsewhere.has(arn.service) || arn.service === 'states' || arn.service === 'events') {
      throw notEmulated(
        `eventbridge:PutTargets with ${arn.service}:${arn.resource.split(/[:/]/)[0]} as a target`,
      );
    }
    throw invalid(`${arn.service} is not a supported service for a target.`);
  }
  if (isMachine && call.services.sfn === undefined) {
    throw notEmulated(
      'eventbridge:PutTargets with a state machine as a target, where Step Functions is not emulated,',
    );
  }
  if (RoleArn === undefined) throw invalid(`RoleArn is required for target ${Arn}.`);
  if (isMachine && arn.account !== rule.account) {
    throw new AwsError(
      'AccessDeniedException',
      `Access to the resource ${Arn} is denied. Reason: Adding cross-account target is not permitted.`,
    );
  }
  if (isMachine && arn.region !== rule.region) {
    throw invalid(`Parameter ${Arn} is not valid. Reason: Provided Arn is not in the region of the rule.`);
  }
  if (isBus && Arn === rule.bus) {
    throw invalid(
      `Parameter ${Arn} is not valid. Reason: The target event bus is the event bus of the rule ${Id}.`,
    );
  }
  checkInput(target, isBus && arn.account !== rule.account);
  checkDeadLetterQueue(target, rule);
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

/** A standard queue in the region of the rule. Its queue is not emulated: what goes there lies in `world.deadLetters`. */
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
