import { AwsError, invalidParameter, missingParameter } from '../core/errors.ts';

/**
 * How EC2 says no: codes and texts that more than one operation uses. The texts are those that users of EC2 quote; where none
 * was found, docs/operations.md says so.
 */

const kinds = {
  i: { malformed: 'InvalidInstanceID.Malformed' },
  ami: { malformed: 'InvalidAMIID.Malformed' },
  snap: { malformed: 'InvalidSnapshotID.Malformed' },
  vol: { malformed: 'InvalidVolumeID.Malformed' },
  sg: { malformed: 'InvalidGroupId.Malformed' },
} as const;

export type IdPrefix = keyof typeof kinds;

/**
 * Refuses what has not the form of an id: the prefix and 8 or 17 hexadecimal digits. An empty id of an instance counts as not given
 * (aws/aws-sdk-java#1131).
 */
export function checkIds(prefix: IdPrefix, ids: readonly string[]): void {
  for (const id of ids) {
    if (id === '' && prefix === 'i') throw missingParameter('InstanceId');
    if (new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`).test(id)) continue;
    const expected = id.startsWith(`${prefix}-`) ? '' : ` (expecting "${prefix}-...")`;
    throw new AwsError(kinds[prefix].malformed, `Invalid id: "${id}"${expected}`);
  }
}

export function instanceNotFound(ids: readonly string[]): AwsError {
  const list = ids.join(', ');
  return new AwsError(
    'InvalidInstanceID.NotFound',
    ids.length === 1 ? `The instance ID '${list}' does not exist` : `The instance IDs '${list}' do not exist`,
  );
}

export function imageNotFound(ids: readonly string[]): AwsError {
  const list = ids.join(', ');
  return new AwsError(
    'InvalidAMIID.NotFound',
    ids.length === 1 ? `The image id '[${list}]' does not exist` : `The image ids '[${list}]' do not exist`,
  );
}

/** The image was there and is deregistered: EC2 knows it for a while longer. */
export function imageGone(id: string): AwsError {
  return new AwsError('InvalidAMIID.Unavailable', `The image id '[${id}]' is no longer available`);
}

/** The image is there and not (or no longer) fit for use. */
export function imageNotReady(id: string, state: string): AwsError {
  return new AwsError(
    'InvalidAMIID.Unavailable',
    `The AMI ID '${id}' is currently ${state} and may not be used for this operation`,
  );
}

export function notYourImage(id: string): AwsError {
  return new AwsError('AuthFailure', `Not authorized for image:${id}`, 403);
}

export function snapshotNotFound(id: string): AwsError {
  return new AwsError('InvalidSnapshot.NotFound', `The snapshot '${id}' does not exist.`);
}

export function volumeNotFound(id: string): AwsError {
  return new AwsError('InvalidVolume.NotFound', `The volume '${id}' does not exist.`);
}

export function subnetNotFound(id: string): AwsError {
  return new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
}

export function securityGroupNotFound(id: string): AwsError {
  return new AwsError('InvalidGroup.NotFound', `The security group '${id}' does not exist`);
}

export function wrongInstanceState(id: string, verb: 'stopped' | 'started'): AwsError {
  return new AwsError(
    'IncorrectInstanceState',
    verb === 'stopped'
      ? `This instance '${id}' is not in a state from which it can be stopped.`
      : `The instance '${id}' is not in a state from which it can be ${verb}.`,
  );
}

/** What a call with DryRun answers that would have been let through: an error, too. */
export function checkDryRun(input: { DryRun?: boolean | undefined }): void {
  if (input.DryRun) {
    throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
  }
}

/** Refuses a value that an enumeration of EC2 does not have. */
export function checkOneOf<T extends string>(
  name: string,
  value: string | undefined,
  allowed: readonly T[],
): T | undefined {
  if (value === undefined || allowed.includes(value as T)) return value as T | undefined;
  throw invalidParameter(
    `Value (${value}) for parameter ${name} is invalid. Valid values are: ${allowed.join(', ')}`,
  );
}

/**
 * The attribute that a Modify call names. Beside the attribute's own field the name may have another case: the Ansible module
 * amazon.aws.ec2_ami sends `Attribute=LaunchPermission` with `LaunchPermission`, and `Attribute=Description` with `Description`.
 */
export function checkAttribute<T extends string>(
  value: string | undefined,
  allowed: readonly T[],
  { hasField }: { hasField: boolean },
): T | undefined {
  const inAnyCase = allowed.find((name) => name.toLowerCase() === value?.toLowerCase());
  return checkOneOf('attribute', hasField ? (inAnyCase ?? value) : value, allowed);
}

export function parameterCombination(message: string): AwsError {
  return new AwsError('InvalidParameterCombination', message);
}
