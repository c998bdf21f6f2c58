import type { Leftover } from './execution-document.ts';
import { DISTRIBUTION, OPTIONAL, ROLE, type Role, VERSION } from './tags.ts';
import { versionOf } from './version.ts';

/** A resource with the tag of an execution. */
export interface FoundResource extends Leftover {
  readonly tags: Readonly<Record<string, string>>;
  /** The snapshots of an image; they are removed with the image. */
  readonly snapshotIds?: readonly string[];
  /** The state of an image in EC2. */
  readonly state?: string | undefined;
  /** Whether the resource is already being removed, so that clean-up only waits. */
  readonly leaving?: boolean;
}

/**
 * How far the release tags ("marks") of an execution can be trusted. `void`: the build failed; nothing stays. `valid`: the build succeeded,
 * or its outcome is no longer known; resources with the release tag stay. `doubtful`: the build was stopped, possibly while it set the
 * tags; only a complete release stays.
 */
export const RELEASE_MARKS = ['void', 'valid', 'doubtful'] as const;
export type ReleaseMarks = (typeof RELEASE_MARKS)[number];

/** What clean-up does with the resources of an execution. */
export interface RemovalPlan {
  readonly remove: FoundResource[];
  /** Images and snapshots for which it is not yet certain whether they are released. */
  readonly undecided: FoundResource[];
}

/** What is known about the release of the build. */
export interface ReleaseKnowledge {
  readonly marks: ReleaseMarks;
  /** The images that the build reported as released. */
  readonly released: readonly { imageId: string; snapshotIds: readonly string[] }[];
  /** Whether enough time has passed that all tags written before are visible. */
  readonly tagsAreSettled: boolean;
  /** Whether images could be listed in every region. */
  readonly sawAllImages: boolean;
}

/** The kinds of resources that the pipeline creates in each role. */
const kindsIn: Readonly<Record<Role, readonly Leftover['kind'][]>> = {
  scanner: ['instance', 'volume'],
  tester: ['instance', 'volume'],
  // The snapshot of this image belongs to its owner.
  base: ['image'],
  builder: ['instance', 'volume'],
  candidate: ['image', 'snapshot'],
  intermediate: ['image', 'snapshot'],
  copy: ['image', 'snapshot'],
  release: ['image', 'snapshot'],
};

/**
 * Whether the pipeline created the resource. Backups carry the tags of the resource that they back up (AWS Backup, Data Lifecycle Manager):
 * a snapshot with the tags of a builder is such a backup.
 */
export const isMadeByPipeline = ({ kind, tags }: FoundResource): boolean =>
  kindsIn[tags[ROLE] as Role]?.includes(kind) ?? false;

const isMarked = ({ tags }: FoundResource): boolean => tags[ROLE] === 'release';

/**
 * The regions in which a build may have created something to remove. After a release, these are the region of the build, the regions without
 * a released image, and the regions whose copy needed several attempts or was tested: the other copies are released, and have no testers.
 * `released`: empty if the build was not released. `copies`: absent if they are not known.
 */
export function regionsToSearch(
  plan: {
    readonly region: string;
    readonly regions: readonly string[];
    readonly test?: { readonly copies?: readonly { readonly region: string }[] | undefined } | undefined;
  },
  released: readonly { readonly region: string }[],
  copies: readonly { readonly region: string; readonly attempt: number }[] | undefined,
): string[] {
  const { region: home, regions, test } = plan;
  const isDone = (region: string) =>
    released.some((image) => image.region === region) &&
    copies?.some((copy) => copy.region === region && copy.attempt > 1) === false &&
    !test?.copies?.some((copy) => copy.region === region);
  return [...new Set([home, ...regions.filter((region) => !isDone(region))])];
}

/**
 * The ids of all resources with the release tag: images with their snapshots, and snapshots without an image, because the owner may have
 * deregistered an image and kept its snapshots.
 */
export function markedIds(found: readonly FoundResource[]): Set<string> {
  return new Set(found.filter(isMarked).flatMap(({ id, snapshotIds = [] }) => [id, ...snapshotIds]));
}

/**
 * Excludes the releases of other executions with the same name. A name is unique for only 90 days (Step Functions API reference,
 * StartExecution), and the clean-up of a failed build must not remove an older release. Images of other executions have another version,
 * because the version follows from the start time of the execution (ISO 8601, or milliseconds since 1970). If the start time is unknown,
 * nothing is excluded.
 */
export function excludeOtherReleases<F extends FoundResource>(
  found: readonly F[],
  execution: string,
  began: string | number | undefined,
): readonly F[] {
  if (began === undefined) return found;
  const version = versionOf(execution, new Date(began).toISOString());
  // Copies that an execution added to a release have the version of the release.
  const versionIn = (tags: FoundResource['tags']) => tags[DISTRIBUTION] ?? tags[VERSION];
  const others = markedIds(found.filter((one) => isMarked(one) && versionIn(one.tags) !== version));
  return found.filter(({ id }) => !others.has(id));
}

/**
 * Decides which resources of an execution to remove. If the build failed, all of them. If the build reported released images, these stay.
 * Otherwise (the build was stopped), the images' tags decide. Images stay if the release is complete, which means that no image is
 * unreleased. A release is tagged region by region. An execution that died while it set the tags leaves released and unreleased images, and
 * then all images are removed. Tags that are read too early can make a complete release look incomplete, so tags count only when they are
 * settled. If all visible images are released, but not all images could be listed, the result stays undecided.
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

/**
 * Whether the resource is an image that a complete release has, but that is not released. A failed image could not be released, and a release
 * is complete without the copies to optional regions.
 */
function isUnreleasedImage({ kind, tags, state }: FoundResource): boolean {
  const role = tags[ROLE];
  if (OPTIONAL in tags) return false;
  return kind === 'image' && state === 'available' && (role === 'candidate' || role === 'copy');
}

/** Whether the resource is the image of a base snapshot. The snapshot existed before the build, and stays. */
export function isImageOfBaseSnapshot(tags: FoundResource['tags']): boolean {
  return tags[ROLE] === ('base' satisfies Role);
}

/**
 * Which of these resources can be removed now. A snapshot cannot be removed while its image exists (InvalidSnapshot.InUse), and a volume
 * cannot be removed while it is attached. A later invocation removes them, if they are not removed with their image or instance. The tagged
 * part of an incomplete release is removed first: if only this part remained, because it could not be removed or because clean-up died, it
 * would look like a complete release.
 */
export function nextRemovals(remove: readonly FoundResource[]): FoundResource[] {
  const backing = new Set(remove.flatMap(({ snapshotIds = [] }) => snapshotIds));
  const free = remove.filter(({ id, leaving = false }) => !leaving && !backing.has(id));
  return remove.some(isMarked) ? free.filter((one) => !isUnreleasedImage(one)) : free;
}

/**
 * How long clean-up must find no resource before it ends. A function that was running when its execution ended may continue until its
 * timeout (60 s, serverless.yml), and reads lag some seconds behind writes, rarely a minute (EC2 developer guide, "Eventual consistency").
 */
export const QUIET_SECONDS = 150;

/** For how many more seconds clean-up must find no resource. 0 or less: clean-up may end. */
export function quietSecondsLeft(lastSeen: string, now: Date): number {
  return QUIET_SECONDS - (now.getTime() - new Date(lastSeen).getTime()) / 1000;
}
