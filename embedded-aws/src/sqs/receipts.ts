import type { World } from '../core/world.ts';
import type { QueueMessageRecord, QueueRecord } from './records.ts';
import { invalidReceipt, missing } from './refusals.ts';

/** What says that a message was received, and which time. */
export const receiptOf = ({ id, receiveCount, queue }: QueueMessageRecord) =>
  Buffer.from(`${id} ${receiveCount} ${queue}`).toString('base64');

/**
 * The message that a receipt is for, if it is still there. A receipt of a standard queue stays good when the message is received again
 * (getmoto/moto#4655, checked against AWS; re:Post, How do I troubleshoot "ReceiptHandleIsInvalid" errors), though the API reference
 * says that an older one deletes nothing.
 */
export function receivedWith(
  world: World,
  queue: QueueRecord,
  receipt: string | undefined,
): QueueMessageRecord | undefined {
  if (receipt === undefined || receipt === '') throw missing('ReceiptHandle');
  const [id = '', , from] = Buffer.from(receipt, 'base64').toString().split(' ');
  if (from !== queue.id || !/^[0-9a-f-]{36}$/.test(id)) throw invalidReceipt(receipt);
  const message = world.queueMessages.get(id);
  return message?.queue === queue.id ? message : undefined;
}
