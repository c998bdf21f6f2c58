import type { World } from '../core/world.ts';
import { isPermitted } from './access.ts';
import { arnOf } from './keys.ts';
import type { KeyRecord } from './records.ts';

export { managedEbsKey } from './keys.ts';

/**
 * How EBS uses a key: to attach an encrypted volume, to read encrypted data into a copy, or to
 * encrypt new data.
 */
export type EbsUse = 'attach' | 'read' | 'write';

/**
 * The key permissions that EBS needs on the caller's behalf (EBS user guide, Requirements for EBS
 * encryption).
 */
const actions: Readonly<Record<EbsUse, readonly string[]>> = {
  attach: ['DescribeKey', 'CreateGrant', 'Decrypt'],
  read: ['DescribeKey', 'CreateGrant', 'Decrypt', 'ReEncryptFrom'],
  write: ['DescribeKey', 'CreateGrant', 'Decrypt', 'GenerateDataKeyWithoutPlaintext', 'ReEncryptTo'],
};

/**
 * The key that an EC2 caller names by key id, key ARN, alias or alias ARN, in the caller's region.
 */
export function keyNamed(
  world: World,
  { account, region }: { account: string; region: string },
  given: string,
): KeyRecord | undefined {
  const name = /^(arn:|alias\/)/.test(given) ? given : `key/${given}`;
  const arn = name.startsWith('arn:') ? name : arnOf(account, region, name);
  const alias = world.keyAliases.get(arn);
  const key = world.keys.get(alias?.keyId ?? arn.split('/').at(-1) ?? '');
  const isMeant = key?.region === region && (alias !== undefined || key.arn === arn);
  return isMeant ? key : undefined;
}

/**
 * Whether an account may use a key for EBS in a region: the key is enabled, and its policy or its
 * grants let EC2 use the key on behalf of the account. For reads, the key may be in another region.
 * For attach and write, the key must be in the same region.
 */
export function mayUseForEbs(
  world: World,
  keyArn: string,
  { account, region }: { readonly account: string; readonly region: string },
  use: EbsUse,
): boolean {
  const key = keyWithArn(world, keyArn);
  if (key?.state !== 'Enabled' || (use !== 'read' && key.region !== region)) return false;
  return actions[use].every((action) =>
    isPermitted(world, key, {
      action: `kms:${action}`,
      account,
      viaService: `ec2.${key.region}.amazonaws.com`,
      grantIsForAwsResource: true,
    }),
  );
}

export function keyWithArn(world: World, arn: string): KeyRecord | undefined {
  const key = world.keys.get(arn.split('/').at(-1) ?? '');
  return key?.arn === arn ? key : undefined;
}
