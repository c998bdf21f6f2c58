import type {
  BlockDeviceMapping,
  Instance,
  InstanceMetadataOptionsRequest,
  RunInstancesCommandInput,
  RunInstancesCommandOutput,
} from '@aws-sdk/client-ec2';
import { instanceType, isOffered } from '../catalog/instance-types.ts';
import { zonesOf } from '../catalog/regions.ts';
import { AwsError, invalidParameter, missingParameter, notEmulated } from '../errors.ts';
import { holds, isInstanceFault, strike } from '../faults.ts';
import type { Call, Operation } from '../operation.ts';
import type { ImageRecord, InstanceRecord, SubnetRecord, Tags, VolumeRecord } from '../records.ts';
import { count, lagMs, newId, schedule } from '../world.ts';
import { checkAvailable, seenImage } from './images.ts';
import { beginRunning } from './lifecycle.ts';
import {
  checkDryRun,
  checkIds,
  checkOneOf,
  parameterCombination,
  securityGroupNotFound,
  subnetNotFound,
} from './refusals.ts';
import { instanceShape } from './shapes.ts';
import { checkMetadataTagKeys, tagSpecifications } from './tagging.ts';
import { rememberedId } from './tokens.ts';

export const runInstances: Operation<RunInstancesCommandInput, RunInstancesCommandOutput> = {
  kind: 'write',
  accepts: [
    'BlockDeviceMappings.DeviceName',
    'BlockDeviceMappings.Ebs.DeleteOnTermination',
    'BlockDeviceMappings.Ebs.Encrypted',
    'BlockDeviceMappings.Ebs.Iops',
    'BlockDeviceMappings.Ebs.SnapshotId',
    'BlockDeviceMappings.Ebs.Throughput',
    'BlockDeviceMappings.Ebs.VolumeSize',
    'BlockDeviceMappings.Ebs.VolumeType',
    'BlockDeviceMappings.NoDevice',
    'ClientToken',
    'DryRun',
    'EbsOptimized',
    'IamInstanceProfile.Arn',
    'IamInstanceProfile.Name',
    'ImageId',
    'InstanceInitiatedShutdownBehavior',
    'InstanceType',
    'MaxCount',
    'MetadataOptions.HttpEndpoint',
    'MetadataOptions.HttpProtocolIpv6',
    'MetadataOptions.HttpPutResponseHopLimit',
    'MetadataOptions.HttpTokens',
    'MetadataOptions.InstanceMetadataTags',
    'MinCount',
    'Placement.AvailabilityZone',
    'SecurityGroupIds',
    'SubnetId',
    'TagSpecifications.ResourceType',
    'TagSpecifications.Tags.Key',
    'TagSpecifications.Tags.Value',
    'UserData',
  ],
  run(input, call) {
    const { world, account, region, now } = call;
    const counts = checkCounts(input);
    const tags = tagSpecifications(input.TagSpecifications, ['instance', 'volume', 'network-interface']);
    checkUserData(input.UserData);

    const subnet = findSubnet(input, call);
    // RunInstances is idempotent zone by zone: the same token in another zone launches another instance (AWS.md §1.2).
    const isZonal = input.SubnetId !== undefined || input.Placement?.AvailabilityZone !== undefined;
    const token = rememberedId(call, 'RunInstances', input, {
      scope: isZonal ? subnet.availabilityZone : '',
    });
    if (token.id !== undefined) return repeated(token.id, call);

    const image = findImage(input, call);
    const type = checkInstanceType(input, image, subnet);
    const securityGroupIds = findSecurityGroups(input, subnet, call);
    const instanceProfileArn = findInstanceProfile(input, call);
    const metadataOptions = resolveMetadataOptions(input, image);
    if (metadataOptions.InstanceMetadataTags === 'enabled') checkMetadataTagKeys(tags.instance);
    const devices = planDevices(input.BlockDeviceMappings ?? [], image, call);
    const shutdownBehavior =
      checkOneOf('InstanceInitiatedShutdownBehavior', input.InstanceInitiatedShutdownBehavior, [
        'stop',
        'terminate',
      ]) ?? 'stop';
    if (subnet.availableIpAddressCount < counts.min) {
      throw new AwsError(
        'InsufficientFreeAddressesInSubnet',
        `There are not enough free addresses in subnet '${subnet.id}' to satisfy the requested number of instances.`,
      );
    }
    checkDryRun(input);

    const launched = Math.min(counts.max, subnet.availableIpAddressCount);
    const reservationId = newId(world, 'r');
    const addresses = freeAddresses(subnet, launched, call);
    const instances = addresses.map((privateIpAddress, launchIndex) => {
      const id = newId(world, 'i');
      const blockDevices = createVolumes(devices, id, subnet, tags.volume, call);
      const fault = strike(world, isInstanceFault, region, ({ where = {} }) => holds(input, where));
      const record: InstanceRecord = {
        id,
        account,
        region,
        tags: tags.instance,
        imageId: image.id,
        instanceType: type,
        architecture: image.architecture,
        ...(image.platform === undefined ? {} : { platform: image.platform }),
        subnetId: subnet.id,
        vpcId: subnet.vpcId,
        availabilityZone: subnet.availabilityZone,
        securityGroupIds,
        ...(instanceProfileArn === undefined ? {} : { instanceProfileArn }),
        metadataOptions,
        shutdownBehavior,
        ...(input.UserData === undefined ? {} : { userData: input.UserData }),
        ...(input.ClientToken === undefined ? {} : { clientToken: input.ClientToken }),
        launchTime: now,
        state: 'pending',
        stateTransitionReason: '',
        rootDeviceName: image.rootDeviceName,
        privateIpAddress,
        reservationId,
        networkInterfaceId: newId(world, 'eni'),
        launchIndex,
        ebsOptimized: input.EbsOptimized ?? false,
        platformDetails: image.platformDetails,
        usageOperation: image.usageOperation,
        ...(image.bootMode === undefined ? {} : { bootMode: image.bootMode }),
        productCodes: image.productCodes,
        ephemeralDevices: devices.flatMap(({ device, virtualName }) =>
          virtualName === undefined ? [] : [{ device, virtualName }],
        ),
        ...(fault === undefined
          ? {}
          : {
              endsWith: {
                Code: fault.reason,
                Message: fault.message ?? `${fault.reason}: ${launchFailures[fault.reason] ?? fault.reason}`,
              },
            }),
        blockDevices,
        boots: 0,
      };
      if (fault !== undefined) schedule(world, 'instance.fault', id, now + fault.afterSeconds * 1000);
      return beginRunning(world, record, now);
    });
    world.subnets.put(
      { ...subnet, availableIpAddressCount: subnet.availableIpAddressCount - launched },
      now,
      0,
    );
    token.remember(reservationId);
    return reservation(reservationId, instances, call);
  },
};

