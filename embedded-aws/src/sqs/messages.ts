import { uuid } from '../core/random.ts';
import { count, type World } from '../core/world.ts';
import { numberOf, redriveOf } from './attributes.ts';
import type { Attributes } from './message-attributes.ts';
import { queueAt } from './queues.ts';
import type { QueueMessageRecord, QueueRecord } from './records.ts';

export interface NewMessage {
  readonly body: string;
  readonly attributes: Attributes;
  readonly senderId: string;
  readonly delaySeconds?: number | undefined;
  readonly traceHeader?: string | undefined;
  readonly groupId?: string | undefined;
}

export function enqueue(
  world: World,
  queue: QueueRecord,
  { body, attributes, senderId, delaySeconds, traceHeader, groupId }: NewMessage,
  at: number,
): QueueMessageRecord {
  const { account, region } = queue;
  const turn = count(world, 'queue message');
  const delayedUntil = at + (delaySeconds ?? numberOf(queue, 'DelaySeconds')) * 1000;
  const message: QueueMessageRecord = {
    id: uuid(world.seed, 'queue message', turn),
    account,
    region,
    queue: queue.id,
    body,
    attributes,
    ...(traceHeader === undefined ? {} : { traceHeader }),
    ...(groupId === undefined ? {} : { groupId }),
    senderId,
    sentAt: at,
    turn,
    delayedUntil,
    hiddenUntil: 0,
    receiveCount: 0,
  };
  return world.queueMessages.put(message, at, 0);
}

/**
 * Returns the messages of a queue in the order in which they were sent. Deletes messages whose
 * retention period has ended.
 */
export function messagesIn(world: World, queue: QueueRecord, now: number): QueueMessageRecord[] {
  const ageMaxMs = numberOf(queue, 'MessageRetentionPeriod') * 1000;
  const mine = world.queueMessages.all().filter((message) => message.queue === queue.id);
  for (const { id, sentAt } of mine) if (sentAt + ageMaxMs <= now) world.queueMessages.delete(id);
  return mine.filter(({ sentAt }) => sentAt + ageMaxMs > now).sort((a, b) => a.turn - b.turn);
}

export const isDelayed = ({ delayedUntil, receiveCount }: QueueMessageRecord, now: number) =>
  receiveCount === 0 && delayedUntil > now;
export const isInFlight = ({ hiddenUntil, receiveCount }: QueueMessageRecord, now: number) =>
  receiveCount > 0 && hiddenUntil > now;

/**
 * Receives and hides up to `most` messages. A message that was already received `maxReceiveCount`
 * times moves to the dead-letter queue instead. The message keeps its age there.
 */
export function receive(
  world: World,
  queue: QueueRecord,
  { most, hiddenSeconds }: { most: number; hiddenSeconds: number },
  now: number,
): QueueMessageRecord[] {
  const redrive = redriveOf(queue);
  const deadLetters = redrive && queueAt(world, redrive.deadLetterTargetArn);
  const received: QueueMessageRecord[] = [];
  for (const message of messagesIn(world, queue, now)) {
    if (received.length === most) break;
    if (isDelayed(message, now) || isInFlight(message, now)) continue;
    if (redrive && deadLetters && message.receiveCount >= redrive.maxReceiveCount) {
      world.queueMessages.put(
        { ...message, queue: deadLetters.id, deadLetterSource: queue.id, hiddenUntil: 0 },
        now,
        0,
      );
      continue;
    }
    received.push(
      world.queueMessages.put(
        {
          ...message,
          hiddenUntil: now + hiddenSeconds * 1000,
          receiveCount: message.receiveCount + 1,
          firstReceivedAt: message.firstReceivedAt ?? now,
          lastReceivedAt: now,
        },
        now,
        0,
      ),
    );
  }
  return received;
}
