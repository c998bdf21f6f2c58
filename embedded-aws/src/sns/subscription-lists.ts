import type { Subscription } from '@aws-sdk/client-sns';
import type { SubscriptionRecord } from './records.ts';

export const shapeOf = ({
  id,
  account,
  topic,
  protocol,
  endpoint,
  confirmed,
}: SubscriptionRecord): Subscription => ({
  SubscriptionArn: confirmed ? id : 'PendingConfirmation',
  Owner: account,
  Protocol: protocol,
  Endpoint: endpoint,
  TopicArn: topic,
});
