import type { UnsubscribeCommandInput, UnsubscribeCommandOutput } from '@aws-sdk/client-sns';
import type { Operation } from '../core/service.ts';
import { findSubscription } from './subscription-attributes.ts';
import { changeTopic } from './topics.ts';

/**
 * Deletes a subscription. Deleting a missing subscription succeeds. Messages that are being delivered still arrive.
 */
export const unsubscribe: Operation<UnsubscribeCommandInput, UnsubscribeCommandOutput> = {
  kind: 'write',
  accepts: ['SubscriptionArn'],
  run(input, call) {
    const subscription = findSubscription(call, input.SubscriptionArn);
    if (subscription === undefined) return {};
    call.world.subscriptions.delete(subscription.id);
    const topic = call.world.topics.get(subscription.topic);
    if (topic !== undefined) {
      changeTopic(call, topic, { subscriptionsDeleted: topic.subscriptionsDeleted + 1 });
    }
    return {};
  },
};
