import type { SendMessageBatchCommandInput, SendMessageBatchCommandOutput } from '@aws-sdk/client-sqs';
import type { Operation } from '../core/service.ts';
import { batchTooLong, eachEntry } from './batches.ts';
import { findQueue } from './queues.ts';
import { sendOne, sendParameters } from './sending.ts';

/**
 * The limit for all messages of a batch together, regardless of the queue's limit for one message.
 */
const bytesMax = 1_048_576;

export const sendMessageBatch: Operation<SendMessageBatchCommandInput, SendMessageBatchCommandOutput> = {
  kind: 'write',
  accepts: ['Entries.Id', 'QueueUrl', ...sendParameters('Entries.')],
  run(input, call) {
    const queue = findQueue(call, input.QueueUrl, 'SendMessage');
    const bytes = (input.Entries ?? []).reduce((sum, entry) => sum + sizeOfEntry(entry), 0);
    if (bytes > bytesMax) throw batchTooLong(bytesMax, bytes);
    return eachEntry(input.Entries, 'SendMessageBatchRequestEntry', (entry, Id) => ({
      Id,
      ...sendOne(call, queue, entry),
    }));
  },
};

type Entry = NonNullable<SendMessageBatchCommandInput['Entries']>[number];

function sizeOfEntry({ MessageBody = '', MessageAttributes = {} }: Entry): number {
  return Object.entries(MessageAttributes).reduce(
    (sum, [name, { DataType = '', StringValue = '', BinaryValue }]) =>
      sum + Buffer.byteLength(name + DataType + StringValue) + (BinaryValue?.length ?? 0),
    Buffer.byteLength(MessageBody),
  );
}
