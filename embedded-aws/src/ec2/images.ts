import type { LaunchPermission } from '@aws-sdk/client-ec2';
import { AwsError, invalidParameter, missingParameter } from '../core/errors.ts';
import type { Tags } from '../core/resource.ts';
import type { Call } from '../core/service.ts';
import type { World } from '../core/world.ts';
import { isHidden } from './allowed-images.ts';
import type { ImageRecord } from './records.ts';
import { checkIds, imageGone, imageNotFound, imageNotReady, notAuthorizedForImage } from './refusals.ts';
import { ownTags, sharedTags } from './tagging.ts';

/** Whether an account can see, and therefore launch, an image. */
export function isVisible(world: World, image: ImageRecord, account: string): boolean {
  if (image.account === account) return true;
  // Only the owner can see an image that is not available.
  if (image.state !== 'available' || isHidden(world, image, account)) return false;
  return isPublic(image) || image.launchPermissions.some((item) => isFor(world, item, account));
}

/**
 * Whether a launch permission applies to an account: by account id, organization, or organizational unit at
 * any depth.
 */
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

/** The tags that an account can see: its own tags, and the tags that the owner shares with the image. */
export function visibleTags(image: ImageRecord, account: string): Tags {
  if (image.account === account) return image.tags;
  return { ...sharedTags(image.tags), ...ownTags(image, account) };
}

/**
 * The image that a request names, subject to read lag. A new image may not be found yet
 * (ansible/ansible#4368, hashicorp/packer#3377).
 */
export function seenImage(call: Call, id: string, region = call.region): ImageRecord {
  const image = call.world.images.seen(id, call.now);
  if (image === undefined || image.region !== region || !isVisible(call.world, image, call.account)) {
    // Reads may still show the old state. The current state decides.
    throw imageNotFound([id]);
  }
  if (call.world.images.get(id)?.state === 'deregistered') throw imageGone(id);
  return image;
}

/** The current image, without read lag, for a change by its owner. */
export function ownImage(call: Call, id: string | undefined): ImageRecord {
  if (id === undefined) throw missingParameter('imageId');
  checkIds('ami', [id]);
  seenImage(call, id);
  const image = call.world.images.get(id);
  if (image === undefined) throw imageNotFound([id]);
  if (image.account !== call.account) throw notAuthorizedForImage(id);
  return image;
}

export function checkAvailable(image: ImageRecord): void {
  checkState(image, ['available']);
}

/** Refuses an image in a state that the operation does not support. */
export function checkState({ id, state }: ImageRecord, fit: readonly ImageRecord['state'][]): void {
  if (!fit.includes(state)) throw imageNotReady(id, state);
}

/**
 * The properties that an image passes on to an image created or copied from it. When an `instance` is in
 * between, enhanced networking comes from the instance, because it may have been changed there (EC2 user
 * guide, Enable enhanced networking with ENA).
 */
export function machineTraits(
  image: ImageRecord | undefined,
  instance: Pick<ImageRecord, 'withoutEna' | 'withoutSriov'> | undefined = image,
): Pick<ImageRecord, 'withoutEna' | 'withoutSriov' | 'tpmSupport' | 'uefiData' | 'watermarks'> {
  const { withoutEna, withoutSriov } = instance ?? {};
  const { tpmSupport, uefiData, watermarks } = image ?? {};
  return {
    ...(withoutEna === undefined ? {} : { withoutEna }),
    ...(withoutSriov === undefined ? {} : { withoutSriov }),
    ...(tpmSupport === undefined ? {} : { tpmSupport }),
    ...(uefiData === undefined ? {} : { uefiData }),
    ...(watermarks === undefined ? {} : { watermarks }),
  };
}

/**
 * Refuses the names that EC2 refuses. Like EC2's text, the error text lists fewer characters than the API
 * allows.
 */
export function checkImageName(name: string): void {
  if (!/^[a-zA-Z0-9()[\] ./\-'@_]{3,128}$/.test(name)) {
    throw new AwsError(
      'InvalidAMIName.Malformed',
      "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '.', '-', '/' and '_'",
    );
  }
}

/**
 * Refuses a name that another image of this account and region has. This check reads the current state,
 * without read lag. A deregistered image keeps its name until its read lag ends.
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
