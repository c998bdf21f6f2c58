import type { BlockDeviceMapping } from '@aws-sdk/client-ec2';
import { AwsError, missingParameter } from '../errors.ts';
import type { Call } from '../operation.ts';
import type { Disk, SnapshotRecord } from '../records.ts';
import { checkOneOf } from './refusals.ts';
import { visibleSnapshot } from './snapshots.ts';
import { volumeShapeAsked, volumeTypes } from './volume-specs.ts';

/** The devices of an image that is registered, and what is written on its root disk. */
export function registeredDevices(
  asked: readonly BlockDeviceMapping[],
  rootDeviceName: string,
  call: Call,
): { mappings: BlockDeviceMapping[]; rootDisk: Disk | undefined } {
  // Without devices, it would be an image in S3, which has a manifest.
  if (asked.length === 0) throw missingParameter('imageLocation');
  const names = new Set<string>();
  const snapshots = new Map<string, SnapshotRecord>();
  const mappings = asked.map((mapping) => {
    const { DeviceName, VirtualName, Ebs } = mapping;
    if (DeviceName === undefined) throw missingParameter('deviceName');
    checkDeviceName(DeviceName);
    if (names.has(DeviceName)) throw invalidMapping(`Duplicate device name '${DeviceName}'`);
    names.add(DeviceName);
    if (VirtualName !== undefined) return ephemeral(DeviceName, VirtualName, Ebs !== undefined);
    if (Ebs === undefined) throw invalidMapping(noContent(DeviceName));
    const snapshot = findSnapshot(Ebs.SnapshotId, call);
    if (snapshot !== undefined) snapshots.set(DeviceName, snapshot);
    return { DeviceName, Ebs: registeredVolume(DeviceName, Ebs, snapshot) };
  });
  const root = snapshots.get(rootDeviceName);
  if (root === undefined) {
    throw invalidMapping(
      `The root device '${rootDeviceName}' must have a block device mapping with a snapshot`,
    );
  }
  return { mappings, rootDisk: root.disk };
}

const invalidMapping = (message: string) => new AwsError('InvalidBlockDeviceMapping', message);

/** The text is known from launches (nortontruter/infracoders-workshop#3). */
const noContent = (device: string) => `Either snapshot ID or volume size must be provided for: ${device}`;

function checkDeviceName(name: string): void {
  if (!/^(\/dev\/)?(sd[a-z]([1-9]|1[0-5])?|(xvd|hd)[a-z]{1,2}\d{0,2})$/.test(name)) {
    throw invalidMapping(`Invalid device name ${name}`);
  }
}

function ephemeral(DeviceName: string, VirtualName: string, hasVolume: boolean): BlockDeviceMapping {
  if (hasVolume) {
    throw invalidMapping(`The device '${DeviceName}' may have either a virtual name or a volume`);
  }
  if (!/^ephemeral([0-9]|1[0-9]|2[0-3])$/.test(VirtualName)) {
    throw invalidMapping(`Invalid virtual name '${VirtualName}' for the device '${DeviceName}'`);
  }
  return { DeviceName, VirtualName };
}

/** A snapshot that the caller may read, and that is complete. The text is known from volumes (tschellenbach/Snaptastic#17). */
function findSnapshot(id: string | undefined, call: Call): SnapshotRecord | undefined {
  if (id === undefined) return undefined;
  const snapshot = visibleSnapshot(call, id);
  if (snapshot.state !== 'completed') {
    throw new AwsError('IncorrectState', `Snapshot '${id}' is not 'completed'.`);
  }
  return snapshot;
}

type Volume = NonNullable<BlockDeviceMapping['Ebs']>;

function registeredVolume(device: string, ebs: Volume, snapshot: SnapshotRecord | undefined): Volume {
  if (ebs.Encrypted !== undefined && snapshot !== undefined) {
    throw invalidMapping(
      `the encrypted flag cannot be specified since device ${device} has a snapshot specified.`,
    );
  }
  const size = ebs.VolumeSize ?? snapshot?.volumeSizeGiB;
  if (size === undefined) throw invalidMapping(noContent(device));
  if (snapshot !== undefined && size < snapshot.volumeSizeGiB) {
    throw invalidMapping(
      `Volume of size ${size}GB is smaller than snapshot '${snapshot.id}', expect size >= ${snapshot.volumeSizeGiB}GB`,
    );
  }
  const volumeType = checkOneOf('volumeType', ebs.VolumeType, volumeTypes) ?? 'gp2';
  const { iops, throughput } = volumeShapeAsked({
    sizeGiB: size,
    volumeType,
    iops: ebs.Iops,
    throughput: ebs.Throughput,
  });
  return {
    DeleteOnTermination: ebs.DeleteOnTermination ?? true,
    ...(snapshot === undefined ? {} : { SnapshotId: snapshot.id }),
    VolumeSize: size,
    VolumeType: volumeType,
    // EC2 shows the speed of the types that have one to choose.
    ...(volumeType === 'gp2' || iops === undefined ? {} : { Iops: iops }),
    ...(throughput === undefined ? {} : { Throughput: throughput }),
    Encrypted: snapshot?.encrypted ?? ebs.Encrypted ?? false,
  };
}
