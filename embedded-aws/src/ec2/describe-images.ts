import type { DescribeImagesCommandInput, DescribeImagesCommandOutput } from '@aws-sdk/client-ec2';
import { AwsError } from '../core/errors.ts';
import type { Call, Operation } from '../core/service.ts';
import { isAllowed } from './allowed-images.ts';
import { type FilterNames, matcher } from './filters.ts';
import { imageLocation, imageShape } from './image-shape.ts';
import { isFor, isPublic, isVisible, visibleTags } from './images.ts';
import { checkPaging, page } from './paging.ts';
import { publicParameterNames } from './public-parameters.ts';
import type { ImageRecord } from './records.ts';
import { checkDryRun, checkIds, imageNotFound } from './refusals.ts';
import { wholeSecondsText } from './times.ts';

export const describeImages: Operation<DescribeImagesCommandInput, DescribeImagesCommandOutput> = {
  kind: 'read',
  accepts: [
    'DryRun',
    'ExecutableUsers',
    'Filters.Name',
    'Filters.Values',
    'ImageIds',
    'IncludeDeprecated',
    'IncludeDisabled',
    'MaxResults',
    'NextToken',
    'Owners',
  ],
  run(input, call) {
    const { account, now } = call;
    const { ImageIds = [], Owners = [], ExecutableUsers = [] } = input;
    checkPaging(input, { min: 1, max: 1000, ids: ImageIds, idsName: 'imageIdsSet' });
    checkIds('ami', ImageIds);
    const isOwnedBy = Owners.map((owner) => ownerTest(owner, account));
    const isExecutableBy = ExecutableUsers.map((user) => executableTest(user, call));
    const parameters = publicParameterNames(call);
    const matches = matcher<ImageRecord>(
      input.Filters,
      {
        ...filters,
        'public-ssm-parameter-name': ({ id }) => parameters.get(id),
        'image-allowed': (image) => isAllowed(call.world, image, account),
      },
      (image) => visibleTags(image, account),
    );
    checkDryRun(input);
    const images = candidates(ImageIds, call).filter(
      (image) =>
        (isOwnedBy.length === 0 || isOwnedBy.some((passes) => passes(image))) &&
        (isExecutableBy.length === 0 || isExecutableBy.some((passes) => passes(image))) &&
        isShown(image, input, call) &&
        matches(image),
    );
    const { items, NextToken } = page(images, input);
    return {
      Images: items.map((image) =>
        imageShape(image, account, now, {
          publicParameter: parameters.get(image.id)?.[0],
          allowed: isAllowed(call.world, image, account),
        }),
      ),
      NextToken,
    };
  },
};

/**
 * The images that the caller can see: the named images or all images. A recently deregistered image is left
 * out, and naming the image is not an error.
 */
function candidates(ids: readonly string[], { world, account, region, now }: Call): ImageRecord[] {
  const isSeen = (image: ImageRecord) => image.region === region && isVisible(world, image, account);
  if (ids.length === 0) {
    return world.images.allSeen(now).filter((image) => isSeen(image) && image.state !== 'deregistered');
  }
  const seen = [...new Set(ids)].map((id) => {
    const image = world.images.seen(id, now);
    return { id, image: image !== undefined && isSeen(image) ? image : undefined };
  });
  const missing = seen.filter(({ image }) => image === undefined).map(({ id }) => id);
  if (missing.length > 0) throw imageNotFound(missing);
  return seen.flatMap(({ image }) => (image === undefined || image.state === 'deregistered' ? [] : [image]));
}

/**
 * Without explicit ids, deprecated images are hidden from everyone except the owner, and disabled images are
 * hidden from everyone. IncludeDeprecated and IncludeDisabled show the hidden images (EC2 user guide,
 * Deprecate an Amazon EC2 AMI, Disable an Amazon EC2 AMI).
 */
function isShown(
  image: ImageRecord,
  { ImageIds = [], IncludeDeprecated, IncludeDisabled }: DescribeImagesCommandInput,
  { account, now }: Call,
): boolean {
  if (ImageIds.length > 0) return true;
  if (image.state === 'disabled' && !IncludeDisabled) return false;
  const isDeprecated = image.deprecationTime !== undefined && image.deprecationTime <= now;
  return !isDeprecated || IncludeDeprecated === true || image.account === account;
}

