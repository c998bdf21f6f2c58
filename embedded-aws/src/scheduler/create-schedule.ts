import type { CreateScheduleCommandInput, CreateScheduleCommandOutput } from '@aws-sdk/client-scheduler';
import type { Operation } from '../core/service.ts';
import { scheduleParameters } from './constraints.ts';
import { conflict } from './refusals.ts';
import { activateSchedule, scheduleFrom } from './schedules.ts';
import { isRepeatedCall, rememberToken } from './tokens.ts';

export const createSchedule: Operation<CreateScheduleCommandInput, CreateScheduleCommandOutput> = {
  kind: 'write',
  accepts: scheduleParameters,
  run(input, call) {
    const { world, now } = call;
    const schedule = scheduleFrom(input, call, now);
    const { id, name } = schedule;
    if (isRepeatedCall(call, 'CreateSchedule', input)) return { ScheduleArn: id };
    if (world.schedules.get(id) !== undefined) throw conflict(`Schedule ${name} already exists.`);
    // A rate without a StartDate fires immediately.
    activateSchedule(world, schedule, now - 1);
    rememberToken(call, 'CreateSchedule', input, id);
    return { ScheduleArn: id };
  },
};
