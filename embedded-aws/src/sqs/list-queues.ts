import type { ListQueuesCommandInput, ListQueuesCommandOutput } from '@aws-sdk/client-sqs';
import type { Operation } from '../core/service.ts';
import { page } from './paging.ts';
import { ownQueues, queueUrl } from './queues.ts';

export const listQueues: Operation<ListQueuesCommandInput, ListQueuesCommandOutput> = {
  kind: 'read',
  accepts: ['MaxResults', 'NextToken', 'QueueNamePrefix'],
  run(input, call) {
    const { QueueNamePrefix: prefix = '' } = input;
    const queues = ownQueues(call).filter(({ name }) => name.startsWith(prefix));
    const { items, next } = page(queues, input);
    const QueueUrls = items.map((queue) => queueUrl(call.world, queue));
    return { ...(QueueUrls.length > 0 && { QueueUrls }), ...next };
  },
};
