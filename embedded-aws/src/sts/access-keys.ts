import { AwsError } from '../core/errors.ts';
import { sessionOf } from '../core/sessions.ts';
import type { World } from '../core/world.ts';

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
