import type {
  ChangeMessageVisibilityBatchCommandInput,
  ChangeMessageVisibilityBatchCommandOutput,
} from '@aws-sdk/client-sqs';
import type { Operation } from '../core/service.ts';
import { eachEntry } from './batches.ts';
import { findQueue } from './queues.ts';
import { hide } from './visibility.ts';

export const changeMessageVisibilityBatch: Operation<
  ChangeMessageVisibilityBatchCommandInput,
  ChangeMessageVisibilityBatchCommandOutput
> = {
  kind: 'write',
  accepts: ['Entries.Id', 'Entries.ReceiptHandle', 'Entries.VisibilityTimeout', 'QueueUrl'],
  run(input, call) {
    const queue = findQueue(call, input.QueueUrl, 'ChangeMessageVisibility');
    return eachEntry(input.Entries, 'ChangeMessageVisibilityBatchRequestEntry', (entry, Id) => {
      hide(call, queue, entry);
      return { Id };
    });
  },
};
