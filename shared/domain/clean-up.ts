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

/** What is known of the build besides its resources. */
export interface Known {
  /** Whether it failed; then nothing stays. */
  readonly buildFailed: boolean;
  /** The images that it says it released. */
  readonly released: readonly { imageId: string; snapshotIds: readonly string[] }[];
  /** Whether so much time has passed that reads show all tags that were written before. */
  readonly tagsAreSettled: boolean;
}

/**
 * What of an execution's resources must go. Everything, if the build failed. What it says it released stays. Where it says nothing
 * (it was aborted), the images' tags decide: they stay when the release is whole, that is when at least one was released and none
 * that should have been was not; a release is tagged region by region, so an execution that died in the middle of it leaves some
 * of both, and then all go. Tags that were read too early could make a whole release look broken, so that waits until they are
 * settled.
 */
export function leftovers(
  found: readonly Found[],
  { buildFailed, released, tagsAreSettled }: Known,
): LeftoverDecision {
  const without = (kept: ReadonlySet<string>, reason: string): LeftoverDecision => ({
    remove: found.filter(({ id }) => !kept.has(id)),
    keep: found.filter(({ id }) => kept.has(id)),
    reason,
  });
  if (buildFailed) return without(new Set(), 'the build failed');
  if (released.length > 0) {
    const kept = released.flatMap(({ imageId, snapshotIds }) => [imageId, ...snapshotIds]);
    return without(new Set(kept), `${released.length} images are released`);
  }
  const images = found.filter(({ kind }) => kind === 'image');
  if (!tagsAreSettled) {
    const kept = found.filter(({ kind }) => kind === 'image' || kind === 'snapshot').map(({ id }) => id);
    return without(new Set(kept), 'whether the images are released is not certain yet');
  }
  const inRole = (...roles: Role[]) => images.filter(({ tags }) => roles.includes(tags[ROLE] as Role));
  const marked = inRole('release');
  if (marked.length === 0) return without(new Set(), 'nothing was released');
  if (inRole('copy', 'candidate').length > 0) return without(new Set(), 'the release is not whole');
  const kept = marked.flatMap(({ id, snapshotIds = [] }) => [id, ...snapshotIds]);
  return without(new Set(kept), `${marked.length} images are released`);
}

/**
 * What of it can be removed now. A snapshot cannot while its image stands (InvalidSnapshot.InUse), a volume not while it is
 * attached; both come in a later turn, if they did not go with their image or instance.
 */
export function nextRemovals(remove: readonly Found[]): Found[] {
  const backing = new Set(remove.flatMap(({ snapshotIds = [] }) => snapshotIds));
  return remove.filter(({ id, leaving = false }) => !leaving && !backing.has(id));
}

/**
 * How long nothing must have been seen before clean-up may believe that nothing will still appear. A function that was under way
 * when its execution ended may go on to its time-out (60 s, serverless.yml), and reads lag some seconds behind writes, rarely a
 * minute (EC2 developer guide, "Eventual consistency").
 */
export const QUIET_SECONDS = 150;

/** How much longer clean-up must see nothing. 0 or less: no longer. */
export function quietSecondsLeft(lastSeen: string, now: Date): number {
  return QUIET_SECONDS - (now.getTime() - new Date(lastSeen).getTime()) / 1000;
}
