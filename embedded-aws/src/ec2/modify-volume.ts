import type { ModifyVolumeCommandInput, ModifyVolumeCommandOutput } from '@aws-sdk/client-ec2';
import { AwsError, invalidParameter, missingParameter, notEmulated } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { schedule } from '../core/world.ts';
import { drawSeconds } from './latency.ts';
import type { VolumeRecord, VolumeShape } from './records.ts';
import { checkDryRun } from './refusals.ts';
import { modificationShape } from './volume-shape.ts';
import { volumeShapeAsked, volumeTypes } from './volume-specs.ts';
import { checkVolumeState, ownVolume, putVolume } from './volumes.ts';

const pauseMs = 6 * 3_600_000;

/**
 * Changes the size, type and speed. A volume cannot shrink, and must wait six hours between two
 * modifications.
 */
export const modifyVolume: Operation<ModifyVolumeCommandInput, ModifyVolumeCommandOutput> = {
  kind: 'write',
  accepts: ['DryRun', 'Iops', 'MultiAttachEnabled', 'Size', 'Throughput', 'VolumeId', 'VolumeType'],
  run(input, call) {
    const { world, now } = call;
    const { VolumeId } = input;
    if (VolumeId === undefined) throw missingParameter('VolumeId');
    if (input.MultiAttachEnabled) throw notEmulated('ec2:ModifyVolume with MultiAttachEnabled');
    const volume = ownVolume(call, VolumeId);
    checkVolumeState(volume, ['available', 'in-use']);
    const target = targetOf(input, volume);
    checkPause(volume, now);
    checkDryRun(input);
    const optimizingTime = now + drawSeconds(world.seed, 'volume.modify', VolumeId, now) * 1000;
    const endTime = optimizingTime + drawSeconds(world.seed, 'volume.optimize', VolumeId, now) * 1000;
    const { sizeGiB, volumeType, iops, throughput } = volume;
    const original = {
      sizeGiB,
      volumeType,
      ...(iops === undefined ? {} : { iops }),
      ...(throughput === undefined ? {} : { throughput }),
    };
    const modified: VolumeRecord = {
      ...volume,
      modification: { state: 'modifying', startTime: now, optimizingTime, endTime, original, target },
    };
    putVolume(world, modified, now);
    schedule(world, 'volume.modified', VolumeId, optimizingTime);
    schedule(world, 'volume.optimized', VolumeId, endTime);
    return { VolumeModification: modificationShape(modified, now) };
  },
};

/**
 * Values that the request does not name stay unchanged. When the type changes, the speed starts at the new
 * type's default.
 */
function targetOf(
  { Size, VolumeType, Iops, Throughput }: ModifyVolumeCommandInput,
  volume: VolumeRecord,
): VolumeShape {
  if ([Size, VolumeType, Iops, Throughput].every((value) => value === undefined)) {
    throw invalidParameter(
      'Request must contain at least one of the parameters size, volumeType, iops and throughput.',
    );
  }
  if (VolumeType !== undefined && !volumeTypes.includes(VolumeType)) {
    throw new AwsError('UnknownVolumeType', `Unsupported volume type '${VolumeType}'.`);
  }
  if (Size !== undefined && Size < volume.sizeGiB) {
    throw invalidParameter('New size cannot be smaller than existing size');
  }
  const volumeType = VolumeType ?? (volume.volumeType as NonNullable<ModifyVolumeCommandInput['VolumeType']>);
  const isSameType = volumeType === volume.volumeType;
  const kept = isSameType && volumeType !== 'gp2' ? volume : undefined;
  const isProvisioned = volumeType === 'io1' || volumeType === 'io2';
  return volumeShapeAsked({
    sizeGiB: Size ?? volume.sizeGiB,
    volumeType,
    iops: Iops ?? kept?.iops ?? (isProvisioned ? 3000 : undefined),
    throughput: Throughput ?? kept?.throughput,
  });
}

function checkPause({ modification }: VolumeRecord, now: number): void {
  if (modification === undefined) return;
  if (modification.state !== 'completed' || now - modification.startTime < pauseMs) {
    throw new AwsError(
      'VolumeModificationRateExceeded',
      "You've reached the maximum modification rate per volume limit. Wait at least 6 hours between modifications per EBS volume.",
    );
  }
}
