import type { AccessRequest, World } from 'embedded-aws';

/** What a call needs somebody to be allowed: one action on one resource, in the circumstances of the call. */
export interface Permission {
  readonly action: string;
  readonly resource: string;
  /** Condition keys and their values, as the Service Authorization Reference gives them to the action and the resource. */
  readonly context: Context;
}

export type Context = Readonly<Record<string, string | readonly string[]>>;

/** A call, and the world that it is made in. */
export interface Asked extends AccessRequest {
  readonly world: World;
  /** The role in an instance profile, by the profile's ARN. */
  readonly roleOfProfile: (profileArn: string) => string;
}

export type Needs = (asked: Asked) => Permission[];

/** In place of the id of what a call is about to make; AWS itself writes `*`. */
export const NEW = 'new';

type Tags = Readonly<Record<string, string>>;

/** The tags that a request gives. */
export function requestTags(tags: Tags): Context {
  const keys = Object.keys(tags);
  if (keys.length === 0) return {};
  return { ...prefixed('aws:RequestTag', tags), 'aws:TagKeys': keys };
}

/** The tags that a resource has, under each of these prefixes. */
export const resourceTags = (tags: Tags, ...prefixes: string[]): Context =>
  Object.assign({}, ...prefixes.map((prefix) => prefixed(prefix, tags)));

const prefixed = (prefix: string, tags: Tags): Record<string, string> =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}/${key}`, value]));

/** Tags as an API lists them. */
export const tagsOf = (list: readonly { Key?: string; Value?: string }[] = []): Tags =>
  Object.fromEntries(list.map(({ Key = '', Value = '' }) => [Key, Value]));

/** To pass a role to a service. */
export const passRole = (resource: string, service: string): Permission => ({
  action: 'iam:PassRole',
  resource,
  context: { 'iam:PassedToService': service },
});
