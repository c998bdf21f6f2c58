import type { Call } from '../core/service.ts';
import { conflict } from './refusals.ts';

/**
 * Whether the same call was made before with its client token. Refuses a token that was used with other parameters. A
 * call without a token is always a new call.
 */
export function isRepeatedCall(
  call: Call,
  operation: string,
  input: { ClientToken?: string | undefined },
): boolean {
  const { world, account, region } = call;
  const { ClientToken, ...rest } = input;
  if (ClientToken === undefined) return false;
  const before = world.clientTokens.get(keyOf(account, region, operation, ClientToken));
  if (before === undefined) return false;
  if (before.asked !== fingerprintOf(rest)) {
    throw conflict('The client token was used before with other parameters.');
  }
  return true;
}

/** Stores the client token. Call it when the call has succeeded. */
export function rememberToken(
  { world, account, region }: Call,
  operation: string,
  { ClientToken, ...rest }: { ClientToken?: string | undefined },
  id: string,
): void {
  if (ClientToken === undefined) return;
  world.clientTokens.set(keyOf(account, region, operation, ClientToken), { asked: fingerprintOf(rest), id });
}

const keyOf = (account: string, region: string, operation: string, token: string) =>
  `scheduler:${operation}/${account}/${region}/${token}`;

/** Does not depend on the order of the members. */
const fingerprintOf = (input: object): string =>
  JSON.stringify(input, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
