import FakeTimers, { type Clock as FakeClock } from '@sinonjs/fake-timers';
import { lengthenTimers } from './long-timers.ts';
import { sequence } from './random.ts';

/**
 * The clock of a simulation. Time stops while code runs, and jumps to the next timer when no code is left to
 * run. A build of an hour therefore takes only as long as its computation, and the same seed gives a
 * byte-identical run. If a person watches the run, each jump takes real time: the length of the jump divided
 * by the speed. The order of events, and so every result, is the same at every speed.
 *
 * Real work takes no simulated time, however long it takes on a busy machine. The clock itself detects file
 * and DNS requests (an SDK client reads the user's configuration files with its first call). Other real work
 * must hold the clock: a call over a socket, a message to another process or thread, a dynamic import of a
 * test runner.
 *
 * While the clock is installed, it replaces `Date`, the timers and `Math.random` of the process.
 */
export interface SimulatedClock {
  /** Milliseconds since the epoch, simulated. */
  now(): number;
  /**
   * The simulated time, moving smoothly between the jumps of a watched run. For display only: no decision may depend
   * on it.
   */
  shownNow(): number;
  /**
   * Advances time to the moment that `shownNow` shows, between two jumps of a watched run. No timer fires. Call it before a
   * person acts on the world: otherwise the action takes place at the last jump.
   */
  catchUp(): void;
  /**
   * Advances time until `work` settles. `speed` is in simulated seconds per real second; without it, time runs as
   * fast as possible.
   */
  run<T>(work: Promise<T>, speed?: number): Promise<T>;
  /**
   * Stops the time that `run` drives until the returned function is called. Hold the clock during real work that it cannot see
   * (a call over a socket), and do not wait for a timer while you hold it.
   */
  hold(): () => void;
  /** Lets time advance with real time, at `speed` simulated seconds per real second, until it is stopped. */
  flow(speed: number): FlowingTime;
  uninstall(): void;
}

/** Simulated time that advances with real time, for a world that others call at any time. */
export interface FlowingTime {
  /** Advances the clock to the present moment. Call it before reading the world. */
  catchUp(): void;
  /** Stops time until the returned function is called. Time does not catch up afterwards. */
  hold(): () => void;
  /** Resolves when time has stopped. Rejects with the error that a timer threw, if any. */
  stop(): Promise<void>;
}

/** Thrown when a simulation awaits something and no timer is left that could settle it. */
export class NothingLeftToHappen extends Error {
  override name = 'NothingLeftToHappen';
}

// Saved before the clock replaces them: these functions drive the simulation and must stay real.
const realSetImmediate = setImmediate;
const realSetTimeout = setTimeout;
const realNow = performance.now.bind(performance);

export function installClock(start: Date, seed: number): SimulatedClock {
  const fake = FakeTimers.install({
    now: start,
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
    // The SDK clears timers that it never set.
    shouldClearNativeTimers: true,
  });
  // A state machine may wait for a year, and a schedule may fire in ten.
  lengthenTimers();
  const realRandom = Math.random;
  Math.random = sequence(seed);

  let pace: { real: number; simulated: number; speed: number } | undefined;
  const shownNow = () => {
    if (pace === undefined) return fake.now;
    const reached = pace.simulated + (realNow() - pace.real) * pace.speed;
    return Math.max(fake.now, Math.min(reached, nextTimer(fake) ?? reached));
  };

  const catchUp = () => advanceTo(fake, shownNow());

  const holders = counted();
  const run = async <T>(work: Promise<T>, speed?: number): Promise<T> => {
    let settled = false;
    const done = () => {
      settled = true;
      pace = undefined;
    };
    const ended = work.then(done, done);
    pace = speed === undefined ? undefined : { real: realNow(), simulated: fake.now, speed };
    for (;;) {
      await new Promise((resolve) => realSetImmediate(resolve));
      if (settled) return work;
      if (holders.count() > 0 || hasRequests()) continue;
      const next = nextTimer(fake);
      if (next === undefined) {
        throw new NothingLeftToHappen(
          'the simulation waits for work that no timer completes; if this is real work, hold the clock during the work',
        );
      }
      if (pace !== undefined) {
        const due = pace.real + (next - pace.simulated) / pace.speed;
        const waitMs = due - realNow();
        if (waitMs > 1)
          await Promise.race([ended, new Promise((resolve) => realSetTimeout(resolve, waitMs))]);
        if (settled) return work;
        // During the sleep, code can set an earlier timer (an interrupt).
        if ((nextTimer(fake) ?? next) < next) continue;
      }
      fake.next();
    }
  };

  return {
    now: () => fake.now,
    shownNow,
    catchUp,
    run,
    hold: holders.add,
    flow: (speed) => flow(fake, speed),
    uninstall: () => {
      fake.uninstall();
      Math.random = realRandom;
    },
  };
}

