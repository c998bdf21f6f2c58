import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  ListTopicsCommand,
  PublishCommand,
  SetTopicAttributesCommand,
  SubscribeCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-sns';
import { describe, expect, test } from 'vitest';
import { ACCOUNT, OTHER, REGION, refusal, simulateTopics, TOPIC } from './simulated-topics.ts';

const noTopic = { code: 'NotFoundException', message: 'Topic does not exist', status: 404 };

describe('CreateTopic', () => {
  test('creates a topic with the default policy, once', async () => {
    const { send, world, subscribed } = simulateTopics();
    const make = (input: object = {}) => send(new CreateTopicCommand({ Name: 'news', ...input }));
    const Attributes = { DisplayName: 'News' };
    expect((await make({ Attributes })).TopicArn).toBe(TOPIC);
    expect((await make()).TopicArn).toBe(TOPIC);
    expect((await make({ Attributes })).TopicArn).toBe(TOPIC);
    expect(world.topics.all()).toHaveLength(1);
    await subscribed('inbox');
    const told = await send(new GetTopicAttributesCommand({ TopicArn: TOPIC }));
    expect(told.Attributes).toMatchObject({
      DisplayName: 'News',
      Owner: ACCOUNT,
      SubscriptionsConfirmed: '1',
      SubscriptionsDeleted: '0',
      SubscriptionsPending: '0',
      TopicArn: TOPIC,
    });
    expect(JSON.parse(told.Attributes?.Policy ?? '')).toMatchObject({
      Version: '2008-10-17',
      Statement: [
        { Sid: '__default_statement_ID', Condition: { StringEquals: { 'AWS:SourceOwner': ACCOUNT } } },
      ],
    });
  });

  test.each([
    ['no name', { Name: undefined }, 'InvalidParameterException', 'Invalid parameter: Topic Name'],
    ['a dot', { Name: 'a.b' }, 'InvalidParameterException', 'Invalid parameter: Topic Name'],
    [
      'a name that is too long',
      { Name: 'a'.repeat(257) },
      'InvalidParameterException',
      'Invalid parameter: Topic Name',
    ],
    ['a FIFO topic', { Name: 'a.fifo', Attributes: { FifoTopic: 'true' } }, 'NotEmulated', 'a FIFO topic'],
    [
      'a key',
      { Attributes: { KmsMasterKeyId: 'alias/aws/sns' } },
      'NotEmulated',
      'a topic with KmsMasterKeyId',
    ],
    ['an unknown attribute', { Attributes: { Colour: 'red' } }, 'InvalidParameterException', 'AttributeName'],
    [
      'a signature version',
      { Attributes: { SignatureVersion: '3' } },
      'InvalidParameterException',
      'SignatureVersion',
    ],
    ['an invalid policy', { Attributes: { Policy: '{' } }, 'InvalidParameterException', 'Policy Error'],
    [
      'an existing topic with other attributes',
      { Name: 'news', Attributes: { DisplayName: 'Else' } },
      'InvalidParameterException',
      'Invalid parameter: Attributes Reason: Topic already exists with different attributes',
    ],
    [
      'an existing topic with other tags',
      { Name: 'news', Tags: [{ Key: 'a', Value: '1' }] },
      'InvalidParameterException',
      'Invalid parameter: Tags Reason: Topic already exists with different tags',
    ],
  ])('refuses %s', async (_name, input, code, message) => {
    const { send, topic, world } = simulateTopics();
    await topic();
    const answer = await refusal(
      send(
        new CreateTopicCommand({
          Name: 'new',
          ...(input as Partial<{ Attributes: Record<string, string> }>),
        }),
      ),
    );
    expect(answer.code).toBe(code);
    expect(answer.message).toContain(message);
    expect(world.topics.all()).toHaveLength(1);
  });
});