/** What EC2 says of launches that it accepted and then could not carry out (SDK, StateReason). */
const launchFailures: Readonly<Record<string, string>> = {
  'Server.InsufficientInstanceCapacity': 'Insufficient capacity to satisfy launch request',
  'Server.InternalError': 'Internal error on launch',
  'Server.ScheduledStop': 'Stopped due to a scheduled retirement',
  'Client.InternalError': 'Client error on launch',
  'Client.InvalidSnapshot.NotFound': 'The specified snapshot was not found',
  'Client.VolumeLimitExceeded': 'Volume limit exceeded',
};

function reservation(
  ReservationId: string,
  instances: readonly InstanceRecord[],
  { world, account }: Call,
): Omit<RunInstancesCommandOutput, '$metadata'> {
  return {
    ReservationId,
    OwnerId: account,
    Groups: [],
    Instances: instances.map((instance): Instance => instanceShape(world, instance)),
  };
}

function repeated(reservationId: string, call: Call): Omit<RunInstancesCommandOutput, '$metadata'> {
  const instances = call.world.instances.all().filter((record) => record.reservationId === reservationId);
  if (instances.every(({ state }) => state === 'terminated' || state === 'shutting-down')) {
    throw new AwsError(
      'IdempotentInstanceTerminated',
      'The request to launch an instance uses the same client token as a previous request for which the instance has been terminated.',
    );
  }
  return reservation(reservationId, instances, call);
}

