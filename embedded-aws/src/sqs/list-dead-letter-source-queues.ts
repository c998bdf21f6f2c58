import type {
  ListDeadLetterSourceQueuesCommandInput,
  ListDeadLetterSourceQueuesCommandOutput,
} from '@aws-sdk/client-sqs';
import type { Operation } from '../core/service.ts';
import { redriveOf } from './attributes.ts';
import { page } from './paging.ts';
import { findQueue, ownQueues, queueUrl } from './queues.ts';

export const listDeadLetterSourceQueues: Operation<
  ListDeadLetterSourceQueuesCommandInput,
  ListDeadLetterSourceQueuesCommandOutput
> = {
  kind: 'read',
  accepts: ['MaxResults', 'NextToken', 'QueueUrl'],
  run(input, call) {
    const { id } = findQueue(call, input.QueueUrl, 'ListDeadLetterSourceQueues');
    const sources = ownQueues(call).filter((queue) => redriveOf(queue)?.deadLetterTargetArn === id);
    const { items, next } = page(sources, input);
    return { queueUrls: items.map((queue) => queueUrl(call.world, queue)), ...next };
  },
};
