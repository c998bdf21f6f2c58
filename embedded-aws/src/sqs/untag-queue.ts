import type { UntagQueueCommandInput, UntagQueueCommandOutput } from '@aws-sdk/client-sqs';
import type { Operation } from '../core/service.ts';
import { changeQueue, findQueue } from './queues.ts';
import { missing } from './refusals.ts';

export const untagQueue: Operation<UntagQueueCommandInput, UntagQueueCommandOutput> = {
  kind: 'write',
  accepts: ['QueueUrl', 'TagKeys'],
  run(input, call) {
    const queue = findQueue(call, input.QueueUrl, 'UntagQueue');
    const { TagKeys } = input;
    if (TagKeys === undefined) throw missing('TagKeys');
    const left = Object.entries(queue.tags).filter(([key]) => !TagKeys.includes(key));
    changeQueue(call, queue, { tags: Object.fromEntries(left) });
    return {};
  },
};
