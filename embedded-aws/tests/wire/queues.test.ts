import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { OWNER, serveWorld } from './served-world.ts';

test('a client that calls a queue URL reaches the endpoint and accepts the digests', async () => {
  const { client, url } = await serveWorld();
  const { endpoint: _none, ...options } = client();
  const made = await new SQSClient(client()).send(new CreateQueueCommand({ QueueName: 'letters' }));
  expect(made.QueueUrl).toBe(`${url}/${OWNER}/letters`);
  // The client warns that it calls another host than AWS's.
  const silent = () => undefined;
  const logger = { debug: silent, info: silent, warn: silent, error: silent };
  const sqs = new SQSClient({ ...options, logger });
  const { QueueUrl } = made;
  const MessageAttributes = { a: { DataType: 'Number', StringValue: '1' } };
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello', MessageAttributes }));
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'] }),
  );
  expect(Messages).toMatchObject([{ Body: 'hello', MessageAttributes }]);
});

test.each([
  [
    { QueueUrl: 'http://127.0.0.1/999988887777/none' },
    { name: 'QueueDoesNotExist', Code: 'AWS.SimpleQueueService.NonExistentQueue', Type: 'Sender' },
    'The specified queue does not exist.',
  ],
  [
    {},
    { name: 'MissingParameter', Code: 'MissingParameter', Type: 'Sender' },
    'The request must contain the parameter QueueUrl.',
  ],
  [
    { QueueUrl: 'http://nowhere/letters' },
    {
      name: 'QueueDoesNotExist',
      Code: 'AWS.SimpleQueueService.NonExistentQueue',
      $metadata: { httpStatusCode: 400 },
    },
    'The specified queue does not exist.',
  ],
])('%j is refused with the codes of both protocols', async (input, error, message) => {
  const { client } = await serveWorld();
  const command = new GetQueueAttributesCommand(input as { QueueUrl: string });
  const answer = await new SQSClient(client()).send(command).catch((refused: unknown) => refused);
  expect(answer).toMatchObject({ ...error, message });
});
