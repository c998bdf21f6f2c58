import {
  DeleteFunctionEventInvokeConfigCommand,
  GetFunctionEventInvokeConfigCommand,
  InvokeCommand,
  PutFunctionEventInvokeConfigCommand,
  type PutFunctionEventInvokeConfigCommandInput,
} from '@aws-sdk/client-lambda';
import { describe, expect, test } from 'vitest';
import { AwsError } from '../../src/core/errors.ts';
import type { Fault } from '../../src/core/faults.ts';
import { decodeWorld, encodeWorld } from '../../src/core/state-file.ts';
import { keepAwake } from '../../src/core/wake.ts';
import { beginWorld, restoreWorld } from '../../src/kept-world.ts';
import { deployFunctions } from '../../src/lambda/functions.ts';
import { invokeLater } from '../../src/lambda/invoke-later.ts';
import {
  ACCOUNT,
  functionNamed,
  OTHER,
  QUEUE,
  refusal,
  type SimulatedLambda,
  START,
  simulateLambda,
} from './simulated-lambda.ts';

const LATEST = `${functionNamed('work')}:$LATEST`;

const fails = async () => {
  throw new Error('badly');
};

async function send({ client, run }: SimulatedLambda, event: unknown = {}) {
  const Payload = JSON.stringify(event);
  return run(client().send(new InvokeCommand({ FunctionName: 'work', InvocationType: 'Event', Payload })));
}

async function configure(
  { client, run }: SimulatedLambda,
  input: Partial<PutFunctionEventInvokeConfigCommandInput>,
) {
  return run(client().send(new PutFunctionEventInvokeConfigCommand({ FunctionName: 'work', ...input })));
}

const seconds = ({ invoked }: SimulatedLambda) => invoked.map(({ second }) => Math.floor(second));

describe('an asynchronous event', () => {
  test('reaches the function a moment later, once', async () => {
    const lambda = simulateLambda();
    expect(await send(lambda, { a: 1 })).toMatchObject({ StatusCode: 202 });
    expect(lambda.invoked).toEqual([]);
    await lambda.pass(86_400);
    expect(lambda.invoked).toEqual([{ second: expect.any(Number), event: { a: 1 } }]);
    expect(lambda.world.functionEvents.all()).toEqual([]);
  });

  test('is sometimes delivered twice, and is never lost', async () => {
    const lambda = simulateLambda();
    const total = 1000;
    for (let turn = 0; turn < total; turn++) await send(lambda, turn);
    await lambda.pass(60);
    const seen = lambda.invoked.map(({ event }) => event);
    expect(new Set(seen).size).toBe(total);
    expect(seen.length - total).toBeGreaterThan(0);
    expect(seen.length - total).toBeLessThan(15);
  });

  test('is retried twice if the function fails, after one minute and after two minutes', async () => {
    const lambda = simulateLambda({ work: fails });
    await send(lambda);
    await lambda.pass(86_400);
    expect(seconds(lambda)).toEqual([0, 60, 180]);
    expect(lambda.world.functionEvents.all()).toEqual([]);
  });

  test.each<Fault>([
    { lambda: 'work', happens: 'killed before' },
    { lambda: 'work', happens: 'killed after' },
  ])('is retried if the function is $happens', async (fault) => {
    const lambda = simulateLambda({ faults: [fault] });
    await send(lambda);
    await lambda.pass(600);
    expect(lambda.invoked).toHaveLength('happens' in fault && fault.happens === 'killed after' ? 2 : 1);
  });

  test('is retried when Lambda works again, which does not count as an attempt', async () => {
    const where = { InvocationType: 'RequestResponse' };
    const faults = [{ call: 'Invoke', where, error: 'TooManyRequestsException', status: 429, times: 12 }];
    const lambda = simulateLambda({ work: fails, faults });
    await send(lambda);
    await lambda.pass(7200);
    // 1 + 2 + … + 256 seconds, and three times 300.
    const late = 511 + 900;
    expect(seconds(lambda)).toEqual([late, late + 60, late + 180]);
  });

  test('is dropped after six hours of throttling', async () => {
    const where = { InvocationType: 'RequestResponse' };
    const faults = [
      { call: 'Invoke', where, error: 'ServiceException', status: 500, times: 'always' as const },
    ];
    const lambda = simulateLambda({ faults });
    await lambda.queue();
    await configure(lambda, { DestinationConfig: { OnFailure: { Destination: QUEUE } } });
    await send(lambda, { a: 1 });
    await lambda.pass(5.9 * 3600);
    expect(lambda.world.functionEvents.all()).toHaveLength(1);
    await lambda.pass(0.2 * 3600);
    expect(lambda.world.functionEvents.all()).toEqual([]);
    expect(await lambda.failures()).toEqual([
      {
        version: '1.0',
        timestamp: expect.stringMatching(/^2026-11-20T08:5\d/),
        requestContext: {
          requestId: expect.any(String),
          functionArn: LATEST,
          condition: 'EventAgeExceeded',
          approximateInvokeCount: 0,
        },
        requestPayload: { a: 1 },
      },
    ]);
  });

  test('is deleted with its function', async () => {
    const where = { InvocationType: 'RequestResponse' };
    const faults = [{ call: 'Invoke', where, error: 'ResourceNotFoundException', status: 404 }];
    const lambda = simulateLambda({ faults });
    await send(lambda);
    await lambda.pass(7200);
    expect(lambda.invoked).toEqual([]);
    expect(lambda.world.functionEvents.all()).toEqual([]);
  });
});

