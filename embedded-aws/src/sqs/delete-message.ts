import type { DeleteMessageCommandInput, DeleteMessageCommandOutput } from '@aws-sdk/client-sqs';
import type { Operation } from '../core/service.ts';
import { findQueue } from './queues.ts';
import { receivedWith } from './receipts.ts';

/** Deleting a message that is already gone succeeds. */
export const deleteMessage: Operation<DeleteMessageCommandInput, DeleteMessageCommandOutput> = {
  kind: 'write',
  accepts: ['QueueUrl', 'ReceiptHandle'],
  run(input, call) {
    const queue = findQueue(call, input.QueueUrl, 'DeleteMessage');
    const message = receivedWith(call.world, queue, input.ReceiptHandle);
    if (message !== undefined) call.world.queueMessages.delete(message.id);
    return {};
  },
};
