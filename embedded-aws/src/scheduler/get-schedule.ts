import type { GetScheduleCommandInput, GetScheduleCommandOutput } from '@aws-sdk/client-scheduler';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import * as constraints from './constraints.ts';
import { findSchedule, scheduleShape } from './schedules.ts';

export const getSchedule: Operation<GetScheduleCommandInput, GetScheduleCommandOutput> = {
  kind: 'read',
  accepts: ['GroupName', 'Name'],
  run(input, call) {
    check(input, { GroupName: constraints.name, Name: { required: true, ...constraints.name } });
    return scheduleShape(findSchedule(call, { name: input.Name, group: input.GroupName }));
  },
};
