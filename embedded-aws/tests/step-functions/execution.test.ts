import { describe, expect, test } from 'vitest';
import type { Invoke } from '../../src/lambda/functions.ts';
import { simulateStates, task } from './simulated-states.ts';

const caught = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'Rescue' }];

describe('a function that times out', () => {
  test("is retried by Lambda's name for the error", async () => {
    let turn = 0;
    const work: Invoke = async () => {
      const which = ++turn;
      if (which === 1) await new Promise((resolve) => setTimeout(resolve, 500_000));
      return which;
    };
    const Retry = [{ ErrorEquals: ['Sandbox.Timedout'], IntervalSeconds: 2, MaxAttempts: 1 }];
    const { run, start, seconds } = simulateStates(
      { Work: task({ Retry, End: true }) },
      { work },
      { timeoutSeconds: { work: 60 } },
    );
    expect(await run(start().execution.result)).toEqual({ status: 'SUCCEEDED', output: 2 });
    expect(seconds()).toBe(62);
  });

  test('has only its own timeout: a task without a timeout has no limit', async () => {
    const { run, start } = simulateStates(
      { Work: task({ End: true }) },
      { work: () => new Promise((resolve) => setTimeout(resolve, 120_000, 'done')) },
    );
    expect(await run(start().execution.result)).toEqual({ status: 'SUCCEEDED', output: 'done' });
  });
});

describe('exceeding a limit of Step Functions ends the execution, and no Catch applies:', () => {
  test.each<[string, Record<string, object>, unknown]>([
    [
      'the input of a function',
      { Work: task({ Parameters: { 'a.$': '$.a', 'b.$': '$.a' }, Catch: caught, End: true }) },
      { a: 'x'.repeat(200_000) },
    ],
    [
      'the output of a state',
      {
        Work: task({ Parameters: {}, ResultPath: '$.work', Catch: caught, Next: 'Done' }),
        Done: task({ End: true }),
      },
      { a: 'x'.repeat(200_000) },
    ],
    [
      'the output of the last state',
      { Work: task({ Parameters: {}, ResultPath: '$.work', Catch: caught, End: true }) },
      { a: 'x'.repeat(200_000) },
    ],
  ])('%s above 256 KiB', async (what, states, input) => {
    let invoked = 0;
    const { run, start } = simulateStates(
      { ...states, Rescue: task({ End: true }) },
      {
        work: async () => {
          invoked++;
          return 'x'.repeat(100_000);
        },
      },
    );
    const { execution, events } = start(input);
    expect(await run(execution.result)).toEqual({
      status: 'FAILED',
      error: 'States.DataLimitExceeded',
      cause: expect.stringContaining("'Work'"),
    });
    expect(invoked).toBe(what === 'the input of a function' ? 0 : 1);
    expect(events.at(-1)).toMatchObject({ type: 'ExecutionFailed', Error: 'States.DataLimitExceeded' });
  });

  test('25,000 events of history', async () => {
    let turns = 0;
    let rescued = 0;
    const { run, start, world } = simulateStates(
      {
        Work: task({ Catch: caught, Next: 'Pause' }),
        Pause: { Type: 'Wait', Seconds: 30, Next: 'Work' },
        Rescue: task({ Resource: task({}).Resource.replace('work', 'rescue'), End: true }),
      },
      { work: async () => ({ turn: ++turns }), rescue: async () => rescued++ },
    );
    const { execution } = start();
    expect(await run(execution.result)).toEqual({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: 'The execution reached the maximum number of history events (25000).',
    });
    // After the first event, a turn has 5 events of the task (the third is the start of the function) and 2 events of
    // the wait.
    expect(turns).toBe(Math.floor((24_999 - 1 - 3) / 7) + 1);
    expect(rescued).toBe(0);
    expect(world.executions.get(execution.arn)?.history.flat()).toHaveLength(25_000);
  });
});

test('a response above 256 KiB is an error that States.ALL catches', async () => {
  const { run, start } = simulateStates(
    { Work: task({ Catch: caught, End: true }), Rescue: { Type: 'Pass', End: true } },
    { work: async () => 'x'.repeat(262_144) },
  );
  expect(await run(start().execution.result)).toMatchObject({
    status: 'SUCCEEDED',
    output: { failure: { Error: 'States.DataLimitExceeded' } },
  });
});

