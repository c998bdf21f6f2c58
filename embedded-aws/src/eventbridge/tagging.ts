import type { Tag } from '@aws-sdk/client-eventbridge';
import { readArn } from '../core/arn.ts';
import type { Tags } from '../core/resource.ts';
import type { Call } from '../core/service.ts';
import { ruleArn } from './arns.ts';
import { changeBus, findBus } from './buses.ts';
import { invalid, tooMany } from './refusals.ts';
import { changeRule, findRule } from './rules.ts';

const tagsMax = 50;

/** Tags of a request, added to the existing tags. */
export function tagsFrom(list: readonly Tag[] = [], before: Tags = {}): Tags {
  for (const { Key = '' } of list) {
    if (Key.toLowerCase().startsWith('aws:')) {
      throw invalid(`Parameter Tags is not valid. Reason: Tag key ${Key} uses the reserved prefix aws:.`);
    }
  }
  const tags = { ...before, ...Object.fromEntries(list.map(({ Key = '', Value = '' }) => [Key, Value])) };
  if (Object.keys(tags).length > tagsMax) throw tooMany();
  return tags;
}

/** A taggable resource by ARN (a rule or a bus): its tags, and a function that replaces them. */
export function taggable(call: Call, arn = ''): { tags: Tags; retag: (tags: Tags) => void } {
  const { service, resource = '' } = readArn(arn) ?? {};
  if (service === 'events' && resource.startsWith('event-bus/')) {
    const bus = findBus(call, resource.slice('event-bus/'.length));
    return { tags: bus.tags, retag: (tags) => changeBus(call, bus, { tags }) };
  }
  const [, busName = 'default', name = ''] = /^rule\/(?:(.+)\/)?([^/]+)$/.exec(resource) ?? [];
  if (service !== 'events' || name === '' || ruleArn(call, busName, name) !== arn) {
    throw invalid(`Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`);
  }
  const rule = findRule(call, { name, bus: busName });
  return { tags: rule.tags, retag: (tags) => changeRule(call, rule, { tags }) };
}
