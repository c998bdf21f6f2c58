import type { Tag, TagSpecification } from '@aws-sdk/client-ec2';
import { AwsError, invalidParameter } from '../core/errors.ts';
import type { Tags } from '../core/resource.ts';
import type { SharedTagged } from './records.ts';

const tagsPerResourceMax = 50;
const keyLengthMax = 128;
const valueLengthMax = 256;

/**
 * Tags with this prefix are visible to accounts that an image is shared with. Other tags are not visible (EC2
 * API reference, CopyImage).
 */
const sharedTagPrefix = 'ec2:SharedTag/';

/** Checks the tags of a request. A missing value becomes an empty value. */
export function tagsFrom(list: readonly Tag[]): Tags {
  const tags: Record<string, string> = {};
  for (const { Key, Value = '' } of list) {
    if (Key === undefined || Key === '') throw invalidParameter('Tag keys must not be empty');
    if (Key.toLowerCase().startsWith('aws:')) {
      throw invalidParameter("Tag keys starting with 'aws:' are reserved for internal use");
    }
    if (Key.length > keyLengthMax) {
      throw invalidParameter(`Tag key exceeds the maximum length of ${keyLengthMax} characters`);
    }
    if (Value.length > valueLengthMax) {
      throw invalidParameter(`Tag value exceeds the maximum length of ${valueLengthMax} characters`);
    }
    if (Object.hasOwn(tags, Key)) throw invalidParameter(`Duplicate tag key '${Key}' specified.`);
    tags[Key] = Value;
  }
  checkTagCount(tags);
  return tags;
}

export function checkTagCount(tags: Tags): void {
  const own = Object.keys(tags).filter((key) => !key.startsWith('aws:'));
  if (own.length > tagsPerResourceMax) {
    throw new AwsError('TagLimitExceeded', 'The maximum number of Tags for a resource has been reached.');
  }
}

/** The tags that a request assigns to each type of created resource. Other types are refused. */
export function tagSpecifications<Kind extends string>(
  specifications: readonly TagSpecification[] | undefined,
  kinds: readonly Kind[],
): Readonly<Record<Kind, Tags>> {
  const found = new Map<string, Tags>();
  for (const { ResourceType, Tags: list } of specifications ?? []) {
    if (ResourceType === undefined) {
      throw invalidParameter('Tag specification resource type must have a value');
    }
    if (!(kinds as readonly string[]).includes(ResourceType)) {
      throw invalidParameter(`'${ResourceType}' is not a valid taggable resource type for this operation.`);
    }
    if (found.has(ResourceType)) {
      throw invalidParameter(
        'The same resource type may not be specified more than once in tag specifications',
      );
    }
    if (list === undefined || list.length === 0) {
      throw invalidParameter('Tag specification must have at least one tag');
    }
    found.set(ResourceType, tagsFrom(list));
  }
  return Object.fromEntries(kinds.map((kind) => [kind, found.get(kind) ?? {}])) as Record<Kind, Tags>;
}

/** Tags in the form of a response. */
export function tagList(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** The tags that an account has put on a resource, which may belong to another account. */
export function ownTags(record: SharedTagged, account: string): Tags {
  if (record.account === account) return record.tags;
  return Object.hasOwn(record.tagsOfOthers ?? {}, account) ? (record.tagsOfOthers?.[account] ?? {}) : {};
}

/** The tags of an image that another account can see. */
export function sharedTags(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => key.startsWith(sharedTagPrefix)));
}

/**
 * If instances show their tags in instance metadata, a tag key is part of a path, so not every key is
 * allowed.
 */
export function checkMetadataTagKeys(tags: Tags): void {
  for (const key of Object.keys(tags)) {
    if (!/^[0-9a-zA-Z\-_+=,.@:]{1,255}$/.test(key) || ['.', '..', '_index'].includes(key)) {
      throw invalidParameter(
        `'${key}' is not a valid tag key. Tag keys must match pattern ([0-9a-zA-Z\\-_+=,.@:]{1,255}), and must not be a reserved name ('.', '..', '_index')`,
      );
    }
  }
}