describe('the retry settings of events', () => {
  test.each([
    [{ MaximumRetryAttempts: 0 }, [0], 'RetriesExhausted'],
    [{ MaximumRetryAttempts: 1 }, [0, 60], 'RetriesExhausted'],
    [{ MaximumEventAgeInSeconds: 100 }, [0, 60], 'EventAgeExceeded'],
  ])('%j', async (config, times, condition) => {
    const lambda = simulateLambda({ work: fails });
    await lambda.queue();
    await configure(lambda, { ...config, DestinationConfig: { OnFailure: { Destination: QUEUE } } });
    const began = seconds(lambda).length;
    await send(lambda, { a: 1 });
    const since = (lambda.world.now() - START.getTime()) / 1000;
    await lambda.pass(3600);
    expect(seconds(lambda).slice(began)).toEqual(times.map((time) => Math.floor(time + since)));
    expect(await lambda.failures()).toEqual([
      {
        version: '1.0',
        timestamp: expect.any(String),
        requestContext: {
          requestId: expect.any(String),
          functionArn: LATEST,
          condition,
          approximateInvokeCount: times.length,
        },
        requestPayload: { a: 1 },
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
        responsePayload: expect.objectContaining({ errorType: 'Error', errorMessage: 'badly' }),
      },
    ]);
  });

  test('is shown, replaced completely, and deleted', async () => {
    const lambda = simulateLambda();
    const { client, run } = lambda;
    const get = () => run(client().send(new GetFunctionEventInvokeConfigCommand({ FunctionName: 'work' })));
    const OnFailure = { Destination: QUEUE };
    const put = await configure(lambda, { MaximumRetryAttempts: 1, DestinationConfig: { OnFailure } });
    expect(put).toMatchObject({
      FunctionArn: LATEST,
      LastModified: new Date(lambda.world.now()),
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnSuccess: {}, OnFailure },
    });
    await configure(lambda, { MaximumEventAgeInSeconds: 60, Qualifier: '$LATEST' });
    const { $metadata: _, ...shown } = await get();
    expect(shown).toEqual({
      FunctionArn: LATEST,
      LastModified: expect.any(Date),
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: { OnSuccess: {}, OnFailure: {} },
    });
    const remove = () =>
      run(client().send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName: 'work' })));
    await remove();
    const none = {
      code: 'ResourceNotFoundException',
      message: `The function ${LATEST} doesn't have an EventInvokeConfig`,
      status: 404,
    };
    expect(await refusal(get())).toEqual(none);
    expect(await refusal(remove())).toEqual(none);
  });

  test.each<[string, Partial<PutFunctionEventInvokeConfigCommandInput>, object]>([
    [
      'nothing',
      {},
      {
        code: 'InvalidParameterValueException',
        message: 'You must specify at least one of error handling or destination setting.',
      },
    ],
    [
      'three retries',
      { MaximumRetryAttempts: 3 },
      { code: 'ValidationException', message: expect.stringContaining('maximumRetryAttempts') },
    ],
    [
      'an age below a minute',
      { MaximumEventAgeInSeconds: 59 },
      { code: 'ValidationException', message: expect.stringContaining('maximumEventAgeInSeconds') },
    ],
    [
      'a missing function',
      { FunctionName: 'none', MaximumRetryAttempts: 0 },
      { code: 'ResourceNotFoundException', message: "The function doesn't exist." },
    ],
    [
      'an invalid destination',
      { DestinationConfig: { OnFailure: { Destination: 'arn:aws:ec2:eu-west-1:999988887777:x' } } },
      {
        code: 'InvalidParameterValueException',
        message: expect.stringMatching(/^The provided destination config DestinationConfig\(/),
      },
    ],
    [
      'a FIFO queue',
      { DestinationConfig: { OnFailure: { Destination: `${QUEUE}.fifo` } } },
      { code: 'InvalidParameterValueException' },
    ],
    [
      'a topic, which is not emulated',
      { DestinationConfig: { OnFailure: { Destination: QUEUE.replace('sqs', 'sns') } } },
      { code: 'NotEmulated' },
    ],
    [
      'a destination for successes, which is not emulated',
      { DestinationConfig: { OnSuccess: { Destination: QUEUE } } },
      { code: 'NotEmulated' },
    ],
  ])('refuses %s', async (_, input, expected) => {
    expect(await refusal(configure(simulateLambda(), input))).toMatchObject(expected);
  });

  test("refuses another account's function", async () => {
    const { client, run } = simulateLambda();
    const input = { FunctionName: functionNamed('work'), MaximumRetryAttempts: 0 };
    const refused = run(client({ account: OTHER }).send(new PutFunctionEventInvokeConfigCommand(input)));
    expect((await refusal(refused)).code).toBe('AccessDeniedException');
  });
});

