import { Conflict, Denied, LimitReached, NoCapacity, NotFound, Refused, Transient } from '../errors.ts';

/**
 * What each error code of AWS means for us. No other file compares AWS's error strings. Sources: EC2 developer guide, "Error codes";
 * each service's API reference, "Common errors"; the error classes of the SDK's clients and its table of retries (`@smithy/core`).
 */
const meanings = {
  // Another type or subnet may have what this one lacks. The first is a server error (5xx).
  InsufficientInstanceCapacity: NoCapacity,
  Unsupported: NoCapacity,
  InsufficientFreeAddressesInSubnet: NoCapacity,
  InsufficientVolumeCapacity: NoCapacity,
  VolumeTypeNotAvailableInZone: NoCapacity,
  // Limits of the account are counted by family.
  VcpuLimitExceeded: NoCapacity,
  InstanceLimitExceeded: NoCapacity,
  // The instance that this token launched has ended already: for us the same as if it had not been had.
  IdempotentInstanceTerminated: NoCapacity,

  // Credentials that were renewed late, or a function that was frozen between the signature and the call. EC2 answers the first that
  // is used after their end with RequestExpired, the other services with ExpiredToken. The next call of a function has new ones.
  RequestExpired: Transient,
  ExpiredToken: Transient,
  ExpiredTokenException: Transient,
  RequestInTheFuture: Transient,
  RequestTimeTooSkewed: Transient,

  RequestLimitExceeded: Transient,
  EC2ThrottledException: Transient,
  Throttling: Transient,
  ThrottlingException: Transient,
  ThrottledException: Transient,
  KMSThrottlingException: Transient,
  RequestThrottled: Transient,
  RequestThrottledException: Transient,
  TooManyRequestsException: Transient,
  PriorRequestNotComplete: Transient,
  BandwidthLimitExceeded: Transient,
  SlowDown: Transient,
  InternalError: Transient,
  InternalServerError: Transient,
  ProvisionedThroughputExceededException: Transient,
  TransactionConflictException: Transient,
  TransactionInProgressException: Transient,
  // Of SSM: concurrent updates of a resource that takes one at a time.
  TooManyUpdates: Transient,
  InternalFailure: Transient,
  ServiceUnavailable: Transient,
  Unavailable: Transient,
  RequestTimeout: Transient,
  RequestTimeoutException: Transient,
  RequestAbortedException: Transient,
  TimeoutError: Transient,
  ConcurrentTagAccess: Transient,
  SnapshotCreationPerVolumeRateExceeded: Transient,
  IncorrectInstanceState: Transient,
  IncorrectState: Transient,
  'InvalidSnapshot.InUse': Transient,
  VolumeInUse: Transient,
  // "currently pending and may not be used": a read that lagged. It has another meaning as well, see `gone`.
  'InvalidAMIID.Unavailable': Transient,
  // The first launch of an account in a region: "normally resolved within minutes" (skyplane-project/skyplane#799).
  PendingVerification: Transient,

  // Too many copies at once to this region.
  ResourceLimitExceeded: LimitReached,
  ConcurrentSnapshotLimitExceeded: LimitReached,
  ConcurrentCreateImageNoRebootLimitExceeded: LimitReached,
  PendingSnapshotLimitExceeded: LimitReached,
  AutomationExecutionLimitExceededException: LimitReached,

  UnauthorizedOperation: Denied,
  AccessDenied: Denied,
  AccessDeniedException: Denied,
  // Also what every call answers in a region that the account has not enabled, so it is not retried.
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
  // Of KMS and SNS.
  NotFoundException: NotFound,

  'InvalidAMIName.Duplicate': Conflict,
  IdempotentParameterMismatch: Conflict,
  ConditionalCheckFailedException: Conflict,
  ExecutionAlreadyExists: Conflict,
} as const;

/** A signature that is too old or too new; with other words these codes mean wrong credentials (aws/aws-sdk-js-v3#7605). */
const expiredSignature = /Signature (expired|not yet current)/;

/**
 * Codes that mean a passing fault with these words, and else what their status says. InvalidParameterValue: an instance profile that
 * was just created (terraform#15341), and an instance that EC2 called stopped a moment too early (packer PR#9579).
 */
const passingWith: Readonly<Record<string, RegExp>> = {
  InvalidParameterValue:
    /Invalid IAM Instance Profile|has no associated IAM Roles|is not in state 'running' or 'stopped'/,
  InvalidSignatureException: expiredSignature,
  SignatureDoesNotMatch: expiredSignature,
};

/** What InvalidAMIID.Unavailable says of an image that was deregistered (ansible#24945). */
const gone = /is no longer available/;

/** Makes one of our errors of what the SDK threw; `call` names the call, such as `ec2:RunInstances in eu-west-1`. */
export function translate(error: unknown, call: string): unknown {
  if (!isServiceError(error)) return error;
  const options = { cause: error, code: error.name, said: error.message };
  const message = `${call}: ${error.name}: ${error.message}`;
  if (passingWith[error.name]?.test(error.message)) return new Transient(message, options);
  if (error.name === 'InvalidAMIID.Unavailable' && gone.test(error.message)) {
    return new NotFound(message, options);
  }
  const status = error.$metadata?.httpStatusCode;
  // Without a status there was no answer: the network failed.
  const Meaning =
    meanings[error.name as keyof typeof meanings] ??
    (status === undefined || status >= 500 || status === TOO_MANY_REQUESTS ? Transient : Refused);
  return new Meaning(message, options);
}

const TOO_MANY_REQUESTS = 429;

/** Whether EC2 says that there is no capacity: the SDK's own retries must not chew on that. */
export function isNoCapacity(error: unknown): boolean {
  return isServiceError(error) && meanings[error.name as keyof typeof meanings] === NoCapacity;
}

/** Whether EC2 says that the account has not subscribed to a product of AWS Marketplace, or to EC2 itself. */
export function isSubscriptionMissing(error: unknown): boolean {
  return error instanceof Denied && error.code === 'OptInRequired';
}

/** Whether KMS says that a call with DryRun would have been carried out: that is an error, too. */
export function isDryRunSuccess(error: unknown): boolean {
  return error instanceof Refused && error.code === 'DryRunOperationException';
}

interface StateReason {
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
}

/**
 * The code of a state reason. Where the message begins with another code, that is the cause: EC2 ends instances whose key it may not
 * use with `Server.InternalError` and the message `Client.InternalError: Client error on launch` (aws/karpenter-provider-aws#1407).
 */
function causeOf({ Code = '', Message = '' }: StateReason): string {
  return /^(?:Client|Server)\.[\w.]+(?=:)/.exec(Message)?.[0] ?? Code;
}

/** Whether an accepted instance ended for a reason on the side of EC2 (EC2 API reference, StateReason: `Server.*`). */
export function isServerStateReason(reason: StateReason | undefined): boolean {
  return causeOf(reason ?? {}).startsWith('Server.');
}

/**
 * Whether an accepted instance ended for a reason that usually is an encryption key (AWS re:Post, "Why does my instance with encrypted
 * volumes stop immediately with the error client error on launch"; hashicorp/packer#12683).
 */
export function isKeyStateReason(reason: StateReason | undefined): boolean {
  return /^Client\.(InternalError$|InvalidKMSKey\.)/.test(causeOf(reason ?? {}));
}

/** Whether EC2 had no capacity, by the code of an error or of the state reason of an accepted instance. */
export function isCapacityCode(code: string): boolean {
  return meanings[code.replace(/^Server\./, '') as keyof typeof meanings] === NoCapacity;
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