function checkCounts({ MinCount, MaxCount }: RunInstancesCommandInput): { min: number; max: number } {
  if (MinCount === undefined) throw missingParameter('MinCount');
  if (MaxCount === undefined) throw missingParameter('MaxCount');
  if (MinCount < 1) {
    throw invalidParameter(`Value (${MinCount}) for parameter minCount is invalid. Minimum is 1.`);
  }
  if (MaxCount < MinCount) {
    throw invalidParameter(
      `Value (${MinCount}) for parameter minCount is invalid. minCount must not exceed maxCount.`,
    );
  }
  return { min: MinCount, max: MaxCount };
}

const userDataBytesMax = 16_384;

function checkUserData(userData: string | undefined): void {
  if (userData === undefined) return;
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(userData)) {
    throw invalidParameter('Invalid BASE64 encoding of user data.');
  }
  if (Buffer.from(userData, 'base64').length > userDataBytesMax) {
    throw invalidParameter(`User data is limited to ${userDataBytesMax} bytes`);
  }
}

function findImage({ ImageId }: RunInstancesCommandInput, call: Call): ImageRecord {
  if (ImageId === undefined) throw missingParameter('ImageId');
  if (ImageId.startsWith('resolve:ssm:')) {
    throw notEmulated('ec2:RunInstances with an SSM parameter for an ImageId');
  }
  checkIds('ami', [ImageId]);
  seenImage(call, ImageId);
  const image = call.world.images.get(ImageId) as ImageRecord;
  checkAvailable(image);
  return image;
}

function findSubnet(
  { SubnetId, Placement, InstanceType }: RunInstancesCommandInput,
  call: Call,
): SubnetRecord {
  const { world, account, region, now } = call;
  const zone = Placement?.AvailabilityZone;
  if (zone !== undefined && !zonesOf(region).includes(zone)) {
    throw invalidParameter(`Invalid availability zone: [${zone}]`);
  }
  if (SubnetId !== undefined) {
    const isSeen = world.subnets.seen(SubnetId, now) !== undefined;
    const subnet = world.subnets.get(SubnetId);
    if (!isSeen || subnet === undefined || subnet.account !== account || subnet.region !== region) {
      throw subnetNotFound(SubnetId);
    }
    if (zone !== undefined && subnet.availabilityZone !== zone) {
      throw invalidParameter(
        `Value (${zone}) for parameter availabilityZone is invalid. The subnet '${SubnetId}' is in the availability zone ${subnet.availabilityZone}`,
      );
    }
    return subnet;
  }
  const defaults = world.subnets
    .all()
    .filter(
      (subnet) =>
        subnet.account === account &&
        subnet.region === region &&
        subnet.defaultForAz &&
        (zone === undefined || subnet.availabilityZone === zone),
    );
  if (defaults.length === 0) {
    throw new AwsError('VPCIdNotSpecified', 'No default VPC for this user');
  }
  // EC2 chooses a zone for the caller; only one that offers the type will do.
  const offering = defaults.find(({ availabilityZone }) => isOffered(InstanceType ?? '', availabilityZone));
  return offering ?? (defaults[0] as SubnetRecord);
}

