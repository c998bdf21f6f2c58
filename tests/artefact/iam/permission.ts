import type { AccessRequest, World } from 'embedded-aws';

/** A permission that a call needs: one action on one resource, with the condition keys of the call. */
export interface Permission {
  readonly action: string;
  readonly resource: string;
  /** The condition keys and their values, as the Service Authorization Reference lists them for the action and the resource. */
  readonly context: Context;
}

export type Context = Readonly<Record<string, string | readonly string[]>>;

/** A call whose permissions are checked, and the world of the call. */
export interface CheckedCall extends AccessRequest {
  readonly world: World;
  /** The role in an instance profile, by the profile's ARN. */
  readonly roleOfProfile: (profileArn: string) => string;
}

export type Needs = (call: CheckedCall) => Permission[];

/** The placeholder for the id of a resource that the call will create. AWS uses `*`. */
export const NEW = 'new';

type Tags = Readonly<Record<string, string>>;

/** The tags in a request. */
export function requestTags(tags: Tags): Context {
  const keys = Object.keys(tags);
  if (keys.length === 0) return {};
  return { ...prefixed('aws:RequestTag', tags), 'aws:TagKeys': keys };
}

/** The tags of a resource, under each of these prefixes. */
export const resourceTags = (tags: Tags, ...prefixes: string[]): Context =>
  Object.assign({}, ...prefixes.map((prefix) => prefixed(prefix, tags)));

const prefixed = (prefix: string, tags: Tags): Record<string, string> =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}/${key}`, value]));

/** Converts the tags in an API's list. */
export const tagsOf = (list: readonly { Key?: string; Value?: string }[] = []): Tags =>
  Object.fromEntries(list.map(({ Key = '', Value = '' }) => [Key, Value]));

/** The permission to pass a role to a service. */
export const passRole = (resource: string, service: string): Permission => ({
  action: 'iam:PassRole',
  resource,
  context: { 'iam:PassedToService': service },
});
