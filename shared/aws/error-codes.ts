import {
  Conflict,
  Denied,
  LimitReached,
  NoCapacity,
  NotFound,
  Refused,
  Throttled,
  Transient,
} from '../errors.ts';

/**
 * Maps each error code of AWS to one of our error classes. No other file compares AWS's error strings. Sources: EC2 developer guide,
 * "Error codes"; each service's API reference, "Common errors"; the error classes of the SDK's clients and its table of retries
 * (`@smithy/core`).
 */
const meanings = {
  // Another instance type or subnet may have capacity. The first code is a server error (5xx).
  InsufficientInstanceCapacity: NoCapacity,
  Unsupported: NoCapacity,
  InsufficientFreeAddressesInSubnet: NoCapacity,
  InsufficientVolumeCapacity: NoCapacity,
  VolumeTypeNotAvailableInZone: NoCapacity,
  // The account's limits are counted by instance family.
  VcpuLimitExceeded: NoCapacity,
  InstanceLimitExceeded: NoCapacity,
  // The instance with this client token has already terminated. This counts as a failed launch.
  IdempotentInstanceTerminated: NoCapacity,

  // The credentials were renewed too late, or the function was frozen after it signed the call. For a call with expired credentials, EC2
  // returns RequestExpired, and other services return ExpiredToken. The next invocation of the function has new credentials.
  RequestExpired: Transient,
  ExpiredToken: Transient,
  ExpiredTokenException: Transient,
  RequestInTheFuture: Transient,
  RequestTimeTooSkewed: Transient,

  RequestLimitExceeded: Throttled,
  EC2ThrottledException: Throttled,
  Throttling: Throttled,
  ThrottlingException: Throttled,
  ThrottledException: Throttled,
  KMSThrottlingException: Throttled,
  RequestThrottled: Throttled,
  RequestThrottledException: Throttled,
  TooManyRequestsException: Throttled,
  PriorRequestNotComplete: Transient,
  BandwidthLimitExceeded: Throttled,
  SlowDown: Throttled,
  InternalError: Transient,
  InternalServerError: Transient,
  ProvisionedThroughputExceededException: Throttled,
  TransactionConflictException: Transient,
  TransactionInProgressException: Transient,
  // SSM: concurrent updates of a resource that accepts one update at a time.
  TooManyUpdates: Transient,
  ResourceContentionFault: Transient,
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
  // "currently pending and may not be used": a stale read. This code has a second meaning, see `gone`.
  'InvalidAMIID.Unavailable': Transient,
  // An account's first launch in a region: "normally resolved within minutes" (skyplane-project/skyplane#799).
  PendingVerification: Transient,

  // Too many copies to this region at the same time.
  ResourceLimitExceeded: LimitReached,
  ConcurrentSnapshotLimitExceeded: LimitReached,
  ConcurrentCreateImageNoRebootLimitExceeded: LimitReached,
  PendingSnapshotLimitExceeded: LimitReached,
  AutomationExecutionLimitExceededException: LimitReached,

  UnauthorizedOperation: Denied,
  AccessDenied: Denied,
  AccessDeniedException: Denied,
  // SNS. The SDK's name for its code AuthorizationError.
  AuthorizationErrorException: Denied,
  // Every call in a region that the account has not enabled returns this code, too, so it is not retried.
  AuthFailure: Denied,
  OperationNotPermitted: Denied,
  OptInRequired: Denied,

  'InvalidAMIID.NotFound': NotFound,
  'InvalidInstanceID.NotFound': NotFound,
  'InvalidSnapshot.NotFound': NotFound,
  'InvalidVolume.NotFound': NotFound,
  'InvalidLaunchTemplateId.NotFound': NotFound,
  'InvalidLaunchTemplateId.VersionNotFound': NotFound,
  ParameterNotFound: NotFound,
  InvalidDocument: NotFound,
  // SSM: the instance is not a managed node, or is not a managed node yet.
  InvalidInstanceId: NotFound,
  InvocationDoesNotExist: NotFound,
  AutomationExecutionNotFoundException: NotFound,
  ExecutionDoesNotExist: NotFound,
  // The name of this error in KMS and SNS.
  NotFoundException: NotFound,

  // Auto Scaling: a group has one instance refresh at a time.
  InstanceRefreshInProgressFault: Conflict,
  'InvalidAMIName.Duplicate': Conflict,
  IdempotentParameterMismatch: Conflict,
  ConditionalCheckFailedException: Conflict,
  ExecutionAlreadyExists: Conflict,
  ParameterAlreadyExists: Conflict,
} as const;

/** The message for a signature that is too old or too new. With other messages, these codes mean wrong credentials (aws/aws-sdk-js-v3#7605). */
const expiredSignature = /Signature (expired|not yet current)/;

/**
 * Codes that are transient with these messages only. With other messages, the HTTP status decides. InvalidParameterValue: for an instance
 * profile that was just created (terraform#15341), and for an instance that EC2 reported as stopped too early (packer PR#9579).
 */
const passingWith: Readonly<Record<string, RegExp>> = {
  InvalidParameterValue:
    /Invalid IAM Instance Profile|has no associated IAM Roles|is not in state 'running' or 'stopped'/,
  InvalidSignatureException: expiredSignature,
  SignatureDoesNotMatch: expiredSignature,
};

const classes: ReadonlySet<new (message: string) => Error> = new Set([...Object.values(meanings), Refused]);

/** A call that needs the credentials of another role fails with the translated error of AssumeRole, to which the SDK adds metadata. */
const isTranslated = (error: unknown): boolean => [...classes].some((One) => error instanceof One);

/** The message of InvalidAMIID.Unavailable for an image that was deregistered (ansible#24945). */
const gone = /is no longer available/;

