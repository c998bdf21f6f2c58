import type { World } from '../core/world.ts';
import { isPermitted } from './access.ts';
import { arnOf } from './keys.ts';
import type { KeyRecord } from './records.ts';

export { managedEbsKey } from './keys.ts';

/** How EBS uses a key: to attach what it has encrypted, to read that into something else, or to encrypt something new. */
export type EbsUse = 'attach' | 'read' | 'write';

/** What EBS asks of a key in the caller's name (EBS user guide, Requirements for EBS encryption). */
const actions: Readonly<Record<EbsUse, readonly string[]>> = {
  attach: ['DescribeKey', 'CreateGrant', 'Decrypt'],
  read: ['DescribeKey', 'CreateGrant', 'Decrypt', 'ReEncryptFrom'],
  write: ['DescribeKey', 'CreateGrant', 'Decrypt', 'GenerateDataKeyWithoutPlaintext', 'ReEncryptTo'],
};

/** The key that a caller of EC2 means by a key id, a key ARN, an alias or the ARN of an alias, in the caller's region. */
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
 * Whether an account may use a key for EBS in a region: the key is enabled, and its policy or its grants let EC2 use it in that name.
 * What is read may lie in another region; what is attached or written lies where its key is.
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
