import type { Tag } from '@aws-sdk/client-scheduler';
import type { Tags } from '../core/resource.ts';
import type { Call } from '../core/service.ts';
import { findGroup, groupArn } from './groups.ts';
import type { ScheduleGroupRecord } from './records.ts';
import { invalid, notFound, tooMany } from './refusals.ts';

const tagsMax = 50;

export function tagsFrom(list: readonly Tag[] = [], before: Tags = {}): Tags {
  const reserved = list.find(({ Key = '' }) => Key.toLowerCase().startsWith('aws:'));
  if (reserved !== undefined) throw invalid(`The tag key ${reserved.Key} uses the reserved prefix aws:.`);
  const tags = { ...before, ...Object.fromEntries(list.map(({ Key = '', Value = '' }) => [Key, Value])) };
  if (Object.keys(tags).length > tagsMax) throw tooMany(`A resource cannot have more than ${tagsMax} tags.`);
  return tags;
}

/** Only groups have tags. */
export function taggedGroup(call: Call, arn = ''): ScheduleGroupRecord {
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  if (groupArn(call, name) !== arn) throw notFound(`Schedule group ${name}`);
  return findGroup(call, name);
}

export function retag({ world, now }: Call, group: ScheduleGroupRecord, tags: Tags): void {
  world.scheduleGroups.put({ ...group, tags }, now, 0);
}
