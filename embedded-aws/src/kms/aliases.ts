import { AwsError } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import { checkValue } from '../core/validation.ts';
import { arnOf } from './keys.ts';
import type { KeyAliasRecord } from './records.ts';
import { notFound, required } from './refusals.ts';

/** Refuses an alias name that a customer cannot use. */
export function checkAliasName(given: string | undefined): string {
  const name = required(given, 'aliasName');
  checkValue(name, 'aliasName', { length: [1, 256] });
  if (!name.startsWith('alias/')) throw new AwsError('ValidationException', 'Invalid identifier');
  if (!/^alias\/[a-zA-Z0-9/_-]+$/.test(name)) {
    throw new AwsError('InvalidAliasNameException', 'Alias contains invalid characters');
  }
  if (name.startsWith('alias/aws/')) {
    throw new AwsError('NotAuthorizedException', 'Aliases that begin with alias/aws/ are reserved for AWS.');
  }
  return name;
}

export function knownAlias({ world, account, region }: Call, name: string): KeyAliasRecord {
  const id = arnOf(account, region, name);
  const alias = world.keyAliases.get(id);
  if (alias === undefined) throw notFound(`Alias ${id} is not found.`);
  return alias;
}

const aliasesPerKeyMax = 50;

export function checkAliasCount({ world }: Call, keyId: string): void {
  const aliases = world.keyAliases.all().filter((alias) => alias.keyId === keyId);
  if (aliases.length < aliasesPerKeyMax) return;
  throw new AwsError('LimitExceededException', `A key can have no more than ${aliasesPerKeyMax} aliases.`);
}
