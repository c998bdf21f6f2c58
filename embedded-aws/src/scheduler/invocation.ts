import type { Target } from '@aws-sdk/client-scheduler';
import { readArn } from '../core/arn.ts';
import { isRetryable, nextAttempt } from '../core/delivery-retries.ts';
import { AwsError } from '../core/errors.ts';
import { isValidJson } from '../core/nesting.ts';
import { carryOut } from '../core/operation.ts';
import { hex, uuid } from '../core/random.ts';
import type { Call, Services } from '../core/service.ts';
import { schedule, type World } from '../core/world.ts';
import { queueUrl } from '../sqs/queues.ts';
import type { InvocationRecord } from './records.ts';
import { callOf, templateOf } from './templates.ts';
import { operationOf, readUniversal, sdkInput } from './universal.ts';

/**
 * One attempt to invoke the target of a schedule. After a failure it is retried, or the event goes to the dead-letter
 * queue.
 */
export function invoke(world: World, invocation: InvocationRecord, at: number, services: Services): void {
  const { id, account, region, target } = invocation;
  const tried = { ...invocation, attempts: invocation.attempts + 1 };
  // Each attempt has a new id (EventBridge Scheduler user guide, Adding context attributes).
  const executionId = hex(world.seed, 16, 'scheduler execution', id, tried.attempts);
  const input = withContext(target.Input, tried, executionId) ?? JSON.stringify(defaultInput(world, tried));
  const role = target.RoleArn && { arn: target.RoleArn, sessionName: executionId };
  const call: Call = { world, account, region, now: at, ...(role && { role }), services, inner: true };
  try {
    callTarget(call, target, input);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const next = isRetryable(error) ? nextAttempt(world, tried, target.RetryPolicy, at) : undefined;
    if (typeof next === 'number') {
      world.invocations.put(tried, at, 0);
      schedule(world, 'schedule.invokes', id, next);
      return;
    }
    giveUp(call, tried, { error, exhausted: next, executionId, input });
  }
  world.invocations.delete(id);
  if (invocation.isLast) deleteIfCompleted(world, invocation, at);
}

function callTarget(call: Call, target: Target, input: string): void {
  const { universal, request } = callOf(call.world, target, input) ?? {};
  const operation = universal && operationOf(call.services, universal);
  if (operation === undefined) {
    throw new AwsError('ResourceNotFoundException', `The target ${target.Arn} does not exist.`);
  }
  const { service, name } = operation;
  checkEntries(carryOut(service, name, request ?? readInput(operation, input), call));
}

/** The input of a universal target, converted for the API. */
function readInput(
  { service, name, operation }: NonNullable<ReturnType<typeof operationOf>>,
  input: string,
): Record<string, unknown> {
  const given = sdkInput(readObject(input), operation.accepts) as Record<string, unknown>;
  return service.read?.(name, given) ?? given;
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

/** The input of a target whose schedule has no input. */
function defaultInput(world: World, { id, account, region, scheduleArn, scheduledTime }: InvocationRecord) {
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

function readObject(input: string): unknown {
  const value: unknown = isValidJson(input) ? JSON.parse(input) : undefined;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new AwsError('ValidationException', 'The input of the target is not a JSON object.');
}

/** A PutEvents call succeeds even if it refuses the entries. */
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
  readonly input: string;
}

/**
 * Sends a dead letter with the permissions of the schedule's role. Without a queue that accepts it, the dead letter
 * is lost.
 */
function giveUp(
  call: Call,
  { scheduleArn, scheduledTime, target, attempts }: InvocationRecord,
  { error, exhausted, executionId, input }: Failure,
): void {
  const { world, services } = call;
  const queue = readArn(target.DeadLetterConfig?.Arn ?? '');
  if (queue === undefined || services.sqs === undefined) return;
  const attributes = {
    ERROR_CODE: error.code,
    ERROR_MESSAGE: error.message || error.code,
    EXECUTION_ID: executionId,
    ...(exhausted === undefined ? {} : { EXHAUSTED_RETRY_CONDITION: exhausted }),
    IS_PAYLOAD_TRUNCATED: 'false',
    RETRY_ATTEMPTS: String(attempts - 1),
    SCHEDULED_TIME: isoSeconds(scheduledTime),
    SCHEDULE_ARN: scheduleArn,
    TARGET_ARN: sdkArn(target),
  };
  const letter = {
    QueueUrl: queueUrl(world, { ...queue, name: queue.resource }),
    MessageBody: input,
    MessageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
    ),
  };
  try {
    carryOut(services.sqs, 'SendMessage', letter, { ...call, region: queue.region });
  } catch (refused) {
    if (!(refused instanceof AwsError)) throw refused;
  }
}

/** The ARN in a dead letter names the operation, even for a templated target. */
function sdkArn({ Arn = '' }: Target): string {
  const arn = readUniversal(Arn) === undefined ? readArn(Arn) : undefined;
  const template = arn && templateOf(arn);
  return template === undefined ? Arn : `arn:aws:scheduler:::aws-sdk:${template.service}:${template.api}`;
}

/**
 * Deletes a schedule with ActionAfterCompletion DELETE after its last invocation, unless an update gave the schedule
 * a new time.
 */
function deleteIfCompleted(world: World, { scheduleArn }: InvocationRecord, at: number): void {
  const schedule = world.schedules.get(scheduleArn);
  if (schedule?.actionAfterCompletion !== 'DELETE' || schedule.nextAt !== undefined) return;
  world.schedules.remove(scheduleArn, at, 0);
}
