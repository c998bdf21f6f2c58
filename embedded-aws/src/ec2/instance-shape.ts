import type { Instance, InstanceNetworkInterface } from '@aws-sdk/client-ec2';
import { coresOf, instanceType } from '../catalog/instance-types.ts';
import { hex } from '../core/random.ts';
import { zoneId } from '../core/regions.ts';
import type { World } from '../core/world.ts';
import { instanceState } from './instances.ts';
import { privateDnsName, publicAddress, publicDnsName } from './network-interfaces.ts';
import { hasPublicNames } from './networks.ts';
import type { InstanceRecord } from './records.ts';
import { tagList } from './tagging.ts';
import { wholeSeconds } from './times.ts';

/**
 * An instance in the form that EC2 shows. A terminated instance no longer shows its network and its parts.
 */
export function instanceShape(world: World, instance: InstanceRecord): Instance {
  const address = publicAddress(world, instance);
  const tags = tagList(instance.tags);
  return {
    AmiLaunchIndex: instance.launchIndex,
    Architecture: instance.architecture as Instance['Architecture'],
    BootMode: instance.bootMode,
    CapacityReservationSpecification: { CapacityReservationPreference: 'open' },
    ClientToken: instance.clientToken ?? '',
    CpuOptions: cpuOptions(instance),
    CurrentInstanceBootMode: currentBootMode(instance),
    EbsOptimized: instance.ebsOptimized,
    EnaSupport: instance.withoutEna ? undefined : true,
    EnclaveOptions: { Enabled: false },
    HibernationOptions: { Configured: false },
    Hypervisor: 'xen',
    IamInstanceProfile: profileShape(world, instance),
    ImageId: instance.imageId,
    InstanceId: instance.id,
    InstanceLifecycle: instance.spotRequest && 'spot',
    InstanceType: instance.instanceType as Instance['InstanceType'],
    KeyName: instance.keyName,
    LaunchTime: wholeSeconds(instance.launchTime),
    MaintenanceOptions: { AutoRecovery: instance.autoRecovery ?? 'default' },
    Monitoring: { State: monitoringState(instance) },
    Placement: {
      AvailabilityZone: instance.availabilityZone,
      AvailabilityZoneId: zoneId(instance.availabilityZone),
      GroupName: '',
      Tenancy: 'default',
    },
    Platform: instance.platform === 'windows' ? ('windows' as Instance['Platform']) : undefined,
    PlatformDetails: instance.platformDetails,
    ProductCodes: [...instance.productCodes],
    PublicDnsName: publicName(world, instance, address),
    PublicIpAddress: address,
    RootDeviceName: instance.rootDeviceName,
    RootDeviceType: 'ebs',
    SpotInstanceRequestId: instance.spotRequest?.id,
    State: instanceState(instance.state),
    StateReason: instance.stateReason,
    StateTransitionReason: instance.stateTransitionReason,
    Tags: tags.length > 0 ? tags : undefined,
    UsageOperation: instance.usageOperation,
    VirtualizationType: 'hvm',
    ...(instance.state === 'terminated' ? terminatedParts : partsOf(world, instance)),
  };
}

/**
 * The boot mode that the image requests and the type supports (EC2 user guide, Amazon EC2 instance boot
 * modes).
 */
export function currentBootMode({
  bootMode,
  instanceType: name,
}: InstanceRecord): Instance['CurrentInstanceBootMode'] {
  const supported = instanceType(name)?.bootModes ?? [];
  const wanted = bootMode?.startsWith('uefi') ? 'uefi' : 'legacy-bios';
  return supported.includes(wanted) ? wanted : (supported[0] ?? wanted);
}

const terminatedParts: Partial<Instance> = {
  BlockDeviceMappings: [],
  NetworkInterfaces: [],
  PrivateDnsName: '',
  PrivateIpAddress: undefined,
  SecurityGroups: [],
  SubnetId: undefined,
  VpcId: undefined,
};

