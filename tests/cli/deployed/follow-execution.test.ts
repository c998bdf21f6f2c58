import { SFNClient } from '@aws-sdk/client-sfn';
import { answerFrom, type ExecutionEvent } from 'embedded-aws';
import { describe, expect, it, test } from 'vitest';
import type { CallFailure } from '../../../cli/deployed/aws-call.ts';
import { type FollowOptions, followExecution, WatchLost } from '../../../cli/deployed/follow-execution.ts';
import { advance, emptyTimeline, type Timeline } from '../../../cli/screen/timeline.ts';
import {
  ACCOUNT,
  executionNamed,
  REGION,
  type SimulatedStates,
  simulateStates,
  task,
} from '../../../embedded-aws/tests/step-functions/simulated-states.ts';

/** A stage that may need a second invocation, a stage with a Retry and a Catch, and a last stage. */
const machine = {
  StartAt: 'Launch',
  States: {
    Launch: task({ ResultPath: '$.builder', Next: 'Launched' }),
    Launched: {
      Type: 'Choice',
      Choices: [{ Variable: '$.builder.status', StringEquals: 'ready', Next: 'Patch' }],
      Default: 'LaunchWait',
    },
    LaunchWait: { Type: 'Wait', Seconds: 60, Next: 'Launch' },
    Patch: task({
      ResultPath: '$.patches',
      Retry: [{ ErrorEquals: ['Transient'], IntervalSeconds: 10, MaxAttempts: 1 }],
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'CleanUp' }],
      Next: 'CleanUp',
    }),
    CleanUp: task({ ResultPath: '$.cleanup', Next: 'Outcome' }),
    Outcome: {
      Type: 'Choice',
      Choices: [{ Variable: '$.failure', IsPresent: true, Next: 'Failed' }],
      Default: 'Released',
    },
    Released: { Type: 'Succeed' },
    Failed: { Type: 'Fail', ErrorPath: '$.failure.Error', CausePath: '$.failure.Cause' },
  },
};

const failing = (name: string, message: string) => Object.assign(new Error(message), { name });

/** Simulates the state machine. Each invocation of its function reresults or throws the next item of `results`. */
function simulate(...results: readonly (object | Error)[]): SimulatedStates {
  const left = [...results];
  return simulateStates(machine, {
    work: async () => {
      const result = left.shift() ?? { status: 'ready' };
      if (result instanceof Error) throw result;
      return result;
    },
  });
}

interface Seen {
  readonly timeline: Timeline;
  readonly callFailures: (CallFailure | undefined)[];
  readonly waits: number[];
  readonly following: FollowOptions;
}

/** A watcher on the simulated clock. */
function watcher(more: Partial<FollowOptions> = {}): Seen {
  const seen = {
    timeline: emptyTimeline,
    callFailures: [] as (CallFailure | undefined)[],
    waits: [] as number[],
  };
  const following: FollowOptions = {
    signal: new AbortController().signal,
    isNew: true,
    onEvent: (event) => {
      seen.timeline = advance(seen.timeline, event);
    },
    onCallFailure: (failure) => seen.callFailures.push(failure),
    wait: (ms) => {
      seen.waits.push(ms);
      return new Promise((resolve) => setTimeout(resolve, ms));
    },
    ...more,
  };
  return Object.assign(seen, { following });
}

/** A client that throws an error instead of some calls. `happens` reresults the error; calls are counted from 1. */
function failingClient(simulated: SimulatedStates, happens: (call: number) => Error | undefined): SFNClient {
  // With both modes given, the SDK does not read the configuration of the user who runs the tests.
  const modes = { retryMode: 'standard', defaultsMode: 'standard' } as const;
  const client = new SFNClient({ region: REGION, maxAttempts: 1, ...modes });
  let calls = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      const error = happens(++calls);
      if (error !== undefined) throw error;
      return next(args);
    },
    { step: 'initialize', priority: 'high', name: 'failure' },
  );
  answerFrom(simulated.world, simulated.services, client, ACCOUNT);
  return client;
}

const awsError = (name: string, httpStatusCode?: number) =>
  Object.assign(failing(name, 'a message of AWS'), {
    $metadata: httpStatusCode === undefined ? {} : { httpStatusCode },
  });

const timelineOf = (events: readonly ExecutionEvent[]): Timeline => events.reduce(advance, emptyTimeline);

