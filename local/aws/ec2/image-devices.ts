import type { BlockDeviceMapping } from '@aws-sdk/client-ec2';
import { AwsError, missingParameter, notEmulated } from '../errors.ts';
import type { Call } from '../operation.ts';
import type { InstanceRecord, VolumeRecord, VolumeShape } from '../records.ts';
import { checkOneOf } from './refusals.ts';
import { checkCompleted, visibleSnapshot } from './snapshots.ts';
import { volumeShapeAsked, volumeTypes } from './volume-specs.ts';

type Ebs = NonNullable<BlockDeviceMapping['Ebs']>;

export interface ChosenVolume {
  readonly device: string;
  readonly volume: VolumeRecord;
  readonly deleteOnTermination: boolean;
}

/**
 * The devices of an image that is made of an instance: its volumes, of which a request can only leave one out or change whether it
 * outlives its instance; its instance stores; and what the request adds (EC2 API reference, CreateImage).
 */
export function chooseDevices(
  asked: readonly BlockDeviceMapping[],
  instance: InstanceRecord,
  call: Call,
): { volumes: ChosenVolume[]; added: BlockDeviceMapping[] } {
  const volumes = new Map<string, ChosenVolume>();
  for (const { device, volumeId, deleteOnTermination } of instance.blockDevices) {
    const volume = call.world.volumes.get(volumeId);
    if (volume !== undefined) volumes.set(device, { device, volume, deleteOnTermination });
  }
  const added = new Map<string, BlockDeviceMapping>(
    instance.ephemeralDevices.map(({ device, virtualName }) => [
      device,
      { DeviceName: device, VirtualName: virtualName },
    ]),
  );
  for (const mapping of asked) {
    const { DeviceName, NoDevice, Ebs } = mapping;
    if (DeviceName === undefined) throw missingParameter('deviceName');
    const chosen = volumes.get(DeviceName);
    if (NoDevice !== undefined) {
      if (DeviceName === instance.rootDeviceName) {
        throw invalidMapping(`The root device ${DeviceName} cannot be suppressed`);
      }
      if (chosen === undefined && !added.has(DeviceName)) {
        throw invalidMapping(`The device '${DeviceName}' is not attached to the instance '${instance.id}'`);
      }
      volumes.delete(DeviceName);
      added.delete(DeviceName);
    } else if (chosen !== undefined) {
      checkUnchanged(DeviceName, Ebs ?? {}, chosen.volume);
      const deleteOnTermination = Ebs?.DeleteOnTermination ?? chosen.deleteOnTermination;
      volumes.set(DeviceName, { ...chosen, deleteOnTermination });
    } else {
      added.set(DeviceName, addedDevice(DeviceName, mapping, call));
    }
  }
  return { volumes: [...volumes.values()], added: [...added.values()] };
}

const invalidMapping = (message: string) => new AwsError('InvalidBlockDeviceMapping', message);

const flagWithSnapshot = (device: string) =>
  invalidMapping(`the encrypted flag cannot be specified since device ${device} has a snapshot specified.`);

/** What a request says of a volume that is there must be what it is. */
function checkUnchanged(device: string, ebs: Ebs, volume: VolumeRecord): void {
  if (ebs.Encrypted !== undefined) throw flagWithSnapshot(device);
  if (ebs.SnapshotId !== undefined) {
    throw invalidMapping(`snapshotId cannot be modified on device ${device}`);
  }
  const pairs = [
    ['volumeSize', ebs.VolumeSize, volume.sizeGiB],
    ['volumeType', ebs.VolumeType, volume.volumeType],
    ['iops', ebs.Iops, volume.iops],
    ['throughput', ebs.Throughput, volume.throughput],
  ] as const;
  for (const [name, given, actual] of pairs) {
    if (given === undefined || given === actual) continue;
    throw invalidMapping(`${name} cannot be modified on device ${device}, which has a volume attached`);
  }
}

function addedDevice(
  DeviceName: string,
  { VirtualName, Ebs }: BlockDeviceMapping,
  call: Call,
): BlockDeviceMapping {
  if (VirtualName !== undefined && Ebs === undefined) return { DeviceName, VirtualName };
  if (Ebs === undefined || (Ebs.SnapshotId === undefined && Ebs.VolumeSize === undefined)) {
    throw invalidMapping(`Either snapshot ID or volume size must be provided for: ${DeviceName}`);
  }
  const { SnapshotId, VolumeSize, Iops, Throughput, Encrypted, DeleteOnTermination = true } = Ebs;
  const snapshot = SnapshotId === undefined ? undefined : visibleSnapshot(call, SnapshotId);
  if (snapshot !== undefined) {
    if (Encrypted !== undefined) throw flagWithSnapshot(DeviceName);
    if (snapshot.account !== call.account) throw notEmulated("an image with another account's snapshot");
    checkCompleted(snapshot);
  }
  const sizeGiB = VolumeSize ?? snapshot?.volumeSizeGiB ?? 0;
  if (snapshot !== undefined && sizeGiB < snapshot.volumeSizeGiB) {
    throw invalidMapping(
      `Volume of size ${sizeGiB}GB is smaller than snapshot '${snapshot.id}', expect size >= ${snapshot.volumeSizeGiB}GB`,
    );
  }
  const volumeType = checkOneOf('volumeType', Ebs.VolumeType, volumeTypes) ?? 'gp2';
  const volume = volumeShapeAsked({ sizeGiB, volumeType, iops: Iops, throughput: Throughput });
  return {
    DeviceName,
    Ebs: {
      DeleteOnTermination,
      ...(SnapshotId === undefined ? {} : { SnapshotId }),
      ...ebsShape({ ...volume, encrypted: snapshot?.encrypted ?? Encrypted ?? false }),
    },
  };
}

/** A volume as an image tells of it: with the speed of the types that have one to choose. */
export function ebsShape(volume: VolumeShape & { readonly encrypted: boolean }): Ebs {
  return {
    VolumeSize: volume.sizeGiB,
    VolumeType: volume.volumeType as NonNullable<Ebs['VolumeType']>,
    Encrypted: volume.encrypted,
    ...(volume.volumeType === 'gp2' || volume.iops === undefined ? {} : { Iops: volume.iops }),
    ...(volume.throughput === undefined ? {} : { Throughput: volume.throughput }),
  };
}
