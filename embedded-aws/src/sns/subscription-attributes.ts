import { AwsError, notEmulated } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import type { Protocol, SubscriptionRecord } from './records.ts';
import { invalid } from './refusals.ts';

const notEmulatedAttributes = [
  'DeliveryPolicy',
  'FilterPolicy',
  'FilterPolicyScope',
  'ReplayPolicy',
  'SubscriptionRoleArn',
];

/**
 * Validates an attribute of a subscription and returns the stored value. Error messages start with `messagePrefix`.
 */
export function checkedValue(
  { account, region }: Pick<Call, 'account' | 'region'>,
  protocol: Protocol,
  [name, value]: readonly [name: string, value: string],
  messagePrefix: string,
): string {
  if (notEmulatedAttributes.includes(name)) throw notEmulated(`a subscription with ${name}`);
  if (name === 'RawMessageDelivery') {
    if (!/^(true|false)$/i.test(value)) {
      throw invalid(`${messagePrefix}RawMessageDelivery: Invalid value [${value}]. Must be true or false.`);
    }
    if (protocol !== 'sqs' && /^true$/i.test(value)) {
      throw invalid(`${messagePrefix}Delivery protocol [${protocol}] does not support raw message delivery.`);
    }
    return value.toLowerCase();
  }
  if (name !== 'RedrivePolicy') throw invalid(`${messagePrefix}AttributeName`);
  const target = deadLetterTarget(value, messagePrefix);
  const [, , service, targetRegion, targetAccount, queue] = target.split(':');
  if (queue === undefined || service !== 'sqs') {
    throw invalid(`${messagePrefix}RedrivePolicy: deadLetterTargetArn is an invalid arn`);
  }
  if (targetRegion !== region || targetAccount !== account) {
    throw invalid(
      `${messagePrefix}RedrivePolicy: deadLetterTargetArn must be in the same account and region as the subscription`,
    );
  }
  return value;
}

function deadLetterTarget(text: string, messagePrefix: string): string {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    throw invalid(`${messagePrefix}RedrivePolicy: failed to parse JSON.`);
  }
  return String((policy as { deadLetterTargetArn?: unknown } | null)?.deadLetterTargetArn ?? '');
}

export function deadLetterQueueOf({ attributes }: SubscriptionRecord): string | undefined {
  return attributes.RedrivePolicy === undefined ? undefined : deadLetterTarget(attributes.RedrivePolicy, '');
}

export function attributesOf(subscription: SubscriptionRecord): Record<string, string> {
  const { id, account, topic, protocol, endpoint, attributes, confirmed, token } = subscription;
  return {
    SubscriptionArn: id,
    TopicArn: topic,
    Protocol: protocol,
    Endpoint: endpoint,
    Owner: account,
    SubscriptionPrincipal: `arn:aws:iam::${account}:root`,
    PendingConfirmation: String(!confirmed),
    ConfirmationWasAuthenticated: String(confirmed && token === undefined),
    RawMessageDelivery: 'false',
    ...attributes,
  };
}

/** The subscription that a request names. */
export function findSubscription(call: Call, arn: string | undefined): SubscriptionRecord | undefined {
  if (arn === undefined || arn === '')
    throw invalid('SubscriptionArn Reason: no value for required parameter');
  const parts = arn.split(':');
  if (parts.length < 6) {
    throw invalid(`SubscriptionArn Reason: An ARN must have at least 6 elements, not ${parts.length}`);
  }
  if (parts.length !== 7 || !/^[0-9a-f-]{36}$/.test(parts[6] ?? '')) throw invalid('SubscriptionId');
  const subscription = call.world.subscriptions.get(arn);
  if (subscription === undefined || subscription.region !== call.region) return undefined;
  const owners = [subscription.account, subscription.topic.split(':')[4]];
  if (owners.includes(call.account)) return subscription;
  throw new AwsError(
    'AuthorizationError',
    'Not authorized to perform this operation on the subscription',
    403,
  );
}
