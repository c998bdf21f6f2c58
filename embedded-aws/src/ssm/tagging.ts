import type { Tag } from '@aws-sdk/client-ssm';
import { AwsError } from '../core/errors.ts';
import type { Tags } from '../core/resource.ts';

const tagsPerResourceMax = 50;

/** Adds the tags of a request to existing tags. */
export function tagsFrom(list: readonly Tag[], before: Tags = {}): Tags {
  const reserved = list.find(({ Key = '' }) => /^aws:/i.test(Key));
  if (reserved !== undefined) {
    throw new AwsError('ValidationException', "Tag keys can't begin with the reserved prefix aws:");
  }
  const keys = list.map(({ Key = '' }) => Key);
  if (new Set(keys).size < keys.length) {
    throw new AwsError('ValidationException', 'Duplicate tag keys are not allowed.');
  }
  const tags = { ...before, ...Object.fromEntries(list.map(({ Key = '', Value = '' }) => [Key, Value])) };
  if (Object.keys(tags).length > tagsPerResourceMax) {
    throw new AwsError(
      'TooManyTagsError',
      'The Targets parameter includes too many tags. Remove one or more tags and try the command again.',
    );
  }
  return tags;
}

/** Tags in the form of a response. */
export function tagList(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
