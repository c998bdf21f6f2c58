import type { Target } from '@aws-sdk/client-scheduler';
import { AwsError } from '../errors.ts';
import { bury, isRetryable, nextAttempt } from '../eventbridge/retries.ts';
import { isValidJson } from '../eventbridge/transformer.ts';
import { carryOut, type Services } from '../operation.ts';
import { hex, uuid } from '../random.ts';
import { schedule, type World } from '../world.ts';
import type { InvocationRecord } from './records.ts';
import { operationOf, readUniversal, sdkInput, type Universal } from './universal.ts';

/** One attempt to invoke the target of a schedule; what fails is tried again or goes to the dead-letter queue. */
export function invoke(world: World, invocation: InvocationRecord, at: number, services: Services): void {
  const { id, account, region, target } = invocation;
  const tried = { ...invocation, attempts: invocation.attempts + 1 };
  // One for each attempt (EventBridge Scheduler user guide, Adding context attributes).
  const executionId = hex(world.seed, 16, 'scheduler execution', id, tried.attempts);
  const input = withContext(target.Input, tried, executionId);
  try {
    const { universal, request } = requestOf(world, tried, input);
    const operation = operationOf(services, universal);
    if (operation === undefined) {
      throw new AwsError('ResourceNotFoundException', `The target ${target.Arn} does not exist.`);
    }
    const call = { world, account, region, now: at, services, inner: true };
    const accepts = operation.operation.accepts;
    const given = request === undefined ? sdkInput(readObject(input), accepts) : request;
    const { service, name } = operation;
    const read = service.read?.(name, given) ?? (given as Record<string, unknown>);
    checkEntries(carryOut(service, name, read, call));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const next = isRetryable(error) ? nextAttempt(world, tried, target.RetryPolicy, at) : undefined;
    if (typeof next === 'number') {
      world.invocations.put(tried, at, 0);
      schedule(world, 'schedule.invokes', id, next);
      return;
    }
    giveUp(world, tried, { error, exhausted: next, executionId, input }, at);
  }
  world.invocations.delete(id);
  if (invocation.isLast) forget(world, invocation, at);
}

const isoSeconds = (at: number) => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

function withContext(
  input: string | undefined,
  { scheduleArn, scheduledTime, attempts }: InvocationRecord,
  executionId: string,
): string | undefined {
  return input
    ?.replaceAll('<aws.scheduler.schedule-arn>', scheduleArn)
    .replaceAll('<aws.scheduler.scheduled-time>', isoSeconds(scheduledTime))
    .replaceAll('<aws.scheduler.execution-id>', executionId)
    .replaceAll('<aws.scheduler.attempt-number>', String(attempts));
}

/** The operation that a target stands for, and its input where that is made here. */
function requestOf(
  world: World,
  invocation: InvocationRecord,
  input: string | undefined,
): { universal: Universal; request?: Record<string, unknown> } {
  const { Arn = '', EventBridgeParameters } = invocation.target;
  const universal = readUniversal(Arn);
  if (universal !== undefined) return { universal };
  if (EventBridgeParameters === undefined) {
    return {
      universal: { service: 'sfn', api: 'startExecution' },
      request: { stateMachineArn: Arn, input: input ?? JSON.stringify(usualInput(world, invocation)) },
    };
  }
  const { Source, DetailType } = EventBridgeParameters;
  return {
    universal: { service: 'eventbridge', api: 'putEvents' },
    request: { Entries: [{ EventBusName: Arn, Source, DetailType, Detail: input ?? '{}' }] },
  };
}

/** What a target is given that is given nothing. */
function usualInput(world: World, { id, account, region, scheduleArn, scheduledTime }: InvocationRecord) {
  return {
    version: '0',
    id: uuid(world.seed, 'scheduled event', id),
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account,
    time: isoSeconds(scheduledTime),
    region,
    resources: [scheduleArn],
    detail: '{}',
  };
}

function readObject(input = ''): unknown {
  const value: unknown = isValidJson(input) ? JSON.parse(input) : undefined;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new AwsError('ValidationException', 'The input of the target is not a JSON object.');
}

/** PutEvents succeeds as a call though it refuses what was put. */
function checkEntries({ Entries }: Record<string, unknown>): void {
  if (!Array.isArray(Entries)) return;
  for (const { ErrorCode, ErrorMessage } of Entries as { ErrorCode?: string; ErrorMessage?: string }[]) {
    if (ErrorCode !== undefined) throw new AwsError(ErrorCode, ErrorMessage ?? '');
  }
}

interface Failure {
  readonly error: AwsError;
  readonly exhausted: string | undefined;
  readonly executionId: string;
  readonly input: string | undefined;
}

function giveUp(
  world: World,
  { account, region, scheduleArn, scheduledTime, target, attempts }: InvocationRecord,
  { error, exhausted, executionId, input = '' }: Failure,
  at: number,
): void {
  const queueArn = target.DeadLetterConfig?.Arn;
  // Without a queue it is lost.
  if (queueArn === undefined) return;
  const attributes = {
    ERROR_CODE: error.code,
    ERROR_MESSAGE: error.message,
    EXECUTION_ID: executionId,
    ...(exhausted === undefined ? {} : { EXHAUSTED_RETRY_CONDITION: exhausted }),
    IS_PAYLOAD_TRUNCATED: 'false',
    RETRY_ATTEMPTS: String(attempts - 1),
    SCHEDULED_TIME: isoSeconds(scheduledTime),
    SCHEDULE_ARN: scheduleArn,
    TARGET_ARN: sdkArn(target),
  };
  bury(world, { account, region, queueArn, body: input, attributes }, at);
}

/** A dead letter names the operation, also of a templated target. */
function sdkArn({ Arn = '', EventBridgeParameters }: Target): string {
  if (readUniversal(Arn) !== undefined) return Arn;
  const api = EventBridgeParameters === undefined ? 'sfn:startExecution' : 'eventbridge:putEvents';
  return `arn:aws:scheduler:::aws-sdk:${api}`;
}

/** A schedule goes after its last invocation, unless it was given another one since. */
function forget(world: World, { scheduleArn }: InvocationRecord, at: number): void {
  const schedule = world.schedules.get(scheduleArn);
  if (schedule?.actionAfterCompletion !== 'DELETE' || schedule.nextAt !== undefined) return;
  world.schedules.remove(scheduleArn, at, 0);
}
