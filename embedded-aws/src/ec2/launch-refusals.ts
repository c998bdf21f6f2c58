import type { RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import {
  defaultInstanceType,
  type InstanceTypeFacts,
  instanceType,
  isOffered,
} from '../catalog/instance-types.ts';
import { AwsError, invalidParameter, missingParameter } from '../core/errors.ts';
import { zonesOf } from '../core/regions.ts';
import type { Call } from '../core/service.ts';
import type { ImageRecord, SubnetRecord } from './records.ts';
import { parameterCombination } from './refusals.ts';

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

export function checkInstanceType(
  { InstanceType = defaultInstanceType }: Pick<RunInstancesCommandInput, 'InstanceType'>,
  image: Pick<ImageRecord, 'architecture' | 'bootMode' | 'platform' | 'rootDeviceType'>,
  { region, availabilityZone }: Pick<SubnetRecord, 'region' | 'availabilityZone'>,
): InstanceTypeFacts {
  const type = instanceType(InstanceType);
  if (type === undefined) throw invalidParameter(`Invalid value '${InstanceType}' for InstanceType.`);
  if (!(type.architectures as readonly string[]).includes(image.architecture)) {
    throw invalidParameter(
      `The architecture '${type.architectures.join(',')}' of the specified instance type does not match the architecture '${image.architecture}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the instance type or AMI.`,
    );
  }
  checkOfferedIn(InstanceType, region, availabilityZone);
  if (type.name === defaultInstanceType && image.platform !== 'windows') {
    // m1 instances run Linux only as paravirtual guests, and all images in the embedded AWS are HVM
    // (AppScale/appscale#630, saltstack/salt#26417).
    throw parameterCombination(
      "Non-Windows instances with a virtualization type of 'hvm' are currently not supported for this instance type.",
    );
  }
  if (image.bootMode === 'uefi' && !type.bootModes.includes('uefi')) {
    // RhinoSecurityLabs/cloudgoat#247
    throw invalidParameter(
      `The ${type.name} instance type does not support an AMI with a boot mode of UEFI. Only instance types built on the Nitro System support UEFI. Specify an instance type that supports UEFI, and try again.`,
    );
  }
  // No type in the catalog has local disks to boot from.
  if (image.rootDeviceType === 'instance-store') throw unsupportedConfiguration();
  return type;
}

function unsupportedConfiguration(): AwsError {
  return new AwsError(
    'Unsupported',
    'The requested configuration is currently not supported. Please check the documentation for supported configurations.',
  );
}

/** Refuses a type in a zone that does not offer the type, and names the zones that offer it. */
function checkOfferedIn(type: string, region: string, zone: string): void {
  if (isOffered(type, zone)) return;
  const others = zonesOf(region).filter((other) => isOffered(type, other));
  // hashicorp/terraform-provider-aws#9113
  if (others.length === 0) throw unsupportedConfiguration();
  throw new AwsError(
    'Unsupported',
    `Your requested instance type (${type}) is not supported in your requested Availability Zone (${zone}). Please retry your request by not specifying an Availability Zone or choosing ${others.join(', ')}.`,
  );
}

export function findInstanceProfile(
  { IamInstanceProfile }: Pick<RunInstancesCommandInput, 'IamInstanceProfile'>,
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
  // An instance profile is found by its ARN. Profiles with a path are not emulated.
  const profile = world.instanceProfiles.seen(`arn:aws:iam::${account}:instance-profile/${Name}`, now);
  if (profile === undefined) {
    throw invalidParameter(
      `Value (${Name}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name`,
    );
  }
  return profile.arn;
}
