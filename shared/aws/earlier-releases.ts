import type { Image } from '@aws-sdk/client-ec2';
import type { AnyPlan, EarlierProgress } from '../build/execution-document.ts';
import { earlierChange, isEmpty, type SharingChange, wantedSharing } from '../build/sharing.ts';
import { HOME, RECIPE, ROLE, type Role, TRIAL, VERSION } from '../build/tags.ts';
import { Denied, LimitReached, NotFound, Refused } from '../errors.ts';
import type { Clients } from './clients.ts';
import { enabledRegions } from './facts.ts';
import { createdByAny, findImages, snapshotIdsOf } from './find-resources.ts';
import { createVolumePermissions, launchPermissions, type PermissionList } from './permission-lists.ts';
import { tagRecord } from './tags.ts';

/** What one invocation did with the images of earlier releases. */
export interface EarlierCheck {
  readonly progress: EarlierProgress;
  /** The images and snapshots that were changed, or that disappeared. The next invocation checks them again. */
  readonly unsettled: readonly string[];
  /** The new warnings. `progress` keeps only the first ones. */
  readonly warnings: readonly string[];
}

/**
 * The maximum number of images that one invocation checks, and how many of them at the same time. Each image takes a read for the image and
 * one for each snapshot, and EC2 allows 100 such reads at once and then 20 a second in each region (EC2 developer guide, "Request throttling").
 */
const CHECKED_MAX = 200;
const AT_ONCE = 20;

/** The maximum number of warnings in the document. */
const WARNINGS_MAX = 10;

/**
 * Sets the permissions of all earlier releases of the recipe to the recipe's list, in every enabled region, because a region may have left
 * the recipe. Images of other deployments in the account, which may have a recipe of the same name, are not touched.
 * Throws if a permission that must go cannot be removed. Anything else that EC2 refuses is only a warning: an earlier image that cannot get
 * a new permission, a region that is closed to the account and is not in the recipe, and a region in which this build has failed (`closed`).
 */
export async function shareEarlierReleases(
  plan: AnyPlan,
  { before, closed }: { readonly before: EarlierProgress | undefined; readonly closed: readonly string[] },
  { ec2 }: Pick<Clients, 'ec2'>,
): Promise<EarlierCheck> {
  const after = before?.after ?? '';
  const known = before?.warnings ?? [];
  const regions = await enabledRegions(ec2(plan.region));
  const lists = await Promise.all(regions.map((region) => earlierImages(region, plan, closed, ec2)));
  const images = lists
    .flatMap(({ found }) => found)
    .filter((image) => imageKey(image) > after)
    .toSorted((a, b) => (imageKey(a) < imageKey(b) ? -1 : 1));
  const checked = images.slice(0, CHECKED_MAX);
  const results: ImageResult[] = [];
  for (let index = 0; index < checked.length; index += AT_ONCE) {
    const batch = checked.slice(index, index + AT_ONCE);
    results.push(...(await Promise.all(batch.map((image) => shareEarlier(image, plan, ec2)))));
  }
  const unsettled = results.flatMap((result) => result.unsettled);
  const found = [...lists.flatMap(({ unread }) => unread), ...results.flatMap(({ warnings }) => warnings)];
  const warnings = [...new Set(found)].filter((warning) => !known.includes(warning));
  const last = checked.at(-1);
  return {
    progress: {
      done: unsettled.length === 0 && checked.length === images.length,
      after: unsettled.length > 0 || last === undefined ? after : imageKey(last),
      warnings: [...known, ...warnings].slice(0, WARNINGS_MAX),
    },
    unsettled,
    warnings,
  };
}

interface EarlierImage {
  readonly region: string;
  readonly image: Image;
}

/** The order in which images are checked. */
const imageKey = ({ region, image }: EarlierImage): string => `${region}/${image.ImageId}`;

