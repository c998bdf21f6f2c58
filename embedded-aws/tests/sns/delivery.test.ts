import {
  PublishBatchCommand,
  PublishCommand,
  type PublishCommandInput,
  SetSubscriptionAttributesCommand,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { DeleteQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import type { FunctionPermission } from '../../src/lambda/records.ts';
import { amazonLinuxTopic, publishBaseImage } from '../../src/public-images/releases.ts';
import {
  ACCOUNT,
  FUNCTION,
  queueArn,
  REGION,
  refusal,
  type SimulatedTopics,
  simulateTopics,
  TOPIC,
} from './simulated-topics.ts';

const publish = (input: Partial<PublishCommandInput> = {}) =>
  new PublishCommand({ TopicArn: TOPIC, Message: 'hello', ...input });

/** Allows a topic to invoke the function. */
function permit({ world }: SimulatedTopics, topic: string): void {
  const statement: FunctionPermission = {
    Sid: 'sns',
    Effect: 'Allow',
    Principal: { Service: 'sns.amazonaws.com' },
    Action: 'lambda:InvokeFunction',
    Resource: FUNCTION,
    Condition: { ArnLike: { 'AWS:SourceArn': topic } },
  };
  world.functionPolicies.put(
    { id: FUNCTION, account: ACCOUNT, region: REGION, statements: [statement], revisionId: '1' },
    0,
    0,
  );
}

const attributes = {
  attr1: { DataType: 'Number', StringValue: '111' },
  attr2: { DataType: 'Binary', BinaryValue: new Uint8Array([2, 3, 4]) },
};

describe('a message', () => {
  test('reaches all queues in an envelope', async () => {
    const { send, topic, subscribed, bodies, pass } = simulateTopics();
    await topic();
    const arn = await subscribed('inbox');
    await subscribed('archive');
    const { MessageId } = await send(publish({ Subject: 'Greeting', MessageAttributes: attributes }));
    await pass(10);
    const [body = ''] = await bodies('inbox');
    expect(body).toMatch(/^\{\n {2}"Type" : "Notification",\n/);
    expect(JSON.parse(body)).toEqual({
      Type: 'Notification',
      MessageId,
      TopicArn: TOPIC,
      Subject: 'Greeting',
      Message: 'hello',
      Timestamp: expect.stringMatching(/^2026-11-20T03:00:00\.\d{3}Z$/),
      SignatureVersion: '1',
      Signature: expect.any(String),
      SigningCertURL: expect.stringMatching(
        /^https:\/\/sns\.eu-west-1\.amazonaws\.com\/SimpleNotificationService-[0-9a-f]{32}\.pem$/,
      ),
      UnsubscribeURL: `https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=${arn}`,
      MessageAttributes: {
        attr1: { Type: 'Number', Value: '111' },
        attr2: { Type: 'Binary', Value: 'AgME' },
      },
    });
    expect(await bodies('archive')).toHaveLength(1);
  });

  test('is delivered raw if requested, with its attributes', async () => {
    const { send, topic, subscribed, queues, pass } = simulateTopics();
    await topic();
    await subscribed('inbox', { RawMessageDelivery: 'true' });
    await send(publish({ MessageAttributes: attributes }));
    await pass(10);
    const QueueUrl = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/inbox`;
    const { Messages } = await queues()(
      new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'] }),
    );
    expect(Messages).toMatchObject([{ Body: 'hello', MessageAttributes: attributes }]);
  });

  test('invokes a function whose policy allows the topic', async () => {
    const simulated = simulateTopics();
    const { send, topic, heard, pass } = simulated;
    await topic();
    permit(simulated, TOPIC);
    const { SubscriptionArn } = await send(
      new SubscribeCommand({ TopicArn: TOPIC, Protocol: 'lambda', Endpoint: FUNCTION }),
    );
    const { MessageId } = await send(publish());
    await pass(20);
    expect(heard).toEqual([
      {
        Records: [
          {
            EventSource: 'aws:sns',
            EventVersion: '1.0',
            EventSubscriptionArn: SubscriptionArn,
            Sns: expect.objectContaining({
              Type: 'Notification',
              MessageId,
              TopicArn: TOPIC,
              Subject: null,
              Message: 'hello',
              MessageAttributes: {},
            }),
          },
        ],
      },
    ]);
  });

  test('has a different text for each protocol if it has a structure', async () => {
    const { send, topic, subscribed, bodies, pass } = simulateTopics();
    await topic();
    await subscribed('inbox', { RawMessageDelivery: 'true' });
    const texts = { default: 'to all', sqs: 'to queues', lambda: 3 };
    await send(publish({ Message: JSON.stringify(texts), MessageStructure: 'json' }));
    await send(publish({ Message: JSON.stringify({ default: 'to all' }), MessageStructure: 'json' }));
    await pass(10);
    expect((await bodies('inbox')).sort()).toEqual(['to all', 'to queues']);
  });

  test('that cannot be delivered goes to the dead-letter queue, if there is one', async () => {
    const { send, topic, subscribed, queue, queues, bodies, pass, world } = simulateTopics();
    await topic();
    const SubscriptionArn = await subscribed('inbox');
    const QueueUrl = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/inbox`;
    await queues()(new DeleteQueueCommand({ QueueUrl }));
    await send(publish({ Message: 'lost' }));
    await pass(10);
    expect(world.queueMessages.all()).toEqual([]);
    const AttributeValue = JSON.stringify({ deadLetterTargetArn: await queue('dead') });
    await send(
      new SetSubscriptionAttributesCommand({
        SubscriptionArn,
        AttributeName: 'RedrivePolicy',
        AttributeValue,
      }),
    );
    await send(publish({ Message: 'kept' }));
    await pass(10);
    const [body = ''] = await bodies('dead');
    expect(JSON.parse(body)).toMatchObject({ Message: 'kept' });
    expect(world.notifications.all()).toEqual([]);
  });

  test('is not delivered to a function whose policy does not allow the topic', async () => {
    const { send, topic, heard, pass, queue, bodies } = simulateTopics();
    await topic();
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: await queue('dead') });
    await send(
      new SubscribeCommand({
        TopicArn: TOPIC,
        Protocol: 'lambda',
        Endpoint: FUNCTION,
        Attributes: { RedrivePolicy },
      }),
    );
    await send(publish());
    await pass(20);
    expect(heard).toEqual([]);
    expect(await bodies('dead')).toHaveLength(1);
  });

  test('is delivered twice about once in 300 times', async () => {
    const { send, topic, subscribed, pass, world } = simulateTopics();
    await topic();
    await subscribed('inbox');
    for (let number = 0; number < 900; number++) await send(publish());
    await pass(60);
    const delivered = world.queueMessages.all().length;
    expect(delivered).toBeGreaterThan(900);
    expect(delivered).toBeLessThan(915);
  });

  const one = (name: string, value: object) => ({ MessageAttributes: { [name]: value } });
  test.each<[string, object, string, string]>([
    ['no topic', { TopicArn: undefined }, 'InvalidParameterException', 'TopicArn or TargetArn'],
    ['a telephone', { TopicArn: undefined, PhoneNumber: '+1' }, 'NotEmulated', 'PhoneNumber'],
    ['an empty message', { Message: '' }, 'InvalidParameterException', 'Invalid parameter: Empty message'],
    [
      'a message that is too long',
      { Message: 'x'.repeat(262_145) },
      'InvalidParameterException',
      'Message too long',
    ],
    ['an empty subject', { Subject: '' }, 'InvalidParameterException', 'Invalid parameter: Subject'],
    [
      'a subject of two lines',
      { Subject: 'a\nb' },
      'InvalidParameterException',
      'Invalid parameter: Subject',
    ],
    [
      'a subject that is too long',
      { Subject: 'x'.repeat(101) },
      'InvalidParameterException',
      'Invalid parameter: Subject',
    ],
    [
      'a structure that is not JSON',
      { Message: '{', MessageStructure: 'json' },
      'InvalidParameterException',
      'Message Structure - JSON message body failed to parse',
    ],
    [
      'a structure without default',
      { Message: '{"sqs":"x"}', MessageStructure: 'json' },
      'InvalidParameterException',
      'Message Structure - No default entry in JSON message body',
    ],
    [
      'a deduplication id',
      { MessageDeduplicationId: 'x' },
      'InvalidParameterException',
      'not valid for this topic type',
    ],
    ['a group', { MessageGroupId: 'x' }, 'NotEmulated', 'MessageGroupId'],
    [
      'an empty attribute',
      one('attr1', { DataType: 'String', StringValue: '' }),
      'InvalidParameterValueException',
      "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'String'.",
    ],
    [
      'an attribute without a type',
      one('attr1', { StringValue: 'x' }),
      'ValidationError',
      "1 validation error detected: Value null at 'messageAttributes.attr1.member.dataType' failed to satisfy constraint: Member must not be null",
    ],
    [
      'bytes for a string',
      one('attr1', { DataType: 'String', BinaryValue: new Uint8Array([1]) }),
      'InvalidParameterValueException',
      "The message attribute 'attr1' with type 'String' must use field 'String'.",
    ],
    [
      'an attribute of another type',
      one('attr1', { DataType: 'InvalidType', StringValue: 'x' }),
      'InvalidParameterValueException',
      'the set of supported type prefixes is Binary, Number, and String.',
    ],
    [
      'a name with a caret',
      one('attr^1', { DataType: 'String', StringValue: 'x' }),
      'InvalidParameterValueException',
      "Invalid non-alphanumeric character '#x5E' was found in the message attribute name.",
    ],
    [
      'a name that starts with a dot',
      one('.a', { DataType: 'String', StringValue: 'x' }),
      'InvalidParameterValueException',
      'starting',
    ],
    [
      'a name with two dots',
      one('a..b', { DataType: 'String', StringValue: 'x' }),
      'InvalidParameterValueException',
      'successive',
    ],
  ])('is refused with %s', async (_name, input, code, message) => {
    const { send, topic, subscribed, world } = simulateTopics();
    await topic();
    await subscribed('inbox');
    const answer = await refusal(send(publish(input)));
    expect(answer.code).toBe(code);
    expect(answer.message).toContain(message);
    expect(world.notifications.all()).toEqual([]);
  });
});

describe('PublishBatch', () => {
  const batch = (...ids: string[]) =>
    new PublishBatchCommand({
      TopicArn: TOPIC,
      PublishBatchRequestEntries: ids.map((Id) => ({ Id, Message: `message ${Id}` })),
    });

  test('publishes each of its messages', async () => {
    const { send, topic, subscribed, bodies, pass } = simulateTopics();
    await topic();
    await subscribed('inbox', { RawMessageDelivery: 'true' });
    const { Successful, Failed } = await send(batch('a', 'b'));
    expect(Successful).toMatchObject([{ Id: 'a' }, { Id: 'b' }]);
    expect(Failed).toEqual([]);
    await pass(10);
    expect((await bodies('inbox')).sort()).toEqual(['message a', 'message b']);
  });

  test.each([
    ['none', [], 'EmptyBatchRequestException'],
    ['eleven', [...'abcdefghijk'], 'TooManyEntriesInBatchRequestException'],
    ['one twice', ['a', 'a'], 'BatchEntryIdsNotDistinctException'],
    ['a dot', ['message.id'], 'InvalidBatchEntryIdException'],
    ['an id that is too long', ['a'.repeat(81)], 'InvalidBatchEntryIdException'],
  ])('is refused with %s', async (_name, ids, code) => {
    const { send, topic } = simulateTopics();
    await topic();
    expect(await refusal(send(batch(...ids)))).toMatchObject({ code });
  });

  test('is refused if all messages together are too long', async () => {
    const { send, topic, subscribed, world } = simulateTopics();
    await topic();
    await subscribed('inbox');
    const PublishBatchRequestEntries = ['a', 'b'].map((Id) => ({ Id, Message: 'x'.repeat(140_000) }));
    const command = new PublishBatchCommand({ TopicArn: TOPIC, PublishBatchRequestEntries });
    expect(await refusal(send(command))).toMatchObject({
      code: 'BatchRequestTooLongException',
      message: 'The length of all the messages put together is more than the limit.',
    });
    expect(world.notifications.all()).toEqual([]);
  });
});

describe("Amazon's topic", () => {
  test('announces a new Amazon Linux to subscribers in other regions and accounts', async () => {
    const simulated = simulateTopics({ isNew: true });
    const { as, heard, pass, world, queue } = simulated;
    permit(simulated, amazonLinuxTopic);
    const subscribe = as({ region: 'us-east-1' });
    await subscribe(
      new SubscribeCommand({ TopicArn: amazonLinuxTopic, Protocol: 'lambda', Endpoint: FUNCTION }),
    );
    await subscribe(
      new SubscribeCommand({ TopicArn: amazonLinuxTopic, Protocol: 'sqs', Endpoint: await queue('inbox') }),
    );
    const published = publishBaseImage(world, { os: 'amazon-linux-2023', version: '2023.12.20261120.0' });
    await pass(20);
    const [event] = heard as { Records: { Sns: { Message: string } }[] }[];
    const { v1 } = JSON.parse(event?.Records[0]?.Sns.Message ?? '');
    expect(v1).toMatchObject({ ReleaseVersion: '2023.12.20261120', ImageVersion: '2023.12.20261120.0' });
    const images = published.filter(({ region }) => region === REGION);
    expect(v1.Regions[REGION]).toEqual(images.map(({ id, name }) => ({ Name: name, ImageId: id })));
    expect(images.map(({ name }) => name).sort()).toEqual([
      'al2023-ami-2023.12.20261120.0-kernel-6.1-arm64',
      'al2023-ami-2023.12.20261120.0-kernel-6.1-x86_64',
      'al2023-ami-2023.12.20261120.0-kernel-6.18-arm64',
      'al2023-ami-2023.12.20261120.0-kernel-6.18-x86_64',
    ]);
    expect(world.queueMessages.all()).toMatchObject([{ queue: queueArn('inbox') }]);
  });

  test('refuses messages and lists of subscriptions of other accounts', async () => {
    const { as } = simulateTopics({ isNew: true });
    const send = as({ region: 'us-east-1' });
    expect(await refusal(send(publish({ TopicArn: amazonLinuxTopic })))).toMatchObject({
      code: 'AuthorizationErrorException',
    });
  });
});
