import type {
  CreateScheduleGroupCommandInput,
  CreateScheduleGroupCommandOutput,
} from '@aws-sdk/client-scheduler';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import * as constraints from './constraints.ts';
import { groupArn } from './groups.ts';
import { conflict, tooMany } from './refusals.ts';
import { tagsFrom } from './tagging.ts';
import { isRepeatedCall, rememberToken } from './tokens.ts';

/** Per account and region (EventBridge Scheduler user guide, Quotas). */
const groupsMax = 500;

export const createScheduleGroup: Operation<
  CreateScheduleGroupCommandInput,
  CreateScheduleGroupCommandOutput
> = {
  kind: 'write',
  accepts: ['ClientToken', 'Name', 'Tags.Key', 'Tags.Value'],
  run(input, call) {
    check(input, {
      ClientToken: constraints.clientToken,
      Name: { required: true, ...constraints.name },
      Tags: constraints.tagList,
    });
    const { world, account, region, now } = call;
    const { Name: name = '' } = input;
    const id = groupArn(call, name);
    if (isRepeatedCall(call, 'CreateScheduleGroup', input)) return { ScheduleGroupArn: id };
    if (name === 'default' || world.scheduleGroups.get(id) !== undefined) {
      throw conflict(`Schedule group ${name} already exists.`);
    }
    const own = world.scheduleGroups
      .all()
      .filter((group) => group.account === account && group.region === region);
    if (own.length >= groupsMax) throw tooMany('The maximum number of schedule groups has been reached.');
    const tags = tagsFrom(input.Tags);
    const times = { creationDate: now, lastModificationDate: now };
    world.scheduleGroups.put({ id, account, region, tags, name, state: 'ACTIVE', ...times }, now, 0);
    rememberToken(call, 'CreateScheduleGroup', input, id);
    return { ScheduleGroupArn: id };
  },
};
