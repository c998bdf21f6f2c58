import { checkAccess } from '../core/authorization.ts';
import { isDuplicated, isRetryable } from '../core/delivery-retries.ts';
import { AwsError } from '../core/errors.ts';
import { startOperation } from '../core/operation.ts';
import { uuid } from '../core/random.ts';
import type { Answer, Call, Services } from '../core/service.ts';
import { count, schedule, type World } from '../core/world.ts';
import { putMessage } from '../sqs/put-message.ts';
import { timeoutSecondsMax } from './configuration.ts';
import { type Failure, failureRecord } from './failure-record.ts';
import { drawSeconds } from './latency.ts';
import type { ResolvedFunction } from './names.ts';
import type { FunctionEventRecord } from './records.ts';

/** The defaults, which are also the maximum values (Lambda API reference, PutFunctionEventInvokeConfig). */
const retriesDefault = 2;
const ageSecondsDefault = 21_600;

/**
 * Waits between the first and second, and between the second and third attempt (Lambda developer guide, Asynchronous
 * invocation).
 */
const waitSeconds = [60, 120];
/**
 * If Lambda itself could not invoke the function, the wait starts with one second and doubles up to this maximum.
 */
const setbackSecondsMax = 300;

/** A running invocation counts as lost this long after the function's timeout. */
const lostAfterSeconds = 60;

/** Puts an event for a function with this role into the queue. A few events are delivered twice. */
export function enqueue(
  { world, region, now }: Call,
  { arn, account, role }: ResolvedFunction & { readonly role: string | undefined },
  payload: string,
): void {
  const requestId = uuid(world.seed, 'function event', count(world, 'function event'));
  for (const id of [requestId, `${requestId}/again`]) {
    const nextAt = now + drawSeconds(world.seed, 'function.queue', id) * 1000;
    const event = { id, account, region, functionArn: arn, ...(role && { role }), requestId, payload };
    put(world, { ...event, since: now, attempts: 0, setbacks: 0, nextAt }, now);
    if (!isDuplicated(world, id)) break;
  }
}

/** Writes an event and schedules its next attempt. */
function put(world: World, event: FunctionEventRecord, at: number): void {
  world.functionEvents.put(event, at, 0);
  schedule(world, 'function.due', event.id, event.nextAt);
}

/**
 * Invokes the function of an event that is due. During the invocation the event stays in the queue, due again when
 * the function must have ended. If the process ends, the event is not lost.
 */
export function attempt(world: World, event: FunctionEventRecord, at: number, services: Services): void {
  if (event.attempts > retriesOf(world, event)) {
    giveUp(world, event, { condition: 'RetriesExhausted' }, at);
    return;
  }
  let answer: Answer;
  try {
    answer = invokeNow(world, event, at, services);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    retryAfterSetback(world, event, error, at);
    return;
  }
  const { timeoutSeconds = timeoutSecondsMax } = world.functions.get(event.functionArn) ?? {};
  const inProgress = {
    ...event,
    attempts: event.attempts + 1,
    nextAt: world.now() + (timeoutSeconds + lostAfterSeconds) * 1000,
  };
  put(world, inProgress, at);
  void Promise.resolve(answer).then((output) => {
    // If the event counts as lost, another attempt handles it now.
    if (world.functionEvents.get(event.id)?.nextAt !== inProgress.nextAt) return;
    if (output.FunctionError === undefined) world.functionEvents.delete(event.id);
    else retryAfterFailure(world, inProgress, output, world.now());
  });
}

function invokeNow(
  world: World,
  { account, region, functionArn: FunctionName, payload }: FunctionEventRecord,
  now: number,
  services: Services,
): Answer {
  const { lambda } = services;
  if (lambda === undefined) throw new Error('the world has no Lambda service');
  const Payload = new TextEncoder().encode(payload);
  const input = { FunctionName, InvocationType: 'RequestResponse', Payload };
  return startOperation(lambda, 'Invoke', input, { world, services, account, region, now, inner: true });
}

/** Retries or drops an event after the function failed. */
function retryAfterFailure(
  world: World,
  event: FunctionEventRecord,
  answer: Readonly<Record<string, unknown>>,
  at: number,
): void {
  const nextAt = at + (waitSeconds[event.attempts - 1] ?? 0) * 1000;
  if (event.attempts > retriesOf(world, event)) {
    giveUp(world, event, { condition: 'RetriesExhausted', answer }, at);
  } else if (isTooOld(world, event, nextAt)) {
    giveUp(world, event, { condition: 'EventAgeExceeded', answer }, at);
  } else {
    put(world, { ...event, nextAt }, at);
  }
}

/**
 * Retries or drops an event that was throttled or that Lambda failed to invoke, which does not count as an attempt.
 * If the function is missing, the event is deleted.
 */
function retryAfterSetback(world: World, event: FunctionEventRecord, error: AwsError, at: number): void {
  if (!isRetryable(error)) {
    world.functionEvents.delete(event.id);
    return;
  }
  const nextAt = at + Math.min(2 ** event.setbacks, setbackSecondsMax) * 1000;
  if (isTooOld(world, event, nextAt)) giveUp(world, event, { condition: 'EventAgeExceeded' }, at);
  else put(world, { ...event, setbacks: event.setbacks + 1, nextAt }, at);
}

const retriesOf = (world: World, { functionArn }: FunctionEventRecord): number =>
  world.functionEventConfigs.get(functionArn)?.maximumRetryAttempts ?? retriesDefault;

function isTooOld(world: World, { functionArn, since }: FunctionEventRecord, at: number): boolean {
  const ageSeconds = world.functionEventConfigs.get(functionArn)?.maximumEventAgeSeconds ?? ageSecondsDefault;
  return at - since > ageSeconds * 1000;
}

/**
 * Sends the event to the queue for failures with the permissions of the function's role. Without a queue that accepts
 * it, the event is lost.
 */
function giveUp(world: World, event: FunctionEventRecord, failure: Failure, at: number): void {
  world.functionEvents.delete(event.id);
  const queueArn = world.functionEventConfigs.get(event.functionArn)?.onFailure;
  if (queueArn === undefined || !maySend(world, event, queueArn)) return;
  putMessage(world, { queueArn, body: JSON.stringify(failureRecord(event, failure, at)), now: at });
}

function maySend(
  world: World,
  { role, functionArn, account, region }: FunctionEventRecord,
  queueArn: string,
): boolean {
  if (role === undefined) return true;
  const session = { arn: role, sessionName: functionArn.split(':').at(-1) ?? '' };
  const input = { QueueUrl: queueArn };
  try {
    const request = { role: session, account, region, service: 'sqs', operation: 'SendMessage', input };
    checkAccess(world.authorize, request);
    return true;
  } catch (error) {
    if (error instanceof AwsError) return false;
    throw error;
  }
}
