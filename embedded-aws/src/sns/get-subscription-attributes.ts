import type {
  GetSubscriptionAttributesCommandInput,
  GetSubscriptionAttributesCommandOutput,
} from '@aws-sdk/client-sns';
import type { Operation } from '../core/service.ts';
import { noSubscription } from './refusals.ts';
import { attributesOf, findSubscription } from './subscription-attributes.ts';

export const getSubscriptionAttributes: Operation<
  GetSubscriptionAttributesCommandInput,
  GetSubscriptionAttributesCommandOutput
> = {
  kind: 'read',
  accepts: ['SubscriptionArn'],
  run(input, call) {
    const subscription = findSubscription(call, input.SubscriptionArn);
    if (subscription === undefined) throw noSubscription();
    return { Attributes: attributesOf(subscription) };
  },
};