describe('a state machine with a timeout', () => {
  const pause = { Type: 'Wait', Seconds: 60, End: true };

  test('times out in any state, and no Catch applies', async () => {
    const work: Invoke = () => new Promise((resolve) => setTimeout(resolve, 3600_000));
    const States = { Work: task({ Catch: caught, End: true }), Rescue: { Type: 'Succeed' } };
    const { run, start, seconds } = simulateStates({ StartAt: 'Work', TimeoutSeconds: 90, States }, { work });
    const { execution, events } = start();
    expect(await run(execution.result)).toEqual({ status: 'TIMED_OUT' });
    expect(seconds()).toBe(90);
    expect(events.at(-1)?.type).toBe('ExecutionTimedOut');
  });

  test('leaves no timer behind if it ends in time', async () => {
    const { run, start, seconds } = simulateStates({
      StartAt: 'Pause',
      // Longer than a timer supports.
      TimeoutSeconds: 40 * 24 * 3600,
      States: { Pause: pause },
    });
    expect(await run(start().execution.result)).toMatchObject({ status: 'SUCCEEDED' });
    expect(seconds()).toBe(60);
    await expect(run(new Promise(() => {}))).rejects.toMatchObject({ name: 'NothingLeftToHappen' });
  });

  test("supports timeouts that are longer than Node's timers", async () => {
    const days = 24 * 3600;
    const States = {
      Pause: { Type: 'Wait', Seconds: 40 * days, Next: 'Again' },
      Again: { Type: 'Wait', Seconds: 20 * days, End: true },
    };
    const { run, start, seconds } = simulateStates({ StartAt: 'Pause', TimeoutSeconds: 50 * days, States });
    expect(await run(start().execution.result)).toEqual({ status: 'TIMED_OUT' });
    expect(seconds()).toBe(50 * days);
  });
});

test('the context object describes the execution', async () => {
  const parameters = {
    'execution.$': '$$.Execution',
    'started.$': "States.Format('at {}', $$.Execution.StartTime)",
  };
  const { run, start } = simulateStates({ Tell: { Type: 'Pass', Parameters: parameters, End: true } });
  const { execution } = start({ a: 1 });
  expect(await run(execution.result)).toEqual({
    status: 'SUCCEEDED',
    output: {
      execution: {
        Id: execution.arn,
        Input: { a: 1 },
        Name: 'one',
        RedriveCount: 0,
        RoleArn: 'arn:aws:iam::999988887777:role/bake',
        StartTime: '2026-11-20T03:00:00.000Z',
      },
      started: 'at 2026-11-20T03:00:00.000Z',
    },
  });
});

describe('an execution that is stopped', () => {
  test('is aborted', async () => {
    const { run, start, seconds } = simulateStates({ Pause: { Type: 'Wait', Seconds: 3600, End: true } });
    const { execution, events } = start();
    setTimeout(execution.stop, 10_000);
    expect(await run(execution.result)).toEqual({ status: 'ABORTED' });
    expect(seconds()).toBe(10);
    expect(events.at(-1)?.type).toBe('ExecutionAborted');
  });

  test('during the wait for a retry, makes no retry', async () => {
    let turns = 0;
    const work: Invoke = async () => {
      turns++;
      throw new Error('not yet');
    };
    const Retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 60, MaxAttempts: 9 }];
    const { run, start, pass } = simulateStates({ Work: task({ Retry, End: true }) }, { work });
    const { execution } = start();
    setTimeout(execution.stop, 10_000);
    await run(execution.result);
    await pass(3600);
    expect(turns).toBe(1);
    await expect(run(new Promise(() => {}))).rejects.toMatchObject({ name: 'NothingLeftToHappen' });
  });
});

test('a fault aborts an execution when it enters the state, and the function is not called', async () => {
  let invoked = 0;
  const { run, start, world } = simulateStates(
    { First: task({ Next: 'Second' }), Second: task({ End: true }) },
    { work: async () => ++invoked },
    { faults: [{ execution: 'aborted', state: 'Second' }] },
  );
  const { execution, events } = start();
  expect(await run(execution.result)).toEqual({ status: 'ABORTED' });
  expect(invoked).toBe(1);
  expect(world.faultsMet).toEqual([1]);
  expect(events.slice(-2).map(({ type }) => type)).toEqual(['StateEntered', 'ExecutionAborted']);
  // The fault is used up.
  expect(await run(start({}, 'two').execution.result)).toMatchObject({ status: 'SUCCEEDED' });
});
