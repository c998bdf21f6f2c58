import type { UntagQueueCommandInput, UntagQueueCommandOutput } from '@aws-sdk/client-sqs';
import type { Operation } from '../core/service.ts';
import { changeQueue, findQueue } from './queues.ts';
import { invalidValue } from './refusals.ts';

export const untagQueue: Operation<UntagQueueCommandInput, UntagQueueCommandOutput> = {
  kind: 'write',
  accepts: ['QueueUrl', 'TagKeys'],
  run(input, call) {
    const queue = findQueue(call, input.QueueUrl, 'UntagQueue');
    const { TagKeys = [] } = input;
    if (TagKeys.length === 0) throw invalidValue('Tag keys must be between 1 and 128 characters in length.');
    const left = Object.entries(queue.tags).filter(([key]) => !TagKeys.includes(key));
    changeQueue(call, queue, { tags: Object.fromEntries(left) });
    return {};
  },
};
