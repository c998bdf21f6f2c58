import { GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { describe, expect, onTestFinished, test } from 'vitest';
import { answerFrom } from '../../src/client.ts';
import { installClock, type SimulatedClock } from '../../src/core/clock.ts';
import { perform } from '../../src/core/operation.ts';
import type { World } from '../../src/core/world.ts';
import { deployFunctions, type Functions, type Invoke } from '../../src/lambda/functions.ts';
import { emptyWorld } from '../../src/new-world.ts';
import { resumeExecutions, stepFunctions } from '../../src/step-functions/index.ts';
import {
  ACCOUNT,
  addStateMachine,
  deployed,
  executionNamed,
  inShort,
  MACHINE,
  REGION,
  START,
  task,
} from './simulated-states.ts';

const ONE = executionNamed('one');

/** Several processes on the same world, one after the other: only the content of the world passes to the next. */
function simulateProcesses(definition: object) {
  let clock: SimulatedClock | undefined;
  let now = START.getTime();
  const world: World = emptyWorld({ seed: 7, now: () => clock?.now() ?? now });
  onTestFinished(() => clock?.uninstall());
  const begin = (functions: Functions) => {
    clock = installClock(new Date(now), 7);
    deployFunctions(world, functions);
  };
  const pass = (seconds: number) =>
    (clock as SimulatedClock).run(new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000)));
  return {
    world,
    pass,
    start(functions: Functions, input: unknown = {}): void {
      begin(functions);
      addStateMachine(world, MACHINE, definition);
      const request = { stateMachineArn: MACHINE, name: 'one', input: JSON.stringify(input) };
      perform({ sfn: stepFunctions }, world, {
        service: 'sfn',
        operation: 'StartExecution',
        account: ACCOUNT,
        region: REGION,
        input: request,
      });
    },
    /** Ends the process, and lets time pass without a process. Timers of the ended process never fire. */
    kill(secondsUntilTheNext = 0): void {
      if (clock === undefined) throw new Error('there is no process');
      now = clock.now() + secondsUntilTheNext * 1000;
      clock.uninstall();
      clock = undefined;
      world.running.clear();
      world.functions.clear();
      for (const execution of world.executions.all()) {
        world.executions.put(JSON.parse(JSON.stringify(execution)), now, 0);
      }
    },
    async resume(functions: Functions) {
      begin(functions);
      const [execution, ...others] = resumeExecutions(world);
      expect(others).toEqual([]);
      expect(resumeExecutions(world)).toEqual([]);
      if (execution === undefined) throw new Error('there is nothing to resume');
      const result = await (clock as SimulatedClock).run(execution.result);
      return { result, seconds: ((clock as SimulatedClock).now() - START.getTime()) / 1000 };
    },
    async history(): Promise<string[]> {
      const modes = { retryMode: 'standard', defaultsMode: 'standard' } as const;
      const client = new SFNClient({ region: REGION, maxAttempts: 1, ...modes });
      answerFrom(world, { sfn: stepFunctions }, client, ACCOUNT);
      const answer = client.send(new GetExecutionHistoryCommand({ executionArn: ONE }));
      return inShort((await (clock as SimulatedClock).run(answer)).events ?? []);
    },
  };
}

const machine = (States: Record<string, object>, more: object = {}) => ({
  StartAt: Object.keys(States)[0],
  States,
  ...more,
});
const sleep = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));
const told = {
  'name.$': '$$.Execution.Name',
  'startTime.$': '$$.Execution.StartTime',
  'input.$': '$$.Execution.Input',
};

