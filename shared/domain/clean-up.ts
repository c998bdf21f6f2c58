import type { Leftover } from './build.ts';
import { ROLE, type Role } from './tags.ts';

/** Something in AWS that carries the execution's tag. */
export interface Found extends Leftover {
  readonly tags: Readonly<Record<string, string>>;
  /** The snapshots of an image; removed with it. */
  readonly snapshotIds?: readonly string[];
  /** EC2's word for how it is; of images. */
  readonly state?: string | undefined;
  /** On its way out already: nothing to do but to await its end. */
  readonly leaving?: boolean;
}

export interface LeftoverDecision {
  readonly remove: Found[];
  /** Images, and their snapshots, of which it is not certain yet whether they are released. */
  readonly undecided: Found[];
}

/** What is known of the build besides its resources. */
export interface Known {
  /** Whether it failed; then nothing stays. */
  readonly buildFailed: boolean;
  /** The images that it says it released. */
  readonly released: readonly { imageId: string; snapshotIds: readonly string[] }[];
  /** Whether so much time has passed that all tags show that were written before. */
  readonly tagsAreSettled: boolean;
  /** Whether images could be listed in every region. */
  readonly sawAllImages: boolean;
}

/**
 * What of an execution's resources must go. Everything, if the build failed. What it says it released stays. Where it says nothing
 * (it was aborted), the images' tags decide: they stay when the release is whole, that is when at least one was released and none
 * that could have been was not; a release is tagged region by region, so an execution that died in the middle of it leaves some of
 * both, and then all go. Tags that were read too early could make a whole release look broken, so that nothing is decided by them
 * until they are settled; and where all that was seen is released, but not all was seen, that stays undecided.
 */
export function leftovers(
  found: readonly Found[],
  { buildFailed, released, tagsAreSettled, sawAllImages }: Known,
): LeftoverDecision {
  const allBut = (kept: readonly string[]): LeftoverDecision => ({
    remove: found.filter(({ id }) => !kept.includes(id)),
    undecided: [],
  });
  const withSnapshots = ({ id, snapshotIds = [] }: Found) => [id, ...snapshotIds];
  if (buildFailed) return allBut([]);
  if (released.length > 0)
    return allBut(released.flatMap(({ imageId, snapshotIds }) => [imageId, ...snapshotIds]));

  const isImage = ({ kind }: Found) => kind === 'image' || kind === 'snapshot';
  if (!tagsAreSettled) {
    return { remove: found.filter((one) => !isImage(one)), undecided: found.filter(isImage) };
  }
  const inRole = (...roles: Role[]) =>
    found.filter(({ kind, tags }) => kind === 'image' && roles.includes(tags[ROLE] as Role));
  const marked = inRole('release');
  // What never became available could not have been released: a failed attempt says nothing of the release.
  const unmarked = inRole('copy', 'candidate').filter(({ state }) => state === 'available');
  if (marked.length === 0 || unmarked.length > 0) return allBut([]);
  const kept = marked.flatMap(withSnapshots);
  return { ...allBut(kept), undecided: sawAllImages ? [] : found.filter(({ id }) => kept.includes(id)) };
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
