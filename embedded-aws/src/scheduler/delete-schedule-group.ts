import type {
  DeleteScheduleGroupCommandInput,
  DeleteScheduleGroupCommandOutput,
} from '@aws-sdk/client-scheduler';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { schedule } from '../core/world.ts';
import * as constraints from './constraints.ts';
import { findGroup } from './groups.ts';
import { drawSeconds } from './latency.ts';
import { conflict, invalid } from './refusals.ts';
import { isRepeatedCall, rememberToken } from './tokens.ts';

/** The group is `DELETING` until its schedules are deleted, and is then deleted itself. */
export const deleteScheduleGroup: Operation<
  DeleteScheduleGroupCommandInput,
  DeleteScheduleGroupCommandOutput
> = {
  kind: 'write',
  accepts: ['ClientToken', 'Name'],
  run(input, call) {
    check(input, {
      ClientToken: constraints.clientToken,
      Name: { required: true, ...constraints.name },
    });
    const { world, now } = call;
    if (isRepeatedCall(call, 'DeleteScheduleGroup', input)) return {};
    if (input.Name === 'default') throw invalid('The default schedule group cannot be deleted.');
    const group = findGroup(call, input.Name);
    if (group.state === 'DELETING') throw conflict(`Schedule group ${group.name} is being deleted.`);
    world.scheduleGroups.put({ ...group, state: 'DELETING', lastModificationDate: now }, now, 0);
    const seconds = drawSeconds(world.seed, 'schedule-group.delete', group.id, now);
    schedule(world, 'schedule-group.deleted', group.id, now + seconds * 1000);
    rememberToken(call, 'DeleteScheduleGroup', input, group.id);
    return {};
  },
};
