import { isDuplicated, isRetryable, nextAttempt } from '../core/delivery-retries.ts';
import { AwsError } from '../core/errors.ts';
import { uuid } from '../core/random.ts';
import type { Services } from '../core/service.ts';
import { count, schedule, type World } from '../core/world.ts';
import { putMessage } from '../sqs/put-message.ts';
import { handOver, senderOf } from './handover.ts';
import { drawSeconds } from './latency.ts';
import type { DeliveryRecord, EventRecord, EventRuleRecord } from './records.ts';
import { envelope } from './target-input.ts';

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
      if (!isDuplicated(world, id)) break;
    }
  }
}

/** One attempt of a delivery. After a failure it is retried, or the event goes to the dead-letter queue. */
export function attempt(world: World, delivery: DeliveryRecord, at: number, services: Services): void {
  try {
    handOver({ world, delivery, at, services });
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

/** Sends the event to the dead-letter queue. Without a queue whose policy allows EventBridge, the event is lost. */
function giveUp(
  world: World,
  delivery: DeliveryRecord,
  error: AwsError,
  exhausted: string | undefined,
  at: number,
): void {
  const { event, ruleArn, target, attempts } = delivery;
  const queueArn = target.DeadLetterConfig?.Arn;
  if (queueArn === undefined) return;
  const attributes = {
    RULE_ARN: ruleArn,
    TARGET_ARN: target.Arn ?? '',
    ERROR_CODE: errorCode(error),
    ERROR_MESSAGE: error.message || error.code,
    ...(exhausted === undefined ? {} : { EXHAUSTED_RETRY_CONDITION: exhausted }),
    RETRY_ATTEMPTS: String(attempts - 1),
  };
  const body = JSON.stringify(envelope(event));
  putMessage(world, { queueArn, body, attributes, now: at, sender: senderOf(delivery) });
}

/** The value of ERROR_CODE for an error of a target (EventBridge user guide, Using dead-letter queues). */
function errorCode({ code, httpStatus }: AwsError): string {
  if (/^[A-Z]+(_[A-Z]+)+$/.test(code)) return code;
  if (/Throttl|TooManyRequests|RequestLimitExceeded/.test(code)) return 'THROTTLING';
  if (/AccessDenied|AuthorizationError|Unauthorized/.test(code)) return 'NO_PERMISSIONS';
  if (/DoesNotExist|NotFound/.test(code)) return 'NO_RESOURCE';
  if (/AlreadyExists/.test(code)) return 'RESOURCE_ALREADY_EXISTS';
  if (/LimitExceeded/.test(code)) return 'RESOURCE_LIMIT_EXCEEDED';
  if (/^Invalid|^Validation/.test(code)) return 'INVALID_PARAMETER';
  return httpStatus >= 500 ? 'ERROR_FROM_TARGET' : 'SDK_CLIENT_ERROR';
}
