import type { StateReason } from '@aws-sdk/client-ec2';
import type { Disk } from '../catalog/disk.ts';
import { draw } from '../core/random.ts';
import type { TransitionHandlers } from '../core/service.ts';
import { lagMs, schedule, type World } from '../core/world.ts';
import { announceImage, announceInstance, announceSnapshot } from './announcements.ts';
import { hasUnusableKey } from './encryption.ts';
import { rememberFormer } from './former-images.ts';
import { drawSeconds } from './latency.ts';
import { releaseInterface } from './network-interfaces.ts';
import type { ImageRecord, InstanceRecord, SnapshotRecord, VolumeRecord } from './records.ts';

/**
 * What happens to EC2's resources by themselves, and the changes of state that more than one operation starts. Every handler
 * looks at what its resource has become in the meantime: a transition that was overtaken does nothing.
 */
export const transitions: TransitionHandlers = {
  /** pending → running; from here on the guest boots (`guest.boot` belongs to the guest). */
  'instance.running': (world, id, at) => {
    const instance = world.instances.get(id);
    if (instance?.state !== 'pending') return;
    if (hasUnusableKey(world, instance, instance.boots === 0)) {
      refuseToRun(world, instance, at);
      return;
    }
    const { stateReason: _pending, ...rest } = instance;
    putInstance(world, { ...rest, state: 'running', runningSince: at }, at);
    schedule(world, 'guest.boot', id, at);
  },

  'instance.stopped': (world, id, at) => {
    const instance = world.instances.get(id);
    if (instance?.state === 'stopping') putInstance(world, { ...instance, state: 'stopped' }, at);
  },

  'instance.terminated': (world, id, at) => {
    const instance = world.instances.get(id);
    if (instance?.state !== 'shutting-down') return;
    for (const { volumeId, deleteOnTermination } of instance.blockDevices) {
      const volume = world.volumes.get(volumeId);
      if (volume === undefined) continue;
      if (deleteOnTermination) {
        world.volumes.remove(volumeId, at, lagMs(world, volumeId));
      } else {
        const { attachment: _attachment, ...detached } = volume;
        world.volumes.put({ ...detached, state: 'available' }, at, lagMs(world, volumeId));
      }
    }
    releaseInterface(world, instance, at);
    putInstance(world, { ...instance, state: 'terminated', blockDevices: [] }, at);
    schedule(world, 'instance.forgotten', id, at + visibleAfterEndMs);
    // A deregistered image is kept in mind for its last instance (`image.forgotten`).
    const emptyMs = drawSeconds(world.seed, 'image.forgotten', instance.imageId, id) * 1000;
    schedule(world, 'image.forgotten', instance.imageId, at + emptyMs);
  },

  'instance.forgotten': (world, id) => world.instances.delete(id),

  /** The guest shut down by itself (`shutdown -h now`, sysprep). */
  'instance.shutdown-by-guest': (world, id, at) => {
    const instance = world.instances.get(id);
    if (instance?.state !== 'running') return;
    const end = {
      reason: reason('Client.InstanceInitiatedShutdown', 'Instance initiated shutdown'),
      transitionReason: '',
    };
    if (instance.shutdownBehavior === 'terminate') beginTermination(world, instance, at, end);
    else beginStop(world, instance, at, end);
  },

  /** The guest restarts its machine by itself (a patch, a script). EC2 hears of it first, and the guest does it then. */
  'instance.reboot-by-guest': (world, id, at) => {
    const instance = world.instances.get(id);
    if (instance?.state !== 'running') return;
    failPendingImages(world, id, at);
    reboot(world, instance, at);
  },

  /** A fault of the simulation ends an instance that was launched. */
  'instance.fault': (world, id, at) => {
    const instance = world.instances.get(id);
    if (instance?.endsWith === undefined) return;
    if (instance.state === 'terminated' || instance.state === 'shutting-down') return;
    const { Code = '' } = instance.endsWith;
    beginTermination(world, instance, at, { reason: instance.endsWith, transitionReason: Code });
  },

  /** CreateImage or CopyImage comes to its end. */
  'image.ready': (world, id, at) => {
    const image = world.images.get(id);
    if (image === undefined) return;
    const { readyAt: _readyAt, failsWith, ...rest } = image;
    if (image.state === 'pending' && failsWith !== undefined) {
      failImage(world, image, at, failsWith);
      return;
    }
    // An image that was deregistered or failed in the meantime stays so; its snapshots complete all the same.
    for (const snapshotId of snapshotIdsOf(image)) {
      const snapshot = world.snapshots.get(snapshotId);
      if (snapshot?.state !== 'pending') continue;
      const ended = endedSnapshot(snapshot, at);
      world.snapshots.put(ended, at, lagMs(world, snapshotId));
      announceSnapshot(world, ended, at);
    }
    if (image.state !== 'pending') return;
    const missing = snapshotIdsOf(image).find((snapshotId) => world.snapshots.get(snapshotId) === undefined);
    if (missing !== undefined) {
      failImage(
        world,
        image,
        at,
        reason('Client.InvalidSnapshot.NotFound', `The snapshot '${missing}' does not exist.`),
      );
      return;
    }
    announceImage(world, world.images.put({ ...rest, state: 'available' }, at, lagMs(world, id)), at);
  },

  /**
   * A deregistered image is shown as before until reads have caught up, then as nothing, and is not found any more after the
   * last instance that was launched from it is terminated (EC2 API reference, DescribeImages).
   */
  'image.forgotten': (world, id, at) => {
    if (
      world.images.get(id)?.state !== 'deregistered' ||
      world.images.seen(id, at)?.state !== 'deregistered'
    ) {
      return;
    }
    const isReferredTo = world.instances
      .all()
      .some(({ imageId, state }) => imageId === id && state !== 'terminated');
    if (isReferredTo) return;
    rememberFormer(world, id);
    world.images.delete(id);
  },
};

