import { describe, expect, test } from 'vitest';
import { cronProblem } from '../../shared/recipe/cron.ts';
import { timezoneProblem } from '../../shared/recipe/timezone.ts';

const now = new Date('2026-03-01T12:30:00Z');

describe('a valid cron expression', () => {
  test.each([
    // Examples from the EventBridge and EventBridge Scheduler User Guides.
    '15 12 * * ? *',
    '0 18 ? * MON-FRI *',
    '0 8 1 * ? *',
    '0/10 * ? * MON-FRI *',
    '0/5 8-17 ? * MON-FRI *',
    '0/30 20-23,0-2 ? * MON-FRI *',
    '15 10 ? * 6L 2026-2027',
    '0 9 ? * 2#1 *',
    // The rest of the grammar.
    '* * * * ? *',
    '*/15 1-10/3 1,15,31 JAN,MAR-MAY ? 2026/2',
    '0 3 L * ? *',
    '0 3 15W * ? *',
    '0 3 ? * L *',
    '0 3 ? JAN-JUL FRIL *',
    '0 3 ? * SUN#5 *',
    '0 3 29 2 ? *',
    '  0  3 ?\t* SUN * ',
    '0 3 ? * 1,7 2199',
  ])('%s', (expression) => {
    expect(cronProblem(expression, now, 'UTC')).toBeUndefined();
  });
});

describe('an invalid cron expression', () => {
  test.each([
    ['', 'which has 0 fields', 'write all six fields; * means every value, ? means any day'],
    ['0 3 * * *', 'which has 5 fields', 'add a year, and a ? in one of the two day fields: "0 3 * * ? *"'],
    ['0 3 * * 0', 'which has 5 fields', 'add a year, and a ? in one of the two day fields: "0 3 ? * SUN *"'],
    [
      '0 0 3 * * ? *',
      'which has 7 fields',
      'remove the seconds: AWS cron expressions have no field for seconds',
    ],
    ['cron(0 3 * * ? *)', 'which has the form cron(…)', 'remove cron( and ): "0 3 * * ? *"'],
    ['rate(7 days)', 'which has the form rate(…)', 'write a cron expression with six fields'],
    ['0 3 ? * ? *', 'which has a ? in both day fields', 'for every day, write "0 3 * * ? *"'],
    [
      '0 3 * * * *',
      'which sets both day-of-month and day-of-week',
      'keep one of the two days: "0 3 * * ? *"',
    ],
    [
      '0 3 * * SUN *',
      'which sets both day-of-month and day-of-week',
      'keep one of the two days: "0 3 ? * SUN *"',
    ],
    ['60 3 * * ? *', 'in which minutes is "60"', 'use a value from 0 to 59'],
    ['0 -1 * * ? *', 'in which hours is "-1"', 'use a value from 0 to 23'],
    [
      '? 3 * * ? *',
      'in which minutes is "?"',
      'write * for every value; ? is allowed only in a day field, without other values',
    ],
    ['0 3 0 * ? *', 'in which day-of-month is "0"', 'use a value from 1 to 31'],
    ['0 3 * 13 ? *', 'in which month is "13"', 'use a value from 1 to 12, or JAN to DEC'],
    ['0 3 * june ? *', 'in which month is "june"', 'use the first three letters: JUN'],
    ['0 3 ? * WEDNESDAY *', 'in which day-of-week is "WEDNESDAY"', 'use the first three letters: WED'],
    ['0 3 ? * MITTWOCH *', 'in which day-of-week is "MITTWOCH"', 'use a value from 1 to 7, or SUN to SAT'],
    ['0 3 ? * SONNTAG *', 'in which day-of-week is "SONNTAG"', 'use a value from 1 to 7, or SUN to SAT'],
    ['0 3 ? * 8 *', 'in which day-of-week is "8"', 'use a value from 1 to 7, or SUN to SAT'],
    ['0 3 * jun ? *', 'in which month is "jun"', 'use upper case: JUN'],
    ['0 3 ? * sun *', 'in which day-of-week is "sun"', 'use upper case: SUN'],
    ['0 3 ? * 0 *', 'in which day-of-week is "0"', 'use 1 or SUN for Sunday'],
    ['0 3 ? * 2/2 *', 'in which day-of-week is "2/2"', 'list the days, such as MON,WED,FRI'],
    ['0 3 ? * FRI-MON *', 'in which day-of-week is "FRI-MON"', 'write two ranges: FRI-SAT,SUN-MON'],
    ['0 22-2 * * ? *', 'in which hours is "22-2"', 'write two ranges: 22-23,0-2'],
    ['0 1-2-3 * * ? *', 'in which hours is "1-2-3"', 'write a range as first-last'],
    ['0/0 3 * * ? *', 'in which minutes is "0/0"', 'write one whole number after /, 1 or greater'],
    ['0/5/5 3 * * ? *', 'in which minutes is "0/5/5"', 'write one whole number after /, 1 or greater'],
    ['/5 3 * * ? *', 'in which minutes is "/5"', 'use a value from 0 to 59'],
    ['1,,2 3 * * ? *', 'in which minutes is "1,,2"', 'use a value from 0 to 59'],
    ['L 3 * * ? *', 'in which minutes is "L"', 'L, W and # are allowed only in the day fields'],
    [
      '0 3 LW * ? *',
      'in which day-of-month is "LW"',
      'write only L for the last day, or only 15W for the weekday nearest to the 15th',
    ],
    ['0 3 32W * ? *', 'in which day-of-month is "32W"', 'use a value from 1 to 31'],
    ['0 3 ? * 6#6 *', 'in which day-of-week is "6#6"', 'write 1 to 5 after #, for the week of the month'],
    [
      '0 3 ? * 3#1,6#3 *',
      'in which day-of-week is "3#1,6#3"',
      'write only 6L for the last Friday, or only 6#2 for the second Friday',
    ],
    ['0 3 * * ? 1969', 'in which year is "1969"', 'use a value from 1970 to 2199'],
    ['0 3 * * ? 2200', 'in which year is "2200"', 'use a value from 1970 to 2199'],
    ['0 3 * * ? 99999', 'in which year is "99999"', 'use a value from 1970 to 2199'],
  ])('%s', (expression, wrong, fix) => {
    const problem = cronProblem(expression, now, 'UTC');
    expect(problem).toMatchObject({ wrong, fix });
    expect(problem?.allowed).toMatch(/\S/);
  });
});

