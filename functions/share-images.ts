import { CreateTagsCommand, type Image } from '@aws-sdk/client-ec2';
import * as z from 'zod/mini';
import { ec2 } from '../shared/aws/clients.ts';
import { shareEarlierReleases } from '../shared/aws/earlier-releases.ts';
import { isRefusedPermission } from '../shared/aws/error-codes.ts';
import { findImages } from '../shared/aws/find-resources.ts';
import { deprecate } from '../shared/aws/images.ts';
import {
  createVolumePermissions,
  launchPermissions,
  type PermissionList,
} from '../shared/aws/permission-lists.ts';
import { readUsers } from '../shared/aws/released-images.ts';
import { tagList, tagRecord } from '../shared/aws/tags.ts';
import { shareNow } from '../shared/build/distribution.ts';
import {
  type AnyPlan,
  type Approved,
  anyPlanSchema,
  approvedSchema,
  type Candidate,
  type Copy,
  candidateSchema,
  copiesSchema,
  copyVerdictsSchema,
  eventOf,
  type FailedRegion,
  type PendingRelease,
  pendingReleaseSchema,
  type Release,
  releaseSchema,
  type Share,
  verdictSchema,
} from '../shared/build/execution-document.ts';
import { hasFailed } from '../shared/build/image-attempt.ts';
import {
  failedRegionWarning,
  isFinal,
  isOptional,
  regionsWithoutImage,
} from '../shared/build/optional-regions.ts';
import {
  isEmpty,
  type Permission,
  type SharingChange,
  sharingChange,
  sharingFix,
  wantedSharing,
} from '../shared/build/sharing.ts';
import { ROLE } from '../shared/build/tags.ts';
import { refuseIfUntested } from '../shared/build/tested.ts';
import { pending, waitTimes } from '../shared/build/waiting.ts';
import { BuildFailed, Conflict, Defect, Refused } from '../shared/errors.ts';
import { stage } from '../shared/lambda/stage.ts';
import type { DepsWith } from '../shared/lambda/step.ts';

const needs = { ec2 };
type ShareImagesDeps = DepsWith<typeof needs>;

interface Target {
  readonly region: string;
  readonly imageId: string;
  readonly name: string;
  readonly snapshotIds: string[];
}

/**
 * ShareImages: sets the permissions of the images of this build, and of all earlier releases of the recipe, to the recipe's list. It adds the
 * missing permissions and removes the permissions that are not in the list. With `share.copyable`, the accounts also get permissions for the
 * snapshots. When a new read finds nothing to change in any region, it tags the images as released.
 * The earlier releases come first. If EC2 refuses to remove an account from one of them, the build fails before another account has seen the
 * new release. Some earlier releases then have the new list, and others still have the old list. If EC2 refuses to add an account to one of
 * them, the build continues with a warning. A trial and later additions to a release do not change the earlier releases.
 * A later addition to a release does not set the list of its plan, which may be hours old, but the list that the source has now, with the
 * accounts that it adds. An account that has lost its access in the meantime does not get it back.
 * It deprecates the images before it shares them, because EC2 moves the deprecation of a public image only to an earlier time.
 * The release goes on without an optional region in which the copy or one of these calls has failed. CleanUp removes what is there.
 * Safe to repeat: it only makes the changes that are missing. It shares no image until all images are available.
 */
