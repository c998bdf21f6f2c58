import type { ResourceType, Tag } from '@aws-sdk/client-ec2';

/** Tags as EC2 lists them. */
export function tagList(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Tags as a record, from EC2's list. */
export function tagRecord(tags: readonly Tag[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** The same tags on every resource that a call creates: without its own entry a volume or snapshot stays untagged. */
export function tagOnCreate(types: readonly ResourceType[], tags: Readonly<Record<string, string>>) {
  return types.map((ResourceType) => ({ ResourceType, Tags: tagList(tags) }));
}