/** The images of earlier releases in a region; `unread`: why they cannot be listed. */
async function earlierImages(
  region: string,
  { recipe, version, region: home, regions }: AnyPlan,
  closed: readonly string[],
  ec2: Clients['ec2'],
): Promise<{ found: EarlierImage[]; unread: string[] }> {
  const tagged = (key: string, value: string) => ({ Name: `tag:${key}`, Values: [value] });
  const released = tagged(ROLE, 'release' satisfies Role);
  try {
    const images = await findImages(
      ec2(region),
      createdByAny,
      tagged(RECIPE, recipe),
      tagged(HOME, home),
      released,
    );
    const earlier = images.filter(({ Tags }) => tagRecord(Tags)[VERSION] !== version);
    return { found: earlier.map((image) => ({ region, image })), unread: [] };
  } catch (error) {
    const isClosed = error instanceof Error && closed.includes(region);
    const isForeign = error instanceof Denied && region !== home && !regions.includes(region);
    if (!isClosed && !isForeign) throw error;
    const unread = `could not check the permissions of earlier releases in ${region}: ${error.message}`;
    return { found: [], unread: [unread] };
  }
}

interface ImageResult {
  /** The ids that the next invocation checks again. */
  readonly unsettled: readonly string[];
  readonly warnings: readonly string[];
}

async function shareEarlier(
  { region, image }: EarlierImage,
  { share }: AnyPlan,
  ec2: Clients['ec2'],
): Promise<ImageResult> {
  const wanted = wantedSharing(share);
  const client = ec2(region);
  const { ImageId = '', State, Tags } = image;
  // A disabled image has lost its launch permissions, and EC2 refuses to change them. Its snapshots keep their permissions.
  const ofImage = State === 'available' ? [launchPermissions(client, ImageId)] : [];
  const ofSnapshots = snapshotIdsOf(image).map((id) => createVolumePermissions(client, id));
  try {
    const launch = await readAll(ofImage, region);
    const createVolume = await readAll(ofSnapshots, region);
    // Accounts that cannot launch an image must not create volumes from its snapshots either: the image may be withdrawn.
    const isShared = launch.some(({ actual }) => actual.length > 0);
    const mayAdd = isShared && !(TRIAL in tagRecord(Tags));
    const volumeUsers = isShared ? wanted.createVolume : [];
    const changes = [
      ...launch.map(({ list, actual }) => ({ list, change: earlierChange(wanted.launch, actual, mayAdd) })),
      ...createVolume.map(({ list, actual }) => ({
        list,
        change: earlierChange(volumeUsers, actual, mayAdd),
      })),
    ].filter(({ change }) => !isEmpty(change));
    const results = await Promise.all(changes.map(({ list, change }) => changeEarlier(list, change, region)));
    return {
      unsettled: results.flatMap(({ unsettled }) => unsettled),
      warnings: results.flatMap(({ warnings }) => warnings),
    };
  } catch (error) {
    // The image was deregistered in the meantime. Then the next invocation does not find it.
    if (error instanceof NotFound) return { unsettled: [ImageId], warnings: [] };
    throw error;
  }
}

const readAll = (lists: readonly PermissionList[], region: string) =>
  Promise.all(
    lists.map(async (list) => {
      try {
        return { list, actual: await list.read() };
      } catch (error) {
        throw withReason(error, `Could not read the permissions of ${list.id} in ${region}`);
      }
    }),
  );

/** Makes a change. If EC2 refuses it, makes at least the removals. */
async function changeEarlier(
  list: PermissionList,
  { add, remove }: SharingChange,
  region: string,
): Promise<ImageResult> {
  const warnings: string[] = [];
  if (add.length > 0) {
    try {
      await list.change({ add, remove });
      return { unsettled: [list.id], warnings };
    } catch (error) {
      if (!isFinal(error)) throw error;
      warnings.push(
        `could not give new accounts access to ${list.id} of an earlier release in ${region}: ${error.message}`,
      );
    }
  }
  if (remove.length === 0) return { unsettled: [], warnings };
  try {
    await list.change({ add: [], remove });
  } catch (error) {
    throw withReason(error, `Could not remove permissions of ${list.id} in ${region}`);
  }
  return { unsettled: [list.id], warnings };
}

/** Whether a retry of the call has the same result. */
const isFinal = (error: unknown): error is Denied | LimitReached | Refused =>
  error instanceof Denied || error instanceof LimitReached || error instanceof Refused;

/** An error that EC2 repeats at every retry, with what it means for the release. */
function withReason(error: unknown, what: string): unknown {
  if (!isFinal(error)) return error;
  const { message, code = '', said = '' } = error;
  return new Refused(
    `${what}, which belongs to an earlier release, so the new release is not shared: ${message}`,
    {
      cause: error,
      code,
      said,
    },
  );
}