/** The longest sleep of the loop, in real milliseconds. A timer that is set during the sleep starts after it. */
const SLEEP_MS_MAX = 20;

function flow(fake: FakeClock, speed: number): FlowingTime {
  /** The simulated time reached so far, with fractions of a millisecond. */
  let reached: number = fake.now;
  let last = realNow();
  let stoodStill = false;
  let stopped = false;
  const isStill = () => holders.count() > 0 || hasRequests();
  /**
   * Counts the real time since the last call, unless time was stopped at the beginning or the end of that period.
   */
  const pass = () => {
    const now = realNow();
    const standsStill = isStill();
    if (!stoodStill && !standsStill) reached += (now - last) * speed;
    last = now;
    stoodStill = standsStill;
  };
  const holders = counted(pass);
  /** Advances to the present, or to just before the next timer: the loop runs timers, one at a time. */
  const catchUp = () => {
    pass();
    if (stoodStill) return;
    advanceTo(fake, reached);
  };
  const loop = async () => {
    while (!stopped) {
      // Code that the last timer started runs first.
      await new Promise((resolve) => realSetImmediate(resolve));
      pass();
      const next = nextTimer(fake);
      if (!stoodStill && next !== undefined && next <= reached) {
        fake.next();
        continue;
      }
      const untilNextMs = next === undefined ? SLEEP_MS_MAX : (next - reached) / speed;
      const sleepMs = stoodStill ? 1 : Math.min(Math.max(untilNextMs, 1), SLEEP_MS_MAX);
      await new Promise((resolve) => realSetTimeout(resolve, sleepMs));
      catchUp();
    }
  };
  const ended = loop();
  return {
    catchUp,
    hold: holders.add,
    stop: () => {
      stopped = true;
      return ended;
    },
  };
}

/** Advances the clock to a time, or to just before the next timer, so that no timer fires. */
function advanceTo(fake: FakeClock, time: number): void {
  const target = Math.min(Math.floor(time), (nextTimer(fake) ?? Number.POSITIVE_INFINITY) - 1);
  if (target > fake.now) fake.tick(target - fake.now);
}

/** File system and DNS requests, by Node's names for them. Each of these requests ends without a timer. */
const REQUESTS = new Set([
  'FSReqCallback',
  'FSReqPromise',
  'CloseReq',
  'GetAddrInfoReqWrap',
  'GetNameInfoReqWrap',
]);

/** Whether a file or DNS request of this process is in progress. */
const hasRequests = (): boolean => process.getActiveResourcesInfo().some((name) => REQUESTS.has(name));

/**
 * Counts holders. `add` adds a holder and returns the function that removes it. `onChange` runs before and after each
 * change.
 */
function counted(onChange: () => void = () => {}) {
  const present = new Set<object>();
  return {
    count: () => present.size,
    add: () => {
      const one = {};
      onChange();
      present.add(one);
      onChange();
      return () => {
        onChange();
        present.delete(one);
        onChange();
      };
    },
  };
}

/**
 * When the next timer is due, in simulated milliseconds. The types of fake-timers do not declare the map of timers.
 */
function nextTimer(fake: FakeClock): number | undefined {
  const { timers } = fake as unknown as { timers?: Map<number, { callAt: number }> };
  let earliest: number | undefined;
  for (const { callAt } of timers?.values() ?? []) {
    if (earliest === undefined || callAt < earliest) earliest = callAt;
  }
  return earliest;
}
