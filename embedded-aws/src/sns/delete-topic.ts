import type { DeleteTopicCommandInput, DeleteTopicCommandOutput } from '@aws-sdk/client-sns';
import type { Operation } from '../core/service.ts';
import { invalid } from './refusals.ts';
import { checkAccess, checkArn } from './topics.ts';

/** Deletes a topic and its subscriptions. Deleting a missing topic succeeds. */
export const deleteTopic: Operation<DeleteTopicCommandInput, DeleteTopicCommandOutput> = {
  kind: 'write',
  accepts: ['TopicArn'],
  run(input, call) {
    const { world, region } = call;
    const arn = checkArn(input.TopicArn, 'TopicArn');
    if (arn.split(':')[3] !== region) throw invalid('TopicArn');
    const topic = world.topics.get(arn);
    if (topic === undefined) return {};
    checkAccess(call, topic, 'DeleteTopic');
    for (const { id, topic: subscribedTopic } of world.subscriptions.all()) {
      if (subscribedTopic === arn) world.subscriptions.delete(id);
    }
    world.topics.delete(arn);
    return {};
  },
};
