import type { TagQueueCommandInput, TagQueueCommandOutput } from '@aws-sdk/client-sqs';
import type { Operation } from '../core/service.ts';
import { changeQueue, findQueue } from './queues.ts';
import { missing } from './refusals.ts';
import { tagsWith } from './tags.ts';

export const tagQueue: Operation<TagQueueCommandInput, TagQueueCommandOutput> = {
  kind: 'write',
  accepts: ['QueueUrl', 'Tags.*'],
  run(input, call) {
    const queue = findQueue(call, input.QueueUrl, 'TagQueue');
    const { Tags = {} } = input;
    if (Object.keys(Tags).length === 0) throw missing('Tags');
    changeQueue(call, queue, { tags: tagsWith(queue.tags, Tags, queue.name) });
    return {};
  },
};
