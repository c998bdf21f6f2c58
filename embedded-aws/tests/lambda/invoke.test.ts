import { InvokeCommand, type InvokeCommandInput } from '@aws-sdk/client-lambda';
import { describe, expect, test } from 'vitest';
import { ACCOUNT, functionNamed, OTHER, read, refusal, simulateLambda } from './simulated-lambda.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const LATEST = `${functionNamed('work')}:$LATEST`;

const invoke = (input: Partial<InvokeCommandInput> = {}) =>
  new InvokeCommand({ FunctionName: 'work', ...input });

describe('a synchronously invoked function', () => {
  test('gets its event and answers', async () => {
    const { client, run, invoked } = simulateLambda({ work: async (event) => ({ seen: event }) });
    const answer = await run(client().send(invoke({ Payload: bytes('{"a":[1]}') })));
    expect(answer).toMatchObject({
      StatusCode: 200,
      ExecutedVersion: '$LATEST',
      $metadata: { httpStatusCode: 200 },
    });
    expect(answer.FunctionError).toBeUndefined();
    expect(read(answer.Payload)).toEqual({ seen: { a: [1] } });
    expect(invoked).toEqual([{ second: 0, event: { a: [1] } }]);
  });

  test('is awaited as long as it runs, and runs for each invocation', async () => {
    const { client, run, world, invoked } = simulateLambda({
      work: async () => {
        await new Promise((resolve) => setTimeout(resolve, 40_000));
        return invoked.length;
      },
    });
    const began = world.now();
    expect(read((await run(client().send(invoke()))).Payload)).toBe(1);
    expect(world.now() - began).toBe(40_000);
    expect(read((await run(client().send(invoke()))).Payload)).toBe(2);
  });

  test.each([
    'work',
    'work:$LATEST',
    functionNamed('work'),
    LATEST,
    `${ACCOUNT}:function:work`,
    `${ACCOUNT}:work`,
  ])('is found by %s', async (FunctionName) => {
    const { client, run } = simulateLambda();
    expect(await run(client().send(invoke({ FunctionName })))).toMatchObject({ StatusCode: 200 });
  });

  test('gets an empty object without a payload, and answers null without a result', async () => {
    const { client, run, invoked } = simulateLambda({ work: async () => undefined });
    const { Payload } = await run(client().send(invoke({ Payload: bytes('') })));
    expect(read(Payload)).toBeNull();
    expect(invoked.map(({ event }) => event)).toEqual([{}]);
  });

  test.each<[string, () => Promise<unknown>, object]>([
    [
      'an error',
      async () => {
        throw new TypeError('badly');
      },
      { errorType: 'TypeError', errorMessage: 'badly', trace: expect.any(Array) },
    ],
    [
      'a value that is not an Error',
      async () => {
        throw 'a text';
      },
      { errorType: 'string', errorMessage: 'a text', trace: [] },
    ],
    [
      'a response of more than 6 MB',
      async () => 'x'.repeat(6_291_556),
      {
        errorType: 'Function.ResponseSizeTooLarge',
        errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
      },
    ],
    [
      'no response in time',
      () => new Promise((resolve) => setTimeout(resolve, 61_000)),
      {
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringContaining('Task timed out after 60.00 seconds'),
      },
    ],
  ])('reports a failure with %s', async (_, work, payload) => {
    const { client, run } = simulateLambda({ work });
    const answer = await run(client().send(invoke()));
    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(read(answer.Payload)).toEqual(payload);
  });

  test.each(['killed before', 'killed after'] as const)('may be %s its effect', async (happens) => {
    const { client, run, invoked } = simulateLambda({ faults: [{ lambda: 'work', happens }] });
    const answer = await run(client().send(invoke()));
    expect(answer.FunctionError).toBe('Unhandled');
    expect(read(answer.Payload)).toEqual({ errorMessage: expect.stringContaining('signal: killed') });
    expect(invoked).toHaveLength(happens === 'killed before' ? 0 : 1);
    expect((await run(client().send(invoke()))).FunctionError).toBeUndefined();
  });
});

