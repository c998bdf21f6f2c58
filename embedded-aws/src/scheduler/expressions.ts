import { type Cron, nextOf, readCron, type Zone } from './cron.ts';

/** A schedule expression. */
export type Expression =
  | { readonly is: 'rate'; readonly everyMs: number }
  | { readonly is: 'cron'; readonly cron: Cron }
  /** `wall`: wall-clock time in the time zone of the schedule, in ms, as if it were UTC. */
  | { readonly is: 'at'; readonly wall: number };

const unitsMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** Reads an expression as EventBridge Scheduler does; `undefined` if it is not valid. */
export function readExpression(text: string): Expression | undefined {
  const [, kind, inner = ''] = /^(rate|cron|at)\((.*)\)$/.exec(text) ?? [];
  switch (kind) {
    case 'rate':
      return readRate(inner);
    case 'cron': {
      const cron = readCron(inner);
      return cron && { is: 'cron', cron };
    }
    case 'at':
      return readAt(inner);
    default:
      return undefined;
  }
}

/**
 * Reads the expression of an EventBridge rule. Rules are stricter: no `at`, six cron fields, and a unit that fits the
 * number (recorded from AWS: localstack/localstack, test_events_schedule).
 */
export function readRuleExpression(text: string): Expression | undefined {
  const expression = readExpression(text);
  if (expression?.is === 'rate')
    return /^rate\((1 [a-z]+[^s]|(?!1 )\d+ [a-z]+s)\)$/.test(text) ? expression : undefined;
  return expression?.is === 'cron' && text.split(' ').length === 6 ? expression : undefined;
}

function readRate(inner: string): Expression | undefined {
  const [, value = '', unit = ''] = /^(\d{1,9}) (minute|hour|day)s?$/.exec(inner) ?? [];
  const everyMs = Number(value) * (unitsMs[unit as keyof typeof unitsMs] ?? 0);
  return everyMs > 0 ? { is: 'rate', everyMs } : undefined;
}

function readAt(inner: string): Expression | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(inner)) return undefined;
  const wall = Date.parse(`${inner}Z`);
  // Date refuses an invalid date, or shifts it into the next month.
  const isDate = !Number.isNaN(wall) && new Date(wall).toISOString().startsWith(inner);
  return isDate ? { is: 'at', wall } : undefined;
}

/**
 * The first time after `after`; `undefined` if there is none. A rate counts from `begin`, which is its first
 * time. `at` has only one time.
 */
export function nextTime(
  expression: Expression,
  zone: Zone,
  { after, begin }: { after: number; begin: number },
): number | undefined {
  switch (expression.is) {
    case 'rate': {
      if (after < begin) return begin;
      const { everyMs } = expression;
      return begin + (Math.floor((after - begin) / everyMs) + 1) * everyMs;
    }
    case 'cron':
      return nextOf(expression.cron, after, zone);
    case 'at': {
      const instant = zone.instantOf(expression.wall);
      return instant !== undefined && instant > after ? instant : undefined;
    }
  }
}
