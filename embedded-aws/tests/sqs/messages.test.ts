import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
} from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { putMessage } from '../../src/sqs/index.ts';
import { ACCOUNT, arnOf, refusal, START, simulateQueues } from './simulated-queues.ts';

async function withQueue(attributes?: Record<string, string>) {
  const simulated = simulateQueues();
  const QueueUrl = await simulated.queue('letters', attributes);
  const receive = async (input: Partial<ReceiveMessageCommandInput> = {}) =>
    (await simulated.send(new ReceiveMessageCommand({ QueueUrl, ...input }))).Messages ?? [];
  const counts = async () => {
    const { Attributes = {} } = await simulated.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );
    const { ApproximateNumberOfMessages: ready, ApproximateNumberOfMessagesNotVisible: hidden } = Attributes;
    return { ready, hidden, delayed: Attributes.ApproximateNumberOfMessagesDelayed };
  };
  return { ...simulated, QueueUrl, receive, counts };
}

describe('a message', () => {
  test('is received, hidden for the visibility timeout, received again, and deleted', async () => {
    const { QueueUrl, send, receive, pass, post, counts, messages } = await withQueue();
    await post(QueueUrl, 'hello');
    const [first] = await receive({ MessageSystemAttributeNames: ['All'] });
    expect(first).toMatchObject({
      Body: 'hello',
      MD5OfBody: '5d41402abc4b2a76b9719d911017c592',
      Attributes: {
        SenderId: ACCOUNT,
        SentTimestamp: String(START.getTime()),
        ApproximateReceiveCount: '1',
        ApproximateFirstReceiveTimestamp: String(START.getTime()),
      },
    });
    expect(await counts()).toEqual({ ready: '0', hidden: '1', delayed: '0' });
    await pass(29);
    expect(await receive()).toEqual([]);
    await pass(1);
    expect(await counts()).toEqual({ ready: '1', hidden: '0', delayed: '0' });
    const [second] = await receive({ MessageSystemAttributeNames: ['ApproximateReceiveCount'] });
    expect(second?.Attributes).toEqual({ ApproximateReceiveCount: '2' });
    expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
    await send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: second?.ReceiptHandle }));
    expect(messages()).toEqual([]);
    await send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: second?.ReceiptHandle }));
  });

  test('can be deleted with an older receipt handle while another consumer holds the message', async () => {
    const { QueueUrl, send, receive, pass, post, messages } = await withQueue();
    await post(QueueUrl, 'hello');
    const [first] = await receive();
    await pass(30);
    const [second] = await receive();
    expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
    await send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle }));
    expect(messages()).toEqual([]);
    // The message is gone. Deleting it again with either receipt handle succeeds.
    await send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: second?.ReceiptHandle }));
  });

  test("is delayed by the message's or the queue's DelaySeconds", async () => {
    const { QueueUrl, send, receive, pass, post, counts } = await withQueue({ DelaySeconds: '10' });
    await post(QueueUrl, 'late');
    await send(new SendMessageCommand({ QueueUrl, MessageBody: 'now', DelaySeconds: 0 }));
    expect(await counts()).toEqual({ ready: '1', hidden: '0', delayed: '1' });
    expect((await receive({ MaxNumberOfMessages: 10 })).map(({ Body }) => Body)).toEqual(['now']);
    await pass(10);
    expect((await receive({ MaxNumberOfMessages: 10 })).map(({ Body }) => Body)).toEqual(['late']);
  });

  test('is deleted after the retention period', async () => {
    const { QueueUrl, receive, pass, post, counts } = await withQueue({ MessageRetentionPeriod: '60' });
    await post(QueueUrl, 'old');
    await pass(60);
    expect(await receive()).toEqual([]);
    expect(await counts()).toMatchObject({ ready: '0' });
  });

  test('carries attributes, which are returned on request', async () => {
    const { QueueUrl, send, receive } = await withQueue({ VisibilityTimeout: '0' });
    const sent = await send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: 'msg',
        MessageAttributes: {
          Hello: { DataType: 'String', StringValue: 'There' },
          General: { DataType: 'String', StringValue: 'Kenobi' },
          'Help.Me': { DataType: 'String', StringValue: 'Me' },
        },
        MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-0' } },
        MessageGroupId: 'tenant-1',
      }),
    );
    // AWS's response, recorded by localstack/localstack
    // (test_receive_message_message_attribute_names_filters).
    expect(sent).toMatchObject({
      MD5OfMessageAttributes: '4c360f3fdafd970e05fae2f149d997f5',
      MD5OfMessageBody: '6e2baaf3b97dbeef01c0043275f9a0e7',
    });
    const names = async (...MessageAttributeNames: string[]) => {
      const [message] = await receive({ MessageAttributeNames });
      return Object.keys(message?.MessageAttributes ?? {}).sort();
    };
    expect(await names()).toEqual([]);
    expect(await names('All')).toEqual(['General', 'Hello', 'Help.Me']);
    expect(await names('.*')).toEqual(['General', 'Hello', 'Help.Me']);
    expect(await names('Hel.*')).toEqual(['Hello', 'Help.Me']);
    expect(await names('General', 'None')).toEqual(['General']);
    const [message] = await receive({ MessageSystemAttributeNames: ['AWSTraceHeader', 'MessageGroupId'] });
    expect(message?.Attributes).toEqual({ AWSTraceHeader: 'Root=1-0', MessageGroupId: 'tenant-1' });
  });

  test('carries binary attributes', async () => {
    const { QueueUrl, send, receive } = await withQueue();
    const BinaryValue = Buffer.from('traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01');
    await send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: 'test',
        MessageAttributes: { attr1: { DataType: 'Binary', BinaryValue } },
      }),
    );
    const [message] = await receive({ MessageAttributeNames: ['All'] });
    // AWS's response, recorded by localstack/localstack
    // (test_send_message_with_binary_attributes).
    expect(message?.MD5OfMessageAttributes).toBe('8cbe4db156db8a94db8b801b7addb984');
    expect(Buffer.from(message?.MessageAttributes?.attr1?.BinaryValue ?? [])).toEqual(BinaryValue);
  });

  test('moves to the dead-letter queue after maxReceiveCount receives', async () => {
    const { queue, send, pass, post, messages } = simulateQueues();
    await queue('dead');
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf('dead'), maxReceiveCount: 2 });
    const QueueUrl = await queue('letters', { RedrivePolicy, VisibilityTimeout: '5' });
    await post(QueueUrl, 'poison');
    const receive = async (url: string) =>
      (
        await send(
          new ReceiveMessageCommand({
            QueueUrl: url,
            MessageSystemAttributeNames: ['All'],
            MaxNumberOfMessages: 10,
          }),
        )
      ).Messages ?? [];
    for (let time = 0; time < 2; time++) {
      expect(await receive(QueueUrl)).toHaveLength(1);
      await pass(5);
    }
    expect(await receive(QueueUrl)).toEqual([]);
    expect(messages()).toMatchObject([{ queue: arnOf('dead') }]);
    const [dead] = await receive(QueueUrl.replace('letters', 'dead'));
    expect(dead?.Attributes).toMatchObject({
      ApproximateReceiveCount: '3',
      DeadLetterQueueSourceArn: arnOf('letters'),
    });
  });

  const tooMany = Object.fromEntries(
    Array.from({ length: 11 }, (_, index) => [`a${index}`, { DataType: 'String', StringValue: 'x' }]),
  );
  const one = (name: string, value: object) => ({ MessageAttributes: { [name]: value } });
  test.each<[string, object, string, string]>([
    ['no body', { MessageBody: undefined }, 'MissingParameter', 'must contain the parameter MessageBody.'],
    ['an empty body', { MessageBody: '' }, 'MissingParameter', 'must contain the parameter MessageBody.'],
    [
      'a control character',
      { MessageBody: 'a\u0000' },
      'InvalidMessageContents',
      'Invalid characters found.',
    ],
    [
      'a body that is too long',
      { MessageBody: 'x'.repeat(1025) },
      'InvalidParameterValue',
      'shorter than 1024 bytes.',
    ],
    [
      'a delay that is too long',
      { DelaySeconds: 901 },
      'InvalidParameterValue',
      'Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.',
    ],
    [
      'a deduplication id',
      { MessageDeduplicationId: 'x' },
      'InvalidParameterValue',
      'not valid for this queue type',
    ],
    ['a group id with a space', { MessageGroupId: 'a b' }, 'InvalidParameterValue', '1 to 128 in length.'],
    [
      '11 attributes',
      { MessageAttributes: tooMany },
      'InvalidParameterValue',
      '[11] exceeds the allowed maximum [10]',
    ],
    ['an attribute without a type', one('a', { StringValue: 'x' }), 'InvalidParameterValue', 'DataType'],
    [
      'an attribute of an unknown type',
      one('a', { DataType: 'Colour', StringValue: 'x' }),
      'InvalidParameterValue',
      'must be prefixed with "String", "Binary", or "Number", but was: Colour',
    ],
    [
      'an empty attribute',
      one('ErrorDetails', { DataType: 'String', StringValue: '' }),
      'InvalidParameterValue',
      "Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'.",
    ],
    [
      'an invalid number',
      one('a', { DataType: 'Number', StringValue: 'x' }),
      'InvalidParameterValue',
      'number',
    ],
    [
      'a reserved name',
      one('AWS.x', { DataType: 'String', StringValue: 'x' }),
      'InvalidParameterValue',
      "beginning with 'AWS.'",
    ],
    [
      'a name with a slash',
      one('a/b', { DataType: 'String', StringValue: 'x' }),
      'InvalidParameterValue',
      'can only',
    ],
    [
      'an unknown system attribute',
      { MessageSystemAttributes: { SenderId: { DataType: 'String', StringValue: 'x' } } },
      'InvalidParameterValue',
      "'SenderId'",
    ],
  ])('is refused with %s', async (_name, input, code, message) => {
    const { QueueUrl, send, messages } = await withQueue({ MaximumMessageSize: '1024' });
    const command = new SendMessageCommand({
      QueueUrl,
      MessageBody: 'x',
      ...input,
    } as SendMessageCommandInput);
    const answer = await refusal(send(command));
    expect(answer).toMatchObject({ code, status: 400 });
    expect(answer.message).toContain(message);
    expect(messages()).toEqual([]);
  });
});

