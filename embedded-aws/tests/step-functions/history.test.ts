import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { describe, expect, test } from 'vitest';
import type { Invoke } from '../../src/lambda/functions.ts';
import { payloadWriter, readPayload } from '../../src/step-functions/payloads.ts';
import { executionNamed, functionNamed, inShort, ROLE, simulateStates, task } from './simulated-states.ts';

const pause = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));

/** The complete history of an execution with these states, in short form. */
async function historyOf(
  states: Record<string, object>,
  functions: Record<string, Invoke> = {},
  input: unknown = {},
): Promise<string[]> {
  const { run, start, history } = simulateStates(states, functions);
  await run(start(input).execution.result);
  return inShort(await history(executionNamed('one')));
}

// AWS wrote this order and these previous ids for localstack/localstack (*.snapshot.json).
describe('the history of', () => {
  test('a loop of task, choice and wait', async () => {
    let turn = 0;
    const States = {
      Work: task({ ResultPath: '$.turn', Next: 'Done?' }),
      'Done?': {
        Type: 'Choice',
        Choices: [{ Variable: '$.turn', NumericEquals: 2, Next: 'Done' }],
        Default: 'Pause',
      },
      Pause: { Type: 'Wait', Seconds: 30, Next: 'Work' },
      Done: { Type: 'Succeed' },
    };
    expect(await historyOf(States, { work: async () => ++turn })).toEqual([
      '1 0 ExecutionStarted',
      '2 0 TaskStateEntered Work',
      '3 2 LambdaFunctionScheduled',
      '4 3 LambdaFunctionStarted',
      '5 4 LambdaFunctionSucceeded',
      '6 5 TaskStateExited Work',
      '7 6 ChoiceStateEntered Done?',
      '8 7 ChoiceStateExited Done?',
      '9 8 WaitStateEntered Pause',
      '10 9 WaitStateExited Pause',
      '11 10 TaskStateEntered Work',
      '12 11 LambdaFunctionScheduled',
      '13 12 LambdaFunctionStarted',
      '14 13 LambdaFunctionSucceeded',
      '15 14 TaskStateExited Work',
      '16 15 ChoiceStateEntered Done?',
      '17 16 ChoiceStateExited Done?',
      '18 17 SucceedStateEntered Done',
      '19 18 SucceedStateExited Done',
      '20 19 ExecutionSucceeded',
    ]);
  });

  test('a function that fails, is retried, and fails the execution', async () => {
    const work: Invoke = async () => {
      throw new TypeError('no');
    };
    const Retry = [{ ErrorEquals: ['TypeError'], IntervalSeconds: 5, MaxAttempts: 1 }];
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Failed' }];
    const States = {
      Work: task({ Retry, Catch, End: true }),
      Failed: { Type: 'Fail', ErrorPath: '$.Error' },
    };
    const { run, start, history } = simulateStates(States, { work });
    expect(await run(start().execution.result)).toEqual({ status: 'FAILED', error: 'TypeError' });
    const events = await history(executionNamed('one'));
    expect(inShort(events)).toEqual([
      '1 0 ExecutionStarted',
      '2 0 TaskStateEntered Work',
      '3 2 LambdaFunctionScheduled',
      '4 3 LambdaFunctionStarted',
      '5 4 LambdaFunctionFailed',
      '6 5 LambdaFunctionScheduled',
      '7 6 LambdaFunctionStarted',
      '8 7 LambdaFunctionFailed',
      '9 8 TaskStateExited Work',
      '10 9 FailStateEntered Failed',
      '11 10 ExecutionFailed',
    ]);
    const { error, cause = '' } = events[7]?.lambdaFunctionFailedEventDetails ?? {};
    expect([error, JSON.parse(cause).errorMessage]).toEqual(['TypeError', 'no']);
    expect(JSON.parse(events[8]?.stateExitedEventDetails?.output ?? '')).toEqual({
      Error: error,
      Cause: cause,
    });
    expect(events[10]?.executionFailedEventDetails).toEqual({ error: 'TypeError' });
    expect(events[5]?.timestamp?.getTime()).toBe((events[4]?.timestamp?.getTime() ?? 0) + 5000);
  });

  test('a task that times out', async () => {
    const States = { Work: task({ TimeoutSeconds: 5, End: true }) };
    const { run, start, history } = simulateStates(States, { work: () => pause(60) });
    expect(await run(start().execution.result)).toEqual({ status: 'FAILED', error: 'States.Timeout' });
    // The function continues to its end, which creates no event.
    await run(pause(120));
    const events = await history(executionNamed('one'));
    expect(inShort(events).slice(2)).toEqual([
      '3 2 LambdaFunctionScheduled',
      '4 3 LambdaFunctionStarted',
      '5 4 LambdaFunctionTimedOut',
      '6 5 ExecutionFailed',
    ]);
    expect(events[2]?.lambdaFunctionScheduledEventDetails).toMatchObject({ timeoutInSeconds: 5 });
    expect(events[4]?.lambdaFunctionTimedOutEventDetails).toEqual({ error: 'States.Timeout' });
  });

  test('a Fail state without texts', async () => {
    const { run, start, history } = simulateStates({ Failed: { Type: 'Fail' } });
    expect(await run(start().execution.result)).toEqual({ status: 'FAILED' });
    const events = await history(executionNamed('one'));
    expect(inShort(events).slice(1)).toEqual(['2 0 FailStateEntered Failed', '3 2 ExecutionFailed']);
    expect(events[2]?.executionFailedEventDetails).toEqual({});
  });

  test('a state whose input cannot be created', async () => {
    const States = { Work: task({ Parameters: { 'a.$': '$.missing' }, End: true }) };
    expect(await historyOf(States, { work: async () => 1 })).toEqual([
      '1 0 ExecutionStarted',
      '2 0 TaskStateEntered Work',
      '3 2 ExecutionFailed',
    ]);
  });

  test('an execution that is stopped', async () => {
    const { run, start, history } = simulateStates({ Pause: { Type: 'Wait', Seconds: 60, End: true } });
    const { execution } = start();
    setTimeout(() => execution.stop({ error: 'Enough', cause: 'It is late.' }), 1000);
    expect(await run(execution.result)).toEqual({ status: 'ABORTED', error: 'Enough', cause: 'It is late.' });
    const events = await history(execution.arn);
    expect(inShort(events).slice(1)).toEqual(['2 0 WaitStateEntered Pause', '3 0 ExecutionAborted']);
    expect(events[2]?.executionAbortedEventDetails).toEqual({ error: 'Enough', cause: 'It is late.' });
  });

  test('a Parallel state with two branches', async () => {
    const branch = (name: string) => ({ StartAt: name, States: { [name]: { Type: 'Pass', End: true } } });
    const States = {
      Both: { Type: 'Parallel', Branches: [branch('Left'), branch('Right')], Next: 'Done' },
      Done: { Type: 'Succeed' },
    };
    const events = await historyOf(States);
    expect(events.slice(0, 3)).toEqual([
      '1 0 ExecutionStarted',
      '2 0 ParallelStateEntered Both',
      '3 2 ParallelStateStarted',
    ]);
    const inner = events.slice(3, 7).map((event) => event.replace(/^\d+ /, ''));
    expect(inner.filter((event) => event.startsWith('3 '))).toEqual([
      '3 PassStateEntered Left',
      '3 PassStateEntered Right',
    ]);
    expect(events.slice(7)).toEqual([
      '8 7 ParallelStateSucceeded',
      '9 7 ParallelStateExited Both',
      '10 9 SucceedStateEntered Done',
      '11 10 SucceedStateExited Done',
      '12 11 ExecutionSucceeded',
    ]);
  });

  test('a Parallel state that merges the outputs of its branches', async () => {
    const branch = (name: string) => ({
      StartAt: name,
      States: { [name]: { Type: 'Pass', Result: name, ResultPath: `$.${name}`, End: true } },
    });
    const States = {
      Both: {
        Type: 'Parallel',
        Branches: [branch('Left'), branch('Right')],
        ResultSelector: { 'both.$': 'States.JsonMerge($[1], $[0], false)' },
        OutputPath: '$.both',
        Next: 'Done',
      },
      Done: { Type: 'Succeed' },
    };
    const { run, start, history } = simulateStates(States);
    const { execution } = start({});
    await run(execution.result);
    const events = await history(execution.arn);
    const exited = events.find(({ type }) => type === 'ParallelStateExited');
    const entered = events.find(({ type }) => type === 'SucceedStateEntered');
    const merged = { Left: 'Left', Right: 'Right' };
    expect(JSON.parse(exited?.stateExitedEventDetails?.output ?? '')).toEqual(merged);
    expect(JSON.parse(entered?.stateEnteredEventDetails?.input ?? '')).toEqual(merged);
  });

  test('a Map state whose function fails for one item', async () => {
    const work: Invoke = async (item) => {
      if (item === 2) throw new Error('not this one');
      await pause(60);
      return item;
    };
    const States = {
      Each: {
        Type: 'Map',
        ItemsPath: '$.items',
        ItemProcessor: { StartAt: 'Work', States: { Work: task({ End: true }) } },
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }],
        End: true,
      },
      Done: { Type: 'Succeed' },
    };
    const { run, start, history } = simulateStates(States, { work });
    await run(start({ items: [1, 2] }).execution.result);
    const events = await history(executionNamed('one'));
    expect(events[2]?.mapStateStartedEventDetails).toEqual({ length: 2 });
    const short = inShort(events);
    expect(short.slice(1, 3)).toEqual(['2 0 MapStateEntered Each', '3 2 MapStateStarted']);
    expect(short.filter((event) => event.endsWith(' 3 MapIterationStarted'))).toHaveLength(2);
    const failed = events.findIndex(({ type }) => type === 'MapIterationFailed');
    expect(events[failed]?.mapIterationFailedEventDetails).toEqual({ index: 1, name: 'Each' });
    expect(events.slice(failed).map(({ type }) => type)).toEqual([
      'MapIterationFailed',
      'MapStateFailed',
      'MapStateExited',
      'SucceedStateEntered',
      'SucceedStateExited',
      'ExecutionSucceeded',
    ]);
  });

  test('a Map state', async () => {
    const States = {
      Each: {
        Type: 'Map',
        ItemProcessor: { StartAt: 'Keep', States: { Keep: { Type: 'Pass', End: true } } },
        End: true,
      },
    };
    expect(await historyOf(States, {}, ['a'])).toEqual([
      '1 0 ExecutionStarted',
      '2 0 MapStateEntered Each',
      '3 2 MapStateStarted',
      '4 3 MapIterationStarted',
      '5 4 PassStateEntered Keep',
      '6 5 PassStateExited Keep',
      '7 6 MapIterationSucceeded',
      '8 7 MapStateSucceeded',
      '9 7 MapStateExited Each',
      '10 9 ExecutionSucceeded',
    ]);
  });
});

