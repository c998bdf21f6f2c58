import { describe, expect, it } from 'vitest';
import { addInvocation, type Spent, type StageResult } from '../../shared/build/spent.ts';
import { simulateBuild } from '../simulated-build.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 22, 3, 0, 0) + seconds * 1000);

/** Invokes a stage at these times; each invocation takes a second and makes two calls. */
function spentBy(invocations: readonly { at: number; result: StageResult }[]): Spent | undefined {
  let before: StageResult | undefined;
  for (const { at: began, result } of invocations) {
    const spent = addInvocation({ began: at(began), ended: at(began + 1), calls: 2, before, result });
    before = { ...result, spent };
  }
  return before?.spent;
}

const waiting = { status: 'pending', since: 'a' };

describe('what a stage spends', () => {
  it('is time and calls, but no waiting, if the stage is ready at once', () => {
    expect(spentBy([{ at: 0, result: { status: 'ready' } }])).toMatchObject({
      ...{ seconds: 1, waitingSeconds: 0, lostSeconds: 0, polls: 0, calls: 2 },
    });
  });

  it('counts the time between the invocations, and the last interval as lost', () => {
    const invocations = [
      { at: 0, result: waiting },
      { at: 11, result: waiting },
      { at: 32, result: { status: 'ready' } },
    ];
    expect(spentBy(invocations)).toMatchObject({
      ...{ seconds: 33, waitingSeconds: 30, lostSeconds: 20, polls: 2, calls: 6 },
    });
  });

  it('counts only the time since AWS was ready as lost, if AWS says when it was ready', () => {
    const invocations = [
      { at: 0, result: waiting },
      { at: 21, result: { status: 'ready', readyAt: at(18).toISOString() } },
    ];
    expect(spentBy(invocations)).toMatchObject({ waitingSeconds: 20, lostSeconds: 3 });
  });

  it('never counts more as lost than the last interval', () => {
    const invocations = [
      { at: 0, result: waiting },
      { at: 21, result: { status: 'ready', readyAt: at(-60).toISOString() } },
    ];
    expect(spentBy(invocations)).toMatchObject({ lostSeconds: 20 });
  });

  it('adds the lost time of every wait of the stage', () => {
    const invocations = [
      { at: 0, result: waiting },
      { at: 11, result: { status: 'pending', since: 'b' } },
      { at: 17, result: { status: 'ready' } },
    ];
    expect(spentBy(invocations)).toMatchObject({ waitingSeconds: 15, lostSeconds: 15 });
  });

  it('loses nothing while it waits until a time that it knows', () => {
    const invocations = [
      { at: 0, result: { ...waiting, readyAt: at(300).toISOString() } },
      { at: 301, result: { status: 'ready' } },
    ];
    expect(spentBy(invocations)).toMatchObject({ waitingSeconds: 300, lostSeconds: 1 });
  });

  it('is reported by every stage of a build, and agrees with the time of the embedded AWS', async () => {
    const build = simulateBuild();
    const began = build.world.now();
    await build.through('record');
    const stages = [
      'decision',
      'plan',
      'builder',
      'patches',
      'shutdown',
      'candidate',
      'verdict',
      'copies',
      'release',
      'publication',
      'announcement',
      'cleanup',
      'record',
    ];
    const spent = stages.map((noun) => (build.document[noun] as { spent: Spent }).spent);
    expect(spent.reduce((sum, { seconds }) => sum + seconds, 0)).toBeCloseTo(
      (build.world.now() - began) / 1000,
      0,
    );
    for (const { calls } of spent) expect(calls).toBeGreaterThan(0);
    const [automation] = build.world.automations.all();
    const patches = build.document.patches as { spent: Spent };
    // Between the end of the automation and the invocation that saw it.
    const late = (new Date(patches.spent.until).getTime() - (automation?.endTime ?? 0)) / 1000;
    expect(patches.spent.lostSeconds).toBeGreaterThan(0);
    expect(patches.spent.lostSeconds).toBeLessThanOrEqual(late);
  });
});