describe('ReceiveMessage', () => {
  test('returns up to ten messages in the order in which they were sent', async () => {
    const { QueueUrl, receive, post } = await withQueue();
    const bodies = Array.from({ length: 12 }, (_, index) => `m${index}`);
    await post(QueueUrl, ...bodies);
    expect(await receive()).toMatchObject([{ Body: 'm0' }]);
    expect((await receive({ MaxNumberOfMessages: 10 })).map(({ Body }) => Body)).toEqual(bodies.slice(1, 11));
  });

  test.each([
    [
      { MaxNumberOfMessages: 11 },
      'Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.',
    ],
    [{ MaxNumberOfMessages: 0 }, 'Value 0 for parameter MaxNumberOfMessages is invalid.'],
    [
      { WaitTimeSeconds: 21 },
      'Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.',
    ],
    [{ VisibilityTimeout: 43_201 }, 'Value 43201 for parameter VisibilityTimeout is invalid.'],
    [{ MessageSystemAttributeNames: ['Colour' as never] }, 'Unknown Attribute Colour.'],
    [{ ReceiveRequestAttemptId: 'x' }, 'ReceiveRequestAttemptId is not emulated'],
  ])('refuses %j', async (input, message) => {
    const { QueueUrl, send } = await withQueue();
    const answer = await refusal(send(new ReceiveMessageCommand({ QueueUrl, ...input })));
    expect(answer.message).toContain(message);
  });
});

