import { hex } from '../core/random.ts';
import type { World } from '../core/world.ts';
import type { NotificationRecord } from './records.ts';

const address = (region: string) => `https://sns.${region}.amazonaws.com`;

/**
 * The common parts of messages and confirmation requests. The signature is not real and cannot be verified.
 */
function partsOf(world: World, { messageId, topic, publishedAt, region }: NotificationRecord) {
  const version = world.topics.get(topic)?.attributes.SignatureVersion ?? '1';
  return {
    timestamp: new Date(publishedAt).toISOString(),
    version,
    signature: Buffer.from(hex(world.seed, 256, 'signature', messageId)).toString('base64'),
    certificate: `${address(region)}/SimpleNotificationService-${hex(0, 32, 'certificate', region)}.pem`,
  };
}

const unsubscribeUrl = ({ region, subscription }: NotificationRecord) =>
  `${address(region)}/?Action=Unsubscribe&SubscriptionArn=${subscription.id}`;

export const confirmUrl = ({ region, topic, subscription }: NotificationRecord) =>
  `${address(region)}/?Action=ConfirmSubscription&TopicArn=${topic}&Token=${subscription.token}`;

function attributesOf({ attributes }: NotificationRecord) {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { type, text, bytes }]) => [
      name,
      { Type: type, Value: text ?? bytes },
    ]),
  );
}

/** The JSON that SNS sends to a queue (SNS developer guide, Amazon SNS and Amazon SQS). */
export function envelope(world: World, notification: NotificationRecord): string {
  const { kind, messageId, topic, subscription, subject, message } = notification;
  const { timestamp, version, signature, certificate } = partsOf(world, notification);
  const isConfirmation = kind === 'SubscriptionConfirmation';
  const attributes = attributesOf(notification);
  return written({
    Type: kind,
    MessageId: messageId,
    ...(isConfirmation ? { Token: subscription.token } : {}),
    TopicArn: topic,
    ...(subject === undefined ? {} : { Subject: subject }),
    Message: message,
    ...(isConfirmation ? { SubscribeURL: confirmUrl(notification) } : {}),
    Timestamp: timestamp,
    SignatureVersion: version,
    Signature: signature,
    SigningCertURL: certificate,
    ...(isConfirmation ? {} : { UnsubscribeURL: unsubscribeUrl(notification) }),
    ...(Object.keys(attributes).length > 0 && { MessageAttributes: attributes }),
  });
}

/** One line for each member, as SNS writes it. */
function written(members: object): string {
  const lines = Object.entries(members).map(
    ([name, value]) => `  ${JSON.stringify(name)} : ${JSON.stringify(value)}`,
  );
  return `{\n${lines.join(',\n')}\n}`;
}

/**
 * The event for a subscribed function (Lambda developer guide, Invoking Lambda functions with Amazon SNS
 * notifications).
 */
export function lambdaEvent(world: World, notification: NotificationRecord) {
  const { messageId, topic, subscription, subject = null, message } = notification;
  const { timestamp, version, signature, certificate } = partsOf(world, notification);
  return {
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: subscription.id,
        Sns: {
          Type: 'Notification',
          MessageId: messageId,
          TopicArn: topic,
          Subject: subject,
          Message: message,
          Timestamp: timestamp,
          SignatureVersion: version,
          Signature: signature,
          SigningCertUrl: certificate,
          UnsubscribeUrl: unsubscribeUrl(notification),
          MessageAttributes: attributesOf(notification),
        },
      },
    ],
  };
}

/** Subject and body of an e-mail. */
export function emailOf(notification: NotificationRecord): { subject: string; body: string } {
  const { kind, topic, subject = 'AWS Notification Message', message, subscription, region } = notification;
  if (kind === 'SubscriptionConfirmation') {
    return {
      subject: 'AWS Notification - Subscription Confirmation',
      body: `You have chosen to subscribe to the topic:\n${topic}\n\nTo confirm this subscription, click or visit the link below (If this was in error no action is necessary):\n${confirmUrl(notification)}\n`,
    };
  }
  const leave = `${address(region)}/unsubscribe.html?SubscriptionArn=${subscription.id}&Endpoint=${subscription.endpoint}`;
  return {
    subject,
    body: `${message}\n\n--\nIf you wish to stop receiving notifications from this topic, please click or visit the link below to unsubscribe:\n${leave}\n`,
  };
}