describe('following an execution', () => {
  test.each([
    { title: 'that succeeds', results: [{ status: 'pending' }, { status: 'ready' }] },
    {
      title: 'with a retry',
      results: [{ status: 'ready' }, failing('Transient', 'not yet'), { status: 'ready' }],
    },
    {
      title: 'with a failure that a Catch handles',
      results: [{ status: 'ready' }, failing('BuildFailed', 'exit code 1')],
      error: 'BuildFailed',
      failed: 'Patch',
    },
    {
      title: 'with a failure without a Catch',
      results: [failing('BuildFailed', 'exit code 1')],
      error: 'BuildFailed',
    },
  ])('$title reports the same events as the execution itself', async ({ results, error, failed }) => {
    const simulated = simulate(...results);
    const { execution, events } = simulated.start();
    const seen = watcher();
    const result = await simulated.run(followExecution(simulated.client(), execution.arn, seen.following));
    expect(result).toEqual(await simulated.run(execution.result));
    expect(result?.error).toBe(error);
    expect(seen.timeline).toEqual(timelineOf(events));
    expect(seen.timeline.failedStage).toBe(failed);
    expect(seen.callFailures).toEqual([]);
  });

  it.each([
    [
      'stopped',
      'ABORTED',
      (simulated: SimulatedStates, arn: string) => simulated.world.running.get(arn)?.stop({ cause: 'no' }),
    ],
  ])('reports that the execution was %s', async (_how, status, act) => {
    const simulated = simulate({ status: 'pending' }, { status: 'pending' });
    const { execution } = simulated.start();
    const seen = watcher();
    const following = simulated.run(followExecution(simulated.client(), execution.arn, seen.following));
    setTimeout(() => act(simulated, execution.arn), 70_000);
    expect(await following).toEqual({ status, cause: 'no' });
    expect(seen.timeline.stages).toMatchObject([{ name: 'Launch', failed: true }]);
  });

  it('polls less often while nothing happens, and reads an old history in pages', async () => {
    const pending = Array.from({ length: 60 }, () => ({ status: 'pending' }));
    const simulated = simulate(...pending);
    const { execution, events } = simulated.start();
    const watched = watcher();
    await simulated.run(followExecution(simulated.client(), execution.arn, watched.following));
    expect(watched.waits.length).toBeLessThan(60 * 30);
    expect(Math.max(...watched.waits)).toBeGreaterThan(2_000);
    expect(Math.max(...watched.waits)).toBeLessThanOrEqual(15_000);
    const late = watcher({ isNew: false });
    await simulated.run(followExecution(simulated.client(), execution.arn, late.following));
    expect(late.waits).toEqual([]);
    expect(late.timeline).toEqual(timelineOf(events));
    expect(watched.timeline).toEqual(late.timeline);
  });

  it('ends at the signal, even during a wait', async () => {
    const simulated = simulate({ status: 'pending' });
    const { execution } = simulated.start();
    const interrupt = new AbortController();
    const { wait: _default, ...following } = watcher({ signal: interrupt.signal }).following;
    const ended = simulated.run(followExecution(simulated.client(), execution.arn, following));
    setTimeout(() => interrupt.abort(), 3_000);
    expect(await ended).toBeUndefined();
    expect(simulated.seconds()).toBe(3);
  });
});

describe('a failed call', () => {
  test.each([
    ['throttling', awsError('ThrottlingException', 400)],
    ['a server error of AWS', awsError('InternalFailure', 500)],
    ['a network failure', awsError('ECONNRESET')],
    ['a call that takes too long', awsError('TimeoutError')],
  ])('does not end the watch: %s', async (_what, error) => {
    const simulated = simulate({ status: 'pending' });
    const { execution, events } = simulated.start();
    const client = failingClient(simulated, (call) => (call > 1 && call < 9 ? error : undefined));
    const seen = watcher();
    const result = await simulated.run(followExecution(client, execution.arn, seen.following));
    expect(result?.status).toBe('SUCCEEDED');
    expect(seen.timeline).toEqual(timelineOf(events));
    expect(seen.callFailures.map((failure) => failure?.kind)).toEqual([
      ...Array(7).fill('passing'),
      undefined,
    ]);
  });

  it('does not end the watch of a new execution that is not visible yet', async () => {
    const simulated = simulate();
    const { execution } = simulated.start();
    const unseen = awsError('ExecutionDoesNotExist', 400);
    const client = failingClient(simulated, (call) => (call < 3 ? unseen : undefined));
    const result = await simulated.run(followExecution(client, execution.arn, watcher().following));
    expect(result?.status).toBe('SUCCEEDED');
  });

  test.each([
    ['expired credentials', awsError('ExpiredTokenException', 400), 'credentials'],
    [
      'an expired single sign-on session',
      failing('CredentialsProviderError', 'The SSO session has expired'),
      'credentials',
    ],
    ['a missing permission', awsError('AccessDeniedException', 400), 'denied'],
    ['an execution that no longer exists', awsError('ExecutionDoesNotExist', 400), 'refused'],
  ])('ends the watch: %s', async (_what, error, kind) => {
    const simulated = simulate({ status: 'pending' });
    const { execution } = simulated.start();
    const client = failingClient(simulated, (call) => (call > 2 ? error : undefined));
    const lost = await simulated.run(
      followExecution(client, execution.arn, watcher().following).catch((e) => e),
    );
    expect(lost).toBeInstanceOf(WatchLost);
    expect((lost as WatchLost).failure).toMatchObject({ kind, name: error.name });
  });

  it('is thrown again if the error does not come from AWS', async () => {
    const simulated = simulate();
    const client = failingClient(simulated, () => new TypeError('undefined is no function'));
    const following = followExecution(client, executionNamed('one'), watcher().following);
    await expect(simulated.run(following)).rejects.toThrow(TypeError);
  });
});
