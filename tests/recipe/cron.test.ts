import { describe, expect, test } from 'vitest';
import { cronFault } from '../../shared/recipe/cron.ts';
import { timezoneFault } from '../../shared/recipe/timezone.ts';

const now = new Date('2026-03-01T12:30:00Z');

describe('what EventBridge Scheduler takes', () => {
  test.each([
    // From the examples of the EventBridge and EventBridge Scheduler User Guides.
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
    expect(cronFault(expression, now, 'UTC')).toBeUndefined();
  });
});

describe('what it does not take', () => {
  test.each([
    ['', 'which has 0 fields', 'give all six; * is every value, ? no particular day'],
    ['0 3 * * *', 'which has 5 fields', 'AWS wants a year, and a ? in one of the two days: "0 3 * * ? *"'],
    ['0 3 * * 0', 'which has 5 fields', 'AWS wants a year, and a ? in one of the two days: "0 3 ? * SUN *"'],
    ['0 0 3 * * ? *', 'which has 7 fields', 'AWS has no field for seconds: leave it out'],
    [
      'cron(0 3 * * ? *)',
      'which is written as cron(…)',
      'write only what is between the brackets: "0 3 * * ? *"',
    ],
    ['rate(7 days)', 'which is written as rate(…)', 'write it as six fields'],
    ['0 3 ? * ? *', 'whose two days are both ?', 'for every day: "0 3 * * ? *"'],
    ['0 3 * * * *', 'which gives both day-of-month and day-of-week', 'keep one of them: "0 3 * * ? *"'],
    ['0 3 * * SUN *', 'which gives both day-of-month and day-of-week', 'keep one of them: "0 3 ? * SUN *"'],
    ['60 3 * * ? *', 'in which minutes is "60"', 'give a value from 0 to 59'],
    ['0 -1 * * ? *', 'in which hours is "-1"', 'give a value from 0 to 23'],
    [
      '? 3 * * ? *',
      'in which minutes is "?"',
      'write * for every value; a ? stands alone, and only for a day',
    ],
    ['0 3 0 * ? *', 'in which day-of-month is "0"', 'give a value from 1 to 31'],
    ['0 3 * 13 ? *', 'in which month is "13"', 'give a value from 1 to 12'],
    ['0 3 * june ? *', 'in which month is "june"', 'give a value from 1 to 12'],
    ['0 3 * jun ? *', 'in which month is "jun"', 'write it in capitals: JUN'],
    ['0 3 ? * sun *', 'in which day-of-week is "sun"', 'write it in capitals: SUN'],
    ['0 3 ? * 0 *', 'in which day-of-week is "0"', 'AWS counts from Sunday, which is 1; or write SUN'],
    ['0 3 ? * 2/2 *', 'in which day-of-week is "2/2"', 'name the days: MON,WED,FRI'],
    ['0 3 ? * FRI-MON *', 'in which day-of-week is "FRI-MON"', 'write it as two ranges: FRI-SAT,SUN-MON'],
    ['0 22-2 * * ? *', 'in which hours is "22-2"', 'write it as two ranges: 22-23,0-2'],
    ['0 1-2-3 * * ? *', 'in which hours is "1-2-3"', 'write a range as first-last'],
    ['0/0 3 * * ? *', 'in which minutes is "0/0"', 'after the / comes one whole number, 1 or more'],
    ['0/5/5 3 * * ? *', 'in which minutes is "0/5/5"', 'after the / comes one whole number, 1 or more'],
    ['/5 3 * * ? *', 'in which minutes is "/5"', 'give a value from 0 to 59'],
    ['1,,2 3 * * ? *', 'in which minutes is "1,,2"', 'give a value from 0 to 59'],
    ['L 3 * * ? *', 'in which minutes is "L"', 'L, W and # stand only for days'],
    [
      '0 3 LW * ? *',
      'in which day-of-month is "LW"',
      'write L for the last day, or 15W for the weekday nearest to the 15th, and nothing else',
    ],
    ['0 3 32W * ? *', 'in which day-of-month is "32W"', 'give a value from 1 to 31'],
    ['0 3 ? * 6#6 *', 'in which day-of-week is "6#6"', 'after the # comes 1 to 5, the week of the month'],
    [
      '0 3 ? * 3#1,6#3 *',
      'in which day-of-week is "3#1,6#3"',
      'write 6L for the last Friday, or 6#2 for the second, and nothing else',
    ],
    ['0 3 * * ? 1969', 'in which year is "1969"', 'give a value from 1970 to 2199'],
    ['0 3 * * ? 2200', 'in which year is "2200"', 'give a value from 1970 to 2199'],
    ['0 3 * * ? 99999', 'in which year is "99999"', 'give a value from 1970 to 2199'],
  ])('%s', (expression, wrong, fix) => {
    const fault = cronFault(expression, now, 'UTC');
    expect(fault).toMatchObject({ wrong, fix });
    expect(fault?.allowed).toMatch(/\S/);
  });
});

