import type { Recipe } from './recipe.ts';

/** A recipe's schedule in EventBridge Scheduler's own words, but for its target. */
export interface Schedule {
  readonly Name: string;
  readonly Description: string;
  readonly ScheduleExpression: string;
  /** Rates have none. */
  readonly ScheduleExpressionTimezone?: string;
  readonly FlexibleTimeWindow: {
    readonly Mode: 'OFF' | 'FLEXIBLE';
    readonly MaximumWindowInMinutes?: number;
  };
}

/** The input of the executions that a schedule starts. */
export interface ScheduledRequest {
  readonly recipe: string;
  readonly trigger: { readonly type: 'schedule'; readonly id: string; readonly reason: string };
}

/**
 * When a recipe is built by itself, and what the execution is started with; `undefined`: it has no schedule. Scheduler may fire twice, and each try to deliver has an id of its
 * own, so the time that was scheduled is what tells one occasion from the next (user guide, "Adding context attributes").
 */
export function scheduleOf({
  name,
  schedule,
}: Recipe): { schedule: Schedule; request: ScheduledRequest } | undefined {
  if (schedule === undefined) return undefined;
  const { flexibleWindowMinutes } = schedule;
  return {
    schedule: {
      Name: `golden-image-${name}`,
      Description: `Builds the golden image ${name}`,
      ...('rate' in schedule
        ? { ScheduleExpression: `rate(${schedule.rate})` }
        : {
            ScheduleExpression: `cron(${schedule.cron})`,
            ScheduleExpressionTimezone: schedule.timezone,
          }),
      FlexibleTimeWindow:
        flexibleWindowMinutes === undefined
          ? { Mode: 'OFF' }
          : { Mode: 'FLEXIBLE', MaximumWindowInMinutes: flexibleWindowMinutes },
    },
    request: {
      recipe: name,
      trigger: { type: 'schedule', id: '<aws.scheduler.scheduled-time>', reason: 'its schedule' },
    },
  };
}