export const handler = stage(
  'release',
  eventOf({
    plan: anyPlanSchema,
    candidate: candidateSchema,
    copies: copiesSchema,
    verdict: z.optional(verdictSchema),
    copyVerdicts: z.optional(copyVerdictsSchema),
    approval: z.optional(approvedSchema),
    release: z.optional(z.union([pendingReleaseSchema, releaseSchema])),
    /** The input of a later addition. */
    distribute: z.optional(z.object({ accounts: z.optional(z.array(z.string())) })),
  }),
  async (
    { document: { plan, candidate, copies, verdict, copyVerdicts, approval, release, distribute } },
    deps,
  ): Promise<Release | PendingRelease> => {
    refuseIfUntested(plan, candidate.imageId, { verdict, copyVerdicts });
    refuseIfUnapproved(plan, candidate.imageId, approval);
    const before = release?.status === 'pending' ? release : undefined;
    const failedBefore = [...regionsWithoutImage(plan, copies.regions), ...(before?.failedRegions ?? [])];
    const targets = targetsOf(plan, candidate, copies.regions, failedBefore);
    const sources = plan.distribution === undefined ? [] : sourcesOf(targets, candidate, plan);
    const failed: FailedRegion[] = [];
    const inEach = <T>(of: readonly Target[], work: (target: Target) => Promise<T>) =>
      Promise.all(of.map((target) => inRegion(target, { plan, failed }, () => work(target))));
    let earlier = before?.earlier;
    const wait = (awaiting: string, intervalSeconds?: number): PendingRelease => {
      const failedRegions = [...(before?.failedRegions ?? []), ...failed];
      return {
        ...pending(waitTimes.shareImages, {
          since: before?.since,
          now: deps.now(),
          awaiting,
          intervalSeconds,
        }),
        ...(earlier && { earlier }),
        ...(failedRegions.length > 0 && { failedRegions }),
      };
    };
    const without = () => wait(`the release without ${failed.map(({ region }) => region).join(', ')}`, 1);

    await Promise.all(sources.map((source) => requireRelease(source, deps)));
    const images = await inEach(targets, (target) => findAvailable(target, deps));
    if (failed.length > 0) return without();
    const unseen = targets.filter((_, index) => images[index] === undefined);
    if (unseen.length > 0)
      return wait(`the images in ${unseen.map(({ region }) => region).join(', ')} to be visible`);
    if (!plan.trial && plan.distribution === undefined && !earlier?.done) {
      const closed = failedBefore.map(({ region }) => region);
      const { progress, unsettled, warnings } = await shareEarlierReleases(
        plan,
        { before: earlier, closed },
        deps,
      );
      earlier = progress;
      for (const warning of warnings) deps.log.warn(warning);
      if (unsettled.length > 0) {
        deps.log.info('changed the permissions of earlier releases', { of: unsettled });
        return wait('the permissions of earlier releases to be visible');
      }
      if (!earlier.done) return wait('the check of earlier releases', 1);
    }
    const imageOf = ({ region }: Target) => images[targets.findIndex((target) => target.region === region)];
    const deprecated = await inEach(targets, (target) =>
      deprecate(deps.ec2(target.region), plan, imageOf(target)),
    );
    const shares = await Promise.all(
      sources.map(async (source) =>
        shareNow(plan, source, await readUsers(source, deps), distribute?.accounts ?? []),
      ),
    );
    const changed = await inEach(targets, (target) =>
      converge(target, shares[targets.indexOf(target)] ?? plan.share, deps),
    );
    if (failed.length > 0) return without();
    if (deprecated.some(Boolean)) return wait('the deprecation of the images to be visible');
    if (changed.some(Boolean)) return wait('the new permissions to be visible');

    // The home region comes last: an image with the role `candidate` or `copy` shows clean-up that the release is incomplete. Clean-up
    // ignores optional regions, so they come first.
    const rank = ({ region }: Target) => (region === plan.region ? 2 : isOptional(plan, region) ? 0 : 1);
    const unreleased = targets
      .filter((target) => tagRecord(imageOf(target)?.Tags)[ROLE] !== 'release')
      .toSorted((a, b) => rank(a) - rank(b));
    for (const target of unreleased) {
      const Resources = [target.imageId, ...target.snapshotIds];
      const tags = new CreateTagsCommand({ Resources, Tags: tagList({ [ROLE]: 'release' }) });
      await inRegion(target, { plan, failed }, () => deps.ec2(target.region).send(tags));
    }
    if (failed.length > 0) return without();
    if (unreleased.length > 0) return wait('the release tags to be visible');

    const warnings = [...failedBefore.map(failedRegionWarning), ...(earlier?.warnings ?? [])];
    return {
      status: 'ready',
      images: targets,
      sharedWith: shares[0] ?? plan.share,
      ...(warnings.length > 0 && { warnings }),
      ...(failedBefore.length > 0 && { failedRegions: failedBefore }),
    };
  },
  needs,
);

/** What `inRegion` needs to know of an invocation. */
interface Regions {
  readonly plan: AnyPlan;
  /** The optional regions in which this invocation has failed. */
  readonly failed: FailedRegion[];
}

