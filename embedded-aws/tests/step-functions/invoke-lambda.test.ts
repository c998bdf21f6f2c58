import { setTimeout as realWait } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { installClock } from '../../src/core/clock.ts';
import type { Fault } from '../../src/core/faults.ts';
import type { LambdaFault } from '../../src/lambda/faults.ts';
import { deployFunctions, type Invoke } from '../../src/lambda/functions.ts';
import { asJson } from '../../src/lambda/run-function.ts';
import { emptyWorld } from '../../src/new-world.ts';
import { invokeLambda, LambdaError } from '../../src/step-functions/invoke-lambda.ts';

const START = new Date('2026-11-20T03:00:00Z');
const LAUNCH = 'arn:aws:lambda:eu-west-1:999988887777:function:launch';

function simulateLambda(...faults: Fault[]) {
  const clock = installClock(START, 7);
  onTestFinished(() => clock.uninstall());
  const world = emptyWorld({ seed: 7, now: clock.now, faults });
  return {
    world,
    run: clock.run,
    /** Simulated seconds since the start. */
    seconds: () => (clock.now() - START.getTime()) / 1000,
    invoke: async (invoke: Invoke, payload: unknown = {}, timeoutSeconds?: number): Promise<unknown> => {
      const deployed = { invoke, ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }) };
      const task = { state: 'Launch', resource: LAUNCH };
      deployFunctions(world, { [LAUNCH]: deployed });
      const answer = await clock.run(invokeLambda(world, task, asJson(payload)));
      return JSON.parse(answer);
    },
  };
}

const pause = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));

async function refusal(work: Promise<unknown>): Promise<{ name: string; cause: string }> {
  try {
    await work;
  } catch (error) {
    if (error instanceof LambdaError) return { name: error.name, cause: error.message };
    throw error;
  }
  throw new Error('the invocation succeeded');
}

describe('payload and response', () => {
  test('pass as JSON', async () => {
    const { invoke } = simulateLambda();
    const payload = { when: START, list: [1, undefined], nothing: undefined, nested: { kept: true } };
    let received: unknown;
    const answer = await invoke(async (event) => {
      received = event;
      return { answered: START, gone: undefined };
    }, payload);
    expect(received).toEqual({
      when: '2026-11-20T03:00:00.000Z',
      list: [1, null],
      nested: { kept: true },
    });
    expect(answer).toEqual({ answered: '2026-11-20T03:00:00.000Z' });
  });

  test("are copies: a function cannot change the state machine's data", async () => {
    const { invoke } = simulateLambda();
    const payload = { list: ['a'] };
    await invoke(async (event) => (event as typeof payload).list.push('b'), payload);
    expect(payload).toEqual({ list: ['a'] });
  });

  test('are null if they are undefined', async () => {
    const { invoke } = simulateLambda();
    expect(await invoke(async () => undefined)).toBeNull();
    expect(await invoke(async (event) => ({ event }), null)).toEqual({ event: null });
  });

  // Two JSON quotes and a letter with two bytes in UTF-8.
  const ofBytes = (bytes: number) => 'é'.repeat((bytes - 2) / 2);

  test('have at most 256 KiB, counted in bytes', async () => {
    const { invoke } = simulateLambda();
    expect(await invoke(async (event) => event, ofBytes(262_144))).toHaveLength(131_071);
    expect(await refusal(invoke(async () => ofBytes(262_146)))).toEqual({
      name: 'States.DataLimitExceeded',
      cause: `The state/task '${LAUNCH}' returned a result with a size exceeding the maximum number of bytes service limit.`,
    });
  });
});

test('a function that is not deployed is not found', async () => {
  const { world, run } = simulateLambda();
  const invoked = invokeLambda(world, { state: 'Launch', resource: LAUNCH }, '{}');
  expect(await refusal(run(invoked))).toEqual({
    name: 'Lambda.ResourceNotFoundException',
    cause: expect.stringContaining(`Function not found: ${LAUNCH}`),
  });
});

