import { lastFiring } from '../recipe/cron-times.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { RecipeHistory } from './decision.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * How long a build may take from its scheduled time to its release, without the time that the recipe gives Scheduler and people. Scheduler
 * tries for a day to start a build.
 */
const GRACE_HOURS = 24;

/**
 * Why the newest release of a recipe is older than its schedule allows; `undefined`: it is not. Each scheduled time must lead to a release, or
 * to the answer that no build is needed or allowed (`confirmed`), within the grace time. A release or answer by other means also counts.
 * `since`: since when the recipe has had this schedule (ISO 8601). Earlier times do not count.
 */
export function overdueReason(
  recipe: Recipe,
  { release, confirmed }: Pick<RecipeHistory, 'release' | 'confirmed'>,
  since: string,
  now: Date,
): string | undefined {
  const { schedule } = recipe;
  if (schedule === undefined) return undefined;
  const times = [release?.at, confirmed?.at, since].filter((time) => time !== undefined);
  const last = new Date(Math.max(...times.map((time) => new Date(time).getTime())));
  const until = new Date(now.getTime() - graceMs(recipe));
  const due =
    'rate' in schedule
      ? nextOfRate(schedule.rate, last, until)
      : lastFiring(schedule.cron, schedule.timezone, last, until);
  if (due === undefined) return undefined;
  const newest = release === undefined ? 'it has no release' : `its newest release is from ${release.at}`;
  return `${newest}, but its schedule asked for one at ${due.toISOString()}`;
}

function graceMs({ schedule, gates }: Recipe): number {
  const approvalHours = gates?.approval?.deadlineHours ?? 0;
  return (GRACE_HOURS + approvalHours) * HOUR_MS + (schedule?.flexibleWindowMinutes ?? 0) * MINUTE_MS;
}

/** When a rate has fired at the latest after a release, if this is before `until`. When exactly it fires, only Scheduler knows. */
function nextOfRate(rate: string, last: Date, until: Date): Date | undefined {
  const [count, unit = ''] = rate.split(' ');
  const due = new Date(last.getTime() + Number(count) * (unit.startsWith('day') ? 24 : 1) * HOUR_MS);
  return due <= until ? due : undefined;
}
