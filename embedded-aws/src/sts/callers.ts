import { draw } from '../core/random.ts';
import { assumedRoleArn, type RoleSession } from '../core/roles.ts';
import type { Call } from '../core/service.ts';
import type { World } from '../core/world.ts';
import { sessionOf } from './access-keys.ts';
import type { SessionRecord } from './records.ts';

export interface Caller {
  readonly arn: string;
  readonly userId: string;
  readonly account: string;
  readonly session: SessionRecord | undefined;
  readonly role: RoleSession | undefined;
}

/**
 * The caller: the account's root user, unless the call has a role or was signed with the key of a role's session.
 */
export function callerOf({ world, account, accessKey, now, role }: Call): Caller {
  const session = sessionOf(world, accessKey, now);
  const owner = session?.account ?? account;
  const acting = role ?? session?.role;
  if (acting === undefined) {
    return { arn: `arn:aws:iam::${owner}:root`, userId: owner, account: owner, session, role: undefined };
  }
  const { arn, sessionName } = acting;
  return {
    arn: assumedRoleArn(arn, sessionName),
    userId: `${roleId(world, arn)}:${sessionName}`,
    account: owner,
    session,
    role: acting,
  };
}

/** The unique id of a role, which is always the same for a role. */
export function roleId(world: World, roleArn: string): string {
  return `AROA${letters(world.seed, 17, 'role', roleArn)}`;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Characters of AWS's unique ids that depend only on the seed and the keys. */
export function letters(seed: number, length: number, ...keys: (string | number)[]): string {
  return Array.from({ length }, (_, index) =>
    alphabet.charAt(Math.floor(draw(seed, ...keys, index) * alphabet.length)),
  ).join('');
}
