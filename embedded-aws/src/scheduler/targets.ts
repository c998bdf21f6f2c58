import type { Target } from '@aws-sdk/client-scheduler';
import { readArn } from '../core/arn.ts';
import { notEmulated } from '../core/errors.ts';
import { isValidJson } from '../core/nesting.ts';
import type { Call } from '../core/service.ts';
import { invalid } from './refusals.ts';
import { templateOf } from './templates.ts';
import { isReadOnly, operationOf, readUniversal } from './universal.ts';

/** Templated targets of AWS that are not emulated (EventBridge Scheduler user guide, Using templated targets). */
const notEmulatedServices: ReadonlySet<string> = new Set([
  ...['codebuild', 'codepipeline', 'ecs', 'inspector', 'kinesis', 'firehose', 'sagemaker'],
]);

/**
 * Refuses a target as CreateSchedule does. Most texts were measured by cdk-preflight (badmintoncryer/cdk-preflight,
 * September 2026).
 */
export function checkTarget(call: Call, target: Target): void {
  const { Arn = '', Input, EventBridgeParameters } = target;
  if (Arn.includes(':aws-sdk:')) {
    checkUniversal(call, target);
    return;
  }
  const arn = readArn(Arn);
  if (arn === undefined) throw invalid('Provided Arn is not in correct format.');
  const template = templateOf(arn);
  if (template === undefined || !template.resource.test(arn.resource)) {
    if (template === undefined && !notEmulatedServices.has(arn.service)) {
      throw invalid(`${arn.service} is not a supported service for a target.`);
    }
    throw notEmulated(`a schedule with ${arn.service}:${arn.resource.split(/[:/]/)[0]} as its target`);
  }
  if (arn.region !== call.region) {
    throw invalid(`The target ARN provided does not match the current region ${call.region}.`);
  }
  if (call.services[template.service] === undefined) {
    throw notEmulated(`a schedule with ${arn.service} as its target in a world without ${template.name}`);
  }
  const isBus = arn.service === 'events';
  if (!isBus && EventBridgeParameters !== undefined) {
    throw invalid('Parameters EventBridgeParameters not supported for the target.');
  }
  if (isBus && EventBridgeParameters === undefined) {
    throw invalid('Parameters EventBridgeParameters must be specified.');
  }
  if (Input !== undefined && !isValidJson(Input)) throw invalid('JSON syntax error in input for the target.');
}

function checkUniversal(call: Call, { Arn = '', Input, EventBridgeParameters }: Target): void {
  const universal = readUniversal(Arn);
  // An ARN with a region and an account counts as a resource of Scheduler itself.
  if (universal === undefined) throw invalid('scheduler is not a supported service for a target.');
  if (isReadOnly(universal.api)) throw invalid(`${universal.api} API is not supported.`);
  // The payload would be text in the input, but the API needs bytes.
  const isInvoke = universal.service === 'lambda' && universal.api === 'invoke';
  if (isInvoke || operationOf(call.services, universal) === undefined) {
    throw notEmulated(`a schedule with ${universal.service}:${universal.api} as its target`);
  }
  if (EventBridgeParameters !== undefined) {
    throw invalid('Parameters EventBridgeParameters not supported for the target.');
  }
  if (Input === undefined) throw invalid('You must provide an input to set this target for your schedule.');
  if (!isValidJson(Input)) throw invalid('JSON syntax error in input for the target.');
}
