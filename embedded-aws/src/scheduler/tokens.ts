import type { Call } from '../core/service.ts';
import { conflict } from './refusals.ts';

/**
 * Whether this very call was made before with its client token; a token that another call was made with is refused. A call without a
 * token is always another one.
 */
export function wasMade(call: Call, operation: string, input: { ClientToken?: string | undefined }): boolean {
  const { world, account, region } = call;
  const { ClientToken, ...rest } = input;
  if (ClientToken === undefined) return false;
  const before = world.clientTokens.get(keyOf(account, region, operation, ClientToken));
  if (before === undefined) return false;
  if (before.asked !== askedBy(rest)) {
    throw conflict('The client token was used before with other parameters.');
  }
  return true;
}

/** To be called when the call has succeeded. */
export function remember(
  { world, account, region }: Call,
  operation: string,
  { ClientToken, ...rest }: { ClientToken?: string | undefined },
  id: string,
): void {
  if (ClientToken === undefined) return;
  world.clientTokens.set(keyOf(account, region, operation, ClientToken), { asked: askedBy(rest), id });
}

const keyOf = (account: string, region: string, operation: string, token: string) =>
  `scheduler:${operation}/${account}/${region}/${token}`;

/** The same whatever the order of the members. */
const askedBy = (input: object): string =>
  JSON.stringify(input, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
