import {
  dayField,
  type Field,
  hourField,
  minuteField,
  monthField,
  toNumber,
  weekdayField,
  weekdays,
  yearField,
} from './cron-fields.ts';
import { type Cron, firesAfter, readCron, wallClock } from './cron-times.ts';
import { quote } from './problem.ts';
import type { FieldMessage } from './schema-field.ts';

/**
 * AWS's cron expressions: minutes hours day-of-month month day-of-week year.
 *
 * The grammar is from the EventBridge Scheduler User Guide, "Schedule types", cron-based schedules. Quartz accepts more: LW, L-3, 22-2,
 * a slash in day-of-week. These forms are refused here with a fix. Otherwise the deployment would fail, because AWS refuses the schedule.
 */

const SIX_FIELDS = 'six fields: minutes hours day-of-month month day-of-week year, such as 0 3 ? * SUN *';

const fields = [minuteField, hourField, dayField, monthField, weekdayField, yearField];

/**
 * The problem of a cron expression, or `undefined` if the expression is valid.
 *
 * An expression that never fires after `now`, in the time zone `timezone` (an IANA name), is also a problem. This function does not
 * detect a time that exists only in the hour that a clock skips in spring.
 */
export function cronProblem(expression: string, now: Date, timezone: string): FieldMessage | undefined {
  const wrapped = /^\s*(cron|rate|at)\((.*)\)\s*$/.exec(expression);
  if (wrapped !== null) {
    const [, kind, inside = ''] = wrapped;
    const fix =
      kind === 'cron' ? `remove cron( and ): "${inside}"` : 'write a cron expression with six fields';
    return { wrong: `which has the form ${kind}(…)`, allowed: SIX_FIELDS, fix };
  }
  const parts = expression.trim().split(/\s+/).filter(Boolean);
  if (parts.length !== 6) {
    const count = parts.length === 1 ? '1 field' : `${parts.length} fields`;
    return { wrong: `which has ${count}`, allowed: SIX_FIELDS, fix: fieldCountFix(parts) };
  }
  const problem =
    daysProblem(parts) ?? fields.map((field, index) => valueProblem(parts[index] ?? '', field)).find(Boolean);
  if (problem !== undefined) return problem;
  const cron = readCron(parts);
  return firesAfter(cron, wallClock(now, timezone)) ? undefined : neverFires(cron, now, timezone);
}

function fieldCountFix(parts: readonly string[]): string {
  if (parts.length === 5) {
    const [minutes, hours, day, month, weekday = ''] = parts;
    // Sunday is 0 or 7 in Unix, and 1 in AWS.
    const named = /^[0-7]$/.test(weekday) ? weekdays[Number(weekday) % 7] : weekday;
    const days = weekday === '*' ? [day, month, '?'] : ['?', month, named];
    return `add a year, and a ? in one of the two day fields: "${[minutes, hours, ...days, '*'].join(' ')}"`;
  }
  if (parts.length === 7) return 'remove the seconds: AWS cron expressions have no field for seconds';
  return 'write all six fields; * means every value, ? means any day';
}

function daysProblem([minutes, hours, day, month, weekday, year]: readonly string[]):
  | FieldMessage
  | undefined {
  if ((day === '?') !== (weekday === '?')) return undefined;
  const allowed = 'a ? in either day-of-month (field 3) or day-of-week (field 5)';
  const daily = [minutes, hours, '*', month, '?', year].join(' ');
  if (day === '?')
    return { wrong: 'which has a ? in both day fields', allowed, fix: `for every day, write "${daily}"` };
  const kept =
    weekday === '*' ? [minutes, hours, day, month, '?', year] : [minutes, hours, '?', month, weekday, year];
  return {
    wrong: 'which sets both day-of-month and day-of-week',
    allowed,
    fix: `keep one of the two days: "${kept.join(' ')}"`,
  };
}