describe('what can never fire', () => {
  test.each([
    '0 3 31 2 ? *',
    '0 3 30,31 FEB ? *',
    '0 3 31W APR,JUN ? *',
    '0 3 29 2 ? 2027',
    '0 3 29 FEB ? 2100',
  ])('%s names no day that exists', (expression) => {
    expect(cronFault(expression, now, 'UTC')?.wrong).toMatch(/^which can never fire/);
  });

  test.each([
    ['0 3 * * ? 2025', 'UTC'],
    ['0 3 * JAN,FEB ? 2026', 'UTC'],
    ['0 3 1 3 ? 2026', 'UTC'],
    ['30 12 1 3 ? 2026', 'UTC'],
    ['0 13 1 3 ? 2026', 'Europe/Berlin'],
    ['0 3 ? 3 SUN#1 2026', 'UTC'],
  ])('%s in %s is past', (expression, timezone) => {
    expect(cronFault(expression, now, timezone)?.wrong).toBe('whose last time is past');
  });

  test.each([
    ['31 12 1 3 ? 2026', 'UTC'],
    ['0 14 1 3 ? 2026', 'Europe/Berlin'],
    ['0 8 1 3 ? 2026', 'America/New_York'],
    ['0 3 29 2 ? 2028', 'UTC'],
    ['0 3 ? 3 SUN#5 2026', 'UTC'],
    ['0 3 31 12 ? 2026', 'Pacific/Kiritimati'],
  ])('%s in %s is still to come', (expression, timezone) => {
    expect(cronFault(expression, now, timezone)).toBeUndefined();
  });

  test('the weekday nearest to a day stays in its month', () => {
    // 1 August 2026 is a Saturday, 31 May 2026 a Sunday.
    const noonOf = (day: string) => new Date(`2026-${day}T12:00:00Z`);
    expect(cronFault('0 3 1W 8 ? 2026', noonOf('08-02'), 'UTC')).toBeUndefined();
    expect(cronFault('0 3 1W 8 ? 2026', noonOf('08-03'), 'UTC')).toBeDefined();
    expect(cronFault('0 3 31W 5 ? 2026', noonOf('05-28'), 'UTC')).toBeUndefined();
    expect(cronFault('0 3 31W 5 ? 2026', noonOf('05-29'), 'UTC')).toBeDefined();
  });
});

describe('time zones', () => {
  test.each([
    'UTC',
    'Europe/Berlin',
    'America/Argentina/Buenos_Aires',
    'Asia/Kolkata',
    'Asia/Calcutta',
    'Europe/Kyiv',
  ])('%s is one', (timezone) => {
    expect(timezoneFault(timezone)).toBeUndefined();
  });

  test.each([
    ['europe/berlin', 'did you mean Europe/Berlin?'],
    ['utc', 'did you mean UTC?'],
    ['Europe/Berln', 'did you mean Europe/Berlin?'],
    ['+01:00', 'give the name as in Europe/Berlin'],
    ['Mars/Olympus_Mons', 'give the name as in Europe/Berlin'],
    ['', 'give the name as in Europe/Berlin'],
  ])('%s is none', (timezone, fix) => {
    expect(timezoneFault(timezone)?.fix).toBe(fix);
  });
});