/** Works in the region of an image. If AWS refuses the work in an optional region, the release goes on without the region. */
async function inRegion<T>(
  { region }: Target,
  { plan, failed }: Regions,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!isOptional(plan, region) || !isFinal(error)) throw error;
    failed.push({ region, reason: error.message });
    return undefined;
  }
}

/** The state machine shares only after the approval. This check is the second lock on the door. */
function refuseIfUnapproved(plan: AnyPlan, imageId: string, approval: Approved | undefined): void {
  if (plan.approval === undefined || approval !== undefined) return;
  throw new Defect(`The image ${imageId} was not approved, so it cannot be shared`);
}

function targetsOf(
  plan: AnyPlan,
  candidate: Candidate,
  copies: readonly Copy[],
  failed: readonly FailedRegion[],
): Target[] {
  const regions = plan.regions.filter((region) => !failed.some((one) => one.region === region));
  return regions.map((region) => {
    const isSource = region === (candidate.region ?? plan.region);
    const image = isSource ? candidate : copies.find((copy) => copy.region === region);
    if (image?.imageId === undefined) throw new BuildFailed(`There is no image in ${region} to share`);
    return { region, imageId: image.imageId, name: image.name, snapshotIds: image.snapshotIds };
  });
}

/**
 * For each target of a later addition, the image of the release whose permissions it gets: for further accounts the target itself, because
 * it belongs to the release already, and for a copy what it was copied from.
 */
function sourcesOf(targets: readonly Target[], candidate: Candidate, plan: AnyPlan): Target[] {
  const source = { ...candidate, region: candidate.region ?? plan.region };
  return plan.regions.includes(source.region) ? [...targets] : targets.map(() => source);
}

/** Fails if an image of the release is no longer available. It is not new, so this is no stale read. */
async function requireRelease({ region, imageId }: Target, { ec2 }: ShareImagesDeps): Promise<void> {
  const [image] = await findImages(ec2(region), { Name: 'image-id', Values: [imageId] });
  if (image?.State === 'available') return;
  throw new Conflict(
    `The image ${imageId} of the release in ${region} ${image ? `is ${image.State}` : 'does not exist any more'}: the release was withdrawn ` +
      'after this addition was planned',
  );
}

/** The image, if it is already visible. An image that has failed is an error. */
async function findAvailable(
  { region, imageId }: Target,
  { ec2 }: ShareImagesDeps,
): Promise<Image | undefined> {
  const [image] = await findImages(ec2(region), { Name: 'image-id', Values: [imageId] });
  if (image?.State === 'available') return image;
  // Every image was available before, so any state except a failure is a stale read.
  if (image === undefined || !hasFailed(image)) return undefined;
  throw new BuildFailed(
    `The image ${imageId} in ${region} is ${image.State}, but only an available image can be shared`,
  );
}

/** Changes the permissions of one image and its snapshots to the list. Returns whether it changed any. */
async function converge(
  { region, imageId, snapshotIds }: Target,
  share: Share,
  { ec2, log }: ShareImagesDeps,
): Promise<boolean> {
  const wanted = wantedSharing(share);
  const client = ec2(region);
  const changeList = async (list: PermissionList, want: readonly Permission[]): Promise<boolean> => {
    const change = sharingChange(want, await list.read());
    if (isEmpty(change)) return false;
    await changeOrExplain(list, change);
    log.info('changed the permissions', { region, of: list.id, ...change });
    return true;
  };
  // The image comes first: if EC2 refuses an account, its snapshots stay private.
  const image = await changeList(launchPermissions(client, imageId), wanted.launch);
  const snapshots = await Promise.all(
    snapshotIds.map((id) => changeList(createVolumePermissions(client, id), wanted.createVolume)),
  );
  return image || snapshots.some(Boolean);
}

async function changeOrExplain(list: PermissionList, change: SharingChange): Promise<void> {
  try {
    await list.change(change);
  } catch (error) {
    if (!isRefusedPermission(error) || change.add.length === 0) throw error;
    const { message, code = '', said = '' } = error;
    throw new Refused(`${message} ${sharingFix(change)}`, { cause: error, code, said });
  }
}