function checkInstanceType(
  { InstanceType }: RunInstancesCommandInput,
  image: ImageRecord,
  { region, availabilityZone }: SubnetRecord,
): string {
  if (InstanceType === undefined) throw notEmulated('ec2:RunInstances without an InstanceType');
  const type = instanceType(InstanceType);
  if (type === undefined) throw invalidParameter(`Invalid value '${InstanceType}' for InstanceType.`);
  if (!(type.architectures as readonly string[]).includes(image.architecture)) {
    throw invalidParameter(
      `The architecture '${type.architectures.join(',')}' of the specified instance type does not match the architecture '${image.architecture}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the instance type or AMI.`,
    );
  }
  checkOfferedIn(InstanceType, region, availabilityZone);
  if (image.rootDeviceType === 'instance-store') {
    // None of the catalogue's types has disks of its own to boot from.
    throw new AwsError(
      'Unsupported',
      'The requested configuration is currently not supported. Please check the documentation for supported configurations.',
    );
  }
  return InstanceType;
}

/** Refuses a type in a zone that does not offer it, and names the zones that do. */
export function checkOfferedIn(type: string, region: string, zone: string): void {
  if (isOffered(type, zone)) return;
  const others = zonesOf(region).filter((other) => isOffered(type, other));
  throw new AwsError(
    'Unsupported',
    `Your requested instance type (${type}) is not supported in your requested Availability Zone (${zone}). Please retry your request by not specifying an Availability Zone or choosing ${others.join(', ')}.`,
  );
}

function findSecurityGroups(
  { SecurityGroupIds }: RunInstancesCommandInput,
  subnet: SubnetRecord,
  { world, account, region, now }: Call,
): string[] {
  if (SecurityGroupIds === undefined || SecurityGroupIds.length === 0) {
    const fallback = world.securityGroups
      .all()
      .find(({ vpcId, name }) => vpcId === subnet.vpcId && name === 'default');
    return fallback === undefined ? [] : [fallback.id];
  }
  checkIds('sg', SecurityGroupIds);
  for (const id of SecurityGroupIds) {
    const group = world.securityGroups.seen(id, now);
    if (group === undefined || group.account !== account || group.region !== region) {
      throw securityGroupNotFound(id);
    }
    if (group.vpcId !== subnet.vpcId) {
      throw new AwsError(
        'InvalidParameter',
        `Security group ${id} and subnet ${subnet.id} belong to different networks.`,
      );
    }
  }
  return [...new Set(SecurityGroupIds)];
}

function findInstanceProfile(
  { IamInstanceProfile }: RunInstancesCommandInput,
  { world, account, now }: Call,
): string | undefined {
  if (IamInstanceProfile === undefined) return undefined;
  const { Name, Arn } = IamInstanceProfile;
  if (Name !== undefined && Arn !== undefined) {
    throw parameterCombination(
      "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'",
    );
  }
  if (Arn !== undefined) {
    if (world.instanceProfiles.seen(Arn, now)?.account === account) return Arn;
    throw invalidParameter(
      `Value (${Arn}) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN`,
    );
  }
  if (Name === undefined) return undefined;
  // A profile is known by its ARN; paths are not emulated.
  const profile = world.instanceProfiles.seen(`arn:aws:iam::${account}:instance-profile/${Name}`, now);
  if (profile === undefined) {
    throw invalidParameter(
      `Value (${Name}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name`,
    );
  }
  return profile.arn;
}

/** Of each option, what the launch says; else what the image says (only tokens and hop limit); else EC2's own default. */
function resolveMetadataOptions(
  { MetadataOptions: asked = {} }: RunInstancesCommandInput,
  { imdsSupport }: ImageRecord,
): InstanceMetadataOptionsRequest {
  const hopLimit = asked.HttpPutResponseHopLimit;
  if (hopLimit !== undefined && !(Number.isInteger(hopLimit) && hopLimit >= 1 && hopLimit <= 64)) {
    throw invalidParameter(
      `Value (${hopLimit}) for parameter HttpPutResponseHopLimit is invalid. Expecting a value between 1 and 64.`,
    );
  }
  const isV2 = imdsSupport === 'v2.0';
  return {
    HttpTokens:
      checkOneOf('HttpTokens', asked.HttpTokens, ['optional', 'required']) ??
      (isV2 ? 'required' : 'optional'),
    HttpPutResponseHopLimit: hopLimit ?? (isV2 ? 2 : 1),
    HttpEndpoint: checkOneOf('HttpEndpoint', asked.HttpEndpoint, ['enabled', 'disabled']) ?? 'enabled',
    HttpProtocolIpv6:
      checkOneOf('HttpProtocolIpv6', asked.HttpProtocolIpv6, ['enabled', 'disabled']) ?? 'disabled',
    InstanceMetadataTags:
      checkOneOf('InstanceMetadataTags', asked.InstanceMetadataTags, ['enabled', 'disabled']) ?? 'disabled',
  };
}