describe('an error', () => {
  class NoCapacity extends Error {
    override name = 'NoCapacity';
  }

  test('is returned as its name and a JSON text', async () => {
    const { invoke } = simulateLambda();
    const { name, cause } = await refusal(
      invoke(async () => {
        throw new NoCapacity('There is no m7i.large today.');
      }),
    );
    expect(name).toBe('NoCapacity');
    expect(JSON.parse(cause)).toEqual({
      errorType: 'NoCapacity',
      errorMessage: 'There is no m7i.large today.',
      trace: expect.arrayContaining([expect.stringContaining('There is no m7i.large today.')]),
    });
  });
});

describe('a function that is killed', () => {
  const killed = { name: 'Lambda.Unknown', cause: expect.stringContaining('signal: killed') };

  test.each<[LambdaFault['happens'], number]>([
    ['killed before', 0],
    ['killed after', 1],
  ])('%s its effect, has had %i effects', async (happens, effects) => {
    const { invoke } = simulateLambda({ lambda: 'Launch', happens });
    let had = 0;
    const effect: Invoke = async () => ++had;
    expect(await refusal(invoke(effect))).toEqual(killed);
    expect(had).toBe(effects);
    // The fault is used up.
    expect(await invoke(effect)).toBe(effects + 1);
  });

  test('is the function that the fault names', async () => {
    const { invoke } = simulateLambda({ lambda: 'Patch', happens: 'killed before' });
    expect(await invoke(async () => 'well')).toBe('well');
  });
});

describe('a function that is invoked twice', () => {
  test('runs twice at the same time, each with its own event', async () => {
    const { invoke, seconds, world } = simulateLambda({ lambda: 'Launch', happens: 'invoked twice' });
    const begun: number[] = [];
    const events: object[] = [];
    const answer = await invoke(
      async (event) => {
        begun.push(seconds());
        events.push(event as object);
        const which = begun.length;
        await pause(10);
        return which;
      },
      { a: 1 },
    );
    expect(begun).toEqual([0, 0]);
    expect(events[0]).toEqual(events[1]);
    expect(events[0]).not.toBe(events[1]);
    expect(answer).toBe(1);
    expect(seconds()).toBe(10);
    expect(world.faultsMet).toEqual([1]);
  });

  test.each([5, 20])('returns the first response, even if the second run fails after %i s', async (after) => {
    const { invoke, run, seconds } = simulateLambda({ lambda: 'Launch', happens: 'invoked twice' });
    let turn = 0;
    const answer = await invoke(async () => {
      if (++turn === 1) {
        await pause(10);
        return 'first';
      }
      await pause(after);
      throw new Error('second');
    });
    expect(answer).toBe('first');
    expect(seconds()).toBe(10);
    // An ignored error must not end the process.
    await run(pause(30));
    await realWait(1);
  });
});

describe('a function that does not answer in time', () => {
  test('times out, and continues in the background', async () => {
    const { invoke, run, seconds } = simulateLambda();
    let done = false;
    const slow: Invoke = async () => {
      await pause(90);
      done = true;
    };
    const { name, cause } = await refusal(invoke(slow, {}, 60));
    expect(seconds()).toBe(60);
    expect(name).toBe('Sandbox.Timedout');
    expect(JSON.parse(cause)).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(
        /^RequestId: [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12} Error: Task timed out after 60\.00 seconds$/,
      ),
    });
    expect(done).toBe(false);
    await run(pause(31));
    expect(done).toBe(true);
  });

  test('may fail later, which is ignored', async () => {
    const { invoke, run } = simulateLambda();
    const slow: Invoke = async () => {
      await pause(90);
      throw new Error('too late');
    };
    expect((await refusal(invoke(slow, {}, 60))).name).toBe('Sandbox.Timedout');
    await run(pause(31));
    await realWait(1);
  });

  test.each([
    ['an answer', async () => 'well'],
    [
      'an error',
      async () => {
        throw new Error('badly');
      },
    ],
  ] satisfies [string, Invoke][])('%s in time leaves no timer behind', async (_name, invoked) => {
    const { invoke, run } = simulateLambda();
    await invoke(invoked, {}, 60).catch(() => {});
    // If no timer is left, the simulation reports it instead of waiting.
    await expect(run(new Promise(() => {}))).rejects.toMatchObject({ name: 'NothingLeftToHappen' });
  });

  test('has no limit without a timeout', async () => {
    const { invoke, seconds } = simulateLambda();
    await invoke(() => pause(4000));
    expect(seconds()).toBe(4000);
  });
});
