import type {
  LaunchPermission,
  ModifyImageAttributeCommandInput,
  ModifyImageAttributeCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError, missingParameter } from '../errors.ts';
import type { Call, Operation } from '../operation.ts';
import type { ImageRecord } from '../records.ts';
import { lagMs } from '../world.ts';
import { checkAvailable, checkDescription, ownImage } from './images.ts';
import { publicAccessState } from './public-access.ts';
import { checkDryRun, checkOneOf, parameterCombination } from './refusals.ts';

export const modifyImageAttribute: Operation<
  ModifyImageAttributeCommandInput,
  ModifyImageAttributeCommandOutput
> = {
  kind: 'write',
  accepts: [
    'Attribute',
    'Description.Value',
    'DryRun',
    'ImageId',
    'ImdsSupport.Value',
    'LaunchPermission.Add.Group',
    'LaunchPermission.Add.OrganizationArn',
    'LaunchPermission.Add.OrganizationalUnitArn',
    'LaunchPermission.Add.UserId',
    'LaunchPermission.Remove.Group',
    'LaunchPermission.Remove.OrganizationArn',
    'LaunchPermission.Remove.OrganizationalUnitArn',
    'LaunchPermission.Remove.UserId',
  ],
  run(input, call) {
    const { world, now } = call;
    const { ImageId, Attribute, Description, ImdsSupport, LaunchPermission: permission } = input;
    if (ImageId === undefined) throw missingParameter('imageId');
    const given = Object.entries({
      description: Description,
      imdsSupport: ImdsSupport,
      launchPermission: permission,
    }).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    if (given.length === 0) throw parameterCombination('No attributes specified.');
    if (given.length > 1) {
      throw parameterCombination(`Fields for multiple attribute types specified: ${given.join(', ')}`);
    }
    if (Attribute !== undefined && Attribute !== given[0]) {
      throw parameterCombination(`The attribute ${Attribute} was named, and ${given[0]} specified.`);
    }
    const add = (permission?.Add ?? []).map(checkPermission);
    const remove = (permission?.Remove ?? []).map(checkPermission);
    checkDescription(Description?.Value);
    checkOneOf('imdsSupport', ImdsSupport?.Value, ['v2.0']);

    const image = ownImage(call, ImageId);
    checkAvailable(image);
    const launchPermissions = changed(image.launchPermissions, add, remove);
    checkSharing(image, add, launchPermissions, call);
    checkDryRun(input);
    world.images.put(
      {
        ...image,
        launchPermissions,
        ...(Description === undefined ? {} : { description: Description.Value ?? '' }),
        ...(ImdsSupport === undefined ? {} : { imdsSupport: 'v2.0' as const }),
      },
      now,
      lagMs(world, ImageId),
    );
    return {};
  },
};

const organisation = /^arn:aws[\w-]*:organizations::\d{12}:organization\/o-[a-z0-9]{10,32}$/;
const organisationalUnit =
  /^arn:aws[\w-]*:organizations::\d{12}:ou\/o-[a-z0-9]{10,32}\/ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$/;

const forms: Readonly<Record<keyof LaunchPermission, { type: string; form: RegExp }>> = {
  UserId: { type: 'userId', form: /^\d{12}$/ },
  Group: { type: 'group', form: /^all$/ },
  OrganizationArn: { type: 'organizationArn', form: organisation },
  OrganizationalUnitArn: { type: 'organizationalUnitArn', form: organisationalUnit },
};

/** Each item names exactly one account, group, organisation or unit, in its right form. */
function checkPermission(item: LaunchPermission): LaunchPermission {
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

const keyOf = (item: LaunchPermission) => JSON.stringify(item);

/** To add what is there, or to remove what is not, changes nothing and is no mistake. */
function changed(
  current: readonly LaunchPermission[],
  add: readonly LaunchPermission[],
  remove: readonly LaunchPermission[],
): LaunchPermission[] {
  const items = new Map([...current, ...add].map((item) => [keyOf(item), item]));
  for (const item of remove) items.delete(keyOf(item));
  return [...items.values()];
}

const entitiesMax = 1000;

function checkSharing(
  image: ImageRecord,
  add: readonly LaunchPermission[],
  result: readonly LaunchPermission[],
  call: Call,
): void {
  if (add.length === 0) return;
  const toAll = add.some(({ Group }) => Group === 'all');
  if (toAll && publicAccessState(call) === 'block-new-sharing') {
    throw new AwsError(
      'OperationNotPermitted',
      "You can't publicly share this image because block public access for AMIs is enabled for this account. To publicly share the image, you must call the DisableImageBlockPublicAccess API.",
    );
  }
  if (toAll && image.productCodes.length > 0) {
    throw new AwsError('OperationNotPermitted', 'Images with product codes cannot be made public.');
  }
  // No other key than the AWS managed one is emulated, and what it encrypts can be shared with nobody (EC2 user guide, Share an AMI).
  if (image.blockDeviceMappings.some(({ Ebs }) => Ebs?.Encrypted)) {
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
