import type {
  PutFunctionEventInvokeConfigCommandInput,
  PutFunctionEventInvokeConfigCommandOutput,
} from '@aws-sdk/client-lambda';
import { readArn } from '../core/arn.ts';
import { notEmulated } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { configShape, resolveOwnFunction } from './event-configs.ts';
import { isDeployed } from './names.ts';
import { invalid, notFound } from './refusals.ts';

/** Replaces the whole configuration. */
export const putFunctionEventInvokeConfig: Operation<
  PutFunctionEventInvokeConfigCommandInput,
  PutFunctionEventInvokeConfigCommandOutput
> = {
  kind: 'write',
  accepts: [
    'DestinationConfig.OnFailure.Destination',
    'FunctionName',
    'MaximumEventAgeInSeconds',
    'MaximumRetryAttempts',
    'Qualifier',
  ],
  run(input, call) {
    const resolved = resolveOwnFunction(call, input, 'PutFunctionEventInvokeConfig');
    check(input, {
      MaximumRetryAttempts: { range: [0, 2] },
      MaximumEventAgeInSeconds: { range: [60, 21_600] },
      DestinationConfig: { members: { OnFailure: { members: { Destination: { length: [0, 350] } } } } },
    });
    const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } = input;
    const given = [MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig];
    if (given.every((value) => value === undefined)) {
      throw invalid('You must specify at least one of error handling or destination setting.');
    }
    if (!isDeployed(call.world, resolved)) throw notFound("The function doesn't exist.");
    // An empty string removes the destination.
    const onFailure = DestinationConfig?.OnFailure?.Destination || undefined;
    if (onFailure !== undefined) checkDestination(onFailure);
    const { world, account, region, now } = call;
    const config = {
      id: resolved.arn,
      account,
      region,
      ...(MaximumRetryAttempts === undefined ? {} : { maximumRetryAttempts: MaximumRetryAttempts }),
      ...(MaximumEventAgeInSeconds === undefined ? {} : { maximumEventAgeSeconds: MaximumEventAgeInSeconds }),
      ...(onFailure === undefined ? {} : { onFailure }),
      lastModified: now,
    };
    world.functionEventConfigs.put(config, now, 0);
    return configShape(config);
  },
};

function checkDestination(text: string): void {
  const { service = '', resource = '' } = readArn(text) ?? {};
  if (['sns', 'lambda', 'events', 's3'].includes(service)) {
    throw notEmulated(`lambda:PutFunctionEventInvokeConfig with a destination of ${service}`);
  }
  if (service !== 'sqs' || resource.endsWith('.fifo')) {
    throw invalid(
      `The provided destination config DestinationConfig(onSuccess=null, onFailure=OnFailure(destination=${text})) is invalid.`,
    );
  }
}
