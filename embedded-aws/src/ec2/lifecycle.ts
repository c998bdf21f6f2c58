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
 * The automatic changes of EC2 resources, and the state changes that several operations start. Every handler
 * checks the current state of its resource: a transition that another change has overtaken does nothing.
 */
export const transitions: TransitionHandlers = {
  /** pending → running. After this, the guest boots (`guest.boot` belongs to the guest). */
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
    // EC2 remembers a deregistered image until its last instance is terminated (`image.forgotten`).
    const emptyMs = drawSeconds(world.seed, 'image.forgotten', instance.imageId, id) * 1000;
    schedule(world, 'image.forgotten', instance.imageId, at + emptyMs);
  },

  'instance.forgotten': (world, id) => world.instances.delete(id),

  /** The guest shut down the machine (`shutdown -h now`, sysprep). */
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

  /**
   * The guest restarts the machine (a patch, a script). EC2 is informed first, and then the guest restarts.
   */
  'instance.reboot-by-guest': (world, id, at) => {
    const instance = world.instances.get(id);
    if (instance?.state !== 'running') return;
    failPendingImages(world, id, at);
    reboot(world, instance, at);
  },

  /** A fault of the simulation terminates a launched instance. */
  'instance.fault': (world, id, at) => {
    const instance = world.instances.get(id);
    if (instance?.endsWith === undefined) return;
    if (instance.state === 'terminated' || instance.state === 'shutting-down') return;
    const { Code = '' } = instance.endsWith;
    beginTermination(world, instance, at, { reason: instance.endsWith, transitionReason: Code });
  },

  /** CreateImage or CopyImage ends. */
  'image.ready': (world, id, at) => {
    const image = world.images.get(id);
    if (image === undefined) return;
    const { readyAt: _readyAt, failsWith, ...rest } = image;
    if (image.state === 'pending' && failsWith !== undefined) {
      failImage(world, image, at, failsWith);
      return;
    }
    // The image was deregistered or failed in the meantime and stays in that state. Its snapshots still
    // complete.
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
   * Reads show a deregistered image until the read lag ends. Then Describe calls return an empty list. The
   * image is not found after the last instance that was launched from it is terminated (EC2 API reference,
   * DescribeImages).
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

/** EC2 shows a terminated instance for about an hour. */
const visibleAfterEndMs = 3_600_000;

/** EC2 repeats the code in the message. */
export function reason(code: string, message: string): StateReason {
  return { Code: code, Message: `${code}: ${message}` };
}

export function putInstance(world: World, instance: InstanceRecord, at: number): InstanceRecord {
  const isNewState = world.instances.get(instance.id)?.state !== instance.state;
  world.instances.put(instance, at, lagMs(world, instance.id));
  if (isNewState) announceInstance(world, instance, at);
  return instance;
}

/** Sets the state to pending, and later to running, after a launch or a start. */
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
 * An instance that cannot decrypt its volumes does not run. EC2 terminates a new instance, and stops an
 * instance that was started (EC2 user guide, Troubleshoot launch issues).
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

/** Schedules a transition with a delay from the latency table. */
function after(
  world: World,
  latency: 'instance.running' | 'instance.stop' | 'instance.terminate',
  id: string,
  at: number,
  kind: string = latency,
): void {
  schedule(world, kind, id, at + drawSeconds(world.seed, latency, id, at) * 1000);
}

/**
 * CreateImage reboots a running instance unless NoReboot is true. The guest emulation performs the reboot.
 */
export function reboot(world: World, { id }: InstanceRecord, at: number): void {
  schedule(world, 'guest.reboot', id, at);
}

/**
 * An image fails if its source terminates or reboots during creation. EC2's state reason is "terminated or
 * rebooted during AMI creation" (EC2 API reference, StateReason). The embedded EC2 also fails the image on a
 * stop or a start, because each is half a reboot. This strict reading is assumed.
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

/** A failed image remains until it is deregistered, and its snapshots remain until they are deleted. */
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

/** The record of a pending snapshot at the time when it ends. */
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

/**
 * The GiB that are written on a disk, which a snapshot must store. The figures are assumed for each operating
 * system.
 */
export function writtenGiB(world: World, { id, disk }: { id: string; disk?: Disk }): number {
  if (disk === undefined) return 0;
  const [least, most] = disk.platform === 'windows' ? [14, 18] : [2, 4];
  return least + (most - least) * draw(world.seed, 'written', id);
}

/** How long CreateImage takes, in seconds: a base time, plus time for the data on the volumes. */
export function creationSeconds(world: World, imageId: string, volumes: readonly VolumeRecord[]): number {
  const perGiB = drawSeconds(world.seed, 'image.create.perGiB', imageId);
  const written = volumes.reduce((sum, volume) => sum + writtenGiB(world, volume), 0);
  return drawSeconds(world.seed, 'image.create', imageId) + perGiB * written;
}

/** The base time of a copy includes a full volume of this size. Only data beyond this size adds time. */
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