test('a dry run invokes nothing', async () => {
  const { client, run, invoked, world } = simulateLambda();
  expect(await run(client().send(invoke({ InvocationType: 'DryRun' })))).toMatchObject({ StatusCode: 204 });
  expect(invoked).toEqual([]);
  expect(world.functionEvents.all()).toEqual([]);
});

test('Invoke accepts payloads of 6 MB, and of 1 MB for asynchronous invocations', async () => {
  const { client, run } = simulateLambda({ work: async () => 'well' });
  const text = (length: number) => `"${'x'.repeat(length - 2)}"`;
  for (const [InvocationType, most] of [
    ['RequestResponse', 6_291_456],
    ['Event', 1_048_576],
  ] as const) {
    await run(client().send(invoke({ InvocationType, Payload: text(most) })));
    const refused = await refusal(run(client().send(invoke({ InvocationType, Payload: text(most + 1) }))));
    expect(refused).toEqual({
      code: 'RequestTooLargeException',
      message: `${most + 1} byte payload is too large for the ${InvocationType} invocation type (limit ${most} bytes)`,
      status: 413,
    });
  }
});

describe('Invoke refuses', () => {
  test.each<[string, Partial<InvokeCommandInput>, object]>([
    [
      'a missing function',
      { FunctionName: 'none' },
      {
        code: 'ResourceNotFoundException',
        message: `Function not found: ${functionNamed('none')}`,
        status: 404,
      },
    ],
    [
      'a missing version',
      { Qualifier: '3' },
      { code: 'ResourceNotFoundException', message: `Function not found: ${functionNamed('work')}:3` },
    ],
    [
      'two qualifiers that differ',
      { FunctionName: 'work:live', Qualifier: '$LATEST' },
      {
        code: 'InvalidParameterValueException',
        message: 'The derived qualifier from the function name does not match the specified qualifier.',
      },
    ],
    [
      'a function of another region',
      { FunctionName: functionNamed('work').replace('eu-west-1', 'us-east-1') },
      {
        code: 'ResourceNotFoundException',
        message: "Functions from 'us-east-1' are not reachable in this region ('eu-west-1')",
      },
    ],
    [
      'an invalid name',
      { FunctionName: 'a function' },
      {
        code: 'ValidationException',
        message: expect.stringContaining("Value 'a function' at 'functionName' failed"),
      },
    ],
    [
      'an unknown type',
      { InvocationType: 'Later' as never },
      { code: 'ValidationException', message: expect.stringContaining('[RequestResponse, DryRun, Event]') },
    ],
    ['what is no JSON', { Payload: 'nonsense' }, { code: 'InvalidRequestContentException', status: 400 }],
    [
      'a payload that is not UTF-8',
      { Payload: new Uint8Array([34, 0xff, 34]) },
      { code: 'InvalidRequestContentException' },
    ],
    [
      'a payload that is nested too deeply',
      { Payload: `${'['.repeat(5000)}${']'.repeat(5000)}` },
      { code: 'InvalidRequestContentException' },
    ],
    ['LogType Tail, which is not emulated', { LogType: 'Tail' }, { code: 'NotEmulated', status: 501 }],
    [
      'a parameter that is not emulated',
      { ClientContext: 'e30=' },
      { code: 'NotEmulated', message: expect.stringContaining('ClientContext') },
    ],
  ])('%s', async (_, input, expected) => {
    const { client, run, invoked } = simulateLambda();
    expect(await refusal(run(client().send(invoke(input))))).toMatchObject(expected);
    expect(invoked).toEqual([]);
  });

  test("another account's function, whether it exists or not", async () => {
    const { client, run } = simulateLambda();
    for (const name of ['work', 'none']) {
      const foreign = client({ account: OTHER }).send(invoke({ FunctionName: functionNamed(name) }));
      expect(await refusal(run(foreign))).toEqual({
        code: 'AccessDeniedException',
        message: `User: arn:aws:iam::${OTHER}:root is not authorized to perform: lambda:InvokeFunction on resource: ${functionNamed(name)} because no resource-based policy allows the lambda:InvokeFunction action`,
        status: 403,
      });
    }
  });
});