describe('a schedule that never fires again', () => {
  test.each([
    '0 3 31 2 ? *',
    '0 3 30,31 FEB ? *',
    '0 3 31W APR,JUN ? *',
    '0 3 29 2 ? 2027',
    '0 3 29 FEB ? 2100',
  ])('%s selects a day that does not exist', (expression) => {
    expect(cronProblem(expression, now, 'UTC')?.wrong).toMatch(/^which never fires/);
  });

  test.each([
    ['0 3 * * ? 2025', 'UTC'],
    ['0 3 * JAN,FEB ? 2026', 'UTC'],
    ['0 3 1 3 ? 2026', 'UTC'],
    ['30 12 1 3 ? 2026', 'UTC'],
    ['0 13 1 3 ? 2026', 'Europe/Berlin'],
    ['0 3 ? 3 SUN#1 2026', 'UTC'],
  ])('%s in %s fires only in the past', (expression, timezone) => {
    expect(cronProblem(expression, now, timezone)?.wrong).toBe('which only fires in the past');
  });

  test.each([
    ['31 12 1 3 ? 2026', 'UTC'],
    ['0 14 1 3 ? 2026', 'Europe/Berlin'],
    ['0 8 1 3 ? 2026', 'America/New_York'],
    ['0 3 29 2 ? 2028', 'UTC'],
    ['0 3 ? 3 SUN#5 2026', 'UTC'],
    ['0 3 31 12 ? 2026', 'Pacific/Kiritimati'],
  ])('%s in %s fires in the future', (expression, timezone) => {
    expect(cronProblem(expression, now, timezone)).toBeUndefined();
  });

  test('the weekday nearest to a day is in the same month', () => {
    // 1 August 2026 is a Saturday, 31 May 2026 a Sunday.
    const noonOf = (day: string) => new Date(`2026-${day}T12:00:00Z`);
    expect(cronProblem('0 3 1W 8 ? 2026', noonOf('08-02'), 'UTC')).toBeUndefined();
    expect(cronProblem('0 3 1W 8 ? 2026', noonOf('08-03'), 'UTC')).toBeDefined();
    expect(cronProblem('0 3 31W 5 ? 2026', noonOf('05-28'), 'UTC')).toBeUndefined();
    expect(cronProblem('0 3 31W 5 ? 2026', noonOf('05-29'), 'UTC')).toBeDefined();
  });
});

describe('a time zone', () => {
  const NO_GUESS = 'use a name such as Europe/Berlin; most names contain the largest city of the zone';

  test.each([
    'UTC',
    'Europe/Berlin',
    'America/Argentina/Buenos_Aires',
    'Asia/Kolkata',
    'Asia/Calcutta',
    'Europe/Kyiv',
  ])('%s is valid', (timezone) => {
    expect(timezoneProblem(timezone)).toBeUndefined();
  });

  test.each([
    ['europe/berlin', 'did you mean Europe/Berlin?'],
    ['utc', 'did you mean UTC?'],
    ['Europe/Berln', 'did you mean Europe/Berlin?'],
    ['Europe/Londno', 'did you mean Europe/London?'],
    ['Amerika/New_York', 'did you mean America/New_York?'],
    ['Europe/Munich', NO_GUESS],
    ['Europe/Hamburg', NO_GUESS],
    ['Europe', NO_GUESS],
    ['+01:00', NO_GUESS],
    ['Mars/Olympus_Mons', NO_GUESS],
    ['', NO_GUESS],
  ])('%s is not valid', (timezone, fix) => {
    expect(timezoneProblem(timezone)?.fix).toBe(fix);
  });
});
