import { AwsError } from '../errors.ts';
import { putOnBus } from '../events.ts';
import { drawSeconds } from '../latency.ts';
import { carryOut, type Services } from '../operation.ts';
import { uuid } from '../random.ts';
import { count, schedule, type World } from '../world.ts';
import { readArn } from './arns.ts';
import { mayPutEvents } from './policy.ts';
import type { DeliveryRecord, EventRecord, EventRuleRecord } from './records.ts';
import { bury, comesTwice, isRetryable, nextAttempt } from './retries.ts';
import { envelope, targetInput } from './target-input.ts';
import { isValidJson } from './transformer.ts';

/** Sends an event to all targets of a rule. A few deliveries are made twice. */
export function send(world: World, rule: EventRuleRecord, event: EventRecord, at: number): void {
  for (const target of rule.targets) {
    for (let copy = 0; copy < 2; copy++) {
      const id = uuid(world.seed, 'delivery', count(world, 'delivery'));
      const { account, region, id: ruleArn, name: ruleName } = rule;
      world.deliveries.put(
        { id, account, region, event, ruleArn, ruleName, target, since: at, attempts: 0 },
        at,
        0,
      );
      schedule(world, 'event.delivered', id, at + drawSeconds(world.seed, 'event.delivery', id) * 1000);
      if (!comesTwice(world, id)) break;
    }
  }
}

/** One attempt; what fails is tried again or goes to the dead-letter queue. */
export function attempt(world: World, delivery: DeliveryRecord, at: number, services: Services): void {
  try {
    hand(world, delivery, at, services);
    world.deliveries.delete(delivery.id);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const tried = { ...delivery, attempts: delivery.attempts + 1 };
    const next = isRetryable(error) ? nextAttempt(world, tried, delivery.target.RetryPolicy, at) : undefined;
    if (typeof next === 'number') {
      world.deliveries.put(tried, at, 0);
      schedule(world, 'event.delivered', delivery.id, next);
      return;
    }
    world.deliveries.delete(delivery.id);
    giveUp(world, tried, error, next, at);
  }
}

function hand(world: World, delivery: DeliveryRecord, at: number, services: Services): void {
  const { target } = delivery;
  if (readArn(target.Arn ?? '')?.service === 'events') forward(world, delivery, at);
  else startExecution(world, delivery, at, services);
}

function startExecution(world: World, delivery: DeliveryRecord, at: number, services: Services): void {
  const { id, account, region, target, event } = delivery;
  const sfn = services.sfn;
  if (sfn === undefined) throw new AwsError('NO_RESOURCE', `The target ${target.Arn} does not exist.`);
  const input = targetInput(delivery);
  if (input === undefined || !isValidJson(input)) {
    throw new AwsError('INVALID_JSON', 'The input of the target is not valid JSON.');
  }
  // Each delivery is an execution of its own: one that comes twice starts two.
  const name = `${event.eventId}_${id}`;
  const request = { stateMachineArn: target.Arn, name, input };
  carryOut(sfn, 'StartExecution', request, { world, account, region, now: at, services, inner: true });
}

/** To another bus. From there it goes to no third one (EventBridge user guide, Sending events between event buses). */
function forward(world: World, { account, region, event, target }: DeliveryRecord, at: number): void {
  const bus = target.Arn ?? '';
  const to = readArn(bus);
  const isAbroad = to?.account !== account;
  if (event.sentFrom !== undefined) {
    const code =
      isAbroad || to?.region === region ? 'THIRD_ACCOUNT_HOP_DETECTED' : 'THIRD_REGION_HOP_DETECTED';
    throw new AwsError(
      code,
      'Events that were received from another event bus cannot be sent to a third one.',
    );
  }
  const { id: _id, ...rest } = event;
  if (!mayPutEvents(world, account, bus)) {
    throw new AwsError(
      'CROSS_ACCOUNT_INGESTION_FAILED',
      `No permission to put events on the event bus ${bus}.`,
    );
  }
  if (!bus.endsWith(':event-bus/default') && world.eventBuses.get(bus) === undefined) {
    const code = to?.region === region ? 'NO_RESOURCE' : 'CROSS_REGION_INGESTION_FAILED';
    throw new AwsError(code, `Event bus ${bus} does not exist.`);
  }
  putOnBus(world, { ...rest, bus, sentFrom: event.bus }, at);
}

function giveUp(
  world: World,
  { account, region, event, ruleArn, target, attempts }: DeliveryRecord,
  error: AwsError,
  exhausted: string | undefined,
  at: number,
): void {
  const queueArn = target.DeadLetterConfig?.Arn;
  // Without a queue it is lost.
  if (queueArn === undefined) return;
  const attributes = {
    RULE_ARN: ruleArn,
    TARGET_ARN: target.Arn ?? '',
    ERROR_CODE: errorCode(error),
    ERROR_MESSAGE: error.message,
    ...(exhausted === undefined ? {} : { EXHAUSTED_RETRY_CONDITION: exhausted }),
    RETRY_ATTEMPTS: String(attempts - 1),
  };
  bury(world, { account, region, queueArn, body: JSON.stringify(envelope(event)), attributes }, at);
}

/** What the attribute says of an error of a target (EventBridge user guide, Using dead-letter queues). */
function errorCode({ code, httpStatus }: AwsError): string {
  if (/^[A-Z]+(_[A-Z]+)+$/.test(code)) return code;
  if (/Throttl|TooManyRequests|RequestLimitExceeded/.test(code)) return 'THROTTLING';
  if (/AccessDenied|Unauthorized/.test(code)) return 'NO_PERMISSIONS';
  if (/DoesNotExist|NotFound/.test(code)) return 'NO_RESOURCE';
  if (/AlreadyExists/.test(code)) return 'RESOURCE_ALREADY_EXISTS';
  if (/LimitExceeded/.test(code)) return 'RESOURCE_LIMIT_EXCEEDED';
  if (/^Invalid|^Validation/.test(code)) return 'INVALID_PARAMETER';
  return httpStatus >= 500 ? 'ERROR_FROM_TARGET' : 'SDK_CLIENT_ERROR';
}
