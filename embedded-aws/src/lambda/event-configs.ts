import type { GetFunctionEventInvokeConfigCommandOutput } from '@aws-sdk/client-lambda';
import type { Call } from '../core/service.ts';
import { check } from '../core/validation.ts';
import * as constraints from './constraints.ts';
import {
  type FunctionReference,
  isDeployed,
  latest,
  type ResolvedFunction,
  resolveFunction,
} from './names.ts';
import type { FunctionEventConfigRecord } from './records.ts';
import { denied, notFound } from './refusals.ts';

/** The function that a request about asynchronous invocations names. The function does not have to exist. */
export function resolveOwnFunction(call: Call, input: FunctionReference, action: string): ResolvedFunction {
  check(input, { FunctionName: constraints.functionName, Qualifier: constraints.qualifier });
  const named = resolveFunction(call, input);
  if (named.account !== call.account) throw denied(call, `lambda:${action}`, named.arn);
  return named;
}

export function findConfig(call: Call, input: FunctionReference, action: string): FunctionEventConfigRecord {
  const named = resolveOwnFunction(call, input, action);
  const config = isDeployed(call.world, named) ? call.world.functionEventConfigs.get(named.arn) : undefined;
  if (config !== undefined) return config;
  const { arn, qualifier = latest } = named;
  throw notFound(`The function ${arn}:${qualifier} doesn't have an EventInvokeConfig`);
}

export function configShape({
  id,
  maximumRetryAttempts,
  maximumEventAgeSeconds,
  onFailure,
  lastModified,
}: FunctionEventConfigRecord): Omit<GetFunctionEventInvokeConfigCommandOutput, '$metadata'> {
  return {
    LastModified: new Date(lastModified),
    FunctionArn: `${id}:${latest}`,
    ...(maximumRetryAttempts === undefined ? {} : { MaximumRetryAttempts: maximumRetryAttempts }),
    ...(maximumEventAgeSeconds === undefined ? {} : { MaximumEventAgeInSeconds: maximumEventAgeSeconds }),
    DestinationConfig: {
      OnSuccess: {},
      OnFailure: onFailure === undefined ? {} : { Destination: onFailure },
    },
  };
}
