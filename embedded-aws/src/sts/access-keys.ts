import { AwsError } from '../core/errors.ts';
import type { World } from '../core/world.ts';
import type { SessionRecord } from './records.ts';

/** The session of an access key; `undefined` for the key of a user. Refuses an expired session. */
export function sessionOf(
  { sessions }: World,
  accessKey: string | undefined,
  now: number,
): SessionRecord | undefined {
  const session = accessKey === undefined ? undefined : sessions.get(accessKey);
  if (session !== undefined && session.expiration <= now) {
    throw new AwsError('ExpiredToken', 'The security token included in the request is expired', 403);
  }
  return session;
}

/**
 * The account of an access key. An account number is an access key of that account, so that a client names its
 * account with its credentials alone. The key of a session belongs to the account of its role. Any other key belongs
 * to `defaultAccount`.
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
