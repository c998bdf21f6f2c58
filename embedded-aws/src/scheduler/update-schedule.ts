import type { UpdateScheduleCommandInput, UpdateScheduleCommandOutput } from '@aws-sdk/client-scheduler';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { schedule as constraints, scheduleParameters } from './constraints.ts';
import { activateSchedule, findSchedule, scheduleFrom } from './schedules.ts';
import { isRepeatedCall, rememberToken } from './tokens.ts';

/**
 * Replaces the whole schedule: parameters that are not given get their defaults (EventBridge Scheduler API reference,
 * UpdateSchedule). A rate keeps its start, unless the rate or its StartDate changes.
 */
export const updateSchedule: Operation<UpdateScheduleCommandInput, UpdateScheduleCommandOutput> = {
  kind: 'write',
  accepts: scheduleParameters,
  run(input, call) {
    check(input, constraints);
    const { world, now } = call;
    const before = findSchedule(call, { name: input.Name, group: input.GroupName });
    const schedule = scheduleFrom(input, call, before.creationDate);
    if (isRepeatedCall(call, 'UpdateSchedule', input)) return { ScheduleArn: before.id };
    const isSame = schedule.expression === before.expression && schedule.startDate === before.startDate;
    activateSchedule(
      world,
      isSame ? { ...schedule, scheduledSince: before.scheduledSince } : schedule,
      isSame ? now : now - 1,
    );
    rememberToken(call, 'UpdateSchedule', input, before.id);
    return { ScheduleArn: before.id };
  },
};
