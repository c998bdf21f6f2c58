import { AwsError } from './errors.ts';
import type { Tags } from './resource.ts';
import type { RoleSession } from './roles.ts';
import type { Table } from './table.ts';

/** Temporary credentials; the id is their access key. */
export interface SessionRecord {
  readonly id: string;
  readonly account: string;
  /** Absent: the session of the account's own user (GetSessionToken). */
  readonly role?: RoleSession;
  /** The session token, which a caller sends together with the access key. */
  readonly token: string;
  readonly expiration: number;
  /** Session tags that are inherited when the session assumes another role. */
  readonly transitiveTags: Tags;
  readonly sourceIdentity?: string;
}

/** The session of an access key; `undefined` for the key of a user. Refuses an expired session. */
export function sessionOf(
  { sessions }: { readonly sessions: Table<SessionRecord> },
  accessKey: string | undefined,
  now: number,
): SessionRecord | undefined {
  const session = accessKey === undefined ? undefined : sessions.get(accessKey);
  if (session !== undefined && session.expiration <= now) {
    throw new AwsError('ExpiredToken', 'The security token included in the request is expired', 403);
  }
  return session;
}
