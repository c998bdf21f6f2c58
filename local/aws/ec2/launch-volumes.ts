import type { BlockDeviceMapping } from '@aws-sdk/client-ec2';
import { AwsError, invalidParameter, missingParameter } from '../errors.ts';
import type { Call } from '../operation.ts';
import type { ImageRecord, InstanceRecord, SubnetRecord, Tags, VolumeRecord } from '../records.ts';
import { lagMs, newId } from '../world.ts';
import { checkOneOf, parameterCombination } from './refusals.ts';

/** A device that an instance will have: a volume, or a name for an instance store. */
export interface PlannedDevice {
  readonly device: string;
  readonly virtualName?: string;
  readonly volume?: Pick<
    VolumeRecord,
    'sizeGiB' | 'volumeType' | 'iops' | 'throughput' | 'encrypted' | 'snapshotId' | 'disk'
  > & { deleteOnTermination: boolean };
}

const volumeTypes = ['gp2', 'gp3', 'io1', 'io2', 'st1', 'sc1', 'standard'] as const;

/** The image's devices, as the request changes them, and then the request's own. */
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
    const base = merged.get(DeviceName)?.Ebs;
    const isOtherDisk = Ebs?.SnapshotId !== undefined && Ebs.SnapshotId !== base?.SnapshotId;
    if (isOtherDisk && DeviceName === image.rootDeviceName) {
      throw new AwsError('InvalidBlockDeviceMapping', 'snapshotId cannot be modified on root device');
    }
    // A change of the type leaves behind what only the old type had.
    const { Iops: _iops, Throughput: _throughput, ...withoutSpeed } = base ?? {};
    const kept = Ebs?.VolumeType === undefined || Ebs.VolumeType === base?.VolumeType ? base : withoutSpeed;
    merged.set(DeviceName, { DeviceName, Ebs: { ...kept, ...defined(Ebs ?? {}) } });
  }
  return [...merged.values()].map(({ DeviceName = '', VirtualName, Ebs }) =>
    Ebs === undefined
      ? { device: DeviceName, ...(VirtualName === undefined ? {} : { virtualName: VirtualName }) }
      : { device: DeviceName, volume: planVolume(Ebs, call) },
  );
}

function planVolume(
  ebs: NonNullable<BlockDeviceMapping['Ebs']>,
  { world, account, region, now }: Call,
): NonNullable<PlannedDevice['volume']> {
  const snapshot = ebs.SnapshotId === undefined ? undefined : world.snapshots.get(ebs.SnapshotId);
  if (ebs.SnapshotId !== undefined) {
    // EC2 itself lends the snapshots of a shared image to those who may launch it (EC2 user guide, Shared AMIs).
    const isBehindImage = snapshot !== undefined && snapshot.account !== account;
    const isSeen = isBehindImage || world.snapshots.seen(ebs.SnapshotId, now) !== undefined;
    if (snapshot === undefined || !isSeen || snapshot.region !== region) {
      throw new AwsError('InvalidBlockDeviceMapping', `The snapshot '${ebs.SnapshotId}' does not exist.`);
    }
  }
  const sizeGiB = ebs.VolumeSize ?? snapshot?.volumeSizeGiB;
  if (sizeGiB === undefined) throw missingParameter('size or snapshotId');
  if (snapshot !== undefined && sizeGiB < snapshot.volumeSizeGiB) {
    throw new AwsError(
      'InvalidBlockDeviceMapping',
      `Volume of size ${sizeGiB}GB is smaller than snapshot '${snapshot.id}', expect size >= ${snapshot.volumeSizeGiB}GB`,
    );
  }
  if (snapshot?.encrypted && ebs.Encrypted === false) {
    throw invalidParameter(
      'Encrypted flag cannot be set to false when creating a volume from an encrypted snapshot.',
    );
  }
  const volumeType = checkOneOf('volumeType', ebs.VolumeType, volumeTypes) ?? 'gp2';
  const hasIops = volumeType === 'gp3' || volumeType === 'io1' || volumeType === 'io2';
  if (ebs.Iops !== undefined && !hasIops) {
    throw parameterCombination(`The parameter iops is not supported for ${volumeType} volumes.`);
  }
  if (ebs.Throughput !== undefined && volumeType !== 'gp3') {
    throw parameterCombination(`The parameter throughput is not supported for ${volumeType} volumes.`);
  }
  if (ebs.Iops === undefined && (volumeType === 'io1' || volumeType === 'io2')) {
    throw missingParameter('iops');
  }
  const iops = volumeType === 'gp2' ? Math.min(Math.max(100, 3 * sizeGiB), 16_000) : (ebs.Iops ?? 3000);
  return {
    sizeGiB,
    volumeType,
    ...(volumeType === 'gp2' || hasIops ? { iops } : {}),
    ...(volumeType === 'gp3' ? { throughput: ebs.Throughput ?? 125 } : {}),
    encrypted: ebs.Encrypted ?? snapshot?.encrypted ?? false,
    ...(snapshot === undefined ? {} : { snapshotId: snapshot.id }),
    ...(snapshot?.disk === undefined ? {} : { disk: snapshot.disk }),
    deleteOnTermination: ebs.DeleteOnTermination ?? true,
  };
}

export function createVolumes(
  devices: readonly PlannedDevice[],
  instanceId: string,
  { availabilityZone }: SubnetRecord,
  tags: Tags,
  { world, account, region, now }: Call,
): InstanceRecord['blockDevices'] {
  return devices.flatMap(({ device, volume }) => {
    if (volume === undefined) return [];
    const { deleteOnTermination, ...rest } = volume;
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
        attachment: { instanceId, device, deleteOnTermination },
        ...rest,
      },
      now,
      lagMs(world, id),
    );
    return [{ device, volumeId: id, deleteOnTermination }];
  });
}

/** A structure without the members that were given as undefined. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
