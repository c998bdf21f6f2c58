import type { GetTopicAttributesCommandInput, GetTopicAttributesCommandOutput } from '@aws-sdk/client-sns';
import type { Operation } from '../core/service.ts';
import { attributesOf } from './topic-attributes.ts';
import { findTopic, subscriptionsOf } from './topics.ts';

export const getTopicAttributes: Operation<GetTopicAttributesCommandInput, GetTopicAttributesCommandOutput> =
  {
    kind: 'read',
    accepts: ['TopicArn'],
    run(input, call) {
      const topic = findTopic(call, input.TopicArn, 'GetTopicAttributes');
      const mine = subscriptionsOf(call).filter((subscription) => subscription.topic === topic.id);
      const confirmed = mine.filter((subscription) => subscription.confirmed).length;
      return { Attributes: attributesOf(topic, { confirmed, pending: mine.length - confirmed }) };
    },
  };
