import type { Leftover } from './execution-document.ts';
import { ROLE, type Role, VERSION } from './tags.ts';
import { versionOf } from './version.ts';

/** Something in AWS that carries an execution's tag. */
export interface FoundResource extends Leftover {
  readonly tags: Readonly<Record<string, string>>;
  /** The snapshots of an image; removed with it. */
  readonly snapshotIds?: readonly string[];
  /** EC2's word for how it is; of images. */
  readonly state?: string | undefined;
  /** On its way out already: nothing to do but to await its end. */
  readonly leaving?: boolean;
}

/**
 * What the images' marks of a release are worth. `void`: the build failed, and nothing stays. `valid`: it went well, or nobody knows
 * any more: what is marked stays, whatever else there is. `doubtful`: it was stopped, perhaps while it was marking: only a whole release
 * stays.
 */
export const RELEASE_MARKS = ['void', 'valid', 'doubtful'] as const;
export type ReleaseMarks = (typeof RELEASE_MARKS)[number];

/** What clean-up does with what an execution made. */
export interface RemovalPlan {
  readonly remove: FoundResource[];
  /** Images, and their snapshots, of which it is not certain yet whether they are released. */
  readonly undecided: FoundResource[];
}

/** What is known of the build besides its resources. */
export interface ReleaseKnowledge {
  readonly marks: ReleaseMarks;
  /** The images that it says it released. */
  readonly released: readonly { imageId: string; snapshotIds: readonly string[] }[];
  /** Whether so much time has passed that all tags show that were written before. */
  readonly tagsAreSettled: boolean;
  /** Whether images could be listed in every region. */
  readonly sawAllImages: boolean;
}

/** What the pipeline makes in each role. */
const kindsIn: Readonly<Record<Role, readonly Leftover['kind'][]>> = {
  scanner: ['instance', 'volume'],
  // The snapshot behind it is its owner's.
  base: ['image'],
  builder: ['instance', 'volume'],
  candidate: ['image', 'snapshot'],
  intermediate: ['image', 'snapshot'],
  copy: ['image', 'snapshot'],
  release: ['image', 'snapshot'],
};

/**
 * Whether the pipeline made it. Backups bear the tags of what they are of (AWS Backup, Data Lifecycle Manager): a snapshot with the tags
 * of a builder is somebody else's.
 */
export const isMadeByPipeline = ({ kind, tags }: FoundResource): boolean =>
  kindsIn[tags[ROLE] as Role]?.includes(kind) ?? false;

const isMarked = ({ tags }: FoundResource): boolean => tags[ROLE] === 'release';

/**
 * The ids of what is marked as released: images with their snapshots, and snapshots alone: the owner may have deregistered an image and
 * kept what was behind it.
 */
export function markedIds(found: readonly FoundResource[]): Set<string> {
  return new Set(found.filter(isMarked).flatMap(({ id, snapshotIds = [] }) => [id, ...snapshotIds]));
}

/**
 * Without what another execution of the same name released: a name is unique for 90 days only (Step Functions API reference,
 * StartExecution), and a build that fails must not take an older release along. Its images have another version, which follows from
 * when the execution began (ISO 8601, or ms since the epoch). If nobody knows when that was, everything stays in the list.
 */
export function excludeOtherReleases<F extends FoundResource>(
  found: readonly F[],
  execution: string,
  began: string | number | undefined,
): readonly F[] {
  if (began === undefined) return found;
  const version = versionOf(execution, new Date(began).toISOString());
  const others = markedIds(found.filter((one) => isMarked(one) && one.tags[VERSION] !== version));
  return found.filter(({ id }) => !others.has(id));
}

/**
 * What of an execution's resources must go. Everything, if the build failed. What it says it released stays. Where it says nothing
 * (it was stopped), the images' tags decide: they stay when the release is whole, that is when none that could have been released was
 * not; a release is tagged region by region, so an execution that died in the middle of it leaves some of both, and then all go. Tags
 * that were read too early could make a whole release look broken, so that nothing is decided by them until they are settled; and where
 * all that was seen is released, but not all was seen, that stays undecided.
 */
export function planRemovals(all: readonly FoundResource[], known: ReleaseKnowledge): RemovalPlan {
  const found = all.filter(isMadeByPipeline);
  const allBut = (kept: ReadonlySet<string>, undecided: FoundResource[] = []): RemovalPlan => ({
    remove: found.filter(({ id }) => !kept.has(id)),
    undecided,
  });
  const { marks, released, tagsAreSettled, sawAllImages } = known;
  if (marks === 'void') return allBut(new Set());
  if (released.length > 0)
    return allBut(new Set(released.flatMap(({ imageId, snapshotIds }) => [imageId, ...snapshotIds])));

  const images = found.filter(({ kind }) => kind === 'image' || kind === 'snapshot');
  if (!tagsAreSettled) return allBut(new Set(images.map(({ id }) => id)), images);
  const kept = markedIds(found);
  if (marks === 'valid') return allBut(kept);
  if (found.some(isUnreleasedImage)) return allBut(new Set());
  return allBut(kept, sawAllImages ? [] : found.filter(({ id }) => kept.has(id)));
}

/** What never became available could not: a failed attempt says nothing of the release. */
function isUnreleasedImage({ kind, tags, state }: FoundResource): boolean {
  const role = tags[ROLE];
  return kind === 'image' && state === 'available' && (role === 'candidate' || role === 'copy');
}

/** Whether it is the image of a base snapshot: that was there before the build, and stands after it. */
export function isImageOfBaseSnapshot(tags: FoundResource['tags']): boolean {
  return tags[ROLE] === ('base' satisfies Role);
}

/**
 * What of it can be removed now. A snapshot cannot while its image stands (InvalidSnapshot.InUse), a volume not while it is
 * attached; both come in a later turn, if they did not go with their image or instance. Of a release that is not whole the marked part
 * goes first: were it left alone, because it resists or because clean-up dies, it would look whole to whoever comes next.
 */
export function nextRemovals(remove: readonly FoundResource[]): FoundResource[] {
  const backing = new Set(remove.flatMap(({ snapshotIds = [] }) => snapshotIds));
  const free = remove.filter(({ id, leaving = false }) => !leaving && !backing.has(id));
  return remove.some(isMarked) ? free.filter((one) => !isUnreleasedImage(one)) : free;
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
