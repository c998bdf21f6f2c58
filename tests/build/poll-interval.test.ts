import { drawerOf, services } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { EARLIER_BUILDS_MAX, pollSeconds } from '../../shared/build/poll-interval.ts';
import { type WaitTimes, waitTimes } from '../../shared/build/waiting.ts';

const draw = drawerOf({ ...services.ec2?.latencies, ...services.ssm?.latencies });

/** How long AWS needs for each wait of a build, from the latency tables of the embedded AWS: the seconds of each step of the work. */
type Waits = Readonly<Record<'launch' | 'patch' | 'stop' | 'createImage' | 'copyImages', readonly number[]>>;

/** The written GiB of a small image. */
const GIB = 2;

const kinds = {
  'Linux without patches': (seed: number): Waits =>
    waitsOf(seed, [
      onlineSeconds(seed, 'instance.boot'),
      scriptSeconds(seed, 'steps'),
      scriptSeconds(seed, 'sanitise'),
    ]),
  'Linux with patches': (seed: number): Waits =>
    waitsOf(seed, [
      onlineSeconds(seed, 'instance.boot'),
      linuxPatchSeconds(seed),
      scriptSeconds(seed, 'steps'),
      scriptSeconds(seed, 'sanitise'),
    ]),
  Windows: (seed: number): Waits => ({
    ...waitsOf(seed, [
      onlineSeconds(seed, 'instance.boot.windows'),
      draw(seed, 'patch.windows') + automationSeconds(seed, 'patch'),
      scriptSeconds(seed, 'steps'),
      scriptSeconds(seed, 'sanitise'),
    ]),
    stop: [draw(seed, 'sysprep') + draw(seed, 'instance.stop')],
  }),
};

function waitsOf(seed: number, patch: number[]): Waits {
  return {
    launch: [draw(seed, 'instance.running')],
    patch,
    stop: [draw(seed, 'instance.stop')],
    createImage: [draw(seed, 'image.create') + GIB * draw(seed, 'image.create.perGiB')],
    copyImages: [draw(seed, 'image.copy') + GIB * draw(seed, 'image.copy.perGiB')],
  };
}

const onlineSeconds = (seed: number, boot: 'instance.boot' | 'instance.boot.windows') =>
  draw(seed, boot) + draw(seed, 'agent.online') + automationSeconds(seed, 'online');

const linuxPatchSeconds = (seed: number) =>
  draw(seed, 'patch.linux') +
  draw(seed, 'instance.reboot') +
  draw(seed, 'agent.online', 'after the reboot') +
  draw(seed, 'patch.scan') +
  automationSeconds(seed, 'patch');

const scriptSeconds = (seed: number, step: string) =>
  draw(seed, 'command.delivery', step) + draw(seed, 'command.script', step) + automationSeconds(seed, step);

/** Until Automation sees that a command has ended, and begins the next step. */
const automationSeconds = (seed: number, step: string) =>
  draw(seed, 'automation.step', step, 'end') + draw(seed, 'automation.step', step, 'next');

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

type Platform = 'linux' | 'windows';

function timesOf(wait: keyof Waits, platform: Platform): WaitTimes {
  if (wait === 'patch') return platform === 'windows' ? waitTimes.patchWindows : waitTimes.patchLinux;
  if (wait === 'stop') return platform === 'windows' ? waitTimes.sysprep : waitTimes.stop;
  return waitTimes[wait];
}

interface Outcome {
  readonly needed: number;
  readonly lost: number;
  readonly polls: number;
  readonly automationReads: number;
}

type Progress = (share: number) => number | undefined;

/** The waits of one build, polled as the functions poll. */
function build(waits: Waits, earlier: readonly Waits[], platform: Platform, progress: Progress): Outcome {
  const total = { needed: 0, lost: 0, polls: 0, automationReads: 0 };
  for (const [wait, steps] of Object.entries(waits) as [keyof Waits, readonly number[]][]) {
    const { api, minSeconds } = timesOf(wait, platform);
    const isImage = wait === 'createImage' || wait === 'copyImages';
    const earlierSeconds = earlier.map((waits) => sum(waits[wait]));
    const needed = sum(steps);
    let waitedSeconds = 0;
    let polls = 0;
    for (; waitedSeconds < needed; polls++) {
      const progressPercent = isImage ? progress(waitedSeconds / needed) : undefined;
      const stepSeconds = waitedSeconds - beginOfStep(steps, waitedSeconds);
      const facts = { waitedSeconds, stepSeconds, api, minSeconds, earlierSeconds, progressPercent };
      waitedSeconds += pollSeconds(facts);
    }
    total.needed += needed;
    total.lost += waitedSeconds - needed;
    total.polls += polls;
    total.automationReads += api === 'automation' ? polls : 0;
  }
  return total;
}

/** When the step began that runs at a time. */
function beginOfStep(steps: readonly number[], at: number): number {
  let began = 0;
  for (const seconds of steps) {
    if (began + seconds > at) return began;
    began += seconds;
  }
  return began;
}

const SEEDS = 1000;
const even: Progress = (share) => Math.min(99, Math.floor(100 * share));

