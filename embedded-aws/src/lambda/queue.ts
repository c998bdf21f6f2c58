import { checkAccess } from '../core/authorization.ts';
import { AwsError } from '../core/errors.ts';
import { begin } from '../core/operation.ts';
import { uuid } from '../core/random.ts';
import type { Answer, Call, Services } from '../core/service.ts';
import { count, schedule, type World } from '../core/world.ts';
import { comesTwice, isRetryable } from '../eventbridge/retries.ts';
import { putMessage } from '../sqs/put-message.ts';
import { timeoutSecondsMax } from './configuration.ts';
import { type Failure, failureRecord } from './failure-record.ts';
import { drawSeconds } from './latency.ts';
import type { Named } from './names.ts';
import type { FunctionEventRecord } from './records.ts';

/** The defaults, which are the most that can be asked for (Lambda API reference, PutFunctionEventInvokeConfig). */
const retriesDefault = 2;
const ageSecondsDefault = 21_600;

/** Between the first two attempts, and between the second and the third (Lambda developer guide, Asynchronous invocation). */
const waitSeconds = [60, 120];
/** When Lambda itself could not invoke the function: from a second, doubled each time, to this. */
const setbackSecondsMax = 300;

/** So long after the time-out of a function that has not been heard of. */
const lostAfterSeconds = 60;

/** Puts an event for a function with this role into the queue. A few come twice. */
export function enqueue(
  { world, region, now }: Call,
  { arn, account, role }: Named & { readonly role: string | undefined },
  payload: string,
): void {
  const requestId = uuid(world.seed, 'function event', count(world, 'function event'));
  for (const id of [requestId, `${requestId}/again`]) {
    const nextAt = now + drawSeconds(world.seed, 'function.queue', id) * 1000;
    const event = { id, account, region, functionArn: arn, ...(role && { role }), requestId, payload };
    put(world, { ...event, since: now, attempts: 0, setbacks: 0, nextAt }, now);
    if (!comesTwice(world, id)) break;
  }
}

/** Writes an event and lets it be due. */
function put(world: World, event: FunctionEventRecord, at: number): void {
  world.functionEvents.put(event, at, 0);
  schedule(world, 'function.due', event.id, event.nextAt);
}

/**
 * Invokes the function of an event that is due. While it is under way the event stays in the queue, due again when the function must
 * have ended: so it is not lost with the process.
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
    setBack(world, event, error, at);
    return;
  }
  const { timeoutSeconds = timeoutSecondsMax } = world.functions.get(event.functionArn) ?? {};
  const underWay = {
    ...event,
    attempts: event.attempts + 1,
    nextAt: world.now() + (timeoutSeconds + lostAfterSeconds) * 1000,
  };
  put(world, underWay, at);
  void Promise.resolve(answer).then((output) => {
    // One that counts as lost is somebody else's by now.
    if (world.functionEvents.get(event.id)?.nextAt !== underWay.nextAt) return;
    if (output.FunctionError === undefined) world.functionEvents.delete(event.id);
    else again(world, underWay, output, world.now());
  });
}

function invokeNow(
  world: World,
  { account, region, functionArn: FunctionName, payload }: FunctionEventRecord,
  now: number,
  services: Services,
): Answer {
  const { lambda } = services;
  if (lambda === undefined) throw new Error('there is no Lambda to take an event of its queue');
  const Payload = new TextEncoder().encode(payload);
  const input = { FunctionName, InvocationType: 'RequestResponse', Payload };
  return begin(lambda, 'Invoke', input, { world, services, account, region, now, inner: true });
}

/** After a failure of the function. */
function again(
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

/** After a throttle or a failure of Lambda's own, which count as no attempts. A function that is gone takes its events with it. */
function setBack(world: World, event: FunctionEventRecord, error: AwsError, at: number): void {
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

/** To the queue for failures, in the rights of the function's role. Without a queue that takes it it is lost. */
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