describe('GetExecutionHistory', () => {
  const States = { Work: task({ Parameters: { 'n.$': '$.n' }, ResultPath: '$.work', End: true }) };
  const simulate = async () => {
    const simulated = simulateStates(States, { work: async () => ({ done: true }) });
    const { execution } = simulated.start({ n: 1 });
    await simulated.run(execution.result);
    const get = (input: object) =>
      simulated.run(
        simulated.client().send(new GetExecutionHistoryCommand({ executionArn: execution.arn, ...input })),
      );
    return { ...simulated, get };
  };

  test('shows the details of each event', async () => {
    const { get } = await simulate();
    const { events = [], nextToken } = await get({});
    expect(nextToken).toBeUndefined();
    const at = new Date('2026-11-20T03:00:00Z');
    const whole = { truncated: false };
    expect(events).toEqual([
      {
        timestamp: at,
        type: 'ExecutionStarted',
        id: 1,
        previousEventId: 0,
        executionStartedEventDetails: { input: '{"n":1}', inputDetails: whole, roleArn: ROLE },
      },
      {
        timestamp: at,
        type: 'TaskStateEntered',
        id: 2,
        previousEventId: 0,
        stateEnteredEventDetails: { name: 'Work', input: '{"n":1}', inputDetails: whole },
      },
      {
        timestamp: at,
        type: 'LambdaFunctionScheduled',
        id: 3,
        previousEventId: 2,
        lambdaFunctionScheduledEventDetails: {
          resource: functionNamed('work'),
          input: '{"n":1}',
          inputDetails: whole,
        },
      },
      { timestamp: at, type: 'LambdaFunctionStarted', id: 4, previousEventId: 3 },
      {
        timestamp: at,
        type: 'LambdaFunctionSucceeded',
        id: 5,
        previousEventId: 4,
        lambdaFunctionSucceededEventDetails: { output: '{"done":true}', outputDetails: whole },
      },
      {
        timestamp: at,
        type: 'TaskStateExited',
        id: 6,
        previousEventId: 5,
        stateExitedEventDetails: {
          name: 'Work',
          output: '{"n":1,"work":{"done":true}}',
          outputDetails: whole,
        },
      },
      {
        timestamp: at,
        type: 'ExecutionSucceeded',
        id: 7,
        previousEventId: 6,
        executionSucceededEventDetails: { output: '{"n":1,"work":{"done":true}}', outputDetails: whole },
      },
    ]);
  });

  test('without the data of the execution', async () => {
    const { get } = await simulate();
    const { events = [] } = await get({ includeExecutionData: false });
    expect(events[1]).toMatchObject({ stateEnteredEventDetails: { name: 'Work' } });
    expect(JSON.stringify(events)).not.toMatch(/"(in|out)put"/);
  });

  test.each([false, true])('page by page, reversed: %s', async (reverseOrder) => {
    const { get } = await simulate();
    const ids: (number | undefined)[] = [];
    let nextToken: string | undefined;
    let pages = 0;
    do {
      const page: { events?: { id?: number | undefined }[]; nextToken?: string | undefined } = await get({
        reverseOrder,
        maxResults: 3,
        nextToken,
      });
      ids.push(...(page.events ?? []).map(({ id }) => id));
      nextToken = page.nextToken;
      pages++;
    } while (nextToken !== undefined);
    expect(pages).toBe(3);
    expect(ids).toEqual(reverseOrder ? [7, 6, 5, 4, 3, 2, 1] : [1, 2, 3, 4, 5, 6, 7]);
  });

  test('refuses the token of another request', async () => {
    const { get } = await simulate();
    const { nextToken } = await get({ maxResults: 3 });
    const invalid = { name: 'InvalidToken', message: "Invalid Token: 'Invalid token'" };
    await expect(get({ reverseOrder: true, nextToken })).rejects.toMatchObject(invalid);
    await expect(get({ nextToken: 'nonsense' })).rejects.toMatchObject(invalid);
  });
});

describe('payloads', () => {
  test('are read unchanged, and stored in less space', () => {
    const writer = payloadWriter();
    const document = {
      list: Array.from({ length: 500 }, (_, index) => `item ${index}`),
      turn: 0,
      end: 'é"\n',
    };
    const texts = Array.from({ length: 200 }, (_, turn) => JSON.stringify({ ...document, turn })).flatMap(
      (text, turn) => [text, `{"event":${text}}`, JSON.stringify({ turn }), text],
    );
    let payloads: Parameters<typeof writer.write>[0] = [];
    const indices = texts.map((text) => {
      const written = writer.write(payloads, text);
      payloads = written.payloads;
      return written.index;
    });
    expect(indices.map((index) => readPayload(payloads, index))).toEqual(texts);
    expect(payloads.flat()).toHaveLength(600);
    expect(JSON.stringify(payloads).length).toBeLessThan(JSON.stringify(texts).length / 20);
  });
});