function partsOf(world: World, instance: InstanceRecord): Partial<Instance> {
  const { metadataOptions: options } = instance;
  return {
    BlockDeviceMappings: shownDevices(instance).map(({ device, volumeId, deleteOnTermination }) => ({
      DeviceName: device,
      Ebs: {
        AttachTime: attachTime(world, volumeId, instance),
        DeleteOnTermination: deleteOnTermination,
        Status: world.volumes.get(volumeId)?.attachment?.state ?? 'attached',
        VolumeId: volumeId,
      },
    })),
    MetadataOptions: {
      State: 'applied',
      HttpTokens: options.HttpTokens,
      HttpPutResponseHopLimit: options.HttpPutResponseHopLimit,
      HttpEndpoint: options.HttpEndpoint,
      HttpProtocolIpv6: options.HttpProtocolIpv6,
      InstanceMetadataTags: options.InstanceMetadataTags,
    },
    NetworkInterfaces: [interfaceShape(world, instance)],
    PrivateDnsName: privateDnsName(instance.region, instance.privateIpAddress),
    PrivateDnsNameOptions: {
      HostnameType: 'ip-name',
      EnableResourceNameDnsARecord: false,
      EnableResourceNameDnsAAAARecord: false,
    },
    PrivateIpAddress: instance.privateIpAddress,
    SecurityGroups: groupsOf(world, instance),
    SourceDestCheck: instance.sourceDestCheck ?? true,
    SubnetId: instance.subnetId,
    VpcId: instance.vpcId,
  };
}

/** The devices that a launch attaches appear when the instance is running. */
export function shownDevices({ state, boots, blockDevices }: InstanceRecord): InstanceRecord['blockDevices'] {
  return state === 'pending' && boots === 0 ? [] : blockDevices;
}

function attachTime(world: World, volumeId: string, { launchTime }: InstanceRecord): Date {
  const volume = world.volumes.get(volumeId);
  return wholeSeconds(volume?.attachment?.time ?? volume?.createTime ?? launchTime);
}

export function groupsOf(
  world: World,
  { securityGroupIds }: Pick<InstanceRecord, 'securityGroupIds'>,
): { GroupId: string; GroupName: string | undefined }[] {
  return securityGroupIds.map((GroupId) => ({
    GroupId,
    GroupName: world.securityGroups.get(GroupId)?.name,
  }));
}

function interfaceShape(world: World, instance: InstanceRecord): InstanceNetworkInterface {
  const record = world.networkInterfaces.get(instance.networkInterfaceId);
  const address = publicAddress(world, instance);
  const association = address === undefined ? undefined : associationShape(world, instance, address);
  const own = {
    PrivateDnsName: privateDnsName(instance.region, instance.privateIpAddress),
    PrivateIpAddress: instance.privateIpAddress,
  };
  return {
    ...own,
    Association: association,
    Attachment: {
      AttachTime: wholeSeconds(record?.attachment?.time ?? instance.launchTime),
      AttachmentId: record?.attachment?.id,
      DeleteOnTermination: record?.attachment?.deleteOnTermination ?? true,
      DeviceIndex: 0,
      NetworkCardIndex: 0,
      Status: 'attached',
    },
    Description: record?.description ?? '',
    Groups: groupsOf(world, instance),
    InterfaceType: 'interface',
    Ipv6Addresses: [],
    MacAddress: record?.macAddress,
    NetworkInterfaceId: instance.networkInterfaceId,
    OwnerId: instance.account,
    PrivateIpAddresses: [{ ...own, Association: association, Primary: true }],
    SourceDestCheck: instance.sourceDestCheck ?? true,
    Status: 'in-use',
    SubnetId: instance.subnetId,
    VpcId: instance.vpcId,
  };
}

export function associationShape(
  world: World,
  place: Pick<InstanceRecord, 'region' | 'vpcId'>,
  address: string,
): { IpOwnerId: string; PublicDnsName: string; PublicIp: string } {
  return { IpOwnerId: 'amazon', PublicDnsName: publicName(world, place, address), PublicIp: address };
}

function publicName(
  world: World,
  { region, vpcId }: Pick<InstanceRecord, 'region' | 'vpcId'>,
  address: string | undefined,
): string {
  return address === undefined || !hasPublicNames(world, vpcId) ? '' : publicDnsName(region, address);
}

function cpuOptions({ cpuOptions, instanceType: name }: InstanceRecord): Instance['CpuOptions'] {
  const type = instanceType(name);
  const cores = cpuOptions ?? (type && coresOf(type));
  return cores && { CoreCount: cores.coreCount, ThreadsPerCore: cores.threadsPerCore };
}

function monitoringState({ monitoring, state }: InstanceRecord): 'disabled' | 'enabled' | 'pending' {
  if (!monitoring) return 'disabled';
  return state === 'pending' ? 'pending' : 'enabled';
}

export function profileShape(
  world: World,
  { instanceProfileArn }: Pick<InstanceRecord, 'instanceProfileArn'>,
): { Arn: string; Id: string } | undefined {
  if (instanceProfileArn === undefined) return undefined;
  const id = `AIPA${hex(world.seed, 17, 'instance profile', instanceProfileArn).toUpperCase()}`;
  return { Arn: instanceProfileArn, Id: id };
}
