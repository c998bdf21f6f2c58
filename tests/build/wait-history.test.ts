import { describe, expect, it } from 'vitest';
import { copyInterval } from '../../shared/build/copying.ts';
import type { Copy } from '../../shared/build/execution-document.ts';
import type { Spent } from '../../shared/build/spent.ts';
import { addDurations, type WaitedStages } from '../../shared/build/wait-history.ts';
import { plainRecipe, recipeFile, simulate } from '../simulated-build.ts';

const took = (seconds: number) => ({ spent: { seconds } as Spent });
const copy = (region: string, more: Partial<Copy> = {}): Copy => ({
  ...{ region, state: 'available', attempt: 1, name: 'x', snapshotIds: [], failures: [], said: '' },
  ...more,
});
const stages: WaitedStages = {
  builder: { ...took(12), refused: [] },
  patches: took(300.4),
  shutdown: took(40),
  candidate: { ...took(95), attempt: 1 },
  copies: { status: 'ready', regions: [copy('eu-west-1', { seconds: 210 })] },
};

describe('the durations of earlier builds', () => {
  it('are kept by stage and, for copies, by region', () => {
    expect(addDurations({}, stages)).toEqual({
      ...{ Launch: [12], Patch: [300], Stop: [40], CreateImage: [95], 'CopyImages eu-west-1': [210] },
    });
  });

  it('are those of the last five builds', () => {
    const seven = Array.from({ length: 7 }).reduce<ReturnType<typeof addDurations>>(
      (earlier, _, index) => addDurations(earlier, { ...stages, shutdown: took(index) }),
      {},
    );
    expect(seven.Stop).toEqual([2, 3, 4, 5, 6]);
  });

  it('leave out a launch that EC2 refused, and an image and a copy that needed a second attempt', () => {
    const copies = { status: 'ready', regions: [copy('eu-west-1', { attempt: 2, seconds: 900 })] } as const;
    const builder = { ...took(400), refused: [{}] };
    expect(
      addDurations(
        { Launch: [9] },
        {
          builder,
          candidate: { ...took(400), attempt: 2 },
          copies: { ...copies, regions: [...copies.regions] },
        },
      ),
    ).toEqual({
      Launch: [9],
    });
  });

  it('are recorded by a release, and known to the next build', async () => {
    const { pipeline, run } = simulate({ recipes: [recipeFile(plainRecipe)] });
    const outputOf = async () => {
      const { output } = await run(pipeline.start('plain').result);
      return output as { decision: { earlierSeconds?: object }; patches: { spent: Spent } };
    };
    const first = await outputOf();
    const second = await outputOf();
    expect(first.decision).not.toHaveProperty('earlierSeconds');
    expect(second.decision.earlierSeconds).toMatchObject({
      Patch: [Math.round(first.patches.spent.seconds)],
      'CopyImages eu-west-1': [expect.any(Number)],
    });
  });
});

describe('the interval of CopyImages', () => {
  const now = new Date('2026-11-22T03:10:00Z');
  const startedAt = '2026-11-22T03:00:00Z';
  const intervalOf = (...copies: Copy[]) => copyInterval(copies, { now, earlier: () => undefined });

  it('is that of the slowest copy', () => {
    const almost = copy('eu-west-1', { state: 'pending', startedAt, progress: 98 });
    const half = copy('eu-west-2', { state: 'pending', startedAt, progress: 50 });
    expect(intervalOf(almost)).toBe(12);
    expect(intervalOf(almost, half)).toBe(72);
  });

  it('is short if a copy is to be started', () => {
    const half = copy('eu-west-2', { state: 'pending', startedAt, progress: 50 });
    const failed = copy('eu-west-1', { state: 'waiting', attempt: 2 });
    expect(intervalOf(half, failed)).toBe(5);
    const limited = copy('eu-west-1', { state: 'waiting', limitedSince: startedAt });
    expect(intervalOf(half, limited)).toBe(54);
  });
});
