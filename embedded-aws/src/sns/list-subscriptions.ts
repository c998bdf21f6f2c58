import type { ListSubscriptionsCommandInput, ListSubscriptionsCommandOutput } from '@aws-sdk/client-sns';
import type { Operation } from '../core/service.ts';
import { page } from './paging.ts';
import { shapeOf } from './subscription-lists.ts';
import { subscriptionsOf } from './topics.ts';

/** The caller's subscriptions, including subscriptions to topics of other accounts. */
export const listSubscriptions: Operation<ListSubscriptionsCommandInput, ListSubscriptionsCommandOutput> = {
  kind: 'read',
  accepts: ['NextToken'],
  run(input, call) {
    const { account, region } = call;
    const own = subscriptionsOf(call).filter((one) => one.account === account && one.region === region);
    const { items, next } = page(own, input.NextToken);
    return { Subscriptions: items.map(shapeOf), ...next };
  },
};
