import { AwsError } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import { lagMs, newId, schedule, type World } from '../core/world.ts';
import { announceSharing, announceSnapshot } from './announcements.ts';
import { snapshotIdsOf } from './lifecycle.ts';
import type { ImageRecord, SnapshotRecord, VolumeRecord } from './records.ts';
import { checkIds, snapshotNotFound } from './refusals.ts';

/**
 * The image that prevents the deletion of a snapshot: any registered image that uses the snapshot, in any
 * state.
 */
export function imageUsing(world: World, snapshotId: string): ImageRecord | undefined {
  return world.images
    .all()
    .find((image) => image.state !== 'deregistered' && snapshotIdsOf(image).includes(snapshotId));
}

/** Whether an account can see a snapshot, and therefore create volumes and copies from it. */
export function isSnapshotVisible(world: World, snapshot: SnapshotRecord, account: string): boolean {
  if (snapshot.account === account || snapshot.sharedWith?.includes(account)) return true;
  return isSnapshotPublic(world, snapshot);
}

/**
 * A public snapshot keeps its mark while its owner blocks all public sharing, but is private during that
 * time.
 */
export function isSnapshotPublic(
  world: World,
  { public: isPublic, account, region }: SnapshotRecord,
): boolean {
  return isPublic === true && world.publicSnapshots.get(`${account}/${region}`) !== 'block-all-sharing';
}

/**
 * The current record of a snapshot that a request names, if reads show the snapshot and the caller can see
 * it.
 */
export function visibleSnapshot(call: Call, id: string, region = call.region): SnapshotRecord {
  const { world, account, now } = call;
  checkIds('snap', [id]);
  const snapshot = world.snapshots.get(id);
  const isSeen = world.snapshots.seen(id, now) !== undefined;
  if (
    snapshot === undefined ||
    !isSeen ||
    snapshot.region !== region ||
    !isSnapshotVisible(world, snapshot, account)
  ) {
    throw snapshotNotFound(id);
  }
  return snapshot;
}

/** The current record of a snapshot, for a change by its owner. */
export function ownSnapshot(call: Call, id: string): SnapshotRecord {
  const snapshot = visibleSnapshot(call, id);
  if (snapshot.account !== call.account) {
    throw new AwsError('AuthFailure', `Not authorized for snapshot:${id}`, 403);
  }
  return snapshot;
}

/** The text is known from volumes (tschellenbach/Snaptastic#17). */
export function checkCompleted({ id, state }: SnapshotRecord): void {
  if (state !== 'completed') throw new AwsError('IncorrectState', `Snapshot '${id}' is not 'completed'.`);
}

/** EC2's message for a volume that is smaller than its snapshot. The error code depends on the operation. */
export const tooSmallFor = (snapshot: SnapshotRecord, sizeGiB: number): string =>
  `Volume of size ${sizeGiB}GB is smaller than snapshot '${snapshot.id}', expect size >= ${snapshot.volumeSizeGiB}GB`;

export function putSnapshot(world: World, snapshot: SnapshotRecord, at: number): SnapshotRecord {
  const before = world.snapshots.get(snapshot.id);
  world.snapshots.put(snapshot, at, lagMs(world, snapshot.id));
  if (before?.state === 'pending' && snapshot.state !== 'pending') announceSnapshot(world, snapshot, at);
  for (const account of snapshot.sharedWith ?? []) {
    if (!before?.sharedWith?.includes(account)) announceSharing(world, snapshot, account, at);
  }
  return snapshot;
}

/** Starts a snapshot of a volume. `readyAt` is the time of completion. */
export function beginSnapshot(
  { world, account, region, now }: Call,
  volume: VolumeRecord,
  given: Pick<SnapshotRecord, 'tags' | 'description' | 'readyAt'> & { readonly id?: string },
): SnapshotRecord {
  return putSnapshot(
    world,
    {
      id: newId(world, 'snap'),
      account,
      region,
      volumeId: volume.id,
      volumeSizeGiB: volume.sizeGiB,
      encrypted: volume.encrypted,
      ...(volume.kmsKeyId === undefined ? {} : { kmsKeyId: volume.kmsKeyId }),
      state: 'pending',
      startTime: now,
      ...(volume.disk === undefined ? {} : { disk: volume.disk }),
      ...given,
    },
    now,
  );
}

/** Schedules the end of a snapshot that belongs to no pending image. */
export function awaitSnapshot(world: World, { id, readyAt }: SnapshotRecord): void {
  if (readyAt !== undefined) schedule(world, 'snapshot.ready', id, readyAt);
}

const pendingSnapshotsMax = 5;
const pendingSnapshotsOfHardDisksMax = 1;
const snapshotIntervalMs = 15_000;

/**
 * A volume allows one snapshot per 15 seconds, and only a few pending snapshots at the same time (EC2 API
 * reference, Error codes).
 */
export function checkSnapshotLimits({ id, volumeType }: VolumeRecord, { world, now }: Call): void {
  const snapshots = world.snapshots.all().filter(({ volumeId }) => volumeId === id);
  if (snapshots.some(({ startTime }) => now - startTime < snapshotIntervalMs)) {
    throw new AwsError(
      'SnapshotCreationPerVolumeRateExceeded',
      'The maximum per volume CreateSnapshot request rate has been exceeded. Use an increasing or variable sleep interval between requests.',
    );
  }
  const isHardDisk = volumeType === 'st1' || volumeType === 'sc1';
  const max = isHardDisk ? pendingSnapshotsOfHardDisksMax : pendingSnapshotsMax;
  if (snapshots.filter(({ state }) => state === 'pending').length >= max) {
    throw new AwsError(
      'ConcurrentSnapshotLimitExceeded',
      'Maximum allowed in-progress snapshots for a single volume exceeded.',
    );
  }
}