describe('a world that is kept', () => {
  test('continues with the events of its functions, including a running event', async () => {
    const lambda = simulateLambda({
      work: () => new Promise((resolve) => setTimeout(resolve, 30_000)),
    });
    const { world, services, invoked, pass } = lambda;
    await send(lambda, 'running');
    await pass(10);
    await send(lambda, 'waiting');
    const fresh = beginWorld({ seed: 7, now: world.now });
    const kept = { ...fresh, world: { ...fresh.world, ...world } };
    const again = restoreWorld(decodeWorld(encodeWorld(kept)), { now: world.now }).world;
    deployFunctions(again, Object.fromEntries(world.functions));
    const stop = keepAwake(again, services);
    world.functionEvents.delete([...world.functionEvents.rows()][1]?.[0] ?? '');
    await pass(20);
    expect(invoked.map(({ event }) => event)).toEqual(['running', 'waiting']);
    // For the other world, the process of the running function has ended.
    await pass(150);
    expect(invoked.map(({ event }) => event)).toEqual(['running', 'waiting', 'running']);
    expect(again.functionEvents.all()).toEqual([]);
    stop();
  });
});

describe('another service', () => {
  const later = ({ world, services }: SimulatedLambda, functionArn: string, sender?: object) =>
    invokeLater(
      { world, services, account: ACCOUNT, now: world.now() },
      { functionArn, payload: '{"a":1}', ...(sender as object) },
    );
  const sender = {
    sender: { service: 'events.amazonaws.com', sourceArn: 'arn:aws:events:x', account: ACCOUNT },
  };

  test("invokes a function of its caller's account", async () => {
    const lambda = simulateLambda();
    later(lambda, functionNamed('work'));
    await lambda.pass(10);
    expect(lambda.invoked.map(({ event }) => event)).toEqual([{ a: 1 }]);
  });

  test.each([
    ['a missing function', functionNamed('none'), {}, 'ResourceNotFoundException'],
    ['a missing function, as a service', functionNamed('none'), sender, 'ResourceNotFoundException'],
    ['an invalid ARN', 'nonsense', {}, 'ResourceNotFoundException'],
    ['a function without a policy', functionNamed('work'), sender, 'AccessDeniedException'],
  ])('is refused for %s', (_, arn, from, code) => {
    const lambda = simulateLambda();
    expect(() => later(lambda, arn, from)).toThrow(expect.objectContaining({ code }));
    expect(() => later(lambda, arn, from)).toThrow(AwsError);
  });

  test('finds no function if Lambda is not emulated', () => {
    const lambda = simulateLambda();
    expect(() => later({ ...lambda, services: {} }, functionNamed('work'))).toThrow(/Function not found/);
  });
});
