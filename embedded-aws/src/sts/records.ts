import type { RoleSession } from '../core/roles.ts';
import type { Tags } from '../records.ts';

/** Temporary credentials; the id is their access key. */
export interface SessionRecord {
  readonly id: string;
  readonly account: string;
  /** Absent: the session of the account's own user (GetSessionToken). */
  readonly role?: RoleSession;
  /** What a caller must show beside the access key. */
  readonly token: string;
  readonly expiration: number;
  /** Session tags that are handed on when the session assumes another role. */
  readonly transitiveTags: Tags;
  readonly sourceIdentity?: string;
}
