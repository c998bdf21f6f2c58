import type { World } from '../core/world.ts';
import type { InstanceRecord } from '../ec2/records.ts';
import type { Disk } from './records.ts';

/** What is written on the root disk of an instance; `undefined` when it has none (any more). */
export function rootDisk(world: World, instance: InstanceRecord): Disk | undefined {
  return rootVolume(world, instance)?.disk;
}

/** Changes the root disk of an instance. Nobody sees a disk through the API, so nothing lags. */
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

/** The list with what it lacks of `more`, in order. */
export function withAll(list: readonly string[], more: readonly string[]): readonly string[] {
  return [...list, ...more.filter((item) => !list.includes(item))];
}