function ownerTest(owner: string, account: string): (image: ImageRecord) => boolean {
  if (owner === 'self') return (image) => image.account === account;
  if (owner === 'amazon' || owner === 'aws-marketplace' || owner === 'aws-backup-vault') {
    return ({ ownerAlias }) => ownerAlias === owner;
  }
  checkUser(owner);
  return (image) => image.account === owner;
}

/**
 * For the caller, shares with the caller's organization or unit also count. For another account, only shares
 * by account id count (SDK, DescribeImagesRequest).
 */
function executableTest(user: string, { world, account }: Call): (image: ImageRecord) => boolean {
  if (user === 'all') return isPublic;
  const id = user === 'self' ? account : user;
  checkUser(id);
  return ({ launchPermissions }) =>
    launchPermissions.some((item) =>
      id === account ? item.Group === undefined && isFor(world, item, account) : item.UserId === id,
    );
}

function checkUser(user: string): void {
  if (!/^\d{12}$/.test(user)) throw new AwsError('InvalidUserID.Malformed', `Invalid user id: "${user}"`);
}

const devices =
  (read: (ebs: NonNullable<ImageRecord['blockDeviceMappings'][number]['Ebs']>) => unknown) =>
  ({ blockDeviceMappings }: ImageRecord) =>
    blockDeviceMappings.flatMap(({ Ebs }) => (Ebs === undefined ? [] : [String(read(Ebs))]));

const filters: FilterNames<ImageRecord> = {
  architecture: ({ architecture }) => architecture,
  'block-device-mapping.delete-on-termination': devices((ebs) => ebs.DeleteOnTermination),
  'block-device-mapping.device-name': ({ blockDeviceMappings }) =>
    blockDeviceMappings.map(({ DeviceName }) => DeviceName),
  'block-device-mapping.encrypted': devices((ebs) => ebs.Encrypted),
  'block-device-mapping.snapshot-id': devices((ebs) => ebs.SnapshotId),
  'block-device-mapping.volume-size': devices((ebs) => ebs.VolumeSize),
  'block-device-mapping.volume-type': devices((ebs) => ebs.VolumeType),
  'boot-mode': ({ bootMode }) => bootMode,
  'creation-date': ({ creationDate }) => wholeSecondsText(creationDate),
  description: ({ description }) => description,
  'ena-support': ({ withoutEna }) => withoutEna !== true,
  hypervisor: () => 'xen',
  'image-id': ({ id }) => id,
  'image-type': () => 'machine',
  'image-watermark.source-image-id': ({ watermarks }) => watermarks?.map((one) => one.sourceImageId),
  'image-watermark.source-image-region': ({ watermarks }) => watermarks?.map((one) => one.sourceImageRegion),
  'image-watermark.watermark-key': ({ watermarks }) => watermarks?.map(({ key }) => key),
  'is-public': isPublic,
  // Only paravirtual images have kernels and RAM disks. The embedded EC2 has no paravirtual images.
  'kernel-id': () => undefined,
  'manifest-location': imageLocation,
  name: ({ name }) => name,
  'owner-alias': ({ ownerAlias }) => ownerAlias,
  'owner-id': ({ account }) => account,
  platform: ({ platform }) => platform,
  'product-code': ({ productCodes }) => productCodes.map(({ ProductCodeId }) => ProductCodeId),
  'product-code.type': ({ productCodes }) => productCodes.map(({ ProductCodeType }) => ProductCodeType),
  'ramdisk-id': () => undefined,
  'root-device-name': ({ rootDeviceName }) => rootDeviceName,
  'root-device-type': ({ rootDeviceType }) => rootDeviceType,
  'source-image-id': ({ sourceImageId }) => sourceImageId,
  'source-image-region': ({ sourceImageRegion }) => sourceImageRegion,
  'source-instance-id': ({ sourceInstanceId }) => sourceInstanceId,
  'sriov-net-support': ({ withoutSriov }) => (withoutSriov ? undefined : 'simple'),
  state: ({ state }) => state,
  'state-reason-code': ({ stateReason }) => stateReason?.Code,
  'state-reason-message': ({ stateReason }) => stateReason?.Message,
  'virtualization-type': () => 'hvm',
};
