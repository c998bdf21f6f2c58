import { describe, expect, it } from 'vitest';
import { even, kinds, type Measured, measure } from '../../bench/simulated-waits.ts';
import { EARLIER_BUILDS_MAX, pollSeconds } from '../../shared/build/poll-interval.ts';

function expectWithin(seen: Measured, bounds: Measured) {
  expect(seen.medianPercent).toBeLessThanOrEqual(bounds.medianPercent);
  expect(seen.highPercent).toBeLessThanOrEqual(bounds.highPercent);
  expect(seen.polls).toBeLessThanOrEqual(bounds.polls);
  expect(seen.automationReads).toBeLessThanOrEqual(bounds.automationReads);
}

// The lost time in percent of the time that AWS needs: the median, and the 95th percentile. The polls: the most of all seeds.
const firstBuild = { medianPercent: 6, highPercent: 12, polls: 150, automationReads: 60 };
const laterBuild = { medianPercent: 3, highPercent: 6, polls: 150, automationReads: 60 };
// The longest of a thousand Windows builds takes more than five hours. Fewer polls would lose more time there.
const windowsPolls = { polls: 170, automationReads: 62 };

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
    const bounds = { medianPercent: 6.5, highPercent: 12, polls: 225, automationReads: 62 };
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
