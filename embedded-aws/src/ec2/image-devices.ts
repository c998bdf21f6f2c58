import type { BlockDeviceMapping } from '@aws-sdk/client-ec2';
import { AwsError, missingParameter, notEmulated } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import type { InstanceRecord, SnapshotRecord, VolumeRecord, VolumeShape } from './records.ts';
import { checkOneOf } from './refusals.ts';
import { checkCompleted, tooSmallFor, visibleSnapshot } from './snapshots.ts';
import { volumeShapeAsked, volumeTypes } from './volume-specs.ts';

type Ebs = NonNullable<BlockDeviceMapping['Ebs']>;

export interface ChosenVolume {
  readonly device: string;
  readonly volume: VolumeRecord;
  readonly deleteOnTermination: boolean;
}

/** The parameters that describe the devices of a new image, in CreateImage and RegisterImage. */
export const imageDeviceParameters = [
  'BlockDeviceMappings.DeviceName',
  'BlockDeviceMappings.Ebs.DeleteOnTermination',
  'BlockDeviceMappings.Ebs.Encrypted',
  'BlockDeviceMappings.Ebs.Iops',
  'BlockDeviceMappings.Ebs.SnapshotId',
  'BlockDeviceMappings.Ebs.Throughput',
  'BlockDeviceMappings.Ebs.VolumeSize',
  'BlockDeviceMappings.Ebs.VolumeType',
  'BlockDeviceMappings.VirtualName',
] as const;

/**
 * The devices of an image that is created from an instance: the volumes of the instance, its instance stores,
 * and the devices that the request adds. For an existing volume, a request can only leave out the volume or
 * change DeleteOnTermination (EC2 API reference, CreateImage).
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

export const invalidMapping = (message: string) => new AwsError('InvalidBlockDeviceMapping', message);

/** The text is known from launches (nortontruter/infracoders-workshop#3). */
export const noContent = (device: string) =>
  invalidMapping(`Either snapshot ID or volume size must be provided for: ${device}`);

const flagWithSnapshot = (device: string) =>
  invalidMapping(`the encrypted flag cannot be specified since device ${device} has a snapshot specified.`);

/** A request must not change an existing volume. Repeating the volume's values is allowed. */
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
  if (Ebs === undefined) throw noContent(DeviceName);
  const snapshot = Ebs.SnapshotId === undefined ? undefined : visibleSnapshot(call, Ebs.SnapshotId);
  if (snapshot !== undefined && snapshot.account !== call.account) {
    throw notEmulated("ec2:CreateImage with another account's snapshot");
  }
  return { DeviceName, Ebs: describedVolume(DeviceName, Ebs, snapshot) };
}

/** The volume that launches will create from the request's description. */
export function describedVolume(device: string, ebs: Ebs, snapshot: SnapshotRecord | undefined): Ebs {
  if (snapshot !== undefined && ebs.Encrypted !== undefined) throw flagWithSnapshot(device);
  if (snapshot !== undefined) checkCompleted(snapshot);
  const sizeGiB = ebs.VolumeSize ?? snapshot?.volumeSizeGiB;
  if (sizeGiB === undefined) throw noContent(device);
  if (snapshot !== undefined && sizeGiB < snapshot.volumeSizeGiB) {
    throw invalidMapping(tooSmallFor(snapshot, sizeGiB));
  }
  const volumeType = checkOneOf('volumeType', ebs.VolumeType, volumeTypes) ?? 'gp2';
  const shape = volumeShapeAsked({ sizeGiB, volumeType, iops: ebs.Iops, throughput: ebs.Throughput });
  return {
    DeleteOnTermination: ebs.DeleteOnTermination ?? true,
    ...(snapshot === undefined ? {} : { SnapshotId: snapshot.id }),
    ...ebsShape({ ...shape, encrypted: snapshot?.encrypted ?? ebs.Encrypted ?? false }),
  };
}

/** A volume in the form that images show. Only types with a configurable speed show the speed. */
export function ebsShape(volume: VolumeShape & { readonly encrypted: boolean }): Ebs {
  return {
    VolumeSize: volume.sizeGiB,
    VolumeType: volume.volumeType as NonNullable<Ebs['VolumeType']>,
    Encrypted: volume.encrypted,
    ...(volume.volumeType === 'gp2' || volume.iops === undefined ? {} : { Iops: volume.iops }),
    ...(volume.throughput === undefined ? {} : { Throughput: volume.throughput }),
  };
}
