import type { Recipe } from './recipe.ts';

/** The schedule of a recipe as input of EventBridge Scheduler, without the target. */
export interface Schedule {
  readonly Name: string;
  readonly Description: string;
  readonly ScheduleExpression: string;
  /** A rate has no time zone. */
  readonly ScheduleExpressionTimezone?: string;
  readonly FlexibleTimeWindow: {
    readonly Mode: 'OFF' | 'FLEXIBLE';
    readonly MaximumWindowInMinutes?: number;
  };
}

/** The input of an execution that a schedule starts. */
export interface ScheduledRequest {
  readonly recipe: string;
  readonly trigger: { readonly type: 'schedule'; readonly id: string; readonly reason: string };
}

/**
 * The schedule of a recipe and the input of its executions. `undefined` if the recipe has no schedule. EventBridge Scheduler can fire
 * twice, and each delivery attempt has its own id. So the scheduled time is the id of the trigger (user guide, "Adding context attributes").
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
