import type { ResourceType, Tag } from '@aws-sdk/client-ec2';

/** Tags as EC2's list. */
export function tagList(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Tags as a record, from EC2's list. */
export function tagRecord(tags: readonly Tag[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** The same tags for all resources that a call creates. A volume or snapshot without its own entry would stay untagged. */
export function tagOnCreate(types: readonly ResourceType[], tags: Readonly<Record<string, string>>) {
  return types.map((ResourceType) => ({ ResourceType, Tags: tagList(tags) }));
}
