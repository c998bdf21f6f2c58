import {
  CreateTagsCommand,
  DescribeImageAttributeCommand,
  type Image,
  type LaunchPermission,
  ModifyImageAttributeCommand,
} from '@aws-sdk/client-ec2';
import * as z from 'zod/mini';
import { ec2 } from '../shared/aws/clients.ts';
import { isRefusedPermission } from '../shared/aws/error-codes.ts';
import { findImages } from '../shared/aws/find-resources.ts';
import { deprecate, protect } from '../shared/aws/images.ts';
import { tagList, tagRecord } from '../shared/aws/tags.ts';
import {
  type AnyPlan,
  anyPlanSchema,
  candidateSchema,
  copiesSchema,
  eventOf,
  type PendingRelease,
  pendingReleaseSchema,
  type Release,
  releaseSchema,
  type Verdict,
  verdictSchema,
} from '../shared/build/execution-document.ts';
import { hasFailed } from '../shared/build/image-attempt.ts';
import { type Permission, sharingChange, sharingFix } from '../shared/build/sharing.ts';
import { ROLE } from '../shared/build/tags.ts';
import { pending, waitTimes } from '../shared/build/waiting.ts';
import { BuildFailed, Defect, Refused } from '../shared/errors.ts';
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
 * ShareImages: sets the launch permissions of all images of this build to the recipe's list. It adds the missing permissions and removes
 * the permissions that are not in the list. When a new read finds nothing to change in any region, it tags the images as released. It
 * deprecates the images before it shares them, because EC2 moves the deprecation of a public image only to an earlier time. It protects
 * the images only after it has tagged them, because clean-up cannot remove a protected image at once.
 * Safe to repeat: it only makes the changes that are missing. It shares no image until all images are available. It does not change the
 * images of earlier releases.
 */
export const handler = stage(
  'release',
  eventOf({
    plan: anyPlanSchema,
    candidate: candidateSchema,
    copies: copiesSchema,
    verdict: z.optional(verdictSchema),
    release: z.optional(z.union([pendingReleaseSchema, releaseSchema])),
  }),
  async (
    { document: { plan, candidate, copies, verdict, release } },
    deps,
  ): Promise<Release | PendingRelease> => {
    refuseIfUntested(plan, candidate.imageId, verdict);
    const targets = targetsOf(plan, candidate, copies.regions);
    const wait = (awaiting: string): PendingRelease => {
      const since = release?.status === 'pending' ? release.since : undefined;
      return pending(waitTimes.shareImages, { since, now: deps.now(), awaiting });
    };

    const images = await Promise.all(targets.map((target) => findAvailable(target, deps)));
    const unseen = targets.filter((_, index) => images[index] === undefined);
    if (unseen.length > 0)
      return wait(`the images in ${unseen.map(({ region }) => region).join(', ')} to be visible`);
    const deprecated = await Promise.all(
      targets.map(({ region }, index) => deprecate(deps.ec2(region), plan, images[index])),
    );
    const changed = await Promise.all(targets.map((target) => converge(target, plan, deps)));
    if (deprecated.some(Boolean)) return wait('the deprecation of the images to be visible');
    if (changed.some(Boolean)) return wait('the new launch permissions to be visible');

    // The home region comes last: an image with the role `candidate` or `copy` shows clean-up that the release is incomplete.
    const unreleased = targets
      .filter((_, index) => tagRecord(images[index]?.Tags)[ROLE] !== 'release')
      .toSorted((a, b) => Number(a.region === plan.region) - Number(b.region === plan.region));
    for (const { region, imageId, snapshotIds } of unreleased) {
      await deps.ec2(region).send(
        new CreateTagsCommand({
          Resources: [imageId, ...snapshotIds],
          Tags: tagList({ [ROLE]: 'release' }),
        }),
      );
    }
    if (unreleased.length > 0) return wait('the release tags to be visible');

    const isProtected = await Promise.all(
      targets.map(({ region }, index) => protect(deps.ec2(region), plan, images[index])),
    );
    if (isProtected.some(Boolean)) return wait('the protection of the images to be visible');
    return { status: 'ready', images: targets, sharedWith: plan.share };
  },
  needs,
);

/** The state machine shares only after the test. This check is the second lock on the door. */
function refuseIfUntested({ test }: AnyPlan, imageId: string, verdict: Verdict | undefined): void {
  if (test === undefined) return;
  if (verdict?.tested === true && verdict.imageId === imageId) return;
  throw new Defect(`The image ${imageId} has not passed its test, so it cannot be shared`);
}

function targetsOf(
  plan: AnyPlan,
  candidate: Target | Omit<Target, 'region'>,
  copies: readonly z.infer<typeof copiesSchema>['regions'][number][],
): Target[] {
  return plan.regions.map((region) => {
    const image = region === plan.region ? candidate : copies.find((copy) => copy.region === region);
    if (image?.imageId === undefined) throw new BuildFailed(`There is no image in ${region} to share`);
    return { region, imageId: image.imageId, name: image.name, snapshotIds: image.snapshotIds };
  });
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

/** Changes the launch permissions of one image to the recipe's list. Returns whether it changed the permissions. */
async function converge(
  { region, imageId }: Target,
  plan: AnyPlan,
  { ec2, log }: ShareImagesDeps,
): Promise<boolean> {
  const { LaunchPermissions } = await ec2(region).send(
    new DescribeImageAttributeCommand({ ImageId: imageId, Attribute: 'launchPermission' }),
  );
  const change = sharingChange(plan.share, (LaunchPermissions ?? []).map(permissionOf));
  const { add, remove } = change;
  if (add.length + remove.length === 0) return false;
  const modify = new ModifyImageAttributeCommand({
    ImageId: imageId,
    Attribute: 'launchPermission',
    LaunchPermission: { ...(add.length > 0 && { Add: add }), ...(remove.length > 0 && { Remove: remove }) },
  });
  try {
    await ec2(region).send(modify);
  } catch (error) {
    if (!isRefusedPermission(error) || add.length === 0) throw error;
    const { message, code = '', said = '' } = error;
    throw new Refused(`${message} ${sharingFix(change)}`, { cause: error, code, said });
  }
  log.info('changed the launch permissions', { region, imageId, add, remove });
  return true;
}

/** Keeps the one key that is set: the SDK may return the other keys as `undefined`. */
function permissionOf(permission: LaunchPermission): Permission {
  return Object.fromEntries(
    Object.entries(permission).filter(([, value]) => value !== undefined),
  ) as Permission;
}
