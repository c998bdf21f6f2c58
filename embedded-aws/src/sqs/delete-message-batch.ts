import type { DeleteMessageBatchCommandInput, DeleteMessageBatchCommandOutput } from '@aws-sdk/client-sqs';
import type { Operation } from '../core/service.ts';
import { eachEntry } from './batches.ts';
import { findQueue } from './queues.ts';
import { receivedWith } from './receipts.ts';

export const deleteMessageBatch: Operation<DeleteMessageBatchCommandInput, DeleteMessageBatchCommandOutput> =
  {
    kind: 'write',
    accepts: ['Entries.Id', 'Entries.ReceiptHandle', 'QueueUrl'],
    run(input, call) {
      const queue = findQueue(call, input.QueueUrl, 'DeleteMessage');
      return eachEntry(input.Entries, 'DeleteMessageBatchRequestEntry', ({ ReceiptHandle }, Id) => {
        const message = receivedWith(call.world, queue, ReceiptHandle);
        if (message !== undefined) call.world.queueMessages.delete(message.id);
        return { Id };
      });
    },
  };
