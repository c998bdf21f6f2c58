import type {
  SetSubscriptionAttributesCommandInput,
  SetSubscriptionAttributesCommandOutput,
} from '@aws-sdk/client-sns';
import type { Operation } from '../core/service.ts';
import { invalid, noSubscription } from './refusals.ts';
import { checkedValue, findSubscription } from './subscription-attributes.ts';

/** An empty redrive policy removes the policy. */
export const setSubscriptionAttributes: Operation<
  SetSubscriptionAttributesCommandInput,
  SetSubscriptionAttributesCommandOutput
> = {
  kind: 'write',
  accepts: ['AttributeName', 'AttributeValue', 'SubscriptionArn'],
  run(input, call) {
    const subscription = findSubscription(call, input.SubscriptionArn);
    if (subscription === undefined) throw noSubscription();
    const { AttributeName: name, AttributeValue: value = '' } = input;
    if (name === undefined) throw invalid('AttributeName');
    const { [name]: _before, ...others } = subscription.attributes;
    const isRemoval = name === 'RedrivePolicy' && (value === '' || value === '{}');
    const attributes = isRemoval
      ? others
      : { ...others, [name]: checkedValue(call, subscription.protocol, [name, value], '') };
    call.world.subscriptions.put({ ...subscription, attributes }, call.now, 0);
    return {};
  },
};
