import type { DeleteQueueCommandInput, DeleteQueueCommandOutput } from '@aws-sdk/client-sqs';
import type { Operation } from '../core/service.ts';
import { changeQueue, findQueue } from './queues.ts';

export const deleteQueue: Operation<DeleteQueueCommandInput, DeleteQueueCommandOutput> = {
  kind: 'write',
  accepts: ['QueueUrl'],
  run(input, call) {
    const queue = findQueue(call, input.QueueUrl, 'DeleteQueue');
    for (const { id, queue: where } of call.world.queueMessages.all()) {
      if (where === queue.id) call.world.queueMessages.delete(id);
    }
    changeQueue(call, queue, { deletedAt: call.now });
    return {};
  },
};
