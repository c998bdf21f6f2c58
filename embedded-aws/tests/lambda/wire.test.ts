import {
  AddPermissionCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda';
import { expect, onTestFinished, test } from 'vitest';
import { answerTo, requestId } from '../../src/core/operation.ts';
import { deployFunctions } from '../../src/lambda/functions.ts';
import { lambda } from '../../src/lambda/index.ts';
import { emptyWorld } from '../../src/new-world.ts';
import { serve } from '../../src/wire/server.ts';
import { ACCOUNT, functionNamed, REGION } from './simulated-lambda.ts';

async function serveLambda() {
  const world = emptyWorld({ seed: 7, now: Date.now });
  const echo = {
    invoke: async (event: unknown) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (event === null) throw new RangeError('nothing');
      return { event };
    },
  };
  deployFunctions(world, { [functionNamed('echo')]: echo });
  const services = { lambda };
  const server = await serve(0, {
    perform: ({ accessKey: account, ...call }) => answerTo(services, world, { ...call, account }),
    requestId: () => requestId(world),
    onSurprise: (error) => {
      throw error;
    },
  });
  onTestFinished(() => server.close());
  const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'any' };
  const client = new LambdaClient({ region: REGION, endpoint: server.url, credentials, maxAttempts: 1 });
  return { client, url: server.url };
}

test('over HTTP a function is awaited, and its response is the whole body', async () => {
  const { client } = await serveLambda();
  const invoke = (Payload: string) =>
    client.send(new InvokeCommand({ FunctionName: functionNamed('echo'), Payload }));
  const well = await invoke('{"text":"für"}');
  expect(well).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
  expect(JSON.parse(well.Payload?.transformToString() ?? '')).toEqual({ event: { text: 'für' } });
  const badly = await invoke('null');
  expect(badly.FunctionError).toBe('Unhandled');
  expect(JSON.parse(badly.Payload?.transformToString() ?? '')).toMatchObject({ errorType: 'RangeError' });
  await expect(invoke('nonsense')).rejects.toMatchObject({
    name: 'InvalidRequestContentException',
    $metadata: { httpStatusCode: 400 },
  });
});

test('over HTTP a response without content has no body', async () => {
  const { client } = await serveLambda();
  const FunctionName = 'echo';
  const invoke = (InvocationType: 'DryRun' | 'Event') =>
    client.send(new InvokeCommand({ FunctionName, InvocationType }));
  expect(await invoke('DryRun')).toMatchObject({ StatusCode: 204 });
  expect(await invoke('Event')).toMatchObject({ StatusCode: 202 });
  const StatementId = 'rule';
  const Action = 'lambda:InvokeFunction';
  const Principal = 'events.amazonaws.com';
  const added = new AddPermissionCommand({ FunctionName, StatementId, Action, Principal });
  expect((await client.send(added)).$metadata.httpStatusCode).toBe(201);
  const removed = new RemovePermissionCommand({ FunctionName, StatementId });
  expect((await client.send(removed)).$metadata.httpStatusCode).toBe(204);
  // The connection still works.
  expect((await client.send(new ListFunctionsCommand({}))).Functions).toHaveLength(1);
});

test('a path may end with a slash, as older clients write it', async () => {
  const { url } = await serveLambda();
  const authorization = `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/20261120/${REGION}/lambda/aws4_request, Signature=0`;
  const answer = await fetch(`${url}/2015-03-31/functions/`, { headers: { authorization } });
  expect(await answer.json()).toMatchObject({ Functions: [{ FunctionName: 'echo' }] });
});
