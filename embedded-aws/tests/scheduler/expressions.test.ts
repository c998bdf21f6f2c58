import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextTime, readExpression, readRuleExpression } from '../../src/scheduler/expressions.ts';
import { utc, zoneOf } from '../../src/scheduler/zones.ts';

/** The next times of an expression after a time, in UTC to the minute. */
function times(text: string, zoneName: string, after: string, wanted: number): string[] {
  const expression = readExpression(text);
  const zone = zoneOf(zoneName);
  if (expression === undefined || zone === undefined) throw new Error(`${text} in ${zoneName} is not valid`);
  const begin = Date.parse(after);
  const found: string[] = [];
  for (let at: number | undefined = begin; found.length < wanted; ) {
    at = nextTime(expression, zone, { after: at, begin });
    if (at === undefined) break;
    found.push(new Date(at).toISOString().slice(0, 16));
  }
  return found;
}

describe('cron', () => {
  test.each([
    ['cron(0 10 * * ? *)', ['2026-11-20T10:00', '2026-11-21T10:00']],
    ['cron(0/20 3 * * ? *)', ['2026-11-20T03:20', '2026-11-20T03:40', '2026-11-21T03:00']],
    ['cron(5,35 14 * * ? *)', ['2026-11-20T14:05', '2026-11-20T14:35']],
    [
      'cron(10-12 4 * * ? *)',
      ['2026-11-20T04:10', '2026-11-20T04:11', '2026-11-20T04:12', '2026-11-21T04:10'],
    ],
    [
      'cron(0-30/15 4 * * ? *)',
      ['2026-11-20T04:00', '2026-11-20T04:15', '2026-11-20T04:30', '2026-11-21T04:00'],
    ],
    ['cron(0 0/12 * * ? *)', ['2026-11-20T12:00', '2026-11-21T00:00']],
    ['cron(0 18 ? * MON-FRI *)', ['2026-11-20T18:00', '2026-11-23T18:00']],
    ['cron(0 2 ? * SAT *)', ['2026-11-21T02:00', '2026-11-28T02:00']],
    ['cron(0 2 ? * 7 *)', ['2026-11-21T02:00']],
    ['cron(0 2 ? * L *)', ['2026-11-21T02:00']],
    ['cron(0 2 ? * 3#2 *)', ['2026-12-08T02:00', '2027-01-12T02:00']],
    ['cron(0 2 ? * SAT#5 *)', ['2027-01-30T02:00', '2027-05-29T02:00']],
    ['cron(15 10 ? * 6L 2026-2027)', ['2026-11-27T10:15', '2026-12-25T10:15']],
    ['cron(0 8 1 * ? *)', ['2026-12-01T08:00', '2027-01-01T08:00']],
    ['cron(0 8 31 * ? *)', ['2026-12-31T08:00', '2027-01-31T08:00', '2027-03-31T08:00']],
    ['cron(0 8 L * ? *)', ['2026-11-30T08:00', '2026-12-31T08:00', '2027-01-31T08:00', '2027-02-28T08:00']],
    ['cron(0 8 LW * ? *)', ['2026-11-30T08:00', '2026-12-31T08:00', '2027-01-29T08:00']],
    ['cron(0 8 15W * ? *)', ['2026-12-15T08:00', '2027-01-15T08:00', '2027-02-15T08:00']],
    [
      'cron(0 8 1W * ? *)',
      [
        '2026-12-01T08:00',
        '2027-01-01T08:00',
        '2027-02-01T08:00',
        '2027-03-01T08:00',
        '2027-04-01T08:00',
        '2027-05-03T08:00',
      ],
    ],
    ['cron(0 8 29 FEB ? *)', ['2028-02-29T08:00', '2032-02-29T08:00']],
    ['cron(0 8 1 JAN,JUL ? 2027)', ['2027-01-01T08:00', '2027-07-01T08:00']],
    ['cron(0 8 1 1 ? 2002-2005)', []],
    ['cron(0 8 * * ?)', ['2026-11-20T08:00']],
  ])('%s', (text, expected) => {
    // One more than in the list, if the list is complete.
    const wanted = expected.length === 0 ? 1 : expected.length;
    expect(times(text, 'UTC', '2026-11-20T03:00:00Z', wanted)).toEqual(expected);
  });

  test.each([
    ...['cron(0 1 * * * *)', 'cron(0 1 ? * ? *)', 'cron(7 20 * * NOT *)', 'cron(INVALID)', 'cron()'],
    ...['cron(0 dummy ? * MON-FRI *)', 'cron(71 8 1 * ? *)', 'cron(0 24 * * ? *)', 'cron(0 0 0 * ? *)'],
    ...['cron(0 0 32 * ? *)', 'cron(0 0 1 13 ? *)', 'cron(0 0 ? * 8 *)', 'cron(0 0 ? * 0 *)'],
    ...['cron(0 0 ? * 3#6 *)', 'cron(0 0 ? * 3#1,6#3 *)', 'cron(0 0 3#1 * ? *)', 'cron(0 0 32W * ? *)'],
    ...['cron(0 0 * * ? 1969)', 'cron(0 0 * * ? 2200)', 'cron(30-10 0 * * ? *)', 'cron(0/0 0 * * ? *)'],
    ...[
      'cron(1/2/3 0 * * ? *)',
      'cron(? 0 * * ? *)',
      'cron(0  0 * * ? *)',
      'cron(, 0 * * ? *)',
      'cron(0 0 L-3 * ? *)',
    ],
    ...['CRON(0 0 * * ? *)', 'cron(0 0 * * ? *) ', 'cron(0 0 * * ? * *)', 'cron(0 0 ? * MON/2 *)'],
    ...['rate(10 seconds)', 'rate(10 years)', 'rate()', 'rate(10)', 'rate(10 minutess)', 'rate(foo minutes)'],
    ...['rate(0 minutes)', 'rate(-10 minutes)', 'rate( 10 minutes )', ' rate(10 minutes)', 'rate(1.5 hours)'],
    ...[
      'at(2021-12-31T23:59:59Z)',
      'at(2021-12-31)',
      'at(2026-02-30T00:00:00)',
      'at(2026-13-01T00:00:00)',
      'nonsense',
      '',
    ],
  ])('%j is not valid', (text) => {
    expect(readExpression(text)).toBeUndefined();
  });

  test('of a rule needs six fields and the right unit, and has no `at`', () => {
    for (const text of ['rate(1 minute)', 'rate(2 hours)', 'rate(11 days)', 'cron(0 2 ? * SAT#3 *)']) {
      expect(readRuleExpression(text), text).toBeDefined();
    }
    const bad = [
      'rate(1 minutes)',
      'rate(2 hour)',
      'rate(10 MINUTES)',
      'cron(0 2 ? * SAT)',
      'at(2027-01-01T00:00:00)',
    ];
    for (const text of bad) expect(readRuleExpression(text), text).toBeUndefined();
  });
});

