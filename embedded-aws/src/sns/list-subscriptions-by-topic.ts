import type {
  ListSubscriptionsByTopicCommandInput,
  ListSubscriptionsByTopicCommandOutput,
} from '@aws-sdk/client-sns';
import type { Operation } from '../core/service.ts';
import { page } from './paging.ts';
import { shapeOf } from './subscription-lists.ts';
import { findTopic, subscriptionsOf } from './topics.ts';

export const listSubscriptionsByTopic: Operation<
  ListSubscriptionsByTopicCommandInput,
  ListSubscriptionsByTopicCommandOutput
> = {
  kind: 'read',
  accepts: ['NextToken', 'TopicArn'],
  run(input, call) {
    const topic = findTopic(call, input.TopicArn, 'ListSubscriptionsByTopic');
    const all = subscriptionsOf(call).filter((one) => one.topic === topic.id);
    const { items, next } = page(all, input.NextToken);
    return { Subscriptions: items.map(shapeOf), ...next };
  },
};