/** A device that an instance will have: a volume, or a name for an instance store. */
interface PlannedDevice {
  readonly device: string;
  readonly virtualName?: string;
  readonly volume?: Pick<
    VolumeRecord,
    'sizeGiB' | 'volumeType' | 'iops' | 'throughput' | 'encrypted' | 'snapshotId' | 'disk'
  > & { deleteOnTermination: boolean };
}

const volumeTypes = ['gp2', 'gp3', 'io1', 'io2', 'st1', 'sc1', 'standard'] as const;

/** The image's devices, as the request changes them, and then the request's own. */
function planDevices(asked: readonly BlockDeviceMapping[], image: ImageRecord, call: Call): PlannedDevice[] {
  const merged = new Map<string, BlockDeviceMapping>();
  for (const mapping of image.blockDeviceMappings) merged.set(mapping.DeviceName ?? '', mapping);
  for (const mapping of asked) {
    const { DeviceName, NoDevice, Ebs } = mapping;
    if (DeviceName === undefined) throw missingParameter('deviceName');
    if (NoDevice !== undefined) {
      if (DeviceName === image.rootDeviceName) {
        throw new AwsError('InvalidBlockDeviceMapping', `The root device ${DeviceName} cannot be suppressed`);
      }
      merged.delete(DeviceName);
      continue;
    }
    const base = merged.get(DeviceName)?.Ebs;
    const isOtherDisk = Ebs?.SnapshotId !== undefined && Ebs.SnapshotId !== base?.SnapshotId;
    if (isOtherDisk && DeviceName === image.rootDeviceName) {
      throw new AwsError('InvalidBlockDeviceMapping', 'snapshotId cannot be modified on root device');
    }
    // A change of the type leaves behind what only the old type had.
    const { Iops: _iops, Throughput: _throughput, ...withoutSpeed } = base ?? {};
    const kept = Ebs?.VolumeType === undefined || Ebs.VolumeType === base?.VolumeType ? base : withoutSpeed;
    merged.set(DeviceName, { DeviceName, Ebs: { ...kept, ...defined(Ebs ?? {}) } });
  }
  return [...merged.values()].map(({ DeviceName = '', VirtualName, Ebs }) =>
    Ebs === undefined
      ? { device: DeviceName, ...(VirtualName === undefined ? {} : { virtualName: VirtualName }) }
      : { device: DeviceName, volume: planVolume(Ebs, call) },
  );
}

