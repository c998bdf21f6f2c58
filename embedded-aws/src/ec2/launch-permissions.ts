import type { LaunchPermission } from '@aws-sdk/client-ec2';
import { AwsError } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import { isUnderManagedKey } from './encryption.ts';
import { isPublic } from './images.ts';
import { publicAccessState } from './public-access.ts';
import type { ImageRecord } from './records.ts';
import { parameterCombination } from './refusals.ts';

const organization = /^arn:aws[\w-]*:organizations::\d{12}:organization\/o-[a-z0-9]{10,32}$/;
const organizationalUnit =
  /^arn:aws[\w-]*:organizations::\d{12}:ou\/o-[a-z0-9]{10,32}\/ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$/;

const forms: Readonly<Record<keyof LaunchPermission, { type: string; form: RegExp }>> = {
  UserId: { type: 'userId', form: /^\d{12}$/ },
  Group: { type: 'group', form: /^all$/ },
  OrganizationArn: { type: 'organizationArn', form: organization },
  OrganizationalUnitArn: { type: 'organizationalUnitArn', form: organizationalUnit },
};

/** Each item must name exactly one account, group, organization or unit, in a valid form. */
export function checkPermission(item: LaunchPermission): LaunchPermission {
  const members = (Object.keys(forms) as (keyof LaunchPermission)[]).filter(
    (name) => item[name] !== undefined,
  );
  const [name, second] = members;
  if (name === undefined || second !== undefined) {
    throw parameterCombination(
      'Each launch permission must have exactly one of userId, group, organizationArn and organizationalUnitArn.',
    );
  }
  const value = item[name] ?? '';
  if (!forms[name].form.test(value)) {
    throw new AwsError(
      'InvalidAMIAttributeItemValue',
      `Invalid attribute item value "${value}" for ${forms[name].type} item type.`,
    );
  }
  return { [name]: value };
}

export const keyOf = (item: LaunchPermission) => JSON.stringify(item);

/** Adding an existing permission or removing a missing permission succeeds and changes nothing. */
export function changedPermissions(
  current: readonly LaunchPermission[],
  { add, remove }: { add: readonly LaunchPermission[]; remove: readonly LaunchPermission[] },
): LaunchPermission[] {
  const items = new Map([...current, ...add].map((item) => [keyOf(item), item]));
  for (const item of remove) items.delete(keyOf(item));
  return [...items.values()];
}

const entitiesMax = 1000;

/** Refuses added permissions that EC2 refuses. `result` contains the permissions after the change. */
export function checkSharing(
  image: ImageRecord,
  add: readonly LaunchPermission[],
  result: readonly LaunchPermission[],
  call: Call,
): void {
  if (add.length === 0) return;
  if (add.some(({ Group }) => Group === 'all')) checkPublishing(image, call);
  // Snapshots that are encrypted with the AWS managed key cannot be shared (EC2 user guide, Share an AMI).
  if (encryptedVolumes(image).some((snapshot) => isUnusableElsewhere(snapshot, call))) {
    throw new AwsError(
      'InvalidParameter',
      "Snapshots encrypted with the AWS Managed CMK can't be shared. Specify another snapshot",
    );
  }
  if (result.length > entitiesMax) {
    throw new AwsError(
      'ResourceLimitExceeded',
      `You have reached your quota of ${entitiesMax} for the number of entities that this image can be shared with.`,
    );
  }
}

/** The snapshot ids of an image's encrypted volumes. */
const encryptedVolumes = ({ blockDeviceMappings }: ImageRecord) =>
  blockDeviceMappings.flatMap(({ Ebs }) => (Ebs?.Encrypted ? [Ebs.SnapshotId] : []));

function isUnusableElsewhere(snapshotId: string | undefined, { world }: Call): boolean {
  const snapshot = world.snapshots.get(snapshotId ?? '');
  return snapshot === undefined || isUnderManagedKey(world, snapshot);
}

const publicImagesMax = 5;

function checkPublishing(image: ImageRecord, call: Call): void {
  if (publicAccessState(call) === 'block-new-sharing') {
    throw new AwsError(
      'OperationNotPermitted',
      "You can't publicly share this image because block public access for AMIs is enabled for this account. To publicly share the image, you must call the DisableImageBlockPublicAccess API.",
    );
  }
  if (image.productCodes.length > 0) {
    throw new AwsError('OperationNotPermitted', 'Images with product codes cannot be made public.');
  }
  if (image.watermarks !== undefined) {
    throw new AwsError('OperationNotPermitted', 'Images with watermarks cannot be made public.');
  }
  if (encryptedVolumes(image).length > 0) {
    throw new AwsError('InvalidParameter', 'Images with encrypted snapshots cannot be made public.');
  }
  const others = call.world.images
    .all()
    .filter(
      (other) =>
        other.id !== image.id &&
        other.account === image.account &&
        other.region === image.region &&
        isPublic(other),
    );
  if (others.length >= publicImagesMax) {
    throw new AwsError(
      'ResourceLimitExceeded',
      `You have reached your quota of ${publicImagesMax} for the number of public images allowed in this Region. Deregister unused public images, or request an increase in your public AMIs quota.`,
    );
  }
}
