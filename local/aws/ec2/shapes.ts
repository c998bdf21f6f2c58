import type { Image, Instance, Snapshot, Tag, Volume } from '@aws-sdk/client-ec2';
import type { ImageRecord, InstanceRecord, SnapshotRecord, VolumeRecord } from '../records.ts';
import type { World } from '../world.ts';
import { isPublic, visibleTags } from './images.ts';
import { instanceState } from './instances.ts';
import { tagList } from './tagging.ts';

/** Records as EC2 shows them. */

export function imageShape(image: ImageRecord, account: string): Image {
  const isOwner = image.account === account;
  const tags = tagList(visibleTags(image, account));
  return {
    Architecture: image.architecture as Image['Architecture'],
    CreationDate: new Date(image.creationDate).toISOString(),
    ImageId: image.id,
    ImageLocation: `${image.ownerAlias ?? image.account}/${image.name}`,
    ImageType: 'machine',
    Public: isPublic(image),
    OwnerId: image.account,
    Platform: image.platform === 'windows' ? ('windows' as Image['Platform']) : undefined,
    PlatformDetails: image.platformDetails,
    UsageOperation: image.usageOperation,
    ProductCodes: image.productCodes.length > 0 ? [...image.productCodes] : undefined,
    State: image.state,
    StateReason: image.stateReason,
    // A copy that is under way does not tell its snapshots yet.
    BlockDeviceMappings: image.blockDeviceMappings.map((mapping) =>
      mapping.Ebs !== undefined && isPendingCopy(image)
        ? { ...mapping, Ebs: { ...mapping.Ebs, SnapshotId: undefined } }
        : mapping,
    ),
    Description: image.description,
    EnaSupport: true,
    Hypervisor: 'xen',
    ImageOwnerAlias: image.ownerAlias,
    Name: image.name,
    RootDeviceName: image.rootDeviceName,
    RootDeviceType: image.rootDeviceType,
    SriovNetSupport: 'simple',
    Tags: tags.length > 0 ? tags : undefined,
    VirtualizationType: 'hvm',
    BootMode: image.bootMode,
    ImdsSupport: image.imdsSupport,
    DeprecationTime:
      image.deprecationTime === undefined ? undefined : new Date(image.deprecationTime).toISOString(),
    // Where it came from is for its owner alone.
    SourceInstanceId: isOwner ? image.sourceInstanceId : undefined,
    SourceImageId: isOwner ? image.sourceImageId : undefined,
    SourceImageRegion: isOwner ? image.sourceImageRegion : undefined,
    DeregistrationProtection: isOwner ? 'disabled' : undefined,
  };
}

const isPendingCopy = ({ state, sourceInstanceId }: ImageRecord) =>
  state === 'pending' && sourceInstanceId === undefined;

