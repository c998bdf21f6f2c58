import FakeTimers, { type Clock as FakeClock } from '@sinonjs/fake-timers';
import { lengthenTimers } from './long-timers.ts';
import { sequence } from './random.ts';

/**
 * The one clock of a simulation. Time stands still while code runs and jumps to the next timer when nothing is left to do,
 * so that a bake of an hour takes as long as its computing takes, and the same seed gives the same run to the byte. To be
 * watched, the jumps are stretched: the real wait before a jump is its length divided by the speed. The order of events,
 * and so every result, is the same at every speed.
 *
 * Real work takes no simulated time either, however long it takes on a busy machine. The clock itself sees file and DNS requests
 * (an SDK client reads the user's configuration files with its first call). Other real work must hold the clock: a call over a
 * socket, a message to another process or thread, a dynamic import of a test runner.
 *
 * While it is installed it replaces `Date`, the timers and `Math.random` of the process.
 */
export interface SimulatedClock {
  /** Milliseconds since the epoch, simulated. */
  now(): number;
  /** The same, moving smoothly between the jumps while a run is watched. For showing only: nothing may be decided by it. */
  shownNow(): number;
  /** Drives time until `work` settles. `speed`: simulated seconds to a real second; left out, as fast as it goes. */
  run<T>(work: Promise<T>, speed?: number): Promise<T>;
  /**
   * Stops the time that `run` drives until the returned function is called. Hold the clock during real work that it cannot see
   * (a call over a socket), and do not wait for a timer while you hold it.
   */
  hold(): () => void;
  /** Lets time flow with real time, `speed` simulated seconds to a real one, until it is stopped. */
  flow(speed: number): FlowingTime;
  uninstall(): void;
}

/** Simulated time that passes by itself, for a world that others call whenever they like. */
export interface FlowingTime {
  /** Brings the clock to this moment, before somebody looks at it. */
  catchUp(): void;
  /** Stops time until the returned function is called. The time that was held does not pass afterwards either. */
  hold(): () => void;
  /** Settles when time has stopped; rejects with what a timer threw. */
  stop(): Promise<void>;
}

/** What a simulation throws when something is awaited and no timer is left that could bring it about. */
export class NothingLeftToHappen extends Error {
  override name = 'NothingLeftToHappen';
}

// Taken before anything is replaced: these drive the simulation and must stay real.
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
  // A machine may wait for a year, and a schedule fire in ten.
  lengthenTimers();
  const realRandom = Math.random;
  Math.random = sequence(seed);

  let pace: { real: number; simulated: number; speed: number } | undefined;
  const shownNow = () => {
    if (pace === undefined) return fake.now;
    const reached = pace.simulated + (realNow() - pace.real) * pace.speed;
    return Math.max(fake.now, Math.min(reached, nextTimer(fake) ?? reached));
  };

  const holders = counted();
  const run = async <T>(work: Promise<T>, speed?: number): Promise<T> => {
    let settled = false;
    const done = () => {
      settled = true;
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
          'the simulation waits for something that no timer will bring about; if it is real work, hold the clock during it',
        );
      }
      if (pace !== undefined) {
        const due = pace.real + (next - pace.simulated) / pace.speed;
        const waitMs = due - realNow();
        if (waitMs > 1)
          await Promise.race([ended, new Promise((resolve) => realSetTimeout(resolve, waitMs))]);
        if (settled) return work;
        // Somebody may have set an earlier timer in the meantime (an interrupt).
        if ((nextTimer(fake) ?? next) < next) continue;
      }
      fake.next();
    }
  };

  return {
    now: () => fake.now,
    shownNow,
    run,
    hold: holders.add,
    flow: (speed) => flow(fake, speed),
    uninstall: () => {
      fake.uninstall();
      Math.random = realRandom;
    },
  };
}

/** The longest that the flow of time sleeps, in real milliseconds: whoever sets an earlier timer is heard after it. */
const SLEEP_MS_MAX = 20;

function flow(fake: FakeClock, speed: number): FlowingTime {
  /** The simulated time that is reached, with fractions of a millisecond. */
  let reached: number = fake.now;
  let last = realNow();
  let stoodStill = false;
  let stopped = false;
  const isStill = () => holders.count() > 0 || hasRequests();
  /** Lets the real time since the last call pass, unless time stood still at its beginning or at its end. */
  const pass = () => {
    const now = realNow();
    const standsStill = isStill();
    if (!stoodStill && !standsStill) reached += (now - last) * speed;
    last = now;
    stoodStill = standsStill;
  };
  const holders = counted(pass);
  /** Moves on to now, or to just before the next timer: timers are for the loop, one at a time. */
  const catchUp = () => {
    pass();
    if (stoodStill) return;
    const target = Math.min(Math.floor(reached), (nextTimer(fake) ?? Number.POSITIVE_INFINITY) - 1);
    if (target > fake.now) fake.tick(target - fake.now);
  };
  const loop = async () => {
    while (!stopped) {
      // What the last timer set off has its turn first.
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

/** Requests to the file system and the resolver of names, by the names that Node has for them. Each ends by itself. */
const REQUESTS = new Set([
  'FSReqCallback',
  'FSReqPromise',
  'CloseReq',
  'GetAddrInfoReqWrap',
  'GetNameInfoReqWrap',
]);

/** Whether a file or DNS request of this process is under way. */
const hasRequests = (): boolean => process.getActiveResourcesInfo().some((name) => REQUESTS.has(name));

/** Counts those who have come and not gone; what `add` returns is how one goes. `onChange` runs before and after each change. */
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

/** When the next timer is due, in simulated milliseconds. fake-timers keeps its timers in a map that its types leave out. */
function nextTimer(fake: FakeClock): number | undefined {
  const { timers } = fake as unknown as { timers?: Map<number, { callAt: number }> };
  let earliest: number | undefined;
  for (const { callAt } of timers?.values() ?? []) {
    if (earliest === undefined || callAt < earliest) earliest = callAt;
  }
  return earliest;
}
