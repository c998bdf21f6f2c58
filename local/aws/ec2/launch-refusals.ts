import type { InstanceMetadataOptionsRequest, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { instanceType, isOffered } from '../catalog/instance-types.ts';
import { zonesOf } from '../catalog/regions.ts';
import { AwsError, invalidParameter, missingParameter, notEmulated } from '../errors.ts';
import type { Call } from '../operation.ts';
import type { ImageRecord, SubnetRecord } from '../records.ts';
import { checkAvailable, seenImage } from './images.ts';
import {
  checkIds,
  checkOneOf,
  parameterCombination,
  securityGroupNotFound,
  subnetNotFound,
} from './refusals.ts';

export function checkCounts({ MinCount, MaxCount }: RunInstancesCommandInput): { min: number; max: number } {
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

export function checkUserData(userData: string | undefined): void {
  if (userData === undefined) return;
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(userData)) {
    throw invalidParameter('Invalid BASE64 encoding of user data.');
  }
  if (Buffer.from(userData, 'base64').length > userDataBytesMax) {
    throw invalidParameter(`User data is limited to ${userDataBytesMax} bytes`);
  }
}

export function findImage({ ImageId }: RunInstancesCommandInput, call: Call): ImageRecord {
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

export function findSubnet(
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

export function checkInstanceType(
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

export function findSecurityGroups(
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

export function findInstanceProfile(
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
export function resolveMetadataOptions(
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
