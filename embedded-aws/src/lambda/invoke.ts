import type { InvocationType, InvokeCommandInput, InvokeCommandOutput } from '@aws-sdk/client-lambda';
import { AwsError, notEmulated } from '../core/errors.ts';
import { isDeeperThan, jsonLevelsMax } from '../core/nesting.ts';
import type { AwaitedOperation, Call } from '../core/service.ts';
import { check } from '../core/validation.ts';
import * as constraints from './constraints.ts';
import type { DeployedFunction } from './functions.ts';
import { functionNotFound, isDeployed, latest, type ResolvedFunction, resolveFunction } from './names.ts';
import { mayInvoke } from './policy.ts';
import { enqueue } from './queue.ts';
import { denied } from './refusals.ts';
import { runFunction } from './run-function.ts';

/** In bytes (Lambda developer guide, Quotas). */
const payloadBytesMax = { RequestResponse: 6_291_456, DryRun: 6_291_456, Event: 1_048_576 } as const;

export const invoke: AwaitedOperation<InvokeCommandInput, InvokeCommandOutput> = {
  kind: 'write',
  accepts: ['FunctionName', 'InvocationType', 'LogType', 'Payload', 'Qualifier'],
  run(input, call) {
    check(input, {
      FunctionName: constraints.functionName,
      Qualifier: constraints.qualifier,
      InvocationType: { oneOf: Object.keys(payloadBytesMax) },
      LogType: { oneOf: ['None', 'Tail'] },
    });
    if (input.LogType === 'Tail') throw notEmulated('lambda:Invoke with LogType Tail');
    const { InvocationType: type = 'RequestResponse', Payload } = input;
    const resolved = resolveFunction(call, input);
    const event = readPayload(bytesOf(Payload), type);
    checkAccess(call, resolved);
    if (type === 'DryRun') return { StatusCode: 204 };
    if (type === 'Event') {
      enqueue(call, { ...resolved, role: call.world.functions.get(resolved.arn)?.role }, event);
      return { StatusCode: 202 };
    }
    const name = resolved.arn.split(':').at(-1) ?? '';
    const deployed = call.world.functions.get(resolved.arn) as DeployedFunction;
    return runFunction(call.world, { deployed, region: call.region, name }, event).then(
      ({ failed, payload }) => ({
        StatusCode: 200,
        ...(failed ? { FunctionError: 'Unhandled' } : {}),
        Payload: new TextEncoder().encode(payload) as NonNullable<InvokeCommandOutput['Payload']>,
        ExecutedVersion: latest,
      }),
    );
  },
};

/** A missing function has no policy that could allow another account: callers of other accounts are denied. */
function checkAccess(call: Call, resolved: ResolvedFunction): void {
  const isForeign = resolved.account !== call.account && call.sender === undefined;
  if (!isForeign && !isDeployed(call.world, resolved)) throw functionNotFound(resolved);
  if (!mayInvoke(call, resolved)) throw denied(call, 'lambda:InvokeFunction', resolved.arn);
  if (!isDeployed(call.world, resolved)) throw functionNotFound(resolved);
}

/** In process, the SDK has not converted the payload to bytes. */
function bytesOf(payload: InvokeCommandInput['Payload']): Uint8Array | undefined {
  if (typeof payload === 'string') return new TextEncoder().encode(payload);
  return payload === undefined ? undefined : new Uint8Array(payload as Uint8Array);
}

/** The event as JSON text. An empty payload is an empty object. */
function readPayload(payload: Uint8Array | undefined, type: InvocationType): string {
  if (payload === undefined || payload.length === 0) return '{}';
  const most = payloadBytesMax[type];
  if (payload.length > most) {
    throw new AwsError(
      'RequestTooLargeException',
      `${payload.length} byte payload is too large for the ${type} invocation type (limit ${most} bytes)`,
      413,
      { Type: 'User' },
    );
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(payload);
    if (!isDeeperThan(JSON.parse(text), jsonLevelsMax)) return text;
  } catch {
    // The payload is refused below.
  }
  throw new AwsError(
    'InvalidRequestContentException',
    'Could not parse request body into json: Could not parse payload into json',
    400,
    { Type: 'User' },
  );
}
