import type { CreateVolumeCommandInput, CreateVolumeCommandOutput } from '@aws-sdk/client-ec2';
import { AwsError, invalidParameter, missingParameter } from '../core/errors.ts';
import { zoneId, zonesOf } from '../core/regions.ts';
import type { Call, Operation } from '../core/service.ts';
import { newId, schedule } from '../core/world.ts';
import { encryptionMembers, volumeEncryption } from './encryption.ts';
import { drawSeconds } from './latency.ts';
import type { SnapshotRecord, VolumeRecord } from './records.ts';
import { checkDryRun, parameterCombination } from './refusals.ts';
import { checkCompleted, tooSmallFor, visibleSnapshot } from './snapshots.ts';
import { tagSpecifications } from './tagging.ts';
import { rememberedId } from './tokens.ts';
import { volumeShape } from './volume-shape.ts';
import { volumeShapeAsked, volumeTypes } from './volume-specs.ts';
import { putVolume } from './volumes.ts';

export const createVolume: Operation<CreateVolumeCommandInput, CreateVolumeCommandOutput> = {
  kind: 'write',
  accepts: [
    'AvailabilityZone',
    'AvailabilityZoneId',
    'ClientToken',
    'DryRun',
    'Encrypted',
    'Iops',
    'KmsKeyId',
    'Size',
    'SnapshotId',
    'TagSpecifications.ResourceType',
    'TagSpecifications.Tags.Key',
    'TagSpecifications.Tags.Value',
    'Throughput',
    'VolumeType',
  ],
  run(input, call) {
    const { world, account, region, now } = call;
    const tags = tagSpecifications(input.TagSpecifications, ['volume']).volume;
    const availabilityZone = zoneAsked(input, region);
    const token = rememberedId(call, 'CreateVolume', input);
    const known = token.id === undefined ? undefined : world.volumes.get(token.id);
    if (known !== undefined) return volumeShape(known);
    const { snapshot, ...volume } = volumeAsked(input, call);
    const encryption = volumeEncryption(call, input, snapshot);
    checkDryRun(input);
    const id = newId(world, 'vol');
    const record: VolumeRecord = {
      id,
      account,
      region,
      tags,
      availabilityZone,
      state: 'creating',
      createTime: now,
      ...volume,
      ...encryptionMembers(call, encryption),
      ...(snapshot === undefined ? {} : { snapshotId: snapshot.id }),
      ...(snapshot?.disk === undefined ? {} : { disk: snapshot.disk }),
    };
    putVolume(world, record, now);
    schedule(world, 'volume.created', id, now + drawSeconds(world.seed, 'volume.create', id) * 1000);
    token.remember(id);
    return volumeShape(record);
  },
};

function zoneAsked(
  { AvailabilityZone, AvailabilityZoneId }: CreateVolumeCommandInput,
  region: string,
): string {
  if (AvailabilityZone !== undefined && AvailabilityZoneId !== undefined) {
    throw parameterCombination(
      'The parameter availabilityZone cannot be used with the parameter availabilityZoneId',
    );
  }
  if (AvailabilityZone === undefined && AvailabilityZoneId === undefined) {
    throw missingParameter('AvailabilityZone');
  }
  const zone = zonesOf(region).find(
    (name) => name === AvailabilityZone || zoneId(name) === AvailabilityZoneId,
  );
  if (zone !== undefined) return zone;
  throw new AwsError(
    'InvalidZone.NotFound',
    `The zone '${AvailabilityZone ?? AvailabilityZoneId}' does not exist.`,
  );
}

function volumeAsked(input: CreateVolumeCommandInput, call: Call) {
  const { SnapshotId, VolumeType = 'gp2', Iops, Throughput, Encrypted } = input;
  if (!volumeTypes.includes(VolumeType)) {
    throw new AwsError('UnknownVolumeType', `Unsupported volume type '${VolumeType}' for volume creation.`);
  }
  const snapshot = SnapshotId === undefined ? undefined : visibleSnapshot(call, SnapshotId);
  if (snapshot !== undefined) checkSource(snapshot, Encrypted);
  const sizeGiB = input.Size ?? snapshot?.volumeSizeGiB;
  if (sizeGiB === undefined) {
    throw missingParameter('size/snapshot');
  }
  if (snapshot !== undefined && sizeGiB < snapshot.volumeSizeGiB) {
    throw invalidParameter(tooSmallFor(snapshot, sizeGiB));
  }
  return {
    snapshot,
    ...volumeShapeAsked({ sizeGiB, volumeType: VolumeType, iops: Iops, throughput: Throughput }),
  };
}

function checkSource(snapshot: SnapshotRecord, encrypted: boolean | undefined): void {
  checkCompleted(snapshot);
  if (snapshot.encrypted && encrypted === false) {
    throw invalidParameter(
      'Encrypted flag cannot be set to false when creating a volume from an encrypted snapshot.',
    );
  }
}
