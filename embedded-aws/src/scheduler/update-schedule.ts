import type { UpdateScheduleCommandInput, UpdateScheduleCommandOutput } from '@aws-sdk/client-scheduler';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { schedule as constraints, scheduleParameters } from './constraints.ts';
import { findSchedule, scheduleFrom, setGoing } from './schedules.ts';
import { remember, wasMade } from './tokens.ts';

/**
 * Replaces a schedule whole: what is left out falls back to its default (EventBridge Scheduler API reference, UpdateSchedule). A rate
 * goes on counting from where it began, unless it is another one.
 */
export const updateSchedule: Operation<UpdateScheduleCommandInput, UpdateScheduleCommandOutput> = {
  kind: 'write',
  accepts: scheduleParameters,
  run(input, call) {
    check(input, constraints);
    const { world, now } = call;
    const before = findSchedule(call, { name: input.Name, group: input.GroupName });
    const schedule = scheduleFrom(input, call, before.creationDate);
    if (wasMade(call, 'UpdateSchedule', input)) return { ScheduleArn: before.id };
    const isSame = schedule.expression === before.expression && schedule.startDate === before.startDate;
    setGoing(
      world,
      isSame ? { ...schedule, scheduledSince: before.scheduledSince } : schedule,
      isSame ? now : now - 1,
    );
    remember(call, 'UpdateSchedule', input, before.id);
    return { ScheduleArn: before.id };
  },
};
