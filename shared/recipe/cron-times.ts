import {
  dayField,
  type Field,
  hourField,
  minuteField,
  monthField,
  toNumber,
  weekdayField,
  yearField,
} from './cron-fields.ts';

/** Whether a schedule fires on a day. Months and days start at 1. */
type DayRule = (year: number, month: number, day: number) => boolean;

export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: readonly number[];
  readonly years: readonly number[];
  readonly firesOn: DayRule;
}

/** Reads six valid fields. */
export function readCron([
  minutes = '',
  hours = '',
  day = '',
  month = '',
  weekday = '',
  year = '',
]: readonly string[]): Cron {
  return {
    minutes: numbers(minutes, minuteField),
    hours: numbers(hours, hourField),
    months: numbers(month, monthField),
    years: numbers(year, yearField),
    firesOn: weekday === '?' ? dayOfMonthRule(day) : dayOfWeekRule(weekday),
  };
}

/** The values of a field that contains numbers, names, ranges and steps. */
function numbers(text: string, field: Field): number[] {
  const values = new Set<number>();
  for (const item of text.split(',')) {
    const [range = '', step] = item.split('/');
    const [from = '', to] = range === '*' ? [String(field.min), String(field.max)] : range.split('-');
    const first = toNumber(from, field);
    const last = to === undefined ? (step === undefined ? first : field.max) : toNumber(to, field);
    for (let value = first; value <= last; value += Number(step ?? 1)) values.add(value);
  }
  return [...values];
}

function dayOfMonthRule(text: string): DayRule {
  if (text === 'L') return (year, month, day) => day === daysIn(year, month);
  if (text.endsWith('W')) {
    const wanted = toNumber(text.slice(0, -1), dayField);
    return (year, month, day) => wanted <= daysIn(year, month) && day === nearestWeekday(year, month, wanted);
  }
  const days = new Set(numbers(text, dayField));
  return (_year, _month, day) => days.has(day);
}

function dayOfWeekRule(text: string): DayRule {
  // L is Saturday, the last day of the week: in AWS, Sunday is 1.
  if (text === 'L') return (year, month, day) => weekdayOf(year, month, day) === 7;
  if (text.endsWith('L')) {
    const wanted = toNumber(text.slice(0, -1), weekdayField);
    return (year, month, day) => weekdayOf(year, month, day) === wanted && day + 7 > daysIn(year, month);
  }
  const [weekday = '', week] = text.split('#');
  if (week !== undefined) {
    const wanted = toNumber(weekday, weekdayField);
    return (year, month, day) =>
      weekdayOf(year, month, day) === wanted && Math.ceil(day / 7) === Number(week);
  }
  const days = new Set(numbers(text, weekdayField));
  return (year, month, day) => days.has(weekdayOf(year, month, day));
}

/** Year, month, day, hour and minute in a time zone. */
export type WallClock = readonly [number, number, number, number, number];

/** The formats of the time zones in use. Creating a format takes sixty times as long as applying it. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatIn(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  formats.set(timezone, format);
  return format;
}

export function wallClock(now: Date, timezone: string): WallClock {
  const parts = new Map(
    formatIn(timezone)
      .formatToParts(now)
      .map((part) => [part.type, Number(part.value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  return [part('year'), part('month'), part('day'), part('hour'), part('minute')];
}

export function firesAfter(cron: Cron, [nowYear, nowMonth, nowDay, nowHour, nowMinute]: WallClock): boolean {
  const laterToday = cron.hours.some(
    (hour) => hour > nowHour || (hour === nowHour && cron.minutes.some((minute) => minute > nowMinute)),
  );
  for (const year of cron.years) {
    if (year < nowYear) continue;
    for (const month of cron.months) {
      for (let day = 1; day <= daysIn(year, month); day++) {
        if (!cron.firesOn(year, month, day)) continue;
        const order = year - nowYear || month - nowMonth || day - nowDay;
        if (order > 0 || (order === 0 && laterToday)) return true;
      }
    }
  }
  return false;
}

/**
 * The last time in a period at which a valid cron expression fires, in the time zone `timezone` (an IANA name). If a clock change skips the
 * time, the schedule does not fire. If the time occurs twice, it fires once.
 */
export function lastFiring(expression: string, timezone: string, after: Date, until: Date): Date | undefined {
  const cron = readCron(expression.trim().split(/\s+/));
  const hours = cron.hours.toSorted((a, b) => b - a);
  const minutes = cron.minutes.toSorted((a, b) => b - a);
  const [lastYear, lastMonth, lastDay] = wallClock(until, timezone);
  const [firstYear, firstMonth, firstDay] = wallClock(after, timezone);
  const first = Date.UTC(firstYear, firstMonth - 1, firstDay);
  for (let day = Date.UTC(lastYear, lastMonth - 1, lastDay); day >= first; day -= DAY_MS) {
    if (!firesOn(cron, new Date(day))) continue;
    for (const hour of hours) {
      for (const minute of minutes) {
        const time = timeOf(day + (hour * 60 + minute) * MINUTE_MS, timezone);
        if (time !== undefined && time <= until) return time > after ? time : undefined;
      }
    }
  }
  return undefined;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

function firesOn({ years, months, firesOn }: Cron, date: Date): boolean {
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  return years.includes(year) && months.includes(month) && firesOn(year, month, day);
}

/** The first time at which the clocks of a time zone show this; `undefined`: they skip it. `shown`: the same time in UTC. */
function timeOf(shown: number, timezone: string): Date | undefined {
  // No zone is further than 14 hours from UTC, and a zone changes its offset at most once in this time.
  const candidates = [-14, 14].map((hours) => shown - offsetAt(shown + hours * 60 * MINUTE_MS, timezone));
  const times = candidates.filter((time) => time + offsetAt(time, timezone) === shown);
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

/** How far the clocks of a time zone are ahead of UTC, in milliseconds. */
function offsetAt(time: number, timezone: string): number {
  const [year, month, day, hour, minute] = wallClock(new Date(time), timezone);
  return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(time / MINUTE_MS) * MINUTE_MS;
}

const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

/** 1 is Sunday and 7 is Saturday, as in AWS. */
const weekdayOf = (year: number, month: number, day: number): number =>
  new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;

/** The day from Monday to Friday nearest to `day`, in the same month. */
function nearestWeekday(year: number, month: number, day: number): number {
  const weekday = weekdayOf(year, month, day);
  if (weekday === 7) return day === 1 ? 3 : day - 1;
  if (weekday === 1) return day === daysIn(year, month) ? day - 2 : day + 1;
  return day;
}
