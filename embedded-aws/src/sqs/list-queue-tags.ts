import type { ListQueueTagsCommandInput, ListQueueTagsCommandOutput } from '@aws-sdk/client-sqs';
import type { Operation } from '../core/service.ts';
import { findQueue } from './queues.ts';

export const listQueueTags: Operation<ListQueueTagsCommandInput, ListQueueTagsCommandOutput> = {
  kind: 'read',
  accepts: ['QueueUrl'],
  run(input, call) {
    const { tags } = findQueue(call, input.QueueUrl, 'ListQueueTags');
    return Object.keys(tags).length === 0 ? {} : { Tags: { ...tags } };
  },
};
