import type { ImageRecord, SnapshotRecord } from '../records.ts';
import type { World } from '../world.ts';
import { snapshotIdsOf } from './lifecycle.ts';

/** The image that keeps a snapshot from being deleted, whatever state it is in, as long as it is registered. */
export function imageUsing(world: World, snapshotId: string): ImageRecord | undefined {
  return world.images
    .all()
    .find((image) => image.state !== 'deregistered' && snapshotIdsOf(image).includes(snapshotId));
}

export function isSnapshotVisible(snapshot: SnapshotRecord, account: string): boolean {
  return snapshot.account === account || snapshot.public === true;
}
