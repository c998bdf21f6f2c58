import { drawerOf, services } from 'embedded-aws';
import { pollSeconds } from '../shared/build/poll-interval.ts';
import { type WaitTimes, waitTimes } from '../shared/build/waiting.ts';

// The waits of a thousand builds, without the builds: the durations of AWS from the latency tables, and the intervals of the functions.

const draw = drawerOf({ ...services.ec2?.latencies, ...services.ssm?.latencies });

/** How long AWS needs for each wait of a build, from the latency tables of the embedded AWS: the seconds of each step of the work. */
type Waits = Readonly<Record<'launch' | 'patch' | 'stop' | 'createImage' | 'copyImages', readonly number[]>>;

/** The written GiB of a small image. */
const GIB = 2;

export const kinds = {
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

export type Progress = (share: number) => number | undefined;

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
    // The first invocation searches for the automation, and reads it once.
    total.automationReads += api === 'automation' ? polls + 2 : 0;
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

export interface Measured {
  readonly medianPercent: number;
  readonly highPercent: number;
  readonly polls: number;
  readonly automationReads: number;
}

const SEEDS = 1000;
/** Progress as the embedded AWS reports it. */
export const even: Progress = (share) => Math.min(99, Math.floor(100 * share));

/**
 * The lost time in percent of the time that AWS needs, at the median and at the 95th percentile, and the most polls and reads of automations
 * of all seeds. `builtBefore`: the number of earlier builds that are known.
 */
export function measure(kind: keyof typeof kinds, builtBefore: number, progress: Progress): Measured {
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