export function instanceShape(world: World, instance: InstanceRecord): Instance {
  // A terminated instance has lost its place and its parts; only what it was remains to be seen.
  const isGone = instance.state === 'terminated';
  const groups = instance.securityGroupIds.map((GroupId) => ({
    GroupId,
    GroupName: world.securityGroups.get(GroupId)?.name,
  }));
  const { metadataOptions: options } = instance;
  // The oldest region names its machines without its own name.
  const domain = instance.region === 'us-east-1' ? 'ec2' : `${instance.region}.compute`;
  const privateDnsName = `ip-${instance.privateIpAddress.replaceAll('.', '-')}.${domain}.internal`;
  return {
    AmiLaunchIndex: instance.launchIndex,
    Architecture: instance.architecture as Instance['Architecture'],
    BlockDeviceMappings: isGone
      ? []
      : instance.blockDevices.map(({ device, volumeId, deleteOnTermination }) => ({
          DeviceName: device,
          Ebs: {
            AttachTime: new Date(instance.launchTime),
            DeleteOnTermination: deleteOnTermination,
            Status: 'attached',
            VolumeId: volumeId,
          },
        })),
    BootMode: instance.bootMode,
    ClientToken: instance.clientToken ?? '',
    CurrentInstanceBootMode: instance.bootMode?.startsWith('uefi') ? 'uefi' : 'legacy-bios',
    EbsOptimized: instance.ebsOptimized,
    EnaSupport: true,
    Hypervisor: 'xen',
    IamInstanceProfile:
      instance.instanceProfileArn === undefined ? undefined : { Arn: instance.instanceProfileArn },
    ImageId: instance.imageId,
    InstanceId: instance.id,
    InstanceType: instance.instanceType as Instance['InstanceType'],
    LaunchTime: new Date(instance.launchTime),
    MetadataOptions: isGone
      ? undefined
      : {
          State: 'applied',
          HttpTokens: options.HttpTokens,
          HttpPutResponseHopLimit: options.HttpPutResponseHopLimit,
          HttpEndpoint: options.HttpEndpoint,
          HttpProtocolIpv6: options.HttpProtocolIpv6,
          InstanceMetadataTags: options.InstanceMetadataTags,
        },
    Monitoring: { State: 'disabled' },
    NetworkInterfaces: isGone
      ? []
      : [
          {
            NetworkInterfaceId: instance.networkInterfaceId,
            SubnetId: instance.subnetId,
            VpcId: instance.vpcId,
            PrivateIpAddress: instance.privateIpAddress,
            Groups: groups,
            OwnerId: instance.account,
            Status: 'in-use',
            SourceDestCheck: true,
            Attachment: { DeviceIndex: 0, DeleteOnTermination: true, Status: 'attached' },
          },
        ],
    Placement: { AvailabilityZone: instance.availabilityZone, GroupName: '', Tenancy: 'default' },
    Platform: instance.platform === 'windows' ? ('windows' as Instance['Platform']) : undefined,
    PlatformDetails: instance.platformDetails,
    PrivateDnsName: isGone ? '' : privateDnsName,
    PrivateIpAddress: isGone ? undefined : instance.privateIpAddress,
    ProductCodes: [...instance.productCodes],
    PublicDnsName: '',
    RootDeviceName: instance.rootDeviceName,
    RootDeviceType: 'ebs',
    SecurityGroups: isGone ? [] : groups,
    SourceDestCheck: isGone ? undefined : true,
    State: instanceState(instance.state),
    StateReason: instance.stateReason,
    StateTransitionReason: instance.stateTransitionReason,
    SubnetId: isGone ? undefined : instance.subnetId,
    Tags: optionalTags(instance),
    UsageOperation: instance.usageOperation,
    VirtualizationType: 'hvm',
    VpcId: isGone ? undefined : instance.vpcId,
  };
}

export function volumeShape(volume: VolumeRecord): Volume {
  const { attachment } = volume;
  return {
    VolumeId: volume.id,
    Size: volume.sizeGiB,
    SnapshotId: volume.snapshotId ?? '',
    AvailabilityZone: volume.availabilityZone,
    State: volume.state,
    CreateTime: new Date(volume.createTime),
    VolumeType: volume.volumeType as Volume['VolumeType'],
    Iops: volume.iops,
    Throughput: volume.throughput,
    Encrypted: volume.encrypted,
    MultiAttachEnabled: false,
    Attachments:
      attachment === undefined
        ? []
        : [
            {
              InstanceId: attachment.instanceId,
              VolumeId: volume.id,
              Device: attachment.device,
              DeleteOnTermination: attachment.deleteOnTermination,
              State: 'attached',
              AttachTime: new Date(volume.createTime),
            },
          ],
    Tags: optionalTags(volume),
  };
}

export function snapshotShape(snapshot: SnapshotRecord, account: string): Snapshot {
  return {
    SnapshotId: snapshot.id,
    OwnerId: snapshot.account,
    VolumeId: snapshot.volumeId,
    VolumeSize: snapshot.volumeSizeGiB,
    Description: snapshot.description,
    Encrypted: snapshot.encrypted,
    State: snapshot.state,
    StateMessage: snapshot.state === 'error' ? 'The snapshot could not be completed' : undefined,
    // How far it has come is not emulated: nothing, then all.
    Progress: snapshot.state === 'completed' ? '100%' : '0%',
    StartTime: new Date(snapshot.startTime),
    CompletionTime: snapshot.completionTime === undefined ? undefined : new Date(snapshot.completionTime),
    StorageTier: 'standard',
    Tags: snapshot.account === account ? optionalTags(snapshot) : undefined,
  };
}

function optionalTags({ tags }: { tags: Readonly<Record<string, string>> }): Tag[] | undefined {
  const list = tagList(tags);
  return list.length > 0 ? list : undefined;
}
