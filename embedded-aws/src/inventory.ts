import type { Disk } from './catalog/disk.ts';
import type { Tags } from './core/resource.ts';
import { type LiveWorld, settle } from './core/transitions.ts';
import { snapshotIdsOf } from './ec2/lifecycle.ts';
import { rootDisk } from './guest/disk.ts';

/** A resource that an account owns and pays for. */
export interface Item {
  readonly region: string;
  readonly kind: 'instance' | 'volume' | 'image' | 'snapshot';
  readonly id: string;
  readonly state: string;
  readonly tags: Tags;
}

/**
 * The resources that an account really owns now, regardless of read lag. Terminated instances and deregistered images
 * are not included, although EC2 shows them for a while.
 */
export function inventory({ world, services }: LiveWorld, account: string): Item[] {
  settle(world, services);
  const list = (
    kind: Item['kind'],
    records: readonly { id: string; account: string; region: string; state: string; tags: Tags }[],
    goneState?: string,
  ): Item[] =>
    records
      .filter((record) => record.account === account && record.state !== goneState)
      .map(({ region, id, state, tags }) => ({ region, kind, id, state, tags }));
  return [
    ...list('instance', world.instances.all(), 'terminated'),
    ...list('volume', world.volumes.all()),
    ...list('image', world.images.all(), 'deregistered'),
    ...list('snapshot', world.snapshots.all()),
  ];
}

/** The current content of the root disk of an instance or an image. The API does not show it. */
export function diskOf({ world, services }: LiveWorld, id: string): Disk | undefined {
  settle(world, services);
  const instance = world.instances.get(id);
  if (instance !== undefined) return rootDisk(world, instance);
  const image = world.images.get(id);
  if (image === undefined) return undefined;
  const root = image.blockDeviceMappings.filter(({ DeviceName }) => DeviceName === image.rootDeviceName);
  const [snapshotId = ''] = snapshotIdsOf({ blockDeviceMappings: root });
  return world.snapshots.get(snapshotId)?.disk;
}
