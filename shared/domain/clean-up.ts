import type { Leftover } from './build.ts';
import { ROLE, type Role } from './tags.ts';

/** Something in AWS that carries the execution's tag. */
export interface Found extends Leftover {
  readonly tags: Readonly<Record<string, string>>;
  /** The snapshots of an image; removed with it. */
  readonly snapshotIds?: readonly string[];
  /** On its way out already: nothing to do but to await its end. */
  readonly leaving?: boolean;
}

export interface LeftoverDecision {
  readonly remove: Found[];
  readonly keep: Found[];
  readonly reason: string;
}

/**
 * What of an execution's resources must go. Everything, if the build failed. Else images stay, with their snapshots, when the
 * release is whole: at least one was released, and none that should have been was not. A release is tagged region by region, so an
 * execution that died in the middle of it, and cannot say that it failed, leaves some of both, and then all go.
 */
export function leftovers(found: readonly Found[], buildFailed: boolean): LeftoverDecision {
  if (buildFailed) return { remove: [...found], keep: [], reason: 'the build failed' };
  const roleOf = ({ tags }: Found) => tags[ROLE] as Role | undefined;
  const images = found.filter(({ kind }) => kind === 'image');
  const released = images.filter((image) => roleOf(image) === 'release');
  const unreleased = images.filter((image) => roleOf(image) === 'copy' || roleOf(image) === 'candidate');
  if (released.length === 0 || unreleased.length > 0) {
    const reason = released.length === 0 ? 'nothing was released' : 'the release is not whole';
    return { remove: [...found], keep: [], reason };
  }
  const kept = new Set(released.flatMap(({ id, snapshotIds = [] }) => [id, ...snapshotIds]));
  return {
    remove: found.filter(({ id }) => !kept.has(id)),
    keep: found.filter(({ id }) => kept.has(id)),
    reason: `${released.length} images are released`,
  };
}

/**
 * What of it can be removed now. A snapshot cannot while its image stands (InvalidSnapshot.InUse), a volume not while it is
 * attached; both come in a later turn, if they did not go with their image or instance.
 */
export function nextRemovals(remove: readonly Found[]): Found[] {
  const backing = new Set(remove.flatMap(({ snapshotIds = [] }) => snapshotIds));
  return remove.filter(({ id, leaving = false }) => !leaving && !backing.has(id));
}

/** How long nothing must have been seen. Reads lag seconds behind writes, rarely minutes (EC2, "Eventual consistency"). */
const QUIET_SECONDS = 60;

/** Whether clean-up is at its end: nothing is left, and nothing was for long enough that nothing will still appear. */
export function isOver(lastSeen: string, remove: readonly Found[], now: Date): boolean {
  return remove.length === 0 && now.getTime() - new Date(lastSeen).getTime() >= QUIET_SECONDS * 1000;
}
