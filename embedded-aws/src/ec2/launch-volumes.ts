import type { BlockDeviceMapping } from '@aws-sdk/client-ec2';
import { AwsError, invalidParameter, missingParameter } from '../core/errors.ts';
import type { Tags } from '../core/resource.ts';
import type { Call } from '../core/service.ts';
import { lagMs, newId } from '../core/world.ts';
import {
  checkEncryption,
  encryptionMembers,
  type PlannedEncryption,
  volumeEncryption,
} from './encryption.ts';
import { snapshotIdsOf } from './lifecycle.ts';
import type {
  ImageRecord,
  InstanceRecord,
  SnapshotRecord,
  SubnetRecord,
  VolumeRecord,
  VolumeShape,
} from './records.ts';
import { checkOneOf } from './refusals.ts';
import { isSnapshotVisible, tooSmallFor } from './snapshots.ts';
import { volumeShapeAsked, volumeTypes } from './volume-specs.ts';

/** A device of a planned instance: a volume, or the name of an instance store. */
export interface PlannedDevice {
  readonly device: string;
  readonly virtualName?: string;
  readonly volume?: VolumeShape &
    Pick<VolumeRecord, 'snapshotId' | 'disk'> & {
      readonly encryption: PlannedEncryption;
      readonly deleteOnTermination: boolean;
    };
}

/** The image's devices with the request's changes, followed by the request's other devices. */
export function planDevices(
  asked: readonly BlockDeviceMapping[],
  image: ImageRecord,
  call: Call,
): PlannedDevice[] {
  const merged = new Map<string, BlockDeviceMapping>();
  for (const mapping of image.blockDeviceMappings) merged.set(mapping.DeviceName ?? '', mapping);
  for (const mapping of asked) {
    const { DeviceName, NoDevice, Ebs } = mapping;
    if (DeviceName === undefined) throw missingParameter('deviceName');
    if (NoDevice !== undefined) {
      if (DeviceName === image.rootDeviceName) {
        throw new AwsError('InvalidBlockDeviceMapping', `The root device ${DeviceName} cannot be suppressed`);
      }
      merged.delete(DeviceName);
      continue;
    }
    if (mapping.VirtualName !== undefined && Ebs === undefined) {
      merged.set(DeviceName, { DeviceName, VirtualName: mapping.VirtualName });
      continue;
    }
    const base = merged.get(DeviceName)?.Ebs;
    checkEncryption(Ebs ?? {});
    const isOtherDisk = Ebs?.SnapshotId !== undefined && Ebs.SnapshotId !== base?.SnapshotId;
    if (isOtherDisk && DeviceName === image.rootDeviceName) {
      throw new AwsError('InvalidBlockDeviceMapping', 'snapshotId cannot be modified on root device');
    }
    // When the type changes, the speed of the old type does not apply.
    const { Iops: _iops, Throughput: _throughput, ...withoutSpeed } = base ?? {};
    const kept = Ebs?.VolumeType === undefined || Ebs.VolumeType === base?.VolumeType ? base : withoutSpeed;
    merged.set(DeviceName, { DeviceName, Ebs: { ...kept, ...defined(Ebs ?? {}) } });
  }
  return [...merged.values()].map(({ DeviceName = '', VirtualName, Ebs }) =>
    Ebs === undefined
      ? { device: DeviceName, ...(VirtualName === undefined ? {} : { virtualName: VirtualName }) }
      : { device: DeviceName, volume: planVolume(Ebs, image, call) },
  );
}

function planVolume(
  ebs: NonNullable<BlockDeviceMapping['Ebs']>,
  image: ImageRecord,
  call: Call,
): NonNullable<PlannedDevice['volume']> {
  const snapshot = ebs.SnapshotId === undefined ? undefined : findSnapshot(ebs.SnapshotId, image, call);
  const sizeGiB = ebs.VolumeSize ?? snapshot?.volumeSizeGiB;
  if (sizeGiB === undefined) throw missingParameter('size or snapshotId');
  if (snapshot !== undefined && sizeGiB < snapshot.volumeSizeGiB) {
    throw new AwsError('InvalidBlockDeviceMapping', tooSmallFor(snapshot, sizeGiB));
  }
  if (snapshot?.encrypted && ebs.Encrypted === false) {
    throw invalidParameter(
      'Encrypted flag cannot be set to false when creating a volume from an encrypted snapshot.',
    );
  }
  const volumeType = checkOneOf('volumeType', ebs.VolumeType, volumeTypes) ?? 'gp2';
  return {
    ...volumeShapeAsked({ sizeGiB, volumeType, iops: ebs.Iops, throughput: ebs.Throughput }),
    encryption: volumeEncryption(call, ebs, snapshot),
    ...(snapshot === undefined ? {} : { snapshotId: snapshot.id }),
    ...(snapshot?.disk === undefined ? {} : { disk: snapshot.disk }),
    deleteOnTermination: ebs.DeleteOnTermination ?? true,
  };
}

/**
 * EC2 lets accounts that can launch a shared image use its snapshots for the launch (EC2 user guide, Shared
 * AMIs).
 */
function findSnapshot(id: string, image: ImageRecord, { world, account, region, now }: Call): SnapshotRecord {
  const snapshot = world.snapshots.get(id);
  const comesWithImage =
    snapshot !== undefined && snapshot.account !== account && snapshotIdsOf(image).includes(id);
  const isSeen = world.snapshots.seen(id, now) !== undefined;
  const isUsable =
    comesWithImage || (isSeen && snapshot !== undefined && isSnapshotVisible(world, snapshot, account));
  if (snapshot === undefined || !isUsable || snapshot.region !== region) {
    throw new AwsError('InvalidBlockDeviceMapping', `The snapshot '${id}' does not exist.`);
  }
  if (snapshot.state !== 'completed') {
    throw new AwsError('InvalidBlockDeviceMapping', `Snapshot '${id}' is not 'completed'.`);
  }
  return snapshot;
}

export function createVolumes(
  devices: readonly PlannedDevice[],
  instanceId: string,
  { availabilityZone }: SubnetRecord,
  tags: Tags,
  call: Call,
): InstanceRecord['blockDevices'] {
  const { world, account, region, now } = call;
  return devices.flatMap(({ device, volume }) => {
    if (volume === undefined) return [];
    const { deleteOnTermination, encryption, ...rest } = volume;
    const id = newId(world, 'vol');
    world.volumes.put(
      {
        id,
        account,
        region,
        tags,
        availabilityZone,
        state: 'in-use',
        createTime: now,
        attachment: { instanceId, device, deleteOnTermination, time: now },
        ...rest,
        ...encryptionMembers(call, encryption),
      },
      now,
      lagMs(world, id),
    );
    return [{ device, volumeId: id, deleteOnTermination }];
  });
}

/** The object without its undefined members. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
