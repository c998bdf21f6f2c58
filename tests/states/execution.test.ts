import { describe, expect, onTestFinished, test } from 'vitest';
import { installClock } from '../../local/aws/clock.ts';
import { emptyWorld } from '../../local/aws/world.ts';
import { type ExecutionEvent, startExecution } from '../../local/states/execution.ts';
import type { Invoke } from '../../local/states/lambda.ts';

const START = new Date('2026-11-20T03:00:00Z');
const caught = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'Rescue' }];
const task = (more: object) => ({
  Type: 'Task',
  Resource: 'arn:aws:lambda:eu-west-1:999988887777:function:work',
  ...more,
});

function simulateExecution(
  states: Record<string, object>,
  functions: Record<string, Invoke>,
  more: { input?: unknown; timeoutSeconds?: Record<string, number> } = {},
) {
  const clock = installClock(START, 7);
  onTestFinished(() => clock.uninstall());
  const world = emptyWorld({ seed: 7, now: clock.now });
  const events: ExecutionEvent[] = [];
  const execution = startExecution({
    world,
    definition: { StartAt: Object.keys(states)[0], States: states },
    stateMachineArn: 'arn:aws:states:eu-west-1:999988887777:stateMachine:bake',
    name: 'one',
    input: {},
    functions,
    onEvent: (event) => events.push(event),
    ...more,
  });
  return { run: clock.run, execution, events, seconds: () => (clock.now() - START.getTime()) / 1000 };
}

describe('a function that times out', () => {
  test('is retried under the name that Lambda gives it', async () => {
    let turn = 0;
    const work: Invoke = async () => {
      const which = ++turn;
      if (which === 1) await new Promise((resolve) => setTimeout(resolve, 500_000));
      return which;
    };
    const Retry = [{ ErrorEquals: ['Sandbox.Timedout'], IntervalSeconds: 2, MaxAttempts: 1 }];
    const { run, execution, seconds } = simulateExecution(
      { Work: task({ Retry, End: true }) },
      { Work: work },
      { timeoutSeconds: { Work: 60 } },
    );
    expect(await run(execution.result)).toEqual({ status: 'SUCCEEDED', output: 2 });
    expect(seconds()).toBe(62);
  });

  test('is timed by its own limit alone: a task that names none has all the time', async () => {
    const { run, execution } = simulateExecution(
      { Work: task({ End: true }) },
      { Work: () => new Promise((resolve) => setTimeout(resolve, 120_000, 'done')) },
      { timeoutSeconds: { Other: 60 } },
    );
    expect(await run(execution.result)).toEqual({ status: 'SUCCEEDED', output: 'done' });
  });
});

describe('a limit of Step Functions that is broken ends the execution, and no Catch helps', () => {
  const rescue = (rescued: () => void) => ({
    Rescue: async () => {
      rescued();
    },
  });
  const large = 'x'.repeat(262_144);

  test.each<[string, Record<string, object>, unknown]>([
    ['the answer of a function', { Work: task({ Catch: caught, End: true }) }, {}],
    [
      'the input of a function',
      { Work: task({ Parameters: { 'a.$': '$.a', 'b.$': '$.a' }, Catch: caught, End: true }) },
      { a: 'x'.repeat(200_000) },
    ],
    [
      'the output of a state',
      {
        Work: task({ Parameters: {}, ResultPath: '$.work', Catch: caught, Next: 'Done' }),
        Done: { Type: 'Succeed' },
      },
      { a: 'x'.repeat(200_000) },
    ],
    [
      'the output of the last state',
      { Work: task({ Parameters: {}, ResultPath: '$.work', Catch: caught, End: true }) },
      { a: 'x'.repeat(200_000) },
    ],
  ])('%s above 256 KiB', async (what, states, input) => {
    let rescued = 0;
    const { run, execution, events } = simulateExecution(
      { ...states, Rescue: task({ End: true }) },
      {
        Work: async () => (what === 'the answer of a function' ? large : 'x'.repeat(100_000)),
        ...rescue(() => rescued++),
      },
      { input },
    );
    expect(await run(execution.result)).toEqual({
      status: 'FAILED',
      error: 'States.DataLimitExceeded',
      cause: expect.stringContaining("'Work'"),
    });
    expect(rescued).toBe(0);
    expect(events.at(-1)).toMatchObject({ type: 'ExecutionFailed', Error: 'States.DataLimitExceeded' });
  });

  test('25,000 events in its history', async () => {
    let turns = 0;
    let rescued = 0;
    const { run, execution } = simulateExecution(
      {
        Work: task({ Catch: caught, Next: 'Pause' }),
        Pause: { Type: 'Wait', Seconds: 30, Next: 'Work' },
        Rescue: task({ End: true }),
      },
      { Work: async () => ({ turn: ++turns }), ...rescue(() => rescued++) },
    );
    expect(await run(execution.result)).toEqual({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: 'The execution reached the maximum number of history events (25000).',
    });
    // A turn is 5 events of the task and 2 of the wait.
    expect(turns).toBe(Math.ceil(25_000 / 7));
    expect(rescued).toBe(0);
  });
});

test('an execution that is stopped has been aborted', async () => {
  const { run, execution, events } = simulateExecution(
    { Pause: { Type: 'Wait', Seconds: 3600, End: true } },
    {},
  );
  setTimeout(() => execution.stop(), 10_000);
  expect(await run(execution.result)).toEqual({ status: 'ABORTED' });
  expect(events.at(-1)?.type).toBe('ExecutionAborted');
});

test.each(['', 'a b', 'x'.repeat(81), 'a:b'])('an execution cannot be named %j', (name) => {
  const world = emptyWorld({ seed: 1, now: () => 0 });
  const definition = { StartAt: 'Done', States: { Done: { Type: 'Succeed' } } };
  expect(() =>
    startExecution({ world, definition, stateMachineArn: 'arn', name, input: {}, functions: {} }),
  ).toThrow(`Invalid Name: '${name}'`);
});
