import type { LaunchPermission } from '@aws-sdk/client-ec2';
import { AwsError, invalidParameter, missingParameter } from '../core/errors.ts';
import type { Tags } from '../core/resource.ts';
import type { Call } from '../core/service.ts';
import type { World } from '../core/world.ts';
import type { ImageRecord } from './records.ts';
import { checkIds, imageGone, imageNotFound, imageNotReady, notYourImage } from './refusals.ts';
import { ownTags, sharedTags } from './tagging.ts';

/** Whether an account may see (and then launch) an image. */
export function isVisible(world: World, image: ImageRecord, account: string): boolean {
  if (image.account === account) return true;
  // What is not available yet, or not any more, is its owner's business alone.
  if (image.state !== 'available') return false;
  return isPublic(image) || image.launchPermissions.some((item) => isFor(world, item, account));
}

/** Whether a launch permission names an account, its organisation, or an organisational unit that it is in, however deep. */
export function isFor(world: World, permission: LaunchPermission, account: string): boolean {
  const { UserId, OrganizationArn, OrganizationalUnitArn } = permission;
  if (UserId !== undefined) return UserId === account;
  const membership = world.organizations.get(account);
  if (membership === undefined) return false;
  if (OrganizationArn !== undefined) return OrganizationArn === membership.organization;
  return OrganizationalUnitArn !== undefined && membership.units.includes(OrganizationalUnitArn);
}

export const isPublic = ({ launchPermissions }: ImageRecord) =>
  launchPermissions.some(({ Group }) => Group === 'all');

/** An account sees its own tags, and what an owner means for those with whom the image is shared. */
export function visibleTags(image: ImageRecord, account: string): Tags {
  if (image.account === account) return image.tags;
  return { ...sharedTags(image.tags), ...ownTags(image, account) };
}

/**
 * The image that a caller names, as far as reads have caught up: what was just made may not be found (ansible/ansible#4368,
 * hashicorp/packer#3377).
 */
export function seenImage(call: Call, id: string, region = call.region): ImageRecord {
  const image = call.world.images.seen(id, call.now);
  if (image === undefined || image.region !== region || !isVisible(call.world, image, call.account)) {
    // One that lost its state while reads lag is judged by what it is now.
    throw imageNotFound([id]);
  }
  if (call.world.images.get(id)?.state === 'deregistered') throw imageGone(id);
  return image;
}

/** The image as it truly is, to be changed by its owner. */
export function ownImage(call: Call, id: string | undefined): ImageRecord {
  if (id === undefined) throw missingParameter('imageId');
  checkIds('ami', [id]);
  seenImage(call, id);
  const image = call.world.images.get(id);
  if (image === undefined) throw imageNotFound([id]);
  if (image.account !== call.account) throw notYourImage(id);
  return image;
}

export function checkAvailable(image: ImageRecord): void {
  checkState(image, ['available']);
}

/** Refuses an image that is in no state for what is asked. */
export function checkState({ id, state }: ImageRecord, fit: readonly ImageRecord['state'][]): void {
  if (!fit.includes(state)) throw imageNotReady(id, state);
}

/**
 * What an image hands on to one that is made of it or copied from it. Enhanced networking is that of the `instance` in between, if there
 * is one: it may have been switched on there (EC2 user guide, Enable enhanced networking with ENA).
 */
export function machineTraits(
  image: ImageRecord | undefined,
  instance: Pick<ImageRecord, 'withoutEna' | 'withoutSriov'> | undefined = image,
): Pick<ImageRecord, 'withoutEna' | 'withoutSriov' | 'tpmSupport' | 'uefiData'> {
  const { withoutEna, withoutSriov } = instance ?? {};
  const { tpmSupport, uefiData } = image ?? {};
  return {
    ...(withoutEna === undefined ? {} : { withoutEna }),
    ...(withoutSriov === undefined ? {} : { withoutSriov }),
    ...(tpmSupport === undefined ? {} : { tpmSupport }),
    ...(uefiData === undefined ? {} : { uefiData }),
  };
}

/** Refuses names that EC2 refuses. The error's text names fewer characters than the API allows, as EC2's does. */
export function checkImageName(name: string): void {
  if (!/^[a-zA-Z0-9()[\] ./\-'@_]{3,128}$/.test(name)) {
    throw new AwsError(
      'InvalidAMIName.Malformed',
      "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '.', '-', '/' and '_'",
    );
  }
}

/**
 * Refuses a name that an image of this account and region has. This looks at the truth, not at lagging reads; only a name that
 * was just set free by a deregistration stays taken for a while.
 */
export function checkNameIsFree({ world, account, region, now }: Call, name: string): void {
  const holder = world.images.all().find((image) => {
    if (image.name !== name || image.account !== account || image.region !== region) return false;
    const seenState = world.images.seen(image.id, now)?.state ?? 'deregistered';
    return image.state !== 'deregistered' || seenState !== 'deregistered';
  });
  if (holder !== undefined) {
    throw new AwsError('InvalidAMIName.Duplicate', `AMI name ${name} is already in use by AMI ${holder.id}`);
  }
}

const descriptionLengthMax = 255;

export function checkDescription(description: string | undefined): void {
  if (description !== undefined && description.length > descriptionLengthMax) {
    throw invalidParameter(
      `Value (${description}) for parameter description is invalid. Description can be no longer than ${descriptionLengthMax} characters.`,
    );
  }
}