/** For how long EC2 still shows a terminated instance: about an hour. */
const visibleAfterEndMs = 3_600_000;

/** EC2 writes the code into the message again. */
export function reason(code: string, message: string): StateReason {
  return { Code: code, Message: `${code}: ${message}` };
}

export function putInstance(world: World, instance: InstanceRecord, at: number): InstanceRecord {
  const isNewState = world.instances.get(instance.id)?.state !== instance.state;
  world.instances.put(instance, at, lagMs(world, instance.id));
  if (isNewState) announceInstance(world, instance, at);
  return instance;
}

/** pending, and later running: after a launch, and after a start. */
export function beginRunning(world: World, instance: InstanceRecord, at: number): InstanceRecord {
  const pending = putInstance(
    world,
    {
      ...instance,
      state: 'pending',
      stateReason: { Code: 'pending', Message: 'pending' },
      stateTransitionReason: '',
      launchTime: at,
    },
    at,
  );
  after(world, 'instance.running', instance.id, at);
  return pending;
}

interface End {
  readonly reason: StateReason;
  readonly transitionReason: string;
}

export function beginStop(world: World, instance: InstanceRecord, at: number, end: End): InstanceRecord {
  failPendingImages(world, instance.id, at);
  after(world, 'instance.stop', instance.id, at, 'instance.stopped');
  return putInstance(world, ended(instance, 'stopping', end), at);
}

export function beginTermination(
  world: World,
  instance: InstanceRecord,
  at: number,
  end: End,
): InstanceRecord {
  failPendingImages(world, instance.id, at);
  after(world, 'instance.terminate', instance.id, at, 'instance.terminated');
  return putInstance(world, ended(instance, 'shutting-down', end), at);
}

/**
 * What cannot decrypt its volumes does not run: a new instance is terminated, one that ran before is stopped again (EC2 user guide,
 * Troubleshoot launch issues).
 */
function refuseToRun(world: World, instance: InstanceRecord, at: number): void {
  const code = 'Client.InternalError';
  const end = { reason: reason(code, 'Client error on launch'), transitionReason: code };
  if (instance.boots === 0) beginTermination(world, instance, at, end);
  else putInstance(world, ended(instance, 'stopped', end), at);
}

function ended(
  { agentOnlineSince: _online, agentLostAt: _lost, ...instance }: InstanceRecord,
  state: 'stopping' | 'stopped' | 'shutting-down',
  end: End,
): InstanceRecord {
  return { ...instance, state, stateReason: end.reason, stateTransitionReason: end.transitionReason };
}

