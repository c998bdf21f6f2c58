import { AwsError } from '../core/errors.ts';
import type { World } from '../core/world.ts';
import type { SessionRecord } from './records.ts';

/**
 * The account that an access key acts for. An account's number is a key of that account, so that a client says with its credentials alone
 * who it is; a session's key acts for the account of its role; any other for `defaultAccount`.
 */
export function accountOfAccessKey(
  world: World,
  { accessKey, sessionToken }: { accessKey: string; sessionToken?: string | undefined },
  defaultAccount: string,
  now: number,
): string {
  if (/^\d{12}$/.test(accessKey)) return accessKey;
  const session = sessionOf(world, accessKey, now);
  if (session === undefined) return defaultAccount;
  if (session.token !== sessionToken) {
    throw new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid.', 403);
  }
  return session.account;
}

/** The session that an access key belongs to, unless it is the key of a user; refused when it is over. */
export function sessionOf(
  world: World,
  accessKey: string | undefined,
  now: number,
): SessionRecord | undefined {
  const session = accessKey === undefined ? undefined : world.sessions.get(accessKey);
  if (session !== undefined && session.expiration <= now) {
    throw new AwsError('ExpiredToken', 'The security token included in the request is expired', 403);
  }
  return session;
}
