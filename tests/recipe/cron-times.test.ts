import { describe, expect, it } from 'vitest';
import { lastFiring } from '../../shared/recipe/cron-times.ts';

const LONG_AGO = '2020-01-01T00:00:00Z';
const last = (cron: string, until: string, timezone = 'UTC', after = LONG_AGO) =>
  lastFiring(cron, timezone, new Date(after), new Date(until))?.toISOString();

describe('the last time at which a schedule fires', () => {
  it.each([
    ['every day', '0 3 ? * * *', '2026-11-22T02:59:00Z', '2026-11-21T03:00:00.000Z'],
    ['at this minute', '0 3 ? * * *', '2026-11-22T03:00:00Z', '2026-11-22T03:00:00.000Z'],
    ['on Sundays', '0 3 ? * SUN *', '2026-11-28T00:00:00Z', '2026-11-22T03:00:00.000Z'],
    ['several times a day', '0,30 6/6 ? * * *', '2026-11-22T13:00:00Z', '2026-11-22T12:30:00.000Z'],
    ['on the last day of a month', '0 0 L * ? *', '2026-03-15T00:00:00Z', '2026-02-28T00:00:00.000Z'],
    ['once a year', '0 0 29 FEB ? *', '2026-11-22T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['in one year', '0 0 1 1 ? 2025', '2026-11-22T00:00:00Z', '2025-01-01T00:00:00.000Z'],
  ])('%s', (_, cron, until, expected) => {
    expect(last(cron, until)).toBe(expected);
  });

  it('is after the given time', () => {
    expect(last('0 3 ? * * *', '2026-11-22T12:00:00Z', 'UTC', '2026-11-22T02:59:00Z')).toBeDefined();
    expect(last('0 3 ? * * *', '2026-11-22T12:00:00Z', 'UTC', '2026-11-22T03:00:00Z')).toBeUndefined();
    expect(last('0 3 1 1 ? *', '2026-11-22T12:00:00Z', 'UTC', '2026-02-01T00:00:00Z')).toBeUndefined();
  });

  it.each([
    ['in summer', '2026-07-01T12:00:00Z', 'Europe/Berlin', '2026-07-01T01:00:00.000Z'],
    ['in winter', '2026-12-01T12:00:00Z', 'Europe/Berlin', '2026-12-01T02:00:00.000Z'],
    ['far east', '2026-12-01T12:00:00Z', 'Pacific/Kiritimati', '2026-11-30T13:00:00.000Z'],
    ['far west', '2026-12-01T12:00:00Z', 'Pacific/Niue', '2026-11-30T14:00:00.000Z'],
    ['by half an hour', '2026-12-01T12:00:00Z', 'Asia/Kolkata', '2026-11-30T21:30:00.000Z'],
  ])('is in the time zone: %s', (_, until, timezone, expected) => {
    expect(last('0 3 ? * * *', until, timezone)).toBe(expected);
  });

  it('is not in the hour that the clocks skip, and the first one of the hour that occurs twice', () => {
    expect(last('30 2 ? * * *', '2026-03-29T12:00:00Z', 'Europe/Berlin')).toBe('2026-03-28T01:30:00.000Z');
    expect(last('30 2 ? * * *', '2026-10-25T12:00:00Z', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z');
  });
});
