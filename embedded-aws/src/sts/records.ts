import type { Tags } from '../core/resource.ts';
import type { RoleSession } from '../core/roles.ts';

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
