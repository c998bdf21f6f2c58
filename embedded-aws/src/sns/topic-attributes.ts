import { notEmulated } from '../core/errors.ts';
import { problemOf } from '../core/resource-policy.ts';
import type { TopicRecord } from './records.ts';
import { invalid } from './refusals.ts';
import { policyOf } from './topics.ts';

const elsewhere =
  /^(DeliveryPolicy|KmsMasterKeyId|TracingConfig|ArchivePolicy|DataProtectionPolicy|.*Feedback.*)$/;
const ofFifo = ['ContentBasedDeduplication', 'FifoThroughputScope', 'FifoTopic'];

/** Attributes as they come in a request, put to those that a topic has. `where` begins a refusal. */
export function attributesWith(
  before: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string | undefined>>,
  where: string,
): Record<string, string> {
  const all = { ...before };
  for (const [name, value = ''] of Object.entries(given)) {
    if (name === 'FifoTopic' && value === 'false') continue;
    if (ofFifo.includes(name)) throw notEmulated(`a FIFO topic (${name})`);
    if (elsewhere.test(name)) throw notEmulated(`a topic with ${name}`);
    checkAttribute(name, value, where);
    all[name] = value;
  }
  return all;
}

function checkAttribute(name: string, value: string, where: string): void {
  switch (name) {
    case 'DisplayName':
      if (value.length > 100) throw invalid(`${where}DisplayName: must be at most 100 characters long`);
      return;
    case 'SignatureVersion':
      if (value !== '1' && value !== '2') throw invalid(`${where}SignatureVersion: must be 1 or 2`);
      return;
    case 'Policy': {
      const problem = problemOf(value);
      if (problem !== undefined) throw invalid(`${where}Policy Error: ${problem}`);
      return;
    }
    default:
      throw invalid('AttributeName');
  }
}

/** Retries of HTTP endpoints, as every topic has them. */
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
