import { isDuplicated, isRetryable } from '../core/delivery-retries.ts';
import { AwsError } from '../core/errors.ts';
import { uuid } from '../core/random.ts';
import type { Services } from '../core/service.ts';
import { count, schedule, type World } from '../core/world.ts';
import { invokeLater } from '../lambda/invoke-later.ts';
import { putMessage } from '../sqs/put-message.ts';
import { emailOf, envelope, lambdaEvent } from './envelopes.ts';
import { drawSeconds } from './latency.ts';
import type { NotificationRecord, SubscriptionRecord } from './records.ts';
import { deadLetterQueueOf } from './subscription-attributes.ts';

/** Sends a message to one subscription. A few messages are delivered twice. */
export function send(world: World, notification: Omit<NotificationRecord, 'id'>, at: number): void {
  for (let copy = 0; copy < 2; copy++) {
    const id = uuid(world.seed, 'notification on its way', count(world, 'notification on its way'));
    world.notifications.put({ id, ...notification }, at, 0);
    const seconds = drawSeconds(world.seed, 'notification.delivery', id);
    schedule(world, 'notification.delivered', id, at + seconds * 1000);
    if (notification.kind !== 'Notification' || !isDuplicated(world, id)) break;
  }
}

/** Asks the owner of the subscription's endpoint for confirmation. */
export function askForConfirmation(world: World, subscription: SubscriptionRecord, now: number): void {
  const { topic } = subscription;
  send(
    world,
    {
      account: topic.split(':')[4] ?? '',
      region: subscription.region,
      kind: 'SubscriptionConfirmation',
      messageId: uuid(world.seed, 'notification', count(world, 'notification')),
      topic,
      subscription,
      message: `You have chosen to subscribe to the topic ${topic}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
      attributes: {},
      publishedAt: now,
      attempts: 0,
    },
    now,
  );
}

/**
 * One attempt of a delivery. After a failure it is retried, or the message goes to the subscription's dead-letter
 * queue.
 */
export function attempt(
  world: World,
  notification: NotificationRecord,
  at: number,
  services: Services,
): void {
  try {
    deliver(world, notification, at, services);
    world.notifications.delete(notification.id);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const tried = { ...notification, attempts: notification.attempts + 1 };
    const waitSeconds = isRetryable(error) ? waitSecondsAfter(tried.attempts) : undefined;
    if (waitSeconds !== undefined) {
      world.notifications.put(tried, at, 0);
      schedule(world, 'notification.delivered', notification.id, at + waitSeconds * 1000);
      return;
    }
    world.notifications.delete(notification.id);
    giveUp(world, tried, error, at);
  }
}

/**
 * The retries for queues and functions: three immediately, two with a wait of 1 second, ten with waits that grow to
 * 20 seconds, then one every 20 seconds. In total 100,015 attempts over 23 days (SNS developer guide, Message
 * delivery retries).
 */
function waitSecondsAfter(attempts: number): number | undefined {
  if (attempts > 100_015) return undefined;
  if (attempts <= 3) return 0;
  if (attempts <= 5) return 1;
  return attempts <= 15 ? Math.min(20, Math.round(1.35 ** (attempts - 5))) : 20;
}

function deliver(world: World, notification: NotificationRecord, at: number, services: Services): void {
  const { subscription, topic, account } = notification;
  const { protocol, endpoint } = subscription;
  const sender = { service: 'sns.amazonaws.com', sourceArn: topic, account };
  switch (protocol) {
    case 'sqs': {
      const isRaw =
        subscription.attributes.RawMessageDelivery === 'true' && notification.kind === 'Notification';
      const content = isRaw
        ? { body: notification.message, attributes: notification.attributes }
        : { body: envelope(world, notification) };
      if (isRaw && Object.keys(notification.attributes).length > 10) {
        throw new AwsError('InvalidParameterValue', 'A raw message carries at most ten attributes.');
      }
      if (putMessage(world, { queueArn: endpoint, ...content, now: at, sender })) return;
      throw new AwsError(
        'AccessDenied',
        `${endpoint} does not exist, or its policy does not allow sns.amazonaws.com to send to it.`,
        403,
      );
    }
    case 'lambda': {
      const payload = JSON.stringify(lambdaEvent(world, notification));
      invokeLater({ world, services, account, now: at }, { functionArn: endpoint, payload, sender });
      return;
    }
    case 'email': {
      const { region } = notification;
      const id = uuid(world.seed, 'e-mail', count(world, 'e-mail'));
      world.emails.put(
        { id, account, region, topic, to: endpoint, ...emailOf(notification), sentAt: at },
        at,
        0,
      );
    }
  }
}

/** Sends the message to the dead-letter queue. Without a queue the message is lost. */
function giveUp(world: World, notification: NotificationRecord, error: AwsError, at: number): void {
  const { subscription, topic, account } = notification;
  const queueArn = deadLetterQueueOf(subscription);
  if (queueArn === undefined) return;
  const sender = { service: 'sns.amazonaws.com', sourceArn: topic, account };
  const isRaw = subscription.attributes.RawMessageDelivery === 'true';
  putMessage(world, {
    queueArn,
    body: isRaw ? notification.message : envelope(world, notification),
    attributes: {
      RequestID: notification.id,
      ErrorCode: error.code,
      ErrorMessage: error.message,
    },
    now: at,
    sender,
  });
}