describe('an execution whose process ended', () => {
  test('in a task invokes the function again, as after a killed function', async () => {
    const { start, pass, kill, resume, history } = simulateProcesses(
      machine({
        First: { Type: 'Pass', Result: { first: true }, Next: 'Work' },
        Work: task({ Parameters: { 'document.$': '$', ...told }, ResultPath: '$.work', Next: 'Last' }),
        Last: { Type: 'Succeed' },
      }),
    );
    let invoked = 0;
    const work: Invoke = async (event) => {
      if (++invoked === 1) await sleep(60);
      return event;
    };
    start(deployed({ work }), { a: 1 });
    await pass(10);
    kill(1000);
    const { result, seconds } = await resume(deployed({ work }));
    const event = { document: { first: true }, name: 'one', startTime: START.toISOString(), input: { a: 1 } };
    expect(result).toEqual({ status: 'SUCCEEDED', output: { first: true, work: event } });
    expect(invoked).toBe(2);
    expect(seconds).toBe(1010);
    expect(await history()).toEqual([
      '1 0 ExecutionStarted',
      '2 0 PassStateEntered First',
      '3 2 PassStateExited First',
      '4 3 TaskStateEntered Work',
      '5 4 LambdaFunctionScheduled',
      '6 5 LambdaFunctionStarted',
      '7 6 LambdaFunctionFailed',
      '8 7 LambdaFunctionScheduled',
      '9 8 LambdaFunctionStarted',
      '10 9 LambdaFunctionSucceeded',
      '11 10 TaskStateExited Work',
      '12 11 SucceedStateEntered Last',
      '13 12 SucceedStateExited Last',
      '14 13 ExecutionSucceeded',
    ]);
  });

  test('in the wait for a retry has all retries again', async () => {
    const Retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 100, BackoffRate: 1, MaxAttempts: 2 }];
    const { start, pass, kill, resume } = simulateProcesses(machine({ Work: task({ Retry, End: true }) }));
    let invoked = 0;
    const work: Invoke = async () => {
      if (++invoked < 4) throw new Error('not yet');
      return invoked;
    };
    start(deployed({ work }));
    await pass(150);
    expect(invoked).toBe(2);
    kill();
    expect((await resume(deployed({ work }))).result).toEqual({ status: 'SUCCEEDED', output: 4 });
  });

  test.each<[string, object, number, number]>([
    ['with fixed seconds', { Seconds: 100 }, 10, 100],
    ['with its seconds in the input', { SecondsPath: '$.wait.seconds' }, 10, 100],
    ['that should have ended', { Seconds: 100 }, 200, 230],
    ['until a time', { Timestamp: new Date(START.getTime() + 300_000).toISOString() }, 10, 300],
    ['with seconds that only the library can read', { SecondsPath: "$['wait'].seconds" }, 10, 140],
  ])('in a wait %s waits for the remaining time', async (_what, wait, gapSeconds, expected) => {
    const States = {
      Pause: { Type: 'Wait', ...wait, Next: 'Back?' },
      'Back?': {
        Type: 'Choice',
        Choices: [{ Variable: '$.once', BooleanEquals: false, Next: 'Pause' }],
        Default: 'Done',
      },
      Done: { Type: 'Succeed' },
    };
    const { start, pass, kill, resume, history } = simulateProcesses(machine(States));
    start({}, { wait: { seconds: 100 }, once: true });
    await pass(30);
    kill(gapSeconds);
    const { result, seconds } = await resume({});
    expect(result.status).toBe('SUCCEEDED');
    expect(seconds).toBe(expected);
    expect((await history()).slice(0, 4)).toEqual([
      '1 0 ExecutionStarted',
      '2 0 WaitStateEntered Pause',
      '3 2 WaitStateExited Pause',
      '4 3 ChoiceStateEntered Back?',
    ]);
  });

  test('in a Parallel state starts that state again', async () => {
    const States = {
      Both: {
        Type: 'Parallel',
        Branches: [
          { StartAt: 'Quick', States: { Quick: task({ End: true }) } },
          { StartAt: 'Slow', States: { Slow: { Type: 'Wait', Seconds: 100, End: true } } },
        ],
        End: true,
      },
    };
    const { start, pass, kill, resume } = simulateProcesses(machine(States));
    let invoked = 0;
    const functions = deployed({ work: async () => ++invoked });
    start(functions, 'in');
    await pass(30);
    kill();
    expect(await resume(functions)).toEqual({
      result: { status: 'SUCCEEDED', output: [2, 'in'] },
      seconds: 130,
    });
  });

  test('continues repeatedly with its definition, although the state machine was changed', async () => {
    const States = {
      Work: task({ ResultPath: '$.turn', Next: 'Pause' }),
      Pause: { Type: 'Wait', Seconds: 100, Next: 'Done?' },
      'Done?': {
        Type: 'Choice',
        Choices: [{ Variable: '$.turn', NumericEquals: 3, Next: 'Done' }],
        Default: 'Work',
      },
      Done: { Type: 'Succeed' },
    };
    const { world, start, pass, kill, resume } = simulateProcesses(machine(States));
    let turn = 0;
    const functions = deployed({ work: async () => ++turn });
    start(functions);
    await pass(150);
    kill();
    addStateMachine(world, MACHINE, machine({ Never: { Type: 'Fail' } }));
    const { result, seconds } = await resume(functions);
    expect(result).toEqual({ status: 'SUCCEEDED', output: { turn: 3 } });
    expect(seconds).toBe(300);
  });

  test('times out on time, counted from its start', async () => {
    const definition = machine(
      { Pause: { Type: 'Wait', Seconds: 5000, End: true } },
      { TimeoutSeconds: 1000 },
    );
    const { start, pass, kill, resume } = simulateProcesses(definition);
    start({});
    await pass(400);
    kill();
    expect(await resume({})).toEqual({ result: { status: 'TIMED_OUT' }, seconds: 1000 });
  });

  test('times out immediately if its time has passed', async () => {
    const definition = machine(
      { Pause: { Type: 'Wait', Seconds: 5000, End: true } },
      { TimeoutSeconds: 1000 },
    );
    const { start, pass, kill, resume } = simulateProcesses(definition);
    start({});
    await pass(400);
    kill(4000);
    expect(await resume({})).toEqual({ result: { status: 'TIMED_OUT' }, seconds: 4400 });
  });

  test('can be stopped without being resumed, and is not resumed afterwards', async () => {
    const { world, start, pass, kill } = simulateProcesses(
      machine({ Pause: { Type: 'Wait', Seconds: 100, End: true } }),
    );
    start({});
    await pass(10);
    kill();
    const request = { executionArn: ONE, error: 'Enough' };
    const caller = { account: ACCOUNT, region: REGION };
    perform({ sfn: stepFunctions }, world, {
      service: 'sfn',
      operation: 'StopExecution',
      ...caller,
      input: request,
    });
    expect(world.executions.get(ONE)).toMatchObject({ status: 'ABORTED', error: 'Enough' });
    expect(resumeExecutions(world)).toEqual([]);
  });
});