describe('ChangeMessageVisibility', () => {
  test('extends a visibility timeout, restarts an ended timeout, and makes a message visible', async () => {
    const { QueueUrl, send, receive, pass, post } = await withQueue({ VisibilityTimeout: '5' });
    await post(QueueUrl, 'hello');
    const [{ ReceiptHandle } = { ReceiptHandle: '' }] = await receive();
    const change = (VisibilityTimeout: number) =>
      send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
    await pass(6);
    await change(10);
    await pass(9);
    expect(await receive()).toEqual([]);
    await change(0);
    expect(await receive()).toHaveLength(1);
  });

  test.each<[string, (receipt: string) => object, string, string]>([
    [
      'an invalid receipt handle',
      () => ({ ReceiptHandle: 'INVALID' }),
      'ReceiptHandleIsInvalid',
      'is not a valid receipt handle.',
    ],
    ['no receipt handle', () => ({ ReceiptHandle: undefined }), 'MissingParameter', 'ReceiptHandle'],
    ['no timeout', () => ({ VisibilityTimeout: undefined }), 'MissingParameter', 'VisibilityTimeout'],
    [
      'a negative timeout',
      () => ({ VisibilityTimeout: -1 }),
      'InvalidParameterValue',
      'Must be between 0 and 43200',
    ],
    [
      'more than twelve hours in total',
      () => ({ VisibilityTimeout: 43_200 }),
      'InvalidParameterValue',
      'beyond the limit [43200 seconds]',
    ],
  ])('refuses %s', async (_name, wrong, code, message) => {
    const { QueueUrl, send, receive, pass, post } = await withQueue();
    await post(QueueUrl, 'hello');
    const [{ ReceiptHandle = '' } = {}] = await receive();
    await pass(1);
    const input = { QueueUrl, ReceiptHandle, VisibilityTimeout: 10, ...wrong(ReceiptHandle) };
    const answer = await refusal(send(new ChangeMessageVisibilityCommand(input)));
    expect(answer.code).toBe(code);
    expect(answer.message).toContain(message);
  });

  test('accepts an older receipt handle of a message that was received again', async () => {
    const { QueueUrl, send, receive, post } = await withQueue();
    await post(QueueUrl, 'hello');
    const [first] = await receive({ VisibilityTimeout: 0 });
    await receive({ VisibilityTimeout: 30 });
    expect(await receive()).toEqual([]);
    const change = { QueueUrl, ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 };
    await send(new ChangeMessageVisibilityCommand(change));
    expect(await receive()).toHaveLength(1);
  });

  test('refuses a deleted message', async () => {
    const { QueueUrl, send, receive, post } = await withQueue({ VisibilityTimeout: '0' });
    await post(QueueUrl, 'hello');
    const [first] = await receive();
    await send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle }));
    const command = new ChangeMessageVisibilityCommand({
      QueueUrl,
      ReceiptHandle: first?.ReceiptHandle,
      VisibilityTimeout: 1,
    });
    const answer = await refusal(send(command));
    expect(answer.code).toBe('InvalidParameterValue');
    expect(answer.message).toContain(
      'Message does not exist or is not available for visibility timeout change.',
    );
  });
});

