import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { ACCOUNT, arnOf, OTHER, REGION, refusal, START, simulateQueues } from './simulated-queues.ts';

const URL = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/letters`;

const noQueue = { code: 'QueueDoesNotExist', message: 'The specified queue does not exist.', status: 400 };

describe('CreateQueue', () => {
  test('creates a queue with the given attributes and defaults for the rest', async () => {
    const { queue, send } = simulateQueues();
    const url = await queue('letters', { VisibilityTimeout: '60' });
    expect(url).toBe(URL);
    const { Attributes } = await send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
    );
    const seconds = String(START.getTime() / 1000);
    expect(Attributes).toEqual({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesDelayed: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
      CreatedTimestamp: seconds,
      DelaySeconds: '0',
      LastModifiedTimestamp: seconds,
      MaximumMessageSize: '1048576',
      MessageRetentionPeriod: '345600',
      QueueArn: arnOf('letters'),
      ReceiveMessageWaitTimeSeconds: '0',
      SqsManagedSseEnabled: 'true',
      VisibilityTimeout: '60',
    });
  });

  test('returns the existing queue for the same attributes, and refuses different attributes', async () => {
    const { queue, world } = simulateQueues();
    await queue('letters', { DelaySeconds: '5' });
    expect(await queue('letters')).toBe(URL);
    expect(await queue('letters', { DelaySeconds: '5', VisibilityTimeout: '30' })).toBe(URL);
    expect(await refusal(queue('letters', { DelaySeconds: '6' }))).toEqual({
      code: 'QueueNameExists',
      message: 'A queue already exists with the same name and a different value for attribute DelaySeconds',
      status: 400,
    });
    expect(world.queues.all()).toHaveLength(1);
  });

  test('can use the name of a deleted queue again after a minute', async () => {
    const { queue, send, pass, post } = simulateQueues();
    await post(await queue('letters'), 'old');
    await send(new DeleteQueueCommand({ QueueUrl: URL }));
    expect(await refusal(send(new DeleteQueueCommand({ QueueUrl: URL })))).toEqual(noQueue);
    expect(await refusal(queue('letters'))).toMatchObject({ code: 'QueueDeletedRecently' });
    await pass(60);
    await queue('letters');
    expect(await send(new ReceiveMessageCommand({ QueueUrl: URL }))).not.toHaveProperty('Messages');
  });

  test.each([
    ['a.b', {}, 'InvalidParameterValue', 'Can only include alphanumeric characters'],
    ['', {}, 'InvalidParameterValue', 'Can only include alphanumeric characters'],
    ['x'.repeat(81), {}, 'InvalidParameterValue', 'Can only include alphanumeric characters'],
    [undefined, {}, 'MissingParameter', 'The request must contain the parameter QueueName.'],
    ['q.fifo', { FifoQueue: 'true' }, 'NotEmulated', 'a FIFO queue is not emulated'],
    ['q', { FifoQueue: 'false' }, 'InvalidAttributeName', 'Unknown Attribute FifoQueue.'],
    ['q', { Colour: 'red' }, 'InvalidAttributeName', 'Unknown Attribute Colour.'],
    ['q', { QueueArn: 'x' }, 'InvalidAttributeName', 'Unknown Attribute QueueArn.'],
    [
      'q',
      { DeduplicationScope: 'queue' },
      'InvalidAttributeName',
      'You can specify the DeduplicationScope only when FifoQueue is set to true.',
    ],
    ['q', { KmsMasterKeyId: 'alias/aws/sqs' }, 'NotEmulated', 'a queue with KmsMasterKeyId is not emulated'],
    ['q', { DelaySeconds: '901' }, 'InvalidAttributeValue', 'Invalid value for the parameter DelaySeconds.'],
    ['q', { DelaySeconds: '-1' }, 'InvalidAttributeValue', 'Invalid value for the parameter DelaySeconds.'],
    ['q', { VisibilityTimeout: 'soon' }, 'InvalidAttributeValue', 'VisibilityTimeout.'],
    ['q', { MaximumMessageSize: '1023' }, 'InvalidAttributeValue', 'MaximumMessageSize.'],
    ['q', { MessageRetentionPeriod: '59' }, 'InvalidAttributeValue', 'MessageRetentionPeriod.'],
    ['q', { SqsManagedSseEnabled: 'yes' }, 'InvalidAttributeValue', 'SqsManagedSseEnabled.'],
    ['q', { Policy: '{' }, 'InvalidAttributeValue', 'Invalid value for the parameter Policy.'],
    ['q', { RedriveAllowPolicy: '{}' }, 'InvalidAttributeValue', 'RedriveAllowPolicy.'],
  ])('refuses %s with %j: %s', async (QueueName, attributes, code, message) => {
    const { send, world } = simulateQueues();
    const Attributes: Record<string, string> = { ...attributes };
    const answer = await refusal(send(new CreateQueueCommand({ QueueName, Attributes })));
    expect(answer.code).toBe(code);
    expect(answer.message).toContain(message);
    expect(world.queues.all()).toEqual([]);
  });
});

describe('a redrive policy', () => {
  const letters = arnOf('dead');
  test.each([
    ['not JSON', 'no', 'Redrive policy is not a valid JSON map.'],
    [
      'no maxReceiveCount',
      { deadLetterTargetArn: letters },
      'Redrive policy does not contain mandatory attribute: maxReceiveCount.',
    ],
    [
      'no deadLetterTargetArn',
      { maxReceiveCount: 3 },
      'Redrive policy does not contain mandatory attribute: deadLetterTargetArn.',
    ],
    [
      'a maxReceiveCount of 0',
      { deadLetterTargetArn: letters, maxReceiveCount: 0 },
      'Invalid value for maxReceiveCount: 0',
    ],
    [
      'an invalid ARN',
      { deadLetterTargetArn: 'dead', maxReceiveCount: 3 },
      'Invalid value for deadLetterTargetArn.',
    ],
    [
      'a queue that does not exist',
      { deadLetterTargetArn: arnOf('none'), maxReceiveCount: 3 },
      'Dead letter target does not exist.',
    ],
    [
      'a queue of another account',
      { deadLetterTargetArn: letters.replace(ACCOUNT, OTHER), maxReceiveCount: 3 },
      'Dead-letter target owner should be same as the source.',
    ],
    [
      'a queue of another region',
      { deadLetterTargetArn: letters.replace(REGION, 'us-east-1'), maxReceiveCount: 3 },
      'Dead letter target region should be the same as the source.',
    ],
    [
      'a queue whose RedriveAllowPolicy denies all',
      { deadLetterTargetArn: arnOf('closed'), maxReceiveCount: 3 },
      'Dead letter target does not allow this queue to use it.',
    ],
  ])('is refused with %s', async (_name, policy, reason) => {
    const { queue } = simulateQueues();
    await queue('dead');
    await queue('closed', { RedriveAllowPolicy: JSON.stringify({ redrivePermission: 'denyAll' }) });
    const RedrivePolicy = typeof policy === 'string' ? policy : JSON.stringify(policy);
    const answer = await refusal(queue('letters', { RedrivePolicy }));
    expect(answer).toMatchObject({ code: 'InvalidParameterValue', status: 400 });
    expect(answer.message).toContain(`for parameter RedrivePolicy is invalid. Reason: ${reason}`);
  });

  test('is used to list the sources of a dead-letter queue', async () => {
    const { queue, send } = simulateQueues();
    const dead = await queue('dead', {
      RedriveAllowPolicy: JSON.stringify({
        redrivePermission: 'byQueue',
        sourceQueueArns: [arnOf('letters')],
      }),
    });
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf('dead'), maxReceiveCount: '3' });
    await queue('letters', { RedrivePolicy });
    const { queueUrls } = await send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead }));
    expect(queueUrls).toEqual([URL]);
  });
});

describe('SetQueueAttributes and GetQueueAttributes', () => {
  test('change and return the named attributes, and remove an empty policy', async () => {
    const { queue, send, pass } = simulateQueues();
    const QueueUrl = await queue('letters', { VisibilityTimeout: '20' });
    const policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: arnOf('letters') },
    });
    await pass(10);
    await send(
      new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: policy, DelaySeconds: '7' } }),
    );
    const get = (...AttributeNames: ('All' | 'Policy' | 'DelaySeconds' | 'LastModifiedTimestamp')[]) =>
      send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
    expect((await get('Policy', 'DelaySeconds', 'LastModifiedTimestamp')).Attributes).toEqual({
      Policy: policy,
      DelaySeconds: '7',
      LastModifiedTimestamp: String(START.getTime() / 1000 + 10),
    });
    await send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: '' } }));
    expect(await get('Policy')).not.toHaveProperty('Attributes');
    expect(await get()).not.toHaveProperty('Attributes');
    expect((await get('All')).Attributes).toMatchObject({ VisibilityTimeout: '20', DelaySeconds: '7' });
  });

  test.each([
    ['an unknown attribute', { AttributeNames: ['Colour' as never] }, 'InvalidAttributeName'],
    ['no URL', { QueueUrl: undefined }, 'MissingParameter'],
    ['the name of a queue that does not exist', { QueueUrl: 'QUEUE' }, 'QueueDoesNotExist'],
    ['an invalid URL', { QueueUrl: 'http://nowhere' }, 'QueueDoesNotExist'],
    ['a URL without an account', { QueueUrl: '/letters' }, 'QueueDoesNotExist'],
    ['a URL of another region', { QueueUrl: URL.replace(REGION, 'us-east-1') }, 'QueueDoesNotExist'],
    ['the URL of a queue that does not exist', { QueueUrl: `${URL}s` }, 'QueueDoesNotExist'],
  ])('refuse %s', async (_name, input, code) => {
    const { queue, send } = simulateQueues();
    const QueueUrl = await queue('letters');
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'], ...input });
    expect(await refusal(send(command))).toMatchObject({ code, status: 400 });
  });

  test('find a queue of the caller by name', async () => {
    const { queue, send } = simulateQueues();
    await queue('letters');
    const command = new GetQueueAttributesCommand({ QueueUrl: 'letters', AttributeNames: ['QueueArn'] });
    expect((await send(command)).Attributes).toEqual({ QueueArn: arnOf('letters') });
  });

  test('refuse a policy condition that is not emulated, by its name', async () => {
    const { queue } = simulateQueues();
    const statement = {
      Effect: 'Allow',
      Principal: '*',
      Action: 'sqs:*',
      Resource: '*',
      Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } },
    };
    expect(await refusal(queue('letters', { Policy: JSON.stringify({ Statement: [statement] }) }))).toEqual({
      code: 'NotEmulated',
      message:
        'the condition key aws:PrincipalOrgID in a policy is not emulated; see embedded-aws/docs/operations.md',
      status: 501,
    });
  });
});

describe('GetQueueUrl and ListQueues', () => {
  test('find queues by name, by prefix and in pages', async () => {
    const { queue, send, as } = simulateQueues();
    for (const name of ['b', 'a1', 'a2', 'a3']) await queue(name);
    const { QueueUrl } = await send(new GetQueueUrlCommand({ QueueName: 'b' }));
    expect(QueueUrl).toBe(URL.replace('letters', 'b'));
    const names = (urls: string[] = []) => urls.map((url) => url.split('/').at(-1));
    const first = await send(new ListQueuesCommand({ QueueNamePrefix: 'a', MaxResults: 2 }));
    expect(names(first.QueueUrls)).toEqual(['a1', 'a2']);
    const { NextToken } = first;
    const second = await send(new ListQueuesCommand({ QueueNamePrefix: 'a', MaxResults: 2, NextToken }));
    expect(names(second.QueueUrls)).toEqual(['a3']);
    expect(second).not.toHaveProperty('NextToken');
    expect(names((await send(new ListQueuesCommand())).QueueUrls)).toEqual(['a1', 'a2', 'a3', 'b']);
    expect(await as({ account: OTHER })(new ListQueuesCommand())).not.toHaveProperty('QueueUrls');
    expect(await as({ region: 'us-east-1' })(new ListQueuesCommand())).not.toHaveProperty('QueueUrls');
  });

  test('refuse unknown queues and invalid input', async () => {
    const { send } = simulateQueues();
    expect(await refusal(send(new GetQueueUrlCommand({ QueueName: 'none' })))).toEqual(noQueue);
    expect(await refusal(send(new ListQueuesCommand({ MaxResults: 0 })))).toMatchObject({
      code: 'InvalidParameterValue',
    });
    expect(await refusal(send(new ListQueuesCommand({ NextToken: 'x' })))).toMatchObject({
      code: 'InvalidParameterValue',
    });
  });
});

describe('a queue policy', () => {
  const letting = (account: string) =>
    JSON.stringify({
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: account },
          Action: 'SQS:SendMessage',
          Resource: arnOf('letters'),
        },
      ],
    });

  test('lets another account perform only the allowed actions', async () => {
    const { queue, as, messages } = simulateQueues();
    const QueueUrl = await queue('letters', { Policy: letting(`arn:aws:iam::${OTHER}:root`) });
    const other = as({ account: OTHER });
    await other(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }));
    expect(messages()).toMatchObject([{ body: 'hello', senderId: OTHER }]);
    expect(await refusal(other(new ReceiveMessageCommand({ QueueUrl })))).toEqual({
      code: 'AccessDenied',
      message: `User: arn:aws:iam::${OTHER}:root is not authorized to perform: sqs:receivemessage on resource: ${arnOf('letters')} because no resource-based policy allows the sqs:receivemessage action`,
      status: 403,
    });
    expect(await refusal(other(new DeleteQueueCommand({ QueueUrl })))).toMatchObject({
      code: 'AccessDenied',
    });
    const third = as({ account: '444455556666' });
    expect(await refusal(third(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' })))).toMatchObject({
      code: 'AccessDenied',
    });
  });

  test('can also deny actions to the owner', async () => {
    const { queue, send } = simulateQueues();
    const statement = { Effect: 'Deny', Principal: '*', Action: 'sqs:Send*', Resource: '*' };
    const QueueUrl = await queue('letters', { Policy: JSON.stringify({ Statement: [statement] }) });
    const answer = await refusal(send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' })));
    expect(answer.code).toBe('AccessDenied');
    expect(answer.message).toContain('with an explicit deny in a resource-based policy');
  });
});

describe('PurgeQueue', () => {
  test('empties a queue, once a minute', async () => {
    const { queue, send, post, pass, messages } = simulateQueues();
    const QueueUrl = await queue('letters');
    const other = await queue('others');
    await post(QueueUrl, '1', '2');
    await post(other, '3');
    await send(new PurgeQueueCommand({ QueueUrl }));
    expect(messages().map(({ body }) => body)).toEqual(['3']);
    expect(await refusal(send(new PurgeQueueCommand({ QueueUrl })))).toEqual({
      code: 'PurgeQueueInProgress',
      message: 'Only one PurgeQueue operation on letters is allowed every 60 seconds.',
      status: 403,
    });
    await pass(60);
    await send(new PurgeQueueCommand({ QueueUrl }));
  });
});

describe('tags of queues', () => {
  test('are set, listed and removed', async () => {
    const { queue, send } = simulateQueues();
    const QueueUrl = await queue('letters');
    expect(await send(new ListQueueTagsCommand({ QueueUrl }))).not.toHaveProperty('Tags');
    await send(new TagQueueCommand({ QueueUrl, Tags: { a: '1', b: '' } }));
    await send(new TagQueueCommand({ QueueUrl, Tags: { a: '2' } }));
    expect((await send(new ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({ a: '2', b: '' });
    await send(new UntagQueueCommand({ QueueUrl, TagKeys: ['a', 'none'] }));
    expect((await send(new ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({ b: '' });
  });

  test.each([
    ['a reserved key', { 'aws:x': '1' }],
    ['an empty key', { '': '1' }],
    ['a long value', { x: 'y'.repeat(257) }],
    ['too many tags', Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`t${index}`, '']))],
  ])('are refused with %s', async (_name, Tags) => {
    const { queue, send } = simulateQueues();
    const QueueUrl = await queue('letters');
    expect(await refusal(send(new TagQueueCommand({ QueueUrl, Tags })))).toMatchObject({
      code: 'InvalidParameterValue',
    });
  });

  test.each([{}, undefined])('are refused when the request names no tags: %j', async (Tags) => {
    const { queue, send, world } = simulateQueues();
    const QueueUrl = await queue('letters');
    const before = world.queues.all();
    expect(await refusal(send(new TagQueueCommand({ QueueUrl, Tags: Tags as never })))).toMatchObject({
      code: 'MissingParameter',
      message: 'The request must contain the parameter Tags.',
      status: 400,
    });
    const untag = new UntagQueueCommand({ QueueUrl, TagKeys: [] });
    expect(await refusal(send(untag))).toMatchObject({
      code: 'InvalidParameterValue',
      message: 'Tag keys must be between 1 and 128 characters in length.',
    });
    expect(world.queues.all()).toEqual(before);
  });
});
