import type { Disk } from '../catalog/disk.ts';
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

function rootVolume(world: World, { blockDevices, rootDeviceName }: InstanceRecord) {
  const root = blockDevices.find(({ device }) => device === rootDeviceName);
  return root && world.volumes.get(root.volumeId);
}

/** The list with all missing items of `more` appended. */
export function withAll(list: readonly string[], more: readonly string[]): readonly string[] {
  return [...list, ...more.filter((item) => !list.includes(item))];
}