/** Schedules a transition after a time drawn from the latency table. */
function after(
  world: World,
  latency: 'instance.running' | 'instance.stop' | 'instance.terminate',
  id: string,
  at: number,
  kind: string = latency,
): void {
  schedule(world, kind, id, at + drawSeconds(world.seed, latency, id, at) * 1000);
}

/** CreateImage of a running instance reboots it, unless NoReboot says otherwise. How a reboot goes is the guest's affair. */
export function reboot(world: World, { id }: InstanceRecord, at: number): void {
  schedule(world, 'guest.reboot', id, at);
}

/**
 * An image fails whose source ends or restarts while it is made: EC2 has a state reason for it, "terminated or rebooted during
 * AMI creation" (EC2 API reference, StateReason). That a stop and a start count as half a reboot each is assumed, on the strict side.
 */
export function failPendingImages(world: World, instanceId: string, at: number): void {
  for (const image of world.images.all()) {
    if (image.state !== 'pending' || image.sourceInstanceId !== instanceId) continue;
    failImage(
      world,
      image,
      at,
      reason('Client.InstanceTerminated', 'The instance was terminated or rebooted during AMI creation.'),
    );
  }
}

/** A failed image stays until it is deregistered, and its snapshots stay until they are deleted. */
function failImage(world: World, image: ImageRecord, at: number, stateReason: StateReason): void {
  const { readyAt: _readyAt, failsWith: _failsWith, ...rest } = image;
  const failed = { ...rest, state: 'failed', stateReason } as const;
  world.images.put(failed, at, lagMs(world, image.id));
  announceImage(world, failed, at);
  for (const snapshotId of snapshotIdsOf(image)) {
    const snapshot = world.snapshots.get(snapshotId);
    if (snapshot?.state !== 'pending') continue;
    const failsWith = snapshot.failsWith ?? 'The snapshot could not be completed';
    const broken = endedSnapshot({ ...snapshot, failsWith }, at);
    world.snapshots.put(broken, at, lagMs(world, snapshotId));
    announceSnapshot(world, broken, at);
  }
}

/** A pending snapshot as it is when its time is up. */
export function endedSnapshot(
  { readyAt: _readyAt, failsWith, ...snapshot }: SnapshotRecord,
  at: number,
): SnapshotRecord {
  return failsWith === undefined
    ? { ...snapshot, state: 'completed', completionTime: at }
    : { ...snapshot, state: 'error', stateMessage: failsWith };
}

export function snapshotIdsOf({ blockDeviceMappings }: Pick<ImageRecord, 'blockDeviceMappings'>): string[] {
  return blockDeviceMappings.flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []);
}

/** GiB that are written on a disk, which is what a snapshot has to carry: assumed by its operating system. */
export function writtenGiB(world: World, { id, disk }: { id: string; disk?: Disk }): number {
  if (disk === undefined) return 0;
  const [least, most] = disk.platform === 'windows' ? [14, 18] : [2, 4];
  return least + (most - least) * draw(world.seed, 'written', id);
}

/** Seconds that CreateImage takes: a base, and what is written on the volumes. */
export function creationSeconds(world: World, imageId: string, volumes: readonly VolumeRecord[]): number {
  const perGiB = drawSeconds(world.seed, 'image.create.perGiB', imageId);
  const written = volumes.reduce((sum, volume) => sum + writtenGiB(world, volume), 0);
  return drawSeconds(world.seed, 'image.create', imageId) + perGiB * written;
}

/** The base of a copy is that of a full volume of this size; only what is beyond it costs more. */
const copiedWithBaseGiB = 8;

export function copySeconds(
  world: World,
  imageId: string,
  snapshots: readonly { id: string; disk?: Disk }[],
): number {
  const perGiB = drawSeconds(world.seed, 'image.copy.perGiB', imageId);
  const written = snapshots.reduce((sum, snapshot) => sum + writtenGiB(world, snapshot), 0);
  return drawSeconds(world.seed, 'image.copy', imageId) + perGiB * Math.max(0, written - copiedWithBaseGiB);
}
