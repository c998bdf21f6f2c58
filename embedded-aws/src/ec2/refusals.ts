import { AwsError, invalidParameter, missingParameter } from '../core/errors.ts';

/**
 * EC2's refusals: the codes and texts that several operations use. The texts are quotes from users of EC2.
 * `docs/ec2.md` lists the texts that are assumed.
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
 * Refuses an invalid id. A valid id has the prefix and 8 or 17 hexadecimal digits. An empty instance id
 * counts as missing (aws/aws-sdk-java#1131).
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

/** For a deregistered image, which EC2 still knows for some time. */
export function imageGone(id: string): AwsError {
  return new AwsError('InvalidAMIID.Unavailable', `The image id '[${id}]' is no longer available`);
}

/** For an existing image in a state that does not allow use. */
export function imageNotReady(id: string, state: string): AwsError {
  return new AwsError(
    'InvalidAMIID.Unavailable',
    `The AMI ID '${id}' is currently ${state} and may not be used for this operation`,
  );
}

export function notAuthorizedForImage(id: string): AwsError {
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

/** A DryRun call that passes all checks also ends with an error. */
export function checkDryRun(input: { DryRun?: boolean | undefined }): void {
  if (input.DryRun) {
    throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
  }
}

/** Refuses a value that is not in EC2's enumeration. */
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
 * The attribute that a Modify call names. When the attribute's own field is present, the name may differ in
 * case: the Ansible module amazon.aws.ec2_ami sends `Attribute=LaunchPermission` with `LaunchPermission`, and
 * `Attribute=Description` with `Description`.
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
