import { notEmulated } from '../core/errors.ts';
import { problemOf } from '../core/resource-policy.ts';
import type { TopicRecord } from './records.ts';
import { invalid } from './refusals.ts';
import { policyOf } from './topics.ts';

const notEmulatedAttributes =
  /^(DeliveryPolicy|KmsMasterKeyId|TracingConfig|ArchivePolicy|DataProtectionPolicy|.*Feedback.*)$/;
const fifoAttributes = ['ContentBasedDeduplication', 'FifoThroughputScope', 'FifoTopic'];

/** Attributes of a request, added to the attributes of a topic. Error messages start with `messagePrefix`. */
export function attributesWith(
  before: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string | undefined>>,
  messagePrefix: string,
): Record<string, string> {
  const all = { ...before };
  for (const [name, value = ''] of Object.entries(given)) {
    if (name === 'FifoTopic' && value === 'false') continue;
    if (fifoAttributes.includes(name)) throw notEmulated(`a FIFO topic (${name})`);
    if (notEmulatedAttributes.test(name)) throw notEmulated(`a topic with ${name}`);
    checkAttribute(name, value, messagePrefix);
    all[name] = value;
  }
  return all;
}

function checkAttribute(name: string, value: string, messagePrefix: string): void {
  switch (name) {
    case 'DisplayName':
      if (value.length > 100)
        throw invalid(`${messagePrefix}DisplayName: must be at most 100 characters long`);
      return;
    case 'SignatureVersion':
      if (value !== '1' && value !== '2') throw invalid(`${messagePrefix}SignatureVersion: must be 1 or 2`);
      return;
    case 'Policy': {
      const problem = problemOf(value);
      if (problem !== undefined) throw invalid(`${messagePrefix}Policy Error: ${problem}`);
      return;
    }
    default:
      throw invalid('AttributeName');
  }
}

/** Retries of HTTP endpoints. All topics have the same value. */
const effectiveDeliveryPolicy = JSON.stringify({
  http: {
    defaultHealthyRetryPolicy: {
      minDelayTarget: 20,
      maxDelayTarget: 20,
      numRetries: 3,
      numMaxDelayRetries: 0,
      numNoDelayRetries: 0,
      numMinDelayRetries: 0,
      backoffFunction: 'linear',
    },
    disableSubscriptionOverrides: false,
    defaultRequestPolicy: { headerContentType: 'text/plain; charset=UTF-8' },
  },
});

export function attributesOf(
  topic: TopicRecord,
  { confirmed, pending }: { confirmed: number; pending: number },
): Record<string, string> {
  return {
    DisplayName: '',
    EffectiveDeliveryPolicy: effectiveDeliveryPolicy,
    ...topic.attributes,
    Owner: topic.account,
    Policy: policyOf(topic),
    SubscriptionsConfirmed: String(confirmed),
    SubscriptionsDeleted: String(topic.subscriptionsDeleted),
    SubscriptionsPending: String(pending),
    TopicArn: topic.id,
  };
}
