import type { PurgeQueueCommandInput, PurgeQueueCommandOutput } from '@aws-sdk/client-sqs';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { changeQueue, findQueue } from './queues.ts';

const betweenPurgesMs = 60_000;

/** Deletes all messages immediately. AWS takes up to a minute. */
export const purgeQueue: Operation<PurgeQueueCommandInput, PurgeQueueCommandOutput> = {
  kind: 'write',
  accepts: ['QueueUrl'],
  run(input, call) {
    const { world, now } = call;
    const queue = findQueue(call, input.QueueUrl, 'PurgeQueue');
    if (queue.purgedAt !== undefined && now - queue.purgedAt < betweenPurgesMs) {
      throw new AwsError(
        'AWS.SimpleQueueService.PurgeQueueInProgress',
        `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`,
        403,
      );
    }
    for (const { id, queue: where } of world.queueMessages.all()) {
      if (where === queue.id) world.queueMessages.delete(id);
    }
    changeQueue(call, queue, { purgedAt: now });
    return {};
  },
};
