import type { ConfirmSubscriptionCommandInput, ConfirmSubscriptionCommandOutput } from '@aws-sdk/client-sns';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { invalid } from './refusals.ts';
import { checkArn, subscriptionsOf } from './topics.ts';

/** Any caller with the token may confirm. A repeated confirmation succeeds. */
export const confirmSubscription: Operation<
  ConfirmSubscriptionCommandInput,
  ConfirmSubscriptionCommandOutput
> = {
  kind: 'write',
  accepts: ['Token', 'TopicArn'],
  run({ Token: token = '', TopicArn }, call) {
    const topic = checkArn(TopicArn, 'TopicArn');
    if (!/^[0-9a-f]+$/.test(token)) throw new AwsError('InvalidParameter', 'Invalid token');
    const found = subscriptionsOf(call).find((one) => one.topic === topic && one.token === token);
    if (found === undefined) throw invalid('Token');
    call.world.subscriptions.put({ ...found, confirmed: true }, call.now, 0);
    return { SubscriptionArn: found.id };
  },
};
