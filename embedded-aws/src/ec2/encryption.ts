import { AwsError } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import type { World } from '../core/world.ts';
import { keyNamed, keyWithArn, managedEbsKey, mayUseForEbs } from '../kms/ebs.ts';
import { arnOf, ebsAliasName } from '../kms/keys.ts';
import type { InstanceRecord, SnapshotRecord, VolumeRecord } from './records.ts';

/**
 * How EBS chooses the encryption: from the request, the source, and the account's settings for the region
 * (EBS user guide, Amazon EBS encryption, Copy an Amazon EBS snapshot). EBS validates a key later than the
 * call that names the key.
 */

/**
 * The planned encryption of a new volume or snapshot. The AWS managed key is created only when it is needed.
 */
export interface PlannedEncryption {
  readonly encrypted: boolean;
  readonly key?: { readonly arn: string } | 'managed';
}

interface Asked {
  readonly Encrypted?: boolean | undefined;
  readonly KmsKeyId?: string | undefined;
}

const settingsKey = ({ account, region }: Pick<Call, 'account' | 'region'>) => `${account}/${region}`;

export function ebsSettings(call: Call): { readonly byDefault: boolean; readonly kmsKeyId?: string } {
  return call.world.ebsEncryption.get(settingsKey(call)) ?? { byDefault: false };
}

export function changeEbsSettings(call: Call, settings: { byDefault: boolean; kmsKeyId?: string }): void {
  call.world.ebsEncryption.set(settingsKey(call), settings);
}

/** The ARN of the key that a request names. An unknown key gets an ARN of the right form, and fails later. */
export function keyArnOf(call: Call, given: string): string {
  const { world, account, region, now } = call;
  if (given === ebsAliasName || given === arnOf(account, region, ebsAliasName)) {
    return managedEbsKey(world, account, region, now).arn;
  }
  const key = keyNamed(world, call, given);
  if (key !== undefined) return key.arn;
  if (given.startsWith('arn:')) return given;
  return arnOf(account, region, given.startsWith('alias/') ? given : `key/${given}`);
}

/** An empty key counts as no key. Packer sends an empty key with every copy. */
const isNone = (key: string | undefined): key is undefined | '' => key === undefined || key === '';

export function checkEncryption({ Encrypted, KmsKeyId }: Asked): void {
  if (isNone(KmsKeyId) || Encrypted === true) return;
  throw new AwsError(
    'InvalidParameterDependency',
    'The parameter KmsKeyId requires the parameter Encrypted to be set.',
  );
}

/**
 * The encryption of a new volume. The volume inherits the key of the caller's own snapshot, but not the key
 * of another account's snapshot.
 */
export function volumeEncryption(
  call: Call,
  asked: Asked,
  snapshot: SnapshotRecord | undefined,
): PlannedEncryption {
  checkEncryption(asked);
  if (!isNone(asked.KmsKeyId)) return { encrypted: true, key: { arn: keyArnOf(call, asked.KmsKeyId) } };
  if (snapshot?.encrypted && snapshot.account === call.account && snapshot.kmsKeyId !== undefined) {
    return { encrypted: true, key: { arn: snapshot.kmsKeyId } };
  }
  const isEncrypted = asked.Encrypted === true || snapshot?.encrypted === true || ebsSettings(call).byDefault;
  return isEncrypted ? withDefaultKey(call) : { encrypted: false };
}

/**
 * The encryption of a snapshot copy. The copy never inherits the source's key. If the request and the account
 * settings choose no key, the copy of an encrypted source uses the AWS managed key.
 */
export function copyEncryption(call: Call, asked: Asked, source: SnapshotRecord): PlannedEncryption {
  if (!isNone(asked.KmsKeyId)) return { encrypted: true, key: { arn: keyArnOf(call, asked.KmsKeyId) } };
  if (asked.Encrypted === true || ebsSettings(call).byDefault) return withDefaultKey(call);
  return source.encrypted ? { encrypted: true, key: 'managed' } : { encrypted: false };
}

function withDefaultKey(call: Call): PlannedEncryption {
  const { kmsKeyId } = ebsSettings(call);
  return { encrypted: true, key: kmsKeyId === undefined ? 'managed' : { arn: kmsKeyId } };
}

/** The record members that describe the encryption. */
export function encryptionMembers(
  { world, account, region, now }: Call,
  { encrypted, key }: PlannedEncryption,
): { encrypted: boolean; kmsKeyId?: string } {
  if (key === undefined) return { encrypted };
  return {
    encrypted,
    kmsKeyId: key === 'managed' ? managedEbsKey(world, account, region, now).arn : key.arn,
  };
}

/** Resources that are encrypted with the AWS managed key cannot be shared. */
export function isUnderManagedKey(world: World, { encrypted, kmsKeyId }: SnapshotRecord): boolean {
  if (!encrypted) return false;
  return kmsKeyId === undefined || keyWithArn(world, kmsKeyId)?.manager !== 'CUSTOMER';
}

/**
 * Why a copy will fail, if it will: the account cannot use the key of the copy or the key of the source
 * (texts: hashicorp/packer#6737, aws-samples/aws-backup-automation#2).
 */
export function copyProblem(
  world: World,
  place: Pick<SnapshotRecord, 'account' | 'region'>,
  { kmsKeyId }: { kmsKeyId?: string },
  source: SnapshotRecord,
): 'no such key' | 'key not accessible' | undefined {
  if (kmsKeyId !== undefined) {
    if (keyWithArn(world, kmsKeyId)?.region !== place.region) return 'no such key';
    if (!mayUseForEbs(world, kmsKeyId, place, 'write')) return 'key not accessible';
  }
  if (source.kmsKeyId === undefined || mayUseForEbs(world, source.kmsKeyId, place, 'read')) return undefined;
  return 'key not accessible';
}

export const inaccessibleKey = 'Given key ID is not accessible';

/**
 * Whether a requested volume can be created: the account can use the volume's key and the key of the source
 * snapshot.
 */
export function canBeMade(world: World, volume: VolumeRecord): boolean {
  const { kmsKeyId, snapshotId } = volume;
  if (kmsKeyId !== undefined && !mayUseForEbs(world, kmsKeyId, volume, 'write')) return false;
  const source = snapshotId === undefined ? undefined : world.snapshots.get(snapshotId)?.kmsKeyId;
  return source === undefined || source === kmsKeyId || mayUseForEbs(world, source, volume, 'read');
}

export function canBeAttached(world: World, volume: VolumeRecord): boolean {
  return volume.kmsKeyId === undefined || mayUseForEbs(world, volume.kmsKeyId, volume, 'attach');
}

/**
 * Whether an instance that is about to run has a volume with an unusable key. `isNew`: the launch creates the
 * volumes.
 */
export function hasUnusableKey(world: World, { blockDevices }: InstanceRecord, isNew: boolean): boolean {
  return blockDevices.some(({ volumeId }) => {
    const volume = world.volumes.get(volumeId);
    return volume !== undefined && !(isNew ? canBeMade(world, volume) : canBeAttached(world, volume));
  });
}
