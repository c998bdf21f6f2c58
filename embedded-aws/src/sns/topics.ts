import { AwsError } from '../core/errors.ts';
import { denialReason } from '../core/resource-policy.ts';
import type { Call } from '../core/service.ts';
import type { SubscriptionRecord, TopicRecord } from './records.ts';
import { invalid, noTopic } from './refusals.ts';

interface Place {
  readonly account: string;
  readonly region: string;
}

export const topicArn = ({ account, region }: Place, name: string) =>
  `arn:aws:sns:${region}:${account}:${name}`;

/** Refuses a malformed ARN with the text of SNS (localstack/localstack, recorded responses of AWS). */
export function checkArn(arn: string | undefined, name: string): string {
  const parts = (arn ?? '').split(':');
  if (parts.length < 6) {
    throw invalid(`${name} Reason: An ARN must have at least 6 elements, not ${parts.length}`);
  }
  return arn ?? '';
}

/** A topic in the region of the call, if the caller may do `action` with it. */
export function findTopic(call: Call, given: string | undefined, action: string): TopicRecord {
  const arn = checkArn(given, 'TopicArn');
  const [, , service, region, , ...name] = arn.split(':');
  if (service !== 'sns' || region !== call.region || name.length !== 1) throw invalid('TopicArn');
  const topic = call.world.topics.get(arn);
  if (topic === undefined) throw noTopic();
  checkAccess(call, topic, action);
  return topic;
}

export function checkAccess(call: Call, topic: TopicRecord, action: string): void {
  const { id: arn, account: owner } = topic;
  const reason = denialReason(call, { arn, owner, policy: policyOf(topic) }, `SNS:${action}`);
  if (reason !== undefined) throw denied(call, `SNS:${action}`, arn, reason);
}

export function denied({ account }: Call, action: string, arn: string, reason: string): AwsError {
  return new AwsError(
    'AuthorizationError',
    `User: arn:aws:iam::${account}:root is not authorized to perform: ${action} on resource: ${arn} ${reason}`,
    403,
  );
}

export const policyOf = ({ id, account, attributes }: TopicRecord): string =>
  attributes.Policy ?? defaultPolicy(id, account);

const defaultPolicy = (arn: string, account: string): string =>
  JSON.stringify({
    Version: '2008-10-17',
    Id: '__default_policy_ID',
    Statement: [
      {
        Sid: '__default_statement_ID',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [
          'SNS:GetTopicAttributes',
          'SNS:SetTopicAttributes',
          'SNS:AddPermission',
          'SNS:RemovePermission',
          'SNS:DeleteTopic',
          'SNS:Subscribe',
          'SNS:ListSubscriptionsByTopic',
          'SNS:Publish',
        ],
        Resource: arn,
        Condition: { StringEquals: { 'AWS:SourceOwner': account } },
      },
    ],
  });

export function changeTopic({ world, now }: Call, topic: TopicRecord, changes: Partial<TopicRecord>): void {
  world.topics.put({ ...topic, ...changes }, now, 0);
}

/** An unconfirmed subscription is deleted after two days (SNS developer guide, Subscribing an endpoint). */
const confirmationMs = 172_800_000;

export function subscriptionsOf({ world, now }: Pick<Call, 'world' | 'now'>): SubscriptionRecord[] {
  const all = world.subscriptions.all();
  const isExpired = ({ confirmed, createdAt }: SubscriptionRecord) =>
    !confirmed && createdAt + confirmationMs <= now;
  for (const subscription of all) if (isExpired(subscription)) world.subscriptions.delete(subscription.id);
  return all.filter((subscription) => !isExpired(subscription));
}