/**
 * Translates an error of the SDK into one of our errors. `call`: the call, for example `ec2:RunInstances in eu-west-1`. `role`: the role of
 * another account that made the call; absent: the function's own role.
 */
export function translate(error: unknown, call: string, role?: string): unknown {
  if (isTranslated(error) || !isServiceError(error)) return error;
  const options = { cause: error, code: error.name, said: error.message };
  const message = `${call}: ${error.name}: ${error.message}`;
  if (passingWith[error.name]?.test(error.message)) return new Transient(message, options);
  if (error.name === 'InvalidAMIID.Unavailable' && gone.test(error.message)) {
    return new NotFound(message, options);
  }
  const status = error.$metadata?.httpStatusCode;
  // An error without a status means that there was no answer: the network failed.
  const Meaning =
    meanings[error.name as keyof typeof meanings] ??
    (status === TOO_MANY_REQUESTS ? Throttled : status === undefined || status >= 500 ? Transient : Refused);
  return new Meaning(
    missingPermission.has(error.name) ? withPermissionFix(message, call, role) : message,
    options,
  );
}

/** The codes for a call that a policy does not allow. The other codes of `Denied` have other causes, such as a region that is not enabled. */
const missingPermission: ReadonlySet<string> = new Set([
  'UnauthorizedOperation',
  'AccessDenied',
  'AccessDeniedException',
  'AuthorizationErrorException',
]);

const withPermissionFix = (message: string, call: string, role?: string): string =>
  `${message.replace(/\.$/, '')}. Check ${whatToCheck(call, role)}`;

/** The deployment allows functions to use only the roles and launch templates that its recipes name (scripts/recipe-policies.ts). */
function whatToCheck(call: string, role: string | undefined): string {
  const ofFunction = "the policies of this function's role (docs/operations.md, Permissions)";
  if (call.startsWith('sts:AssumeRole '))
    return 'that a recipe of the deployment still names the role, and the trust policy of the role (docs/publishing.md, Other accounts)';
  if (/^ec2:\w*LaunchTemplate/.test(call))
    return `that a recipe of the deployment still names the launch template, and ${ofFunction}`;
  return role === undefined
    ? ofFunction
    : `the policies of the role ${role} (docs/publishing.md, Other accounts)`;
}

const TOO_MANY_REQUESTS = 429;

/** Whether the error means that EC2 has no capacity. The SDK must not retry such a call. */
export function isNoCapacity(error: unknown): boolean {
  return isServiceError(error) && meanings[error.name as keyof typeof meanings] === NoCapacity;
}

/**
 * Whether a call failed because of a fault of AWS, also after the SDK's retries. AWS reports such a fault with the status 5xx (EC2 developer
 * guide, "Error codes": InternalError, ServerInternal, Unavailable and others). EC2 also throttles with the status 503, which is `Throttled`.
 */
export function isServerFault(error: unknown): error is Transient {
  if (!(error instanceof Transient) || !isServiceError(error.cause)) return false;
  return (error.cause.$metadata?.httpStatusCode ?? 0) >= 500;
}

/** Whether the error means that the account has no subscription to an AWS Marketplace product, or to EC2 itself. */
export function isSubscriptionMissing(error: unknown): boolean {
  return error instanceof Denied && error.code === 'OptInRequired';
}

/** Whether the error means that EC2 refused an account, an organization or an organizational unit as a launch permission. */
export function isRefusedPermission(error: unknown): error is Refused {
  return error instanceof Refused && error.code === 'InvalidAMIAttributeItemValue';
}

/** Whether the error means that a call to KMS with DryRun would have succeeded. KMS reports this success as an error. */
export function isDryRunSuccess(error: unknown): boolean {
  return error instanceof Refused && error.code === 'DryRunOperationException';
}

/** Whether the error may mean that an image is protected from deregistration. EC2 also uses this code for other refusals. */
export function mayBeProtected(error: unknown): boolean {
  return error instanceof Denied && error.code === 'OperationNotPermitted';
}

interface StateReason {
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
}

/**
 * The code of a state reason. If the message begins with another code, this code is the cause: if EC2 may not use the key of an instance,
 * it ends the instance with `Server.InternalError` and the message `Client.InternalError: Client error on launch`
 * (aws/karpenter-provider-aws#1407).
 */
function causeOf({ Code = '', Message = '' }: StateReason): string {
  return /^(?:Client|Server)\.[\w.]+(?=:)/.exec(Message)?.[0] ?? Code;
}

/** Whether an instance ended because of a fault in EC2 after EC2 accepted the launch (EC2 API reference, StateReason: `Server.*`). */
export function isServerStateReason(reason: StateReason | undefined): boolean {
  return causeOf(reason ?? {}).startsWith('Server.');
}

/**
 * Whether an instance ended with a reason whose usual cause is an encryption key (AWS re:Post, "Why does my instance with encrypted volumes
 * stop immediately with the error client error on launch"; hashicorp/packer#12683).
 */
export function isKeyStateReason(reason: StateReason | undefined): boolean {
  return /^Client\.(InternalError$|InvalidKMSKey\.)/.test(causeOf(reason ?? {}));
}

/** Whether EC2 had no capacity. `code`: of an error, or of an instance's state reason. */
export function isCapacityCode(code: string): boolean {
  return meanings[code.replace(/^Server\./, '') as keyof typeof meanings] === NoCapacity;
}

/** Whether an instance stopped because its operating system shut down (EC2, StateReason). */
export function isShutdownByGuest(code: string | undefined): boolean {
  return code === 'Client.InstanceInitiatedShutdown';
}

interface ServiceError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && ('$metadata' in error || '$fault' in error);
}
