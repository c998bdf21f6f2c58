import {
  DeregisterImageCommand,
  DescribeImagesCommand,
  type EC2Client,
  EnableImageDeprecationCommand,
  EnableImageDeregistrationProtectionCommand,
  type Image,
  type Instance,
  ModifyImageAttributeCommand,
  type ProductCode,
} from '@aws-sdk/client-ec2';
import { accountOf } from '../arns.ts';
import type { ConsumerProblem } from '../build/consumer-roles.ts';
import type { AnyPlan } from '../build/execution-document.ts';
import { lacksImdsV2, missingDeprecation, missingProtection } from '../build/image-attributes.ts';
import { EXECUTION } from '../build/tags.ts';
import { Conflict, Denied, NotFound, Refused } from '../errors.ts';
import type { Clients } from './clients.ts';
import type { Consumers } from './consumer-clients.ts';
import { findImages } from './find-resources.ts';
import { tagRecord } from './tags.ts';

/** Finds an image of any owner by its id; `undefined`: the image does not exist or is not visible to this account. */
export async function describeImage(ec2: EC2Client, imageId: string): Promise<Image | undefined> {
  try {
    const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds: [imageId] }));
    return Images?.[0];
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

/**
 * Why instances cannot be launched from some of these images, in words; `undefined`: all are available, also to the consumer accounts of these
 * roles. `images`: the ids by region.
 */
export async function whyUnusable(
  images: Readonly<Record<string, string>>,
  consumerRoles: readonly string[],
  clients: Pick<Clients, 'ec2'> & { readonly consumers: Consumers },
): Promise<string | undefined> {
  const own = Object.entries(images).map(async ([region, imageId]) => {
    const state = await imageState(clients.ec2(region), imageId);
    return state === 'available' ? [] : [`the image ${imageId} in ${region} is ${state}`];
  });
  const ofConsumers = findUnusable(images, consumerRoles, clients).then((found) =>
    found.map(({ role, reason }) => `for the account ${accountOf(role)}, ${reason}`),
  );
  const problems = (await Promise.all([...own, ofConsumers])).flat();
  return problems.length === 0 ? undefined : problems.join(', ');
}

/** An image that a consumer account cannot launch. `isUnread`: the role of the account cannot read the image, so nobody knows. */
export interface UnusableImage extends ConsumerProblem {
  readonly isUnread: boolean;
}

/** The images that the accounts of these roles cannot launch, and why. */
export async function findUnusable(
  images: Readonly<Record<string, string>>,
  consumerRoles: readonly string[],
  { consumers }: { readonly consumers: Consumers },
): Promise<UnusableImage[]> {
  const found = consumerRoles.flatMap((role) =>
    Object.entries(images).map(async ([region, imageId]) => {
      const { state, isUnread } = await stateFor(consumers(role).ec2(region), imageId);
      return state === 'available'
        ? []
        : [{ role, region, reason: `the image ${imageId} in ${region} is ${state}`, isUnread }];
    }),
  );
  return (await Promise.all(found)).flat();
}

/** The state of an image for a consumer account. Its role may not work any more. */
async function stateFor(ec2: EC2Client, imageId: string): Promise<{ state: string; isUnread: boolean }> {
  try {
    return { state: await imageState(ec2, imageId), isUnread: false };
  } catch (error) {
    if (!(error instanceof Denied || error instanceof Refused)) throw error;
    return { state: `not known (${error.message})`, isUnread: true };
  }
}

/** DescribeImages shows disabled images only if it is asked to, and deregistered images for a while (EC2 API reference, DescribeImages). */
async function imageState(ec2: EC2Client, imageId: string): Promise<string> {
  try {
    const input = { ImageIds: [imageId], IncludeDisabled: true };
    const { Images } = await ec2.send(new DescribeImagesCommand(input));
    return Images?.[0]?.State ?? 'missing';
  } catch (error) {
    if (error instanceof NotFound) return 'missing';
    throw error;
  }
}

/**
 * Removes an image with its snapshots, even while the image is pending. An image that is already gone counts as success. `keepSnapshots`:
 * the snapshots existed before the image and belong to their owner.
 */
export async function removeImage(
  ec2: EC2Client,
  imageId: string,
  { keepSnapshots = false } = {},
): Promise<void> {
  try {
    await ec2.send(
      new DeregisterImageCommand({ ImageId: imageId, DeleteAssociatedSnapshots: !keepSnapshots }),
    );
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
  }
}

/** Removes the images of failed attempts, to save their cost. Clean-up removes images that cannot be removed now. */
export async function discard(
  ec2: EC2Client,
  images: readonly { ImageId?: string | undefined }[],
): Promise<void> {
  await Promise.allSettled(images.map(({ ImageId = '' }) => removeImage(ec2, ImageId)));
}

/**
 * Makes an available image require IMDSv2, if the plan says so. Returns whether it changed the image; only a later read shows the change.
 * Safe to repeat: EC2 accepts the same value again.
 */
export async function requireImdsV2(
  ec2: EC2Client,
  plan: Pick<AnyPlan, 'image'>,
  image: Image,
): Promise<boolean> {
  if (!lacksImdsV2(plan, image)) return false;
  const { ImageId } = image;
  await ec2.send(new ModifyImageAttributeCommand({ ImageId, ImdsSupport: { Value: 'v2.0' } }));
  return true;
}

/** Sets the time of the image's deprecation, if the plan has one. For the result and for repetitions, see `requireImdsV2`. */
export async function deprecate(
  ec2: EC2Client,
  plan: Pick<AnyPlan, 'image'>,
  image: Image = {},
): Promise<boolean> {
  const DeprecateAt = missingDeprecation(plan, image);
  if (DeprecateAt === undefined) return false;
  await ec2.send(new EnableImageDeprecationCommand({ ImageId: image.ImageId, DeprecateAt }));
  return true;
}

/** Protects the image from deregistration, if the plan says so. For the result and for repetitions, see `requireImdsV2`. */
export async function protect(
  ec2: EC2Client,
  plan: Pick<AnyPlan, 'image'>,
  image: Image = {},
): Promise<boolean> {
  const protection = missingProtection(plan, image);
  if (protection === undefined) return false;
  const { withCooldown: WithCooldown } = protection;
  await ec2.send(new EnableImageDeregistrationProtectionCommand({ ImageId: image.ImageId, WithCooldown }));
  return true;
}

/** EC2 sets `Platform` only for Windows. */
export function platformOf({ Platform }: Pick<Image | Instance, 'Platform'>): AnyPlan['platform'] {
  return Platform?.toLowerCase() === 'windows' ? 'windows' : 'linux';
}

/** The product codes of AWS Marketplace. */
export function productsOf({ ProductCodes = [] }: { readonly ProductCodes?: ProductCode[] | undefined }) {
  return ProductCodes.flatMap(({ ProductCodeId = '', ProductCodeType }) =>
    ProductCodeType === 'marketplace' ? [ProductCodeId] : [],
  );
}

/**
 * Throws if another image has the name. If an earlier call of this execution took the name and its answer was lost, the image may not be
 * visible yet; this does not throw.
 */
export async function refuseIfTaken(ec2: EC2Client, name: string, execution: string): Promise<void> {
  const [image] = await findImages(ec2, { Name: 'name', Values: [name] });
  if (image === undefined || tagRecord(image.Tags)[EXECUTION] === execution) return;
  throw new Conflict(
    `The image ${image.ImageId} already has the name ${name}, and this execution did not create it: remove that image`,
  );
}
