import type { Call } from '../core/service.ts';
import type { ScheduleGroupRecord } from './records.ts';
import { notFound } from './refusals.ts';

interface Place {
  readonly account: string;
  readonly region: string;
}

export const groupArn = ({ account, region }: Place, name: string) =>
  `arn:aws:scheduler:${region}:${account}:schedule-group/${name}`;
export const scheduleArn = ({ account, region }: Place, group: string, name: string) =>
  `arn:aws:scheduler:${region}:${account}:schedule/${group}/${name}`;

/** A group of the caller. The group `default` always exists. */
export function findGroup(call: Call, name = 'default'): ScheduleGroupRecord {
  const { world, account, region } = call;
  const id = groupArn(call, name);
  const group = world.scheduleGroups.get(id);
  if (group !== undefined) return group;
  if (name !== 'default') throw notFound(`Schedule group ${name}`);
  return { id, account, region, tags: {}, name, state: 'ACTIVE', creationDate: 0, lastModificationDate: 0 };
}

export function groupShape({ id, name, state, creationDate, lastModificationDate }: ScheduleGroupRecord) {
  return {
    Arn: id,
    Name: name,
    State: state,
    CreationDate: new Date(creationDate),
    LastModificationDate: new Date(lastModificationDate),
  };
}
