import type { GetQueueUrlCommandInput, GetQueueUrlCommandOutput } from '@aws-sdk/client-sqs';
import type { Operation } from '../core/service.ts';
import { checkAccess, queueArn, queueAt, queueUrl } from './queues.ts';
import { missing, noQueue } from './refusals.ts';

export const getQueueUrl: Operation<GetQueueUrlCommandInput, GetQueueUrlCommandOutput> = {
  kind: 'read',
  accepts: ['QueueName', 'QueueOwnerAWSAccountId'],
  run(input, call) {
    const { QueueName: name, QueueOwnerAWSAccountId: account = call.account } = input;
    if (name === undefined) throw missing('QueueName');
    const { world, region } = call;
    const queue = queueAt(world, queueArn({ account, region }, name));
    if (queue === undefined) throw noQueue();
    checkAccess(call, queue, 'GetQueueUrl');
    return { QueueUrl: queueUrl(world, queue) };
  },
};