describe('batches', () => {
  test('process each entry independently', async () => {
    const { QueueUrl, send, receive, messages } = await withQueue();
    const sent = await send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'a', MessageBody: '1' },
          { Id: 'b', MessageBody: '2', DelaySeconds: 901 },
          { Id: 'c', MessageBody: '3' },
        ],
      }),
    );
    expect(sent.Successful).toMatchObject([{ Id: 'a' }, { Id: 'c' }]);
    expect(sent.Failed).toEqual([
      {
        Id: 'b',
        SenderFault: true,
        Code: 'InvalidParameterValue',
        Message:
          'Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.',
      },
    ]);
    const [first, second] = await receive({ MaxNumberOfMessages: 10 });
    const hidden = await send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'a', ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 },
          { Id: 'b', ReceiptHandle: 'x', VisibilityTimeout: 0 },
        ],
      }),
    );
    expect(hidden).toMatchObject({
      Successful: [{ Id: 'a' }],
      Failed: [{ Id: 'b', Code: 'ReceiptHandleIsInvalid' }],
    });
    const deleted = await send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'a', ReceiptHandle: first?.ReceiptHandle },
          { Id: 'b', ReceiptHandle: second?.ReceiptHandle },
        ],
      }),
    );
    expect(deleted.Successful).toEqual([{ Id: 'a' }, { Id: 'b' }]);
    expect(deleted).not.toHaveProperty('Failed');
    expect(messages()).toEqual([]);
  });

  const entries = (...ids: string[]) => ids.map((Id) => ({ Id, MessageBody: 'x' }));
  test.each([
    [
      'none',
      [],
      'EmptyBatchRequest',
      'There should be at least one SendMessageBatchRequestEntry in the request.',
    ],
    [
      'eleven',
      entries(...'abcdefghijk'),
      'TooManyEntriesInBatchRequest',
      'Maximum number of entries per request are 10. You have sent 11.',
    ],
    ['a duplicate id', entries('a', 'b', 'a'), 'BatchEntryIdsNotDistinct', 'Id a repeated.'],
    ['an id with a colon', entries('a:b'), 'InvalidBatchEntryId', 'A batch entry id can only contain'],
    ['no id', [{ Id: undefined, MessageBody: 'x' }], 'MissingParameter', 'SendMessageBatchRequestEntry.1.Id'],
    [
      'more than 1 MiB in total',
      entries('a', 'b').map((entry) => ({ ...entry, MessageBody: 'x'.repeat(600_000) })),
      'BatchRequestTooLong',
      'Batch requests cannot be longer than 1048576 bytes. You have sent 1200000 bytes.',
    ],
  ])('are refused with %s', async (_name, Entries, code, message) => {
    const { QueueUrl, send, messages } = await withQueue();
    const answer = await refusal(send(new SendMessageBatchCommand({ QueueUrl, Entries })));
    expect(answer).toMatchObject({ code, status: 400 });
    expect(answer.message).toContain(message);
    expect(messages()).toEqual([]);
  });
});