/** The problem of a single field. */
function valueProblem(text: string, field: Field): FieldMessage | undefined {
  const fix = standalonePattern(field).test(text) ? specialFix(text, field) : itemsFix(text, field);
  if (fix === undefined) return undefined;
  const names = field.names === undefined ? '' : ` or ${field.names[0]}-${field.names.at(-1)}`;
  return {
    wrong: `in which ${field.name} is ${quote(text)}`,
    allowed: `${field.min}-${field.max}${names} and ${field.wildcards} for ${field.name}`,
    fix,
  };
}

/** Matches the values that cannot be combined with other values in a field. */
function standalonePattern(field: Field): RegExp {
  if (field === dayField) return /^(\?|L|[0-9]+W)$/;
  if (field === weekdayField) return /^(\?|L|([0-9]+|[A-Z]{3})(L|#[0-9]+))$/;
  return /^(?!)/;
}

// Each function …Fix returns the fix, or undefined if the value is valid.

function specialFix(text: string, field: Field): string | undefined {
  if (text === '?' || text === 'L') return undefined;
  const [value = '', week] = text.replace(/[LW]$/, '').split('#');
  if (week !== undefined && !/^[1-5]$/.test(week)) return 'write 1 to 5 after #, for the week of the month';
  return valueFix(value, field);
}

function itemsFix(text: string, field: Field): string | undefined {
  return text
    .split(',')
    .map((item) => itemFix(item, field))
    .find((fix) => fix !== undefined);
}

function itemFix(item: string, field: Field): string | undefined {
  const [range = '', step, ...more] = item.split('/');
  if (step !== undefined && !field.wildcards.includes('/')) return 'list the days, such as MON,WED,FRI';
  if (more.length > 0 || (step !== undefined && !/^[1-9][0-9]{0,3}$/.test(step))) {
    return 'write one whole number after /, 1 or greater';
  }
  if (range === '*') return undefined;
  const [first = '', last, ...others] = range.split('-');
  if (others.length > 0) return 'write a range as first-last';
  const fix = valueFix(first, field) ?? (last === undefined ? undefined : valueFix(last, field));
  if (fix !== undefined || last === undefined || toNumber(first, field) <= toNumber(last, field)) return fix;
  const [lowest, highest] = [field.names?.[0] ?? field.min, field.names?.at(-1) ?? field.max];
  return `write two ranges: ${first}-${highest},${lowest}-${last}`;
}

function valueFix(word: string, field: Field): string | undefined {
  const value = toNumber(word, field);
  if (value >= field.min && value <= field.max) return undefined;
  if (field.names?.includes(word.toUpperCase())) return `use upper case: ${word.toUpperCase()}`;
  if (value === 0 && field === weekdayField) return 'use 1 or SUN for Sunday';
  if (word === '?') return 'write * for every value; ? is allowed only in a day field, without other values';
  const name = field.names?.find((one) => word.toUpperCase().startsWith(one));
  if (name !== undefined && /^[A-Za-z]{4,}$/.test(word)) return `use the first three letters: ${name}`;
  if (/^[0-9A-Z]{0,3}[LW]{1,2}$|#/.test(word)) return specials(field);
  const names = field.names === undefined ? '' : `, or ${field.names[0]} to ${field.names.at(-1)}`;
  return `use a value from ${field.min} to ${field.max}${names}`;
}

function specials(field: Field): string {
  if (field === dayField)
    return 'write only L for the last day, or only 15W for the weekday nearest to the 15th';
  if (field === weekdayField) return 'write only 6L for the last Friday, or only 6#2 for the second Friday';
  return 'L, W and # are allowed only in the day fields';
}

function neverFires(cron: Cron, now: Date, timezone: string): FieldMessage {
  const everFired = firesAfter(cron, [0, 0, 0, 0, 0]);
  return {
    wrong: everFired
      ? 'which only fires in the past'
      : 'which never fires: the day does not exist in any of the months',
    allowed: everFired
      ? `a time after ${now.toISOString().slice(0, 16)}Z, in the time zone ${timezone}`
      : 'a day that exists in at least one of the months and years',
    fix: everFired
      ? 'write * or a future year in the year field'
      : 'correct the day or the month; L means the last day of a month',
  };
}