function planVolume(
  ebs: NonNullable<BlockDeviceMapping['Ebs']>,
  { world, account, region, now }: Call,
): NonNullable<PlannedDevice['volume']> {
  const snapshot = ebs.SnapshotId === undefined ? undefined : world.snapshots.get(ebs.SnapshotId);
  if (ebs.SnapshotId !== undefined) {
    // EC2 itself lends the snapshots of a shared image to those who may launch it (AWS.md §1.10).
    const isBehindImage = snapshot !== undefined && snapshot.account !== account;
    const isSeen = isBehindImage || world.snapshots.seen(ebs.SnapshotId, now) !== undefined;
    if (snapshot === undefined || !isSeen || snapshot.region !== region) {
      throw new AwsError('InvalidBlockDeviceMapping', `The snapshot '${ebs.SnapshotId}' does not exist.`);
    }
  }
  const sizeGiB = ebs.VolumeSize ?? snapshot?.volumeSizeGiB;
  if (sizeGiB === undefined) throw missingParameter('size or snapshotId');
  if (snapshot !== undefined && sizeGiB < snapshot.volumeSizeGiB) {
    throw new AwsError(
      'InvalidBlockDeviceMapping',
      `Volume of size ${sizeGiB}GB is smaller than snapshot '${snapshot.id}', expect size >= ${snapshot.volumeSizeGiB}GB`,
    );
  }
  if (snapshot?.encrypted && ebs.Encrypted === false) {
    throw invalidParameter(
      'Encrypted flag cannot be set to false when creating a volume from an encrypted snapshot.',
    );
  }
  const volumeType = checkOneOf('volumeType', ebs.VolumeType, volumeTypes) ?? 'gp2';
  const hasIops = volumeType === 'gp3' || volumeType === 'io1' || volumeType === 'io2';
  if (ebs.Iops !== undefined && !hasIops) {
    throw parameterCombination(`The parameter iops is not supported for ${volumeType} volumes.`);
  }
  if (ebs.Throughput !== undefined && volumeType !== 'gp3') {
    throw parameterCombination(`The parameter throughput is not supported for ${volumeType} volumes.`);
  }
  if (ebs.Iops === undefined && (volumeType === 'io1' || volumeType === 'io2')) {
    throw missingParameter('iops');
  }
  const iops = volumeType === 'gp2' ? Math.min(Math.max(100, 3 * sizeGiB), 16_000) : (ebs.Iops ?? 3000);
  return {
    sizeGiB,
    volumeType,
    ...(volumeType === 'gp2' || hasIops ? { iops } : {}),
    ...(volumeType === 'gp3' ? { throughput: ebs.Throughput ?? 125 } : {}),
    encrypted: ebs.Encrypted ?? snapshot?.encrypted ?? false,
    ...(snapshot === undefined ? {} : { snapshotId: snapshot.id }),
    ...(snapshot?.disk === undefined ? {} : { disk: snapshot.disk }),
    deleteOnTermination: ebs.DeleteOnTermination ?? true,
  };
}

function createVolumes(
  devices: readonly PlannedDevice[],
  instanceId: string,
  { availabilityZone }: SubnetRecord,
  tags: Tags,
  { world, account, region, now }: Call,
): InstanceRecord['blockDevices'] {
  return devices.flatMap(({ device, volume }) => {
    if (volume === undefined) return [];
    const { deleteOnTermination, ...rest } = volume;
    const id = newId(world, 'vol');
    world.volumes.put(
      {
        id,
        account,
        region,
        tags,
        availabilityZone,
        state: 'in-use',
        createTime: now,
        attachment: { instanceId, device, deleteOnTermination },
        ...rest,
      },
      now,
      lagMs(world, id),
    );
    return [{ device, volumeId: id, deleteOnTermination }];
  });
}

/** Free addresses of a subnet: not its network's own and AWS's (the first four), nor those of instances. */
function freeAddresses(subnet: SubnetRecord, wanted: number, { world }: Call): string[] {
  const taken = new Set(
    world.instances
      .all()
      .filter(({ subnetId, state }) => subnetId === subnet.id && state !== 'terminated')
      .map(({ privateIpAddress }) => privateIpAddress),
  );
  const [network = '', bits = '32'] = subnet.cidrBlock.split('/');
  const base = network.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  const usable = size - 5;
  const free: string[] = [];
  // Begins at another place each time, as EC2 does, so that no address is reused at once.
  const start = count(world, `address ${subnet.id}`) * 7;
  for (let step = 0; step < usable && free.length < wanted; step++) {
    const address = base + 4 + ((start + step) % usable);
    const dotted = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
    if (!taken.has(dotted)) free.push(dotted);
  }
  return free;
}

/** A structure without the members that were given as undefined. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