describe('putMessage', () => {
  const sender = {
    service: 'events.amazonaws.com',
    sourceArn: 'arn:aws:events:eu-west-1:999988887777:rule/bake',
    account: ACCOUNT,
  };

  test('puts a message from a service into a queue, with attributes', async () => {
    const { world, receive, messages } = await withQueue();
    const attributes = { ERROR_CODE: 'THROTTLING' };
    const letter = { queueArn: arnOf('letters'), body: '{}', attributes, now: world.now() };
    expect(putMessage(world, letter)).toBe(true);
    expect(putMessage(world, { ...letter, queueArn: arnOf('none') })).toBe(false);
    expect(messages()).toHaveLength(1);
    expect(await receive({ MessageAttributeNames: ['All'] })).toMatchObject([
      { Body: '{}', MessageAttributes: { ERROR_CODE: { DataType: 'String', StringValue: 'THROTTLING' } } },
    ]);
  });

  test.each([
    ['no caller', undefined, false],
    ['the service', {}, true],
    ['the service for this rule', { ArnEquals: { 'aws:SourceArn': sender.sourceArn } }, true],
    ['the service for rules of the account', { StringEquals: { 'aws:SourceAccount': ACCOUNT } }, true],
    [
      'the service for another rule',
      { ArnLike: { 'AWS:SourceArn': 'arn:aws:events:*:*:rule/other' } },
      false,
    ],
  ])('checks a queue policy that allows %s', async (_name, condition, isAllowed) => {
    const statement = {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: arnOf('letters'),
      Condition: condition,
    };
    const Policy = JSON.stringify({ Statement: [statement] });
    const { world } = await withQueue(condition === undefined ? undefined : { Policy });
    const letter = { queueArn: arnOf('letters'), body: '{}', now: world.now(), sender };
    expect(putMessage(world, letter)).toBe(isAllowed);
  });
});
