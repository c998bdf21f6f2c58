import type { Image } from '@aws-sdk/client-ec2';
import { protectionText } from './deregistration-protection.ts';
import { isPublic, visibleTags } from './images.ts';
import type { ImageRecord } from './records.ts';
import { tagList } from './tagging.ts';
import { wholeSecondsText } from './times.ts';
import { watermarkShape } from './watermarks.ts';

/**
 * An image in the form that EC2 shows an account. `publicParameter` is the public SSM parameter that names
 * the image. `allowed` says whether the image meets the account's criteria for Allowed AMIs.
 */
export function imageShape(
  image: ImageRecord,
  account: string,
  now: number,
  { publicParameter, allowed }: { publicParameter?: string | undefined; allowed?: boolean | undefined } = {},
): Image {
  const isOwner = image.account === account;
  const tags = tagList(visibleTags(image, account));
  return {
    Architecture: image.architecture as Image['Architecture'],
    CreationDate: wholeSecondsText(image.creationDate),
    ImageId: image.id,
    ImageLocation: imageLocation(image),
    ImageType: 'machine',
    Public: isPublic(image),
    OwnerId: image.account,
    Platform: image.platform === 'windows' ? ('windows' as Image['Platform']) : undefined,
    PlatformDetails: image.platformDetails,
    UsageOperation: image.usageOperation,
    ProductCodes: image.productCodes.length > 0 ? [...image.productCodes] : undefined,
    State: image.state,
    StateReason: image.stateReason,
    // A pending copy does not show its snapshots yet.
    BlockDeviceMappings: image.blockDeviceMappings.map((mapping) =>
      mapping.Ebs !== undefined && isPendingCopy(image)
        ? { ...mapping, Ebs: { ...mapping.Ebs, SnapshotId: undefined } }
        : mapping,
    ),
    Description: image.description,
    EnaSupport: image.withoutEna ? undefined : true,
    Hypervisor: 'xen',
    ImageOwnerAlias: image.ownerAlias,
    Name: image.name,
    RootDeviceName: image.rootDeviceName,
    RootDeviceType: image.rootDeviceType,
    SriovNetSupport: image.withoutSriov ? undefined : 'simple',
    Tags: tags.length > 0 ? tags : undefined,
    VirtualizationType: 'hvm',
    BootMode: image.bootMode,
    TpmSupport: image.tpmSupport,
    ImdsSupport: image.imdsSupport,
    DeprecationTime:
      image.deprecationTime === undefined ? undefined : new Date(image.deprecationTime).toISOString(),
    PublicSsmParameterName: publicParameter,
    ImageAllowed: allowed,
    // Visible to everyone who sees the image.
    ImageWatermarks: image.watermarks?.map(watermarkShape),
    // Only the owner sees the source and the lifecycle of the image.
    SourceInstanceId: isOwner ? image.sourceInstanceId : undefined,
    SourceImageId: isOwner ? image.sourceImageId : undefined,
    SourceImageRegion: isOwner ? image.sourceImageRegion : undefined,
    DeregistrationProtection: isOwner ? protectionText(image, now) : undefined,
    LastLaunchedTime: isOwner ? lastLaunchedText(image) : undefined,
  };
}

const isPendingCopy = ({ state, sourceInstanceId, sourceImageId }: ImageRecord) =>
  state === 'pending' && sourceInstanceId === undefined && sourceImageId !== undefined;

export const imageLocation = ({ ownerAlias, account, name }: ImageRecord) =>
  `${ownerAlias ?? account}/${name}`;

/**
 * In whole seconds, unlike the other times of an image (EC2 user guide, Check when an Amazon EC2 AMI was last
 * used).
 */
export function lastLaunchedText({ lastLaunchedTime }: ImageRecord): string | undefined {
  return lastLaunchedTime === undefined ? undefined : secondsText(lastLaunchedTime);
}

export const secondsText = (ms: number) => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
