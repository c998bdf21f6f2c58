import type { PublishBatchRequestEntry } from '@aws-sdk/client-sns';
import { notEmulated } from '../core/errors.ts';
import { isDeeperThan, jsonLevelsMax } from '../core/nesting.ts';
import { uuid } from '../core/random.ts';
import { count, type World } from '../core/world.ts';
import { sizeOf } from '../sqs/message-attributes.ts';
import type { MessageAttribute } from '../sqs/records.ts';
import { send } from './delivery.ts';
import { readAttributes } from './message-attributes.ts';
import type { Protocol, SubscriptionRecord, TopicRecord } from './records.ts';
import { invalid } from './refusals.ts';
import { subscriptionsOf } from './topics.ts';

export type Message = Partial<Omit<PublishBatchRequestEntry, 'Id'>>;

export const messageParameters = (prefix: string) =>
  ['Message', 'MessageAttributes.*', 'MessageDeduplicationId', 'MessageStructure', 'Subject'].map(
    (name) => `${prefix}${name}`,
  );

/**
 * The limit for a message with its attributes in UTF-8, and for all messages of a batch together (SNS API reference,
 * Publish).
 */
export const bytesMax = 262_144;

/** A validated message. */
export interface CheckedMessage {
  /** The text for each protocol; `default` for the other protocols. */
  readonly texts: Readonly<Partial<Record<Protocol, string>>> & { readonly default: string };
  readonly subject?: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly bytes: number;
}

export function checkMessage(message: Message, at?: string): CheckedMessage {
  const { Message: text = '', Subject: subject, MessageStructure: structure } = message;
  if (subject !== undefined && !/^[^\p{Cc}]{1,100}$/u.test(subject)) throw invalid('Subject');
  if (text === '') throw invalid('Empty message');
  const attributes = readAttributes(message.MessageAttributes, at);
  const bytes = Buffer.byteLength(text) + sizeOf(attributes);
  if (bytes > bytesMax) throw invalid('Message too long');
  if (message.MessageDeduplicationId !== undefined) {
    throw invalid(
      'MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type',
    );
  }
  if (structure !== undefined && structure !== 'json') throw invalid('MessageStructure');
  const texts = structure === 'json' ? readStructure(text) : { default: text };
  return { texts, ...(subject === undefined ? {} : { subject }), attributes, bytes };
}

function readStructure(text: string): CheckedMessage['texts'] {
  let structure: unknown;
  try {
    structure = JSON.parse(text);
  } catch {
    throw invalid('Message Structure - JSON message body failed to parse');
  }
  if (isDeeperThan(structure, jsonLevelsMax)) throw notEmulated('a message of more than 100 levels');
  const texts = structure as Record<string, unknown> | null;
  if (typeof texts?.default !== 'string') {
    throw invalid('Message Structure - No default entry in JSON message body');
  }
  const named = Object.entries(texts).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(named) as unknown as CheckedMessage['texts'];
}

/** Sends a message to all confirmed subscriptions of a topic. Each delivery is independent. */
export function publishTo(world: World, topic: TopicRecord, message: CheckedMessage, now: number): string {
  const messageId = uuid(world.seed, 'notification', count(world, 'notification'));
  const { subject, attributes, texts } = message;
  const subscribers = subscriptionsOf({ world, now }).filter(
    (subscription: SubscriptionRecord) => subscription.topic === topic.id && subscription.confirmed,
  );
  for (const subscription of subscribers) {
    send(
      world,
      {
        account: topic.account,
        region: topic.region,
        kind: 'Notification',
        messageId,
        topic: topic.id,
        subscription,
        message: texts[subscription.protocol] ?? texts.default,
        ...(subject === undefined ? {} : { subject }),
        attributes,
        publishedAt: now,
        attempts: 0,
      },
      now,
    );
  }
  return messageId;
}
