import type { SubscribeCommandInput, SubscribeCommandOutput } from '@aws-sdk/client-sns';
import { notEmulated } from '../core/errors.ts';
import { hex, uuid } from '../core/random.ts';
import type { Call, Operation } from '../core/service.ts';
import { count } from '../core/world.ts';
import { askForConfirmation } from './delivery.ts';
import type { Protocol, SubscriptionRecord } from './records.ts';
import { invalid } from './refusals.ts';
import { checkedValue } from './subscription-attributes.ts';
import { findTopic, subscriptionsOf } from './topics.ts';

/**
 * Subscribes an endpoint. Returns the existing subscription if the endpoint is already subscribed with the same
 * attributes.
 */
export const subscribe: Operation<SubscribeCommandInput, SubscribeCommandOutput> = {
  kind: 'write',
  accepts: ['Attributes.*', 'Endpoint', 'Protocol', 'ReturnSubscriptionArn', 'TopicArn'],
  run(input, call) {
    const topic = findTopic(call, input.TopicArn, 'Subscribe');
    const protocol = readProtocol(input.Protocol);
    const endpoint = readEndpoint(protocol, input.Endpoint);
    const attributes = Object.fromEntries(
      Object.entries(input.Attributes ?? {}).map(([name, value = '']) => [
        name,
        checkedValue(call, protocol, [name, value], 'Attributes Reason: '),
      ]),
    );
    const before = subscriptionsOf(call).find(
      (one) => one.topic === topic.id && one.protocol === protocol && one.endpoint === endpoint,
    );
    const subscription = before ?? begin(call, { topic: topic.id, protocol, endpoint, attributes });
    if (
      Object.entries(attributes).some(([name, value]) => (subscription.attributes[name] ?? 'false') !== value)
    ) {
      throw invalid('Attributes Reason: Subscription already exists with different attributes');
    }
    const showsArn = subscription.confirmed || input.ReturnSubscriptionArn === true;
    return { SubscriptionArn: showsArn ? subscription.id : 'pending confirmation' };
  },
};

const notEmulatedProtocols = ['application', 'email-json', 'firehose', 'http', 'https', 'sms'];

function readProtocol(protocol = ''): Protocol {
  if (protocol === 'email' || protocol === 'lambda' || protocol === 'sqs') return protocol;
  if (notEmulatedProtocols.includes(protocol))
    throw notEmulated(`a subscription with the protocol ${protocol}`);
  throw invalid(`Amazon SNS does not support this protocol string: ${protocol}`);
}

function readEndpoint(protocol: Protocol, endpoint = ''): string {
  if (endpoint === '') throw invalid('Endpoint');
  switch (protocol) {
    case 'sqs':
      if (!/^arn:aws[\w-]*:sqs:[^:]+:\d{12}:[\w-]+(\.fifo)?$/.test(endpoint))
        throw invalid('SQS endpoint ARN');
      if (endpoint.endsWith('.fifo')) {
        throw invalid(
          'Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics',
        );
      }
      return endpoint;
    case 'lambda':
      if (!/^arn:aws[\w-]*:lambda:[^:]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/.test(endpoint)) {
        throw invalid('Lambda endpoint ARN');
      }
      return endpoint;
    case 'email':
      if (!/^[^\s@]+@[^\s@]+$/.test(endpoint)) throw invalid('Email address');
      return endpoint;
  }
}

/**
 * The caller's own resources need no confirmation. The reader of an e-mail address, and the owner of another
 * account's queue, must confirm.
 */
function begin(
  call: Call,
  made: Pick<SubscriptionRecord, 'topic' | 'protocol' | 'endpoint' | 'attributes'>,
): SubscriptionRecord {
  const { world, account, region, now } = call;
  const turn = count(world, 'subscription');
  const isOwn = made.protocol !== 'email' && made.endpoint.split(':')[4] === account;
  if (made.protocol === 'lambda' && !isOwn) {
    throw notEmulated("a subscription of another account's function");
  }
  const subscription: SubscriptionRecord = {
    id: `${made.topic}:${uuid(world.seed, 'subscription', turn)}`,
    account,
    region,
    ...made,
    createdAt: now,
    ...(isOwn ? {} : { token: hex(world.seed, 288, 'subscription token', turn) }),
    confirmed: isOwn,
  };
  world.subscriptions.put(subscription, now, 0);
  if (!isOwn) askForConfirmation(world, subscription, now);
  return subscription;
}
