import { AwsError, invalidParameter } from '../core/errors.ts';
import type { Call } from '../core/service.ts';

/**
 * Client tokens: a repeated call with the same token returns the result of the first call. `scope` separates
 * places in which the same token is independent (RunInstances: the zone).
 */
export function rememberedId(
  { world, account, region }: Call,
  operation: string,
  input: { ClientToken?: string | undefined; DryRun?: boolean | undefined },
  { scope = '', lengthMax = 64 }: { scope?: string; lengthMax?: number } = {},
): { id: string | undefined; remember: (id: string) => void } {
  const { ClientToken: token, DryRun: _dryRun, ...rest } = input;
  if (token === undefined) return { id: undefined, remember: () => {} };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII.
  if (token.length > lengthMax || !/^[\x00-\x7f]+$/.test(token)) {
    throw invalidParameter(
      `Value (${token}) for parameter clientToken is invalid. It must be no more than ${lengthMax} ASCII characters.`,
    );
  }
  const key = ['ec2', operation, account, region, scope, token].join('/');
  const asked = JSON.stringify(rest, (_key, value: unknown) => sortedKeys(value));
  const known = world.clientTokens.get(key);
  if (known !== undefined && known.asked !== asked) {
    throw new AwsError(
      'IdempotentParameterMismatch',
      'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
    );
  }
  return {
    id: known?.id,
    remember: (id) => {
      world.clientTokens.set(key, { asked, id });
    },
  };
}

/** The order of members in a request does not matter. */
function sortedKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
