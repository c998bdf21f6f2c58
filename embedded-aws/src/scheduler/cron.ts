/**
 * Cron expressions of EventBridge: `minutes hours day-of-month month day-of-week year`, with lists, ranges, steps and
 * names, `?` in one of the two day fields, `L`, `W` and `#` (EventBridge Scheduler user guide, Cron-based schedules).
 */
export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: ReadonlySet<number>;
  readonly years: ReadonlySet<number>;
  /** Matching days of a month, from 1. */
  readonly daysOf: (year: number, month: number) => readonly number[];
}

const monthNames = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
/** Sunday is 1. */
const dayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const yearMin = 1970;
const yearMax = 2199;

/** Reads the text inside `cron(…)`; `undefined` if it is not valid. Without a year field, every year matches. */
export function readCron(text: string): Cron | undefined {
  const fields = text.split(' ');
  if (fields.length === 5) fields.push('*');
  if (fields.length !== 6) return undefined;
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = '', year = ''] = fields;
  // Exactly one of the two day fields must be `?`.
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) return undefined;
  const minutes = numbers(minute, 0, 59);
  const hours = numbers(hour, 0, 23);
  const months = numbers(month, 1, 12, monthNames);
  const years = numbers(year, yearMin, yearMax);
  const daysOf = dayOfWeek === '?' ? byDayOfMonth(dayOfMonth) : byDayOfWeek(dayOfWeek);
  if (
    minutes === undefined ||
    hours === undefined ||
    months === undefined ||
    years === undefined ||
    daysOf === undefined
  ) {
    return undefined;
  }
  return { minutes, hours, months: new Set(months), years: new Set(years), daysOf };
}

/** The numbers in a field, in order; `undefined` if the field is malformed. */
function numbers(
  field: string,
  min: number,
  max: number,
  names: readonly string[] = [],
  { steps = true } = {},
): number[] | undefined {
  const found = new Set<number>();
  for (const item of field.split(',')) {
    const [range = '', step, ...more] = item.split('/');
    if (more.length > 0 || (step !== undefined && !steps)) return undefined;
    const width = step === undefined ? 1 : integer(step);
    if (width === undefined || width < 1 || width > max) return undefined;
    const ends = endsOf(range, min, max, names, step !== undefined);
    if (ends === undefined) return undefined;
    for (let number = ends[0]; number <= ends[1]; number += width) found.add(number);
  }
  return [...found].sort((a, b) => a - b);
}

function endsOf(
  range: string,
  min: number,
  max: number,
  names: readonly string[],
  isStepped: boolean,
): [number, number] | undefined {
  if (range === '*') return [min, max];
  const [from, to, ...more] = range.split('-').map((end) => {
    const name = names.indexOf(end.toUpperCase());
    return name === -1 ? integer(end) : name + min;
  });
  if (more.length > 0 || from === undefined || from < min || from > max) return undefined;
  // `5/10` continues to the end of the field.
  if (!range.includes('-')) return [from, isStepped ? max : from];
  return to === undefined || to > max || to < from ? undefined : [from, to];
}

const integer = (text: string) => (/^\d{1,4}$/.test(text) ? Number(text) : undefined);

const lengthOf = (year: number, month: number) => new Date(Date.UTC(year, month, 0)).getUTCDate();
/** From 1 (Sunday). */
const dayOfWeekOf = (year: number, month: number, day: number) =>
  new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;

function byDayOfMonth(field: string): Cron['daysOf'] | undefined {
  if (field === 'L') return (year, month) => [lengthOf(year, month)];
  if (field === 'LW') return (year, month) => weekdayNear(year, month, lengthOf(year, month));
  const [, nearest] = /^(\d{1,2})W$/.exec(field) ?? [];
  if (nearest !== undefined) {
    const day = Number(nearest);
    if (day < 1 || day > 31) return undefined;
    return (year, month) => (day > lengthOf(year, month) ? [] : weekdayNear(year, month, day));
  }
  const days = numbers(field, 1, 31);
  return days && ((year, month) => days.filter((day) => day <= lengthOf(year, month)));
}

/** The nearest day from Monday to Friday in the same month. */
function weekdayNear(year: number, month: number, day: number): number[] {
  const dayOfWeek = dayOfWeekOf(year, month, day);
  if (dayOfWeek === 7) return [day === 1 ? 3 : day - 1];
  if (dayOfWeek === 1) return [day === lengthOf(year, month) ? day - 2 : day + 1];
  return [day];
}

function byDayOfWeek(field: string): Cron['daysOf'] | undefined {
  const one = (text: string) => numbers(text, 1, 7, dayNames, { steps: false })?.[0];
  const [, nthDay = '', nth] = /^(\d|[A-Za-z]{3})#([1-5])$/.exec(field) ?? [];
  if (nth !== undefined) {
    const wanted = one(nthDay);
    const index = Number(nth) - 1;
    return wanted === undefined
      ? undefined
      : (year, month) => daysOn(year, month, [wanted]).slice(index, index + 1);
  }
  const [, lastDay] = /^(\d|[A-Za-z]{3})L$/.exec(field) ?? [];
  if (lastDay !== undefined) {
    const wanted = one(lastDay);
    return wanted === undefined ? undefined : (year, month) => daysOn(year, month, [wanted]).slice(-1);
  }
  // The last day of a week is Saturday.
  const days = field === 'L' ? [7] : numbers(field, 1, 7, dayNames, { steps: false });
  return days && ((year, month) => daysOn(year, month, days));
}

function daysOn(year: number, month: number, daysOfWeek: readonly number[]): number[] {
  const days = Array.from({ length: lengthOf(year, month) }, (_, index) => index + 1);
  return days.filter((day) => daysOfWeek.includes(dayOfWeekOf(year, month, day)));
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * Conversion between instants and the wall-clock time of a time zone. Wall-clock time is in ms, as if it were UTC.
 */
export interface Zone {
  wallAt(instant: number): number;
  /** The first instant at which the clock shows this time; `undefined` if the clock skips it. */
  instantOf(wall: number): number | undefined;
}

/** The first matching time after an instant in a time zone; `undefined` if there is none. */
export function nextOf(cron: Cron, after: number, zone: Zone): number | undefined {
  // When a clock is put back, it shows times again. No clock is put back by more than three hours.
  const from = zone.wallAt(after) - 3 * hourMs;
  const start = new Date(from);
  for (let year = start.getUTCFullYear(); year <= yearMax; year++) {
    if (!cron.years.has(year)) continue;
    const firstMonth = year === start.getUTCFullYear() ? start.getUTCMonth() + 1 : 1;
    for (let month = firstMonth; month <= 12; month++) {
      if (!cron.months.has(month)) continue;
      for (const day of cron.daysOf(year, month)) {
        const midnight = Date.UTC(year, month - 1, day);
        if (midnight + dayMs <= from) continue;
        const found = firstOfDay(cron, midnight, from, after, zone);
        if (found !== undefined) return found;
      }
    }
  }
  return undefined;
}

function firstOfDay(
  { hours, minutes }: Cron,
  midnight: number,
  from: number,
  after: number,
  zone: Zone,
): number | undefined {
  for (const hour of hours) {
    for (const minute of minutes) {
      const wall = midnight + hour * hourMs + minute * 60_000;
      if (wall < from) continue;
      const instant = zone.instantOf(wall);
      if (instant !== undefined && instant > after) return instant;
    }
  }
  return undefined;
}