describe('daylight saving', () => {
  test.each([
    // Spring: the clock skips 02:30, so the day is left out.
    [
      'cron(30 2 * * ? *)',
      'America/Los_Angeles',
      '2027-03-13T00:00:00Z',
      ['2027-03-13T10:30', '2027-03-15T09:30', '2027-03-16T09:30'],
    ],
    // Autumn: the clock shows 01:30 twice, and the first time counts.
    [
      'cron(30 1 * * ? *)',
      'America/Los_Angeles',
      '2026-10-31T00:00:00Z',
      ['2026-10-31T08:30', '2026-11-01T08:30', '2026-11-02T09:30'],
    ],
    ['cron(30 2 * * ? *)', 'Europe/Berlin', '2026-10-24T12:00:00Z', ['2026-10-25T00:30', '2026-10-26T01:30']],
    [
      'cron(0/30 1-2 * * ? *)',
      'Europe/Berlin',
      '2026-10-24T22:00:00Z',
      ['2026-10-24T23:00', '2026-10-24T23:30', '2026-10-25T00:00', '2026-10-25T00:30', '2026-10-26T00:00'],
    ],
    ['cron(0 9 * * ? *)', 'Asia/Kolkata', '2026-11-20T00:00:00Z', ['2026-11-20T03:30']],
    ['cron(0 0 * * ? *)', 'Pacific/Auckland', '2026-11-20T00:00:00Z', ['2026-11-20T11:00']],
    ['at(2026-12-01T09:00:00)', 'America/New_York', '2026-11-20T00:00:00Z', ['2026-12-01T14:00']],
    // For a rate, a day has 24 hours.
    ['rate(1 day)', 'Europe/Berlin', '2026-10-24T12:00:00Z', ['2026-10-25T12:00', '2026-10-26T12:00']],
  ])('%s in %s', (text, zone, after, expected) => {
    const found = times(text, zone, after, expected.length);
    expect(found).toEqual(expected);
  });

  test.each(['Mars/Base', '+02:00', '', 'Europe/Berlin ', '../etc'])('%j is not a zone', (name) => {
    expect(zoneOf(name)).toBeUndefined();
  });
});

test('the times are in order, and match the wall clock', () => {
  const minutes = fc.integer({ min: 0, max: 59 });
  const hours = fc.integer({ min: 0, max: 23 });
  const zones = fc.constantFrom(
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
  );
  const instants = fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2028-01-01') });
  fc.assert(
    fc.property(minutes, hours, zones, instants, (minute, hour, zoneName, after) => {
      const zone = zoneOf(zoneName) ?? utc;
      const expression = readExpression(`cron(${minute} ${hour} * * ? *)`);
      if (expression === undefined) throw new Error('not read');
      const next = nextTime(expression, zone, { after, begin: after }) ?? 0;
      const shown = new Date(zone.wallAt(next));
      expect([shown.getUTCHours(), shown.getUTCMinutes(), shown.getUTCSeconds()]).toEqual([hour, minute, 0]);
      expect(next).toBeGreaterThan(after);
      // A day, plus the hour by which clocks are put back, plus a day that may be left out.
      expect(next - after).toBeLessThanOrEqual(49 * 3_600_000);
    }),
    { numRuns: 200 },
  );
});
