import { Conflict, Denied, LimitReached, NoCapacity, NotFound, Refused, Transient } from '../errors.ts';

/**
 * What each error code of AWS means for us. No other file compares AWS's error strings. A code that ends in `*` stands for all
 * that begin so. Sources: EC2 API reference, "Error codes"; botocore's retry table; the SSM API reference.
 */
const meanings = {
  // Another type or subnet may have what this one lacks. The first is a server error (5xx).
  InsufficientInstanceCapacity: NoCapacity,
  Unsupported: NoCapacity,
  InsufficientFreeAddressesInSubnet: NoCapacity,
  // Limits of the account are counted by family.
  VcpuLimitExceeded: NoCapacity,
  InstanceLimitExceeded: NoCapacity,
  // The instance that this token launched has ended already: for us the same as if it had not been had.
  IdempotentInstanceTerminated: NoCapacity,

  RequestLimitExceeded: Transient,
  EC2ThrottledException: Transient,
  Throttling: Transient,
  ThrottlingException: Transient,
  InternalError: Transient,
  InternalServerError: Transient,
  ProvisionedThroughputExceededException: Transient,
  TransactionConflictException: Transient,
  InternalFailure: Transient,
  ServiceUnavailable: Transient,
  Unavailable: Transient,
  RequestTimeout: Transient,
  TimeoutError: Transient,
  ConcurrentTagAccess: Transient,
  SnapshotCreationPerVolumeRateExceeded: Transient,
  IncorrectInstanceState: Transient,
  IncorrectState: Transient,
  'InvalidSnapshot.InUse': Transient,
  VolumeInUse: Transient,
  // "currently pending and may not be used": a read that lagged. It has another meaning as well, see `gone`.
  'InvalidAMIID.Unavailable': Transient,

  // Too many copies at once to this region.
  ResourceLimitExceeded: LimitReached,
  ConcurrentSnapshotLimitExceeded: LimitReached,
  ConcurrentCreateImageNoRebootLimitExceeded: LimitReached,
  PendingSnapshotLimitExceeded: LimitReached,
  AutomationExecutionLimitExceededException: LimitReached,

  UnauthorizedOperation: Denied,
  AccessDenied: Denied,
  AccessDeniedException: Denied,
  AuthFailure: Denied,
  OperationNotPermitted: Denied,
  OptInRequired: Denied,

  'InvalidAMIID.NotFound': NotFound,
  'InvalidInstanceID.NotFound': NotFound,
  'InvalidSnapshot.NotFound': NotFound,
  'InvalidVolume.NotFound': NotFound,
  ParameterNotFound: NotFound,
  InvalidDocument: NotFound,
  // Of SSM: no managed node, or not yet.
  InvalidInstanceId: NotFound,
  InvocationDoesNotExist: NotFound,
  AutomationExecutionNotFoundException: NotFound,
  ExecutionDoesNotExist: NotFound,

  'InvalidAMIName.Duplicate': Conflict,
  IdempotentParameterMismatch: Conflict,
  ConditionalCheckFailedException: Conflict,
  ExecutionAlreadyExists: Conflict,
} as const;

/**
 * What InvalidParameterValue says of things that only need time: an instance profile that was just created (terraform#15341), and
 * an instance that EC2 called stopped a moment too early (packer PR#9579).
 */
const notYet =
  /Invalid IAM Instance Profile|has no associated IAM Roles|is not in state 'running' or 'stopped'/;

/** What InvalidAMIID.Unavailable says of an image that was deregistered (ansible#24945). */
const gone = /is no longer available/;

/** Makes one of our errors of what the SDK threw; `call` names the call, such as `ec2:RunInstances in eu-west-1`. */
export function translate(error: unknown, call: string): unknown {
  if (!isServiceError(error)) return error;
  const options = { cause: error, code: error.name, said: error.message };
  const message = `${call}: ${error.name}: ${error.message}`;
  if (error.name === 'InvalidParameterValue' && notYet.test(error.message)) {
    return new Transient(message, options);
  }
  if (error.name === 'InvalidAMIID.Unavailable' && gone.test(error.message)) {
    return new NotFound(message, options);
  }
  const status = error.$metadata?.httpStatusCode;
  // Without a status there was no answer: the network failed.
  const Meaning =
    meanings[error.name as keyof typeof meanings] ??
    (status === undefined || status >= 500 ? Transient : Refused);
  return new Meaning(message, options);
}

/** Whether EC2 says that there is no capacity: the SDK's own retries must not chew on that. */
export function isNoCapacity(error: unknown): boolean {
  return isServiceError(error) && meanings[error.name as keyof typeof meanings] === NoCapacity;
}

/** Whether EC2 says that the account has not subscribed to a product of AWS Marketplace, or to EC2 itself. */
export function isSubscriptionMissing(error: unknown): boolean {
  return error instanceof Denied && error.code === 'OptInRequired';
}

/** The reason that an accepted instance ended with, when there was no capacity for it after all (EC2, StateReason). */
export function isCapacityStateReason(code: string | undefined): boolean {
  return code === 'Server.InsufficientInstanceCapacity';
}

/** The reason that an instance stopped with when its own operating system shut down (EC2, StateReason). */
export function isShutdownByGuest(code: string | undefined): boolean {
  return code === 'Client.InstanceInitiatedShutdown';
}

interface ServiceError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && ('$metadata' in error || '$fault' in error);
}
