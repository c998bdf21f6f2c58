import type { Request } from './build.ts';
import type { Recipe } from './recipe.ts';

/** A recipe's schedule in EventBridge Scheduler's own words. */
export interface Schedule {
  readonly name: string;
  readonly expression: string;
  /** Rates have none. */
  readonly timezone?: string;
  readonly flexibleWindowMinutes?: number;
  /** What the execution is started with. */
  readonly input: Request;
}

/**
 * When a recipe is built by itself; `undefined`: it has no schedule. Scheduler may fire twice, and each try to deliver has an id of its
 * own, so the time that was scheduled is what tells one occasion from the next (user guide, "Adding context attributes").
 */
export function scheduleOf({ name, schedule }: Recipe): Schedule | undefined {
  if (schedule === undefined) return undefined;
  const { flexibleWindowMinutes } = schedule;
  const isRate = 'rate' in schedule;
  return {
    name: `golden-image-${name}`,
    expression: isRate ? `rate(${schedule.rate})` : `cron(${schedule.cron})`,
    ...(isRate ? {} : { timezone: schedule.timezone }),
    ...(flexibleWindowMinutes === undefined ? {} : { flexibleWindowMinutes }),
    input: {
      recipe: name,
      trigger: { type: 'schedule', id: '<aws.scheduler.scheduled-time>', reason: 'its schedule' },
    },
  };
}