describe('topics', () => {
  test('are listed by region, a hundred a page, and deleted with their subscriptions', async () => {
    const { send, as, topic, subscribed, world } = simulateTopics();
    await topic();
    await subscribed('inbox');
    for (let number = 0; number < 100; number++) {
      await send(new CreateTopicCommand({ Name: `t${String(number).padStart(3, '0')}` }));
    }
    const { Topics, NextToken } = await send(new ListTopicsCommand());
    expect(Topics).toHaveLength(100);
    const rest = await send(new ListTopicsCommand({ NextToken }));
    expect(rest.Topics).toEqual([{ TopicArn: TOPIC.replace('news', 't099') }]);
    expect(rest.NextToken).toBeUndefined();
    expect((await as({ region: 'us-east-1' })(new ListTopicsCommand())).Topics).toEqual([]);
    expect(await refusal(send(new ListTopicsCommand({ NextToken: 'x' })))).toMatchObject({
      code: 'InvalidParameterException',
    });
    await send(new DeleteTopicCommand({ TopicArn: TOPIC }));
    await send(new DeleteTopicCommand({ TopicArn: TOPIC }));
    expect(world.topics.get(TOPIC)).toBeUndefined();
    expect(world.subscriptions.all()).toEqual([]);
  });

  test('change and reset their attributes', async () => {
    const { send, topic } = simulateTopics();
    await topic();
    const set = (AttributeName: string, AttributeValue?: string) =>
      send(new SetTopicAttributesCommand({ TopicArn: TOPIC, AttributeName, AttributeValue }));
    const get = async (name: string) =>
      (await send(new GetTopicAttributesCommand({ TopicArn: TOPIC }))).Attributes?.[name];
    await set('DisplayName', 'News');
    const policy = JSON.stringify({
      Statement: [{ Effect: 'Allow', Principal: '*', Action: 'SNS:Subscribe', Resource: TOPIC }],
    });
    await set('Policy', policy);
    expect(await get('DisplayName')).toBe('News');
    expect(await get('Policy')).toBe(policy);
    await set('Policy');
    expect(await get('Policy')).toContain('__default_statement_ID');
    expect(await refusal(set('Colour', 'red'))).toMatchObject({
      code: 'InvalidParameterException',
      message: 'Invalid parameter: AttributeName',
    });
  });

  test.each([
    ['no ARN', 'x', 'Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1'],
    ['another region', TOPIC.replace(REGION, 'us-east-1'), 'Invalid parameter: TopicArn'],
    ['a subscription', `${TOPIC}:0`, 'Invalid parameter: TopicArn'],
  ])('are refused by %s', async (_name, TopicArn, message) => {
    const { send, topic } = simulateTopics();
    await topic();
    for (const command of [
      new GetTopicAttributesCommand({ TopicArn }),
      new SetTopicAttributesCommand({ TopicArn, AttributeName: 'DisplayName', AttributeValue: '' }),
      new PublishCommand({ TopicArn, Message: 'x' }),
    ]) {
      expect(await refusal(send(command as GetTopicAttributesCommand))).toEqual({
        code: 'InvalidParameterException',
        message,
        status: 400,
      });
    }
    const gone = new GetTopicAttributesCommand({ TopicArn: `${TOPIC}s` });
    expect(await refusal(send(gone))).toEqual(noTopic);
  });

  test('allow other accounts what their policies allow', async () => {
    const { send, as, topic, queue } = simulateTopics();
    await topic();
    const other = as({ account: OTHER });
    const publish = new PublishCommand({ TopicArn: TOPIC, Message: 'x' });
    expect(await refusal(other(publish))).toEqual({
      code: 'AuthorizationErrorException',
      message: `User: arn:aws:iam::${OTHER}:root is not authorized to perform: SNS:Publish on resource: ${TOPIC} because no resource-based policy allows the SNS:Publish action`,
      status: 403,
    });
    const statement = {
      Effect: 'Allow',
      Principal: { AWS: OTHER },
      Action: 'sns:Subscribe',
      Resource: TOPIC,
    };
    const AttributeValue = JSON.stringify({ Statement: [statement] });
    await send(new SetTopicAttributesCommand({ TopicArn: TOPIC, AttributeName: 'Policy', AttributeValue }));
    const Endpoint = await queue('inbox', { account: OTHER });
    const { SubscriptionArn } = await other(
      new SubscribeCommand({ TopicArn: TOPIC, Protocol: 'sqs', Endpoint }),
    );
    expect(SubscriptionArn).toMatch(new RegExp(`^${TOPIC}:[0-9a-f-]{36}$`));
    expect(await refusal(other(publish))).toMatchObject({ code: 'AuthorizationErrorException' });
  });
});

describe('tags of topics', () => {
  const tag = (Key: string, Value: string) => ({ Key, Value });

  test('are added, listed and removed', async () => {
    const { send } = simulateTopics();
    await send(new CreateTopicCommand({ Name: 'news', Tags: [tag('k1', 'v1'), tag('k2', 'v2')] }));
    const ResourceArn = TOPIC;
    await send(new TagResourceCommand({ ResourceArn, Tags: [tag('k2', 'v2b'), tag('k3', '')] }));
    await send(new UntagResourceCommand({ ResourceArn, TagKeys: ['k1', 'none'] }));
    const { Tags } = await send(new ListTagsForResourceCommand({ ResourceArn }));
    expect(Tags).toEqual([tag('k2', 'v2b'), tag('k3', '')]);
  });

  test.each([
    ['the same key twice', [tag('a', '1'), tag('a', '2')], 'InvalidParameterException', 'Duplicated keys'],
    ['a reserved key', [tag('aws:a', '1')], 'InvalidParameterException', 'aws:'],
    ['an empty key', [tag('', '1')], 'ValidationError', 'length greater than or equal to 1'],
    [
      'too many',
      Array.from({ length: 51 }, (_, index) => tag(`t${index}`, '')),
      'TagLimitExceededException',
      'quota',
    ],
  ])('are refused with %s', async (_name, Tags, code, message) => {
    const { send, topic } = simulateTopics();
    await topic();
    const answer = await refusal(send(new TagResourceCommand({ ResourceArn: TOPIC, Tags })));
    expect(answer.code).toBe(code);
    expect(answer.message).toContain(message);
  });

  test('of a missing topic are refused', async () => {
    const { send } = simulateTopics();
    expect(await refusal(send(new ListTagsForResourceCommand({ ResourceArn: TOPIC })))).toEqual({
      code: 'ResourceNotFoundException',
      message: 'Resource does not exist',
      status: 404,
    });
  });
});
