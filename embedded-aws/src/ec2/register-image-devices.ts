import type { BlockDeviceMapping } from '@aws-sdk/client-ec2';
import type { Disk } from '../catalog/disk.ts';
import { missingParameter } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import { describedVolume, invalidMapping, noContent } from './image-devices.ts';
import type { SnapshotRecord } from './records.ts';
import { visibleSnapshot } from './snapshots.ts';

/** The devices of a registered image, and the content of its root disk. */
export function registeredDevices(
  asked: readonly BlockDeviceMapping[],
  rootDeviceName: string,
  call: Call,
): { mappings: BlockDeviceMapping[]; rootDisk: Disk | undefined } {
  // A request without devices registers an image in S3, which needs a manifest.
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
    if (Ebs === undefined) throw noContent(DeviceName);
    const snapshot = Ebs.SnapshotId === undefined ? undefined : visibleSnapshot(call, Ebs.SnapshotId);
    if (snapshot !== undefined) snapshots.set(DeviceName, snapshot);
    return { DeviceName, Ebs: describedVolume(DeviceName, Ebs, snapshot) };
  });
  const root = snapshots.get(rootDeviceName);
  if (root === undefined) {
    throw invalidMapping(
      `The root device '${rootDeviceName}' must have a block device mapping with a snapshot`,
    );
  }
  return { mappings, rootDisk: root.disk };
}

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