function measure(kind: keyof typeof kinds, builtBefore: number, progress: Progress) {
  const outcomes = Array.from({ length: SEEDS }, (_, seed) => {
    const earlier = Array.from({ length: builtBefore }, (_, index) => kinds[kind](SEEDS + seed * 10 + index));
    return build(kinds[kind](seed), earlier, kind === 'Windows' ? 'windows' : 'linux', progress);
  });
  const quantile = (share: number, of: (outcome: Outcome) => number) =>
    outcomes.map(of).toSorted((one, other) => one - other)[Math.ceil(SEEDS * share) - 1] ?? Number.NaN;
  const lost = ({ needed, lost }: Outcome) => (100 * lost) / needed;
  return {
    medianPercent: quantile(0.5, lost),
    highPercent: quantile(0.95, lost),
    polls: quantile(1, ({ polls }) => polls),
    automationReads: quantile(1, ({ automationReads }) => automationReads),
  };
}

interface Bounds {
  readonly medianPercent: number;
  readonly highPercent: number;
  readonly polls: number;
  readonly automationReads: number;
}

function expectWithin(seen: Bounds, bounds: Bounds) {
  expect(seen.medianPercent).toBeLessThanOrEqual(bounds.medianPercent);
  expect(seen.highPercent).toBeLessThanOrEqual(bounds.highPercent);
  expect(seen.polls).toBeLessThanOrEqual(bounds.polls);
  expect(seen.automationReads).toBeLessThanOrEqual(bounds.automationReads);
}

// The lost time in percent of the time that AWS needs: the median, and the 95th percentile. The polls: the most of all seeds.
const firstBuild = { medianPercent: 6, highPercent: 12, polls: 150, automationReads: 60 };
const laterBuild = { medianPercent: 3, highPercent: 6, polls: 150, automationReads: 60 };
// The longest of a thousand Windows builds takes more than five hours. Fewer polls would lose more time there.
const windowsPolls = { polls: 170, automationReads: 60 };

describe.each(['Linux without patches', 'Linux with patches'] as const)('%s', (kind) => {
  it('a first build stays within its bounds', () => {
    expectWithin(measure(kind, 0, even), firstBuild);
  });

  it.each([1, 2, 3, EARLIER_BUILDS_MAX])('a build after %i others stays within its bounds', (builtBefore) => {
    expectWithin(measure(kind, builtBefore, even), laterBuild);
  });
});

describe('Windows', () => {
  it('a first build stays within its bounds', () => {
    expectWithin(measure('Windows', 0, even), { ...firstBuild, ...windowsPolls });
  });

  // One earlier build is a weak hint, because the duration of Windows updates differs most.
  it('a second build stays within its bounds', () => {
    expectWithin(measure('Windows', 1, even), { medianPercent: 3, highPercent: 8, ...windowsPolls });
  });

  it.each([2, 3, EARLIER_BUILDS_MAX])('a build after %i others stays within its bounds', (builtBefore) => {
    expectWithin(measure('Windows', builtBefore, even), { ...laterBuild, ...windowsPolls });
  });
});

describe.each([
  ['no progress', () => undefined],
  ['progress that stops at 30 %', (share: number) => Math.min(30, Math.floor(100 * share))],
] as const)('if AWS reports %s', (_, progress) => {
  it.each(Object.keys(kinds) as (keyof typeof kinds)[])('%s loses little more', (kind) => {
    const bounds = { medianPercent: 6.5, highPercent: 12, polls: 225, automationReads: 60 };
    expectWithin(measure(kind, EARLIER_BUILDS_MAX, progress), bounds);
  });
});

describe('the interval', () => {
  it('is short at first and grows with the time waited', () => {
    const at = (waitedSeconds: number) => pollSeconds({ waitedSeconds, api: 'describe' });
    expect([0, 50, 600, 3600, 86_400].map(at)).toEqual([5, 5, 54, 324, 600]);
  });

  it('is longer for the reads of automations', () => {
    const at = (waitedSeconds: number) => pollSeconds({ waitedSeconds, api: 'automation' });
    expect([0, 60, 500, 3600, 36_000].map(at)).toEqual([10, 10, 60, 432, 1800]);
  });

  it('is short again when the next step of the work begins', () => {
    const at = (stepSeconds: number) => pollSeconds({ waitedSeconds: 900, stepSeconds, api: 'automation' });
    expect([5, 100, 500].map(at)).toEqual([10, 12, 60]);
  });

  it('grows fast until the wait can end by the earlier builds, but never skips that time', () => {
    const at = (waitedSeconds: number) =>
      pollSeconds({ waitedSeconds, api: 'describe', earlierSeconds: [300, 310, 290, 320, 305] });
    expect([0, 40, 100, 200].map(at)).toEqual([5, 20, 50, 13]);
  });

  it('ends when half of the remaining time has passed, if AWS reports progress', () => {
    const at = (progressPercent: number) =>
      pollSeconds({ waitedSeconds: 200, api: 'describe', progressPercent });
    expect([10, 80, 90, 99].map(at)).toEqual([24, 24, 12, 4]);
  });
});
