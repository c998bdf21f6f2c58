import { describe, expect, test } from 'vitest';
import { reasonToAnnounce } from '../../shared/build/new-base.ts';
import { scheduleOf } from '../../shared/recipe/schedule.ts';
import { plainRecipe, recipeFile } from '../simulated-build.ts';

const now = new Date('2026-11-22T03:00:00Z');
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000).toISOString();
const releaseFrom = (base: string) => ({ execution: 'e', at: hoursAgo(99), digest: 'd', base });

describe('what the watcher announces', () => {
  test.each<[string, Parameters<typeof reasonToAnnounce>, RegExp | undefined]>([
    ['the first check, without a release', ['a', undefined, undefined, now], undefined],
    ['the first check, of a base that is built', ['a', undefined, releaseFrom('a'), now], undefined],
    ['the first check, of a newer base', ['b', undefined, releaseFrom('a'), now], /the last .* from a/],
    ['no base', ['none', { base: 'a', announcedAt: undefined }, undefined, now], undefined],
    [
      'an image after no base',
      ['a', { base: 'none', announcedAt: undefined }, undefined, now],
      /was no base/,
    ],
    ['the same base', ['a', { base: 'a', announcedAt: undefined }, undefined, now], undefined],
    ['a change', ['b', { base: 'a', announcedAt: undefined }, undefined, now], /changed from a to b/],
    [
      'a change to a base that is built',
      ['b', { base: 'a', announcedAt: undefined }, releaseFrom('b'), now],
      undefined,
    ],
    [
      'a change soon after another',
      ['c', { base: 'b', announcedAt: hoursAgo(1) }, releaseFrom('a'), now],
      /from b to c/,
    ],
    [
      'an announced base that is not built',
      ['b', { base: 'b', announcedAt: hoursAgo(23) }, releaseFrom('a'), now],
      undefined,
    ],
    [
      'an announced base after a day',
      ['b', { base: 'b', announcedAt: hoursAgo(24) }, releaseFrom('a'), now],
      /the base is b/,
    ],
  ])('%s', (_, given, expected) => {
    const reason = reasonToAnnounce(...given);
    if (expected === undefined) expect(reason).toBeUndefined();
    else expect(reason).toMatch(expected);
  });
});

describe('a schedule in the format of EventBridge Scheduler', () => {
  const of = (schedule?: object) =>
    scheduleOf(recipeFile({ ...plainRecipe, ...(schedule && { schedule }) }).recipe);

  const off = { Mode: 'OFF' };

  test.each([
    [
      { cron: '0 3 ? * SUN *', timezone: 'Europe/Berlin' },
      {
        ScheduleExpression: 'cron(0 3 ? * SUN *)',
        ScheduleExpressionTimezone: 'Europe/Berlin',
        FlexibleTimeWindow: off,
      },
    ],
    [
      { cron: '0 3 ? * SUN *' },
      {
        ScheduleExpression: 'cron(0 3 ? * SUN *)',
        ScheduleExpressionTimezone: 'UTC',
        FlexibleTimeWindow: off,
      },
    ],
    [
      { rate: '7 days', flexibleWindowMinutes: 60 },
      {
        ScheduleExpression: 'rate(7 days)',
        FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 60 },
      },
    ],
    [{ rate: '1 hour' }, { ScheduleExpression: 'rate(1 hour)', FlexibleTimeWindow: off }],
  ])('%j', (schedule, expected) => {
    expect(of(schedule)).toEqual({
      schedule: {
        Name: 'golden-image-plain',
        Description: 'Builds the golden image plain',
        ...expected,
      },
      request: {
        recipe: 'plain',
        trigger: { type: 'schedule', id: '<aws.scheduler.scheduled-time>', reason: 'its schedule' },
      },
    });
  });

  test('does not exist when the recipe has none', () => {
    expect(of()).toBeUndefined();
  });
});
