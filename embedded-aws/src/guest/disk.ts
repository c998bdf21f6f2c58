import type { Disk } from '../catalog/disk.ts';
import { isIdentity } from '../catalog/packages.ts';
import type { World } from '../core/world.ts';
import type { InstanceRecord } from '../ec2/records.ts';

/** The content of an instance's root disk; `undefined` if the instance has no root disk (any more). */
export function rootDisk(world: World, instance: InstanceRecord): Disk | undefined {
  return rootVolume(world, instance)?.disk;
}

/** Changes the content of an instance's root disk. The API does not show disk contents, so there is no read lag. */
export function changeDisk(world: World, instanceId: string, at: number, change: (disk: Disk) => Disk): void {
  const instance = world.instances.get(instanceId);
  const volume = instance && rootVolume(world, instance);
  if (volume?.disk === undefined) return;
  world.volumes.put({ ...volume, disk: change(volume.disk) }, at, 0);
}

/** The disk after files were written. Missing files are created. */
export function withFiles(disk: Disk, written: readonly string[], at: number): Disk {
  const times = Object.fromEntries(written.map((file) => [file, at]));
  return { ...disk, files: withAll(disk.files, written), times: { ...disk.times, ...times } };
}

/** The disk after a system or an agent has written its own files. Files that identify a machine stay if they exist. */
export function withOwnFiles(disk: Disk, own: readonly string[], at: number): Disk {
  return withFiles(
    disk,
    own.filter((file) => !isIdentity(file) || !disk.files.includes(file)),
    at,
  );
}

/** The disk without some files. */
export function withoutFiles(disk: Disk, isGone: (file: string) => boolean): Disk {
  const times = Object.entries(disk.times ?? {}).filter(([file]) => !isGone(file));
  return {
    ...disk,
    files: disk.files.filter((file) => !isGone(file)),
    times: Object.fromEntries(times),
  };
}

function rootVolume(world: World, { blockDevices, rootDeviceName }: InstanceRecord) {
  const root = blockDevices.find(({ device }) => device === rootDeviceName);
  return root && world.volumes.get(root.volumeId);
}

/** The list with all missing items of `more` appended. */
function withAll(list: readonly string[], more: readonly string[]): readonly string[] {
  return [...list, ...more.filter((item) => !list.includes(item))];
}
