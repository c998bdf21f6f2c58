import type { World } from '../core/world.ts';
import type { QueueMessageRecord, QueueRecord } from './records.ts';
import { invalidReceipt, missing } from './refusals.ts';

/** The receipt handle. The receipt handle contains the message id and the receive count. */
export const receiptOf = ({ id, receiveCount, queue }: QueueMessageRecord) =>
  Buffer.from(`${id} ${receiveCount} ${queue}`).toString('base64');

/**
 * The message of a receipt handle, if the message still exists. A receipt handle of a standard
 * queue stays valid after the message is received again (getmoto/moto#4655, checked against AWS;
 * re:Post, How do I troubleshoot "ReceiptHandleIsInvalid" errors). The API reference, however, says
 * that an older handle deletes nothing.
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
