import {
  ConfirmSubscriptionCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListSubscriptionsCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SubscribeCommand,
  type SubscribeCommandInput,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { describe, expect, test } from 'vitest';
import {
  ACCOUNT,
  FUNCTION,
  OTHER,
  queueArn,
  REGION,
  refusal,
  simulateTopics,
  TOPIC,
} from './simulated-topics.ts';

const toQueue = (changes: Partial<SubscribeCommandInput> = {}) =>
  new SubscribeCommand({ TopicArn: TOPIC, Protocol: 'sqs', Endpoint: queueArn('inbox'), ...changes });

describe('Subscribe', () => {
  test('subscribes a queue of the caller immediately, once', async () => {
    const { send, topic, subscribed } = simulateTopics();
    await topic();
    const arn = await subscribed('inbox', { RawMessageDelivery: 'TRUE' });
    expect(arn).toMatch(new RegExp(`^${TOPIC}:[0-9a-f-]{36}$`));
    expect((await send(toQueue())).SubscriptionArn).toBe(arn);
    expect((await send(toQueue({ Attributes: { RawMessageDelivery: 'true' } }))).SubscriptionArn).toBe(arn);
    const { Attributes } = await send(new GetSubscriptionAttributesCommand({ SubscriptionArn: arn }));
    expect(Attributes).toMatchObject({
      ConfirmationWasAuthenticated: 'true',
      Endpoint: queueArn('inbox'),
      Owner: ACCOUNT,
      PendingConfirmation: 'false',
      Protocol: 'sqs',
      RawMessageDelivery: 'true',
      SubscriptionArn: arn,
      TopicArn: TOPIC,
    });
    const shape = {
      SubscriptionArn: arn,
      Owner: ACCOUNT,
      Protocol: 'sqs',
      Endpoint: queueArn('inbox'),
      TopicArn: TOPIC,
    };
    expect((await send(new ListSubscriptionsCommand())).Subscriptions).toEqual([shape]);
    const byTopic = await send(new ListSubscriptionsByTopicCommand({ TopicArn: TOPIC }));
    expect(byTopic.Subscriptions).toEqual([shape]);
  });

  test('asks the reader of an e-mail address for confirmation, for two days', async () => {
    const { send, topic, world, pass } = simulateTopics();
    await topic();
    const email = { Protocol: 'email', Endpoint: 'someone@example.com' };
    expect((await send(toQueue(email))).SubscriptionArn).toBe('pending confirmation');
    const told = await send(toQueue({ ...email, ReturnSubscriptionArn: true }));
    expect(told.SubscriptionArn).toContain(`${TOPIC}:`);
    await pass(10);
    expect(world.emails.all()).toMatchObject([
      { to: 'someone@example.com', subject: 'AWS Notification - Subscription Confirmation' },
    ]);
    const { Subscriptions } = await send(new ListSubscriptionsCommand());
    expect(Subscriptions).toMatchObject([{ SubscriptionArn: 'PendingConfirmation' }]);
    await send(new PublishCommand({ TopicArn: TOPIC, Message: 'no subscriber gets this' }));
    await pass(172_800);
    expect((await send(new ListSubscriptionsCommand())).Subscriptions).toEqual([]);
    expect(world.emails.all()).toHaveLength(1);
  });

  test('is confirmed with the token that was sent', async () => {
    const { send, topic, world, pass } = simulateTopics();
    await topic();
    await send(toQueue({ Protocol: 'email', Endpoint: 'someone@example.com' }));
    await pass(10);
    const [, token = ''] = /Token=([0-9a-f]+)/.exec(world.emails.all()[0]?.body ?? '') ?? [];
    const confirm = (Token: string) => send(new ConfirmSubscriptionCommand({ TopicArn: TOPIC, Token }));
    expect(await refusal(confirm('not-hex'))).toMatchObject({ message: 'Invalid token' });
    expect(await refusal(confirm('abc'))).toMatchObject({ message: 'Invalid parameter: Token' });
    const { SubscriptionArn } = await confirm(token);
    expect(await confirm(token)).toMatchObject({ SubscriptionArn });
    await send(new PublishCommand({ TopicArn: TOPIC, Subject: 'Baked', Message: 'It is done.' }));
    await pass(10);
    expect(world.emails.all()[1]).toMatchObject({
      to: 'someone@example.com',
      subject: 'Baked',
      body: expect.stringContaining('It is done.\n\n--\nIf you wish to stop'),
    });
  });

  test("asks the owner of another account's queue", async () => {
    const { send, topic, queue, pass, world } = simulateTopics();
    await topic();
    const Endpoint = await queue('inbox', { account: OTHER });
    expect((await send(toQueue({ Endpoint }))).SubscriptionArn).toBe('pending confirmation');
    await pass(10);
    const [message] = world.queueMessages.all();
    expect(JSON.parse(message?.body ?? '')).toMatchObject({
      Type: 'SubscriptionConfirmation',
      TopicArn: TOPIC,
      Token: expect.stringMatching(/^[0-9a-f]{288}$/),
      SubscribeURL: expect.stringContaining('Action=ConfirmSubscription'),
    });
  });

  test.each<[string, Partial<SubscribeCommandInput>, string, string]>([
    ['a missing topic', { TopicArn: `${TOPIC}s` }, 'NotFoundException', 'Topic does not exist'],
    [
      'an unknown protocol',
      { Protocol: 'test-protocol' },
      'InvalidParameterException',
      'Invalid parameter: Amazon SNS does not support this protocol string: test-protocol',
    ],
    [
      'a protocol that is not emulated',
      { Protocol: 'https' },
      'NotEmulated',
      'a subscription with the protocol https',
    ],
    ['no endpoint', { Endpoint: undefined }, 'InvalidParameterException', 'Invalid parameter: Endpoint'],
    [
      "a queue's address",
      { Endpoint: 'https://sqs.eu-west-1.amazonaws.com/999988887777/inbox' },
      'InvalidParameterException',
      'Invalid parameter: SQS endpoint ARN',
    ],
    [
      'a FIFO queue',
      { Endpoint: `${queueArn('inbox')}.fifo` },
      'InvalidParameterException',
      'FIFO SQS Queues',
    ],
    ['an invalid function ARN', { Protocol: 'lambda' }, 'InvalidParameterException', 'Lambda endpoint ARN'],
    ['no e-mail', { Protocol: 'email', Endpoint: 'x' }, 'InvalidParameterException', 'Email address'],
    [
      "another account's function",
      { Protocol: 'lambda', Endpoint: FUNCTION.replace(ACCOUNT, OTHER) },
      'NotEmulated',
      "another account's function",
    ],
    ['a filter', { Attributes: { FilterPolicy: '{}' } }, 'NotEmulated', 'a subscription with FilterPolicy'],
    [
      'a wrong attribute',
      { Attributes: { RawMessageDelivery: 'wrongvalue' } },
      'InvalidParameterException',
      'Invalid parameter: Attributes Reason: RawMessageDelivery: Invalid value [wrongvalue]. Must be true or false.',
    ],
    [
      'raw delivery to a function',
      { Protocol: 'lambda', Endpoint: FUNCTION, Attributes: { RawMessageDelivery: 'true' } },
      'InvalidParameterException',
      'Delivery protocol [lambda] does not support raw message delivery.',
    ],
    [
      'an invalid dead-letter queue',
      { Attributes: { RedrivePolicy: '{"deadLetterTargetArn":"x"}' } },
      'InvalidParameterException',
      'RedrivePolicy: deadLetterTargetArn is an invalid arn',
    ],
    [
      'a dead-letter queue in another region',
      { Attributes: { RedrivePolicy: `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:${ACCOUNT}:d"}` } },
      'InvalidParameterException',
      'same account and region',
    ],
    ['an unknown attribute', { Attributes: { Colour: 'red' } }, 'InvalidParameterException', 'AttributeName'],
  ])('refuses %s', async (_name, changes, code, message) => {
    const { send, topic, world } = simulateTopics();
    await topic();
    const answer = await refusal(send(toQueue(changes)));
    expect(answer.code).toBe(code);
    expect(answer.message).toContain(message);
    expect(world.subscriptions.all()).toEqual([]);
  });

  test('refuses an existing subscription with other attributes', async () => {
    const { send, topic, subscribed } = simulateTopics();
    await topic();
    await subscribed('inbox');
    const again = toQueue({ Attributes: { RawMessageDelivery: 'true' } });
    expect(await refusal(send(again))).toMatchObject({
      message: 'Invalid parameter: Attributes Reason: Subscription already exists with different attributes',
    });
  });
});

describe('a subscription', () => {
  test('changes its attributes', async () => {
    const { send, topic, subscribed } = simulateTopics();
    await topic();
    const SubscriptionArn = await subscribed('inbox');
    const set = (AttributeName: string, AttributeValue: string) =>
      send(new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName, AttributeValue }));
    const get = async () =>
      (await send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes;
    const policy = JSON.stringify({ deadLetterTargetArn: queueArn('dead') });
    await set('RawMessageDelivery', 'true');
    await set('RedrivePolicy', policy);
    expect(await get()).toMatchObject({ RawMessageDelivery: 'true', RedrivePolicy: policy });
    await set('RedrivePolicy', '{}');
    expect(await get()).not.toHaveProperty('RedrivePolicy');
    expect(await refusal(set('RawMessageDelivery', ''))).toMatchObject({
      message: 'Invalid parameter: RawMessageDelivery: Invalid value []. Must be true or false.',
    });
    expect(await refusal(set('Colour', 'x'))).toMatchObject({ message: 'Invalid parameter: AttributeName' });
  });

  test("is deleted by its owner or the topic's owner, even twice", async () => {
    const { send, as, topic, subscribed } = simulateTopics();
    await topic();
    const SubscriptionArn = await subscribed('inbox');
    const end = new UnsubscribeCommand({ SubscriptionArn });
    expect(await refusal(as({ account: OTHER })(end))).toMatchObject({ code: 'AuthorizationErrorException' });
    await send(end);
    await send(end);
    const gone = new GetSubscriptionAttributesCommand({ SubscriptionArn });
    expect(await refusal(send(gone))).toMatchObject({
      code: 'NotFoundException',
      message: 'Subscription does not exist',
    });
    const { Attributes } = await send(new GetTopicAttributesCommand({ TopicArn: TOPIC }));
    expect(Attributes).toMatchObject({ SubscriptionsConfirmed: '0', SubscriptionsDeleted: '1' });
  });

  test.each([
    ['randomstring', 'SubscriptionArn Reason: An ARN must have at least 6 elements, not 1'],
    [`arn:aws:sns:${REGION}:random`, 'SubscriptionArn Reason: An ARN must have at least 6 elements, not 5'],
    [`${TOPIC}:random`, 'SubscriptionId'],
    ['', 'SubscriptionArn Reason: no value for required parameter'],
  ])('is refused by the ARN %j', async (SubscriptionArn, what) => {
    const { send } = simulateTopics();
    expect(await refusal(send(new UnsubscribeCommand({ SubscriptionArn })))).toMatchObject({
      code: 'InvalidParameterException',
      message: `Invalid parameter: ${what}`,
    });
  });
});
