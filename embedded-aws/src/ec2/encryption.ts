import { AwsError } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import type { World } from '../core/world.ts';
import { keyNamed, keyWithArn, managedEbsKey, mayUseForEbs } from '../kms/ebs.ts';
import { arnOf, ebsAliasName } from '../kms/keys.ts';
import type { InstanceRecord, SnapshotRecord, VolumeRecord } from './records.ts';

/**
 * With what EBS encrypts: what a request says, what its source has, and what the account has set for the region (EBS user guide,
 * Amazon EBS encryption, Copy an Amazon EBS snapshot). Keys are validated later than the call that names them.
 */

/** What something new will be encrypted with; the AWS managed key is made only when it is needed. */
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

/** The ARN of the key that a caller means; what is no key at all gets an ARN of its form, and fails later. */
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

/** An empty key is none: Packer sends one with every copy. */
const isNone = (key: string | undefined): key is undefined | '' => key === undefined || key === '';

export function checkEncryption({ Encrypted, KmsKeyId }: Asked): void {
  if (isNone(KmsKeyId) || Encrypted === true) return;
  throw new AwsError(
    'InvalidParameterDependency',
    'The parameter KmsKeyId requires the parameter Encrypted to be set.',
  );
}

/** Of a new volume: a snapshot of one's own hands its key on, one of another account does not. */
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

/** Of a copy of a snapshot: no key is handed on, and without a word the AWS managed key takes its place. */
export function copyEncryption(call: Call, asked: Asked, source: SnapshotRecord): PlannedEncryption {
  if (!isNone(asked.KmsKeyId)) return { encrypted: true, key: { arn: keyArnOf(call, asked.KmsKeyId) } };
  if (asked.Encrypted === true || ebsSettings(call).byDefault) return withDefaultKey(call);
  return source.encrypted ? { encrypted: true, key: 'managed' } : { encrypted: false };
}

function withDefaultKey(call: Call): PlannedEncryption {
  const { kmsKeyId } = ebsSettings(call);
  return { encrypted: true, key: kmsKeyId === undefined ? 'managed' : { arn: kmsKeyId } };
}

/** The members of a record that say how it is encrypted. */
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

/** Whether what is encrypted can be shared: under the AWS managed key it cannot. */
export function isUnderManagedKey(world: World, { encrypted, kmsKeyId }: SnapshotRecord): boolean {
  if (!encrypted) return false;
  return kmsKeyId === undefined || keyWithArn(world, kmsKeyId)?.manager !== 'CUSTOMER';
}

/**
 * Why a copy will fail, if it will: the key that it is to have, or the one of its source, cannot be used for the account (texts:
 * hashicorp/packer#6737, aws-samples/aws-backup-automation#2).
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

/** Whether a volume that was just asked for can be had: its own key, and that of the snapshot it is made of, can be used. */
export function canBeMade(world: World, volume: VolumeRecord): boolean {
  const { kmsKeyId, snapshotId } = volume;
  if (kmsKeyId !== undefined && !mayUseForEbs(world, kmsKeyId, volume, 'write')) return false;
  const source = snapshotId === undefined ? undefined : world.snapshots.get(snapshotId)?.kmsKeyId;
  return source === undefined || source === kmsKeyId || mayUseForEbs(world, source, volume, 'read');
}

export function canBeAttached(world: World, volume: VolumeRecord): boolean {
  return volume.kmsKeyId === undefined || mayUseForEbs(world, volume.kmsKeyId, volume, 'attach');
}

/** Whether an instance that is about to run has a volume that it cannot read; `isNew`: its volumes are made with it. */
export function hasUnusableKey(world: World, { blockDevices }: InstanceRecord, isNew: boolean): boolean {
  return blockDevices.some(({ volumeId }) => {
    const volume = world.volumes.get(volumeId);
    return volume !== undefined && !(isNew ? canBeMade(world, volume) : canBeAttached(world, volume));
  });
}
