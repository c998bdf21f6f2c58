import { describe, expect, it } from 'vitest';
import type { RecipeHistory } from '../../shared/build/decision.ts';
import { overdueReason } from '../../shared/build/overdue.ts';
import { plainRecipe, recipeFile } from '../simulated-build.ts';

const release = (at: string): Pick<RecipeHistory, 'release'> => ({
  release: { execution: 'one', at, base: 'ami-1', digest: 'd' },
});
const confirmed = (at: string): Pick<RecipeHistory, 'confirmed'> => ({
  confirmed: { execution: 'two', at, rule: 'unchanged' },
});
const LONG_AGO = '2026-01-01T00:00:00.000Z';

/** Why the release of a recipe with this schedule is overdue. */
const reason = (
  more: object,
  history: Pick<RecipeHistory, 'release' | 'confirmed'>,
  now: string,
  since = LONG_AGO,
) => overdueReason(recipeFile({ ...plainRecipe, ...more }).recipe, history, since, new Date(now));

// In winter, Berlin is an hour ahead of UTC.
const weekly = { schedule: { cron: '0 3 ? * SUN *', timezone: 'Europe/Berlin' } };

describe('a recipe with a weekly schedule', () => {
  it('is overdue if no release has come within a day after the scheduled time', () => {
    const before = release('2026-11-15T02:14:00.000Z');
    expect(reason(weekly, before, '2026-11-23T01:59:00Z')).toBeUndefined();
    expect(reason(weekly, before, '2026-11-23T02:00:00Z')).toBe(
      'its newest release is from 2026-11-15T02:14:00.000Z, but its schedule asked for one at 2026-11-22T02:00:00.000Z',
    );
  });

  it('is not overdue after a release, by a schedule or a person', () => {
    expect(reason(weekly, release('2026-11-22T02:14:00.000Z'), '2026-11-29T01:00:00Z')).toBeUndefined();
    expect(reason(weekly, release('2026-11-25T10:00:00.000Z'), '2026-11-30T01:00:00Z')).toBeUndefined();
  });

  it('is not overdue if the scheduled build found that nothing was to do', () => {
    const history = { ...release('2026-10-04T02:14:00.000Z'), ...confirmed('2026-11-22T02:05:00.000Z') };
    expect(reason(weekly, history, '2026-11-24T02:00:00Z')).toBeUndefined();
    expect(reason(weekly, history, '2026-11-30T02:00:00Z')).toContain('2026-10-04');
  });

  it('has the time for approval and the flexible window, too', () => {
    const before = release('2026-11-15T02:14:00.000Z');
    const patient = { ...weekly, gates: { approval: { deadlineHours: 48 } } };
    expect(reason(patient, before, '2026-11-25T01:59:00Z')).toBeUndefined();
    expect(reason(patient, before, '2026-11-25T02:00:00Z')).toBeDefined();
    const flexible = { schedule: { ...weekly.schedule, flexibleWindowMinutes: 30 } };
    expect(reason(flexible, before, '2026-11-23T02:29:00Z')).toBeUndefined();
    expect(reason(flexible, before, '2026-11-23T02:30:00Z')).toBeDefined();
  });

  it('that was never released is overdue after the first scheduled time since it was deployed', () => {
    const since = '2026-11-18T00:00:00.000Z';
    expect(reason(weekly, {}, '2026-11-20T00:00:00Z', since)).toBeUndefined();
    expect(reason(weekly, {}, '2026-11-23T02:00:00Z', since)).toContain('it has no release');
  });

  it('whose schedule is new is not overdue because of earlier times', () => {
    const old = release('2026-06-01T00:00:00.000Z');
    expect(reason(weekly, old, '2026-11-24T00:00:00Z', '2026-11-23T00:00:00.000Z')).toBeUndefined();
  });
});

describe('a recipe', () => {
  it('without a schedule is never overdue', () => {
    expect(reason({}, release(LONG_AGO), '2026-11-23T00:00:00Z')).toBeUndefined();
  });

  it('with a rate is overdue when the rate and a day have passed', () => {
    const rate = { schedule: { rate: '7 days' } };
    const before = release('2026-11-15T12:00:00.000Z');
    expect(reason(rate, before, '2026-11-23T11:59:00Z')).toBeUndefined();
    expect(reason(rate, before, '2026-11-23T12:00:00Z')).toContain('2026-11-22T12:00:00.000Z');
    const hours = { schedule: { rate: '12 hours' } };
    expect(reason(hours, before, '2026-11-16T23:59:00Z')).toBeUndefined();
    expect(reason(hours, before, '2026-11-17T00:00:00Z')).toBeDefined();
  });
});
