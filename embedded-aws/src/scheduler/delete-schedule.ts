import type { DeleteScheduleCommandInput, DeleteScheduleCommandOutput } from '@aws-sdk/client-scheduler';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import * as constraints from './constraints.ts';
import { findSchedule } from './schedules.ts';
import { isRepeatedCall, rememberToken } from './tokens.ts';

/** Invocations that are already due are still made. */
export const deleteSchedule: Operation<DeleteScheduleCommandInput, DeleteScheduleCommandOutput> = {
  kind: 'write',
  accepts: ['ClientToken', 'GroupName', 'Name'],
  run(input, call) {
    check(input, {
      ClientToken: constraints.clientToken,
      GroupName: constraints.name,
      Name: { required: true, ...constraints.name },
    });
    if (isRepeatedCall(call, 'DeleteSchedule', input)) return {};
    const { id } = findSchedule(call, { name: input.Name, group: input.GroupName });
    call.world.schedules.remove(id, call.now, 0);
    rememberToken(call, 'DeleteSchedule', input, id);
    return {};
  },
};
