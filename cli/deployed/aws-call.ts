import type { Problem } from '../../shared/recipe/problem.ts';
import { regionMessage } from '../../shared/recipe/regions.ts';
import { fileProblem } from '../../shared/recipe/source-file.ts';

/** Why an AWS call failed, in words for the user. */
export interface CallFailure {
  /** `passing`: a temporary failure; the next call may succeed. */
  readonly kind: 'credentials' | 'denied' | 'missing' | 'partition' | 'passing' | 'refused';
  /** The name of the error of AWS or the SDK. */
  readonly name: string;
  readonly found: string;
  readonly fix: string;
}

/** An AWS call as messages name it. */
export interface AwsCall {
  /** The IAM action. */
  readonly action: string;
  /** The resource of the call. */
  readonly on: string;
  /** The endpoint from the environment or the profile, if it is not one of AWS's own endpoints. */
  readonly endpoint?: string | undefined;
  /** The message if the resource does not exist. */
  readonly missing?: { readonly found: string; readonly fix: string };
}

/** The errors of the SDK if it finds no credentials. */
const NO_CREDENTIALS = new Set(['CredentialsProviderError', 'TokenProviderError']);
const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException', 'RequestExpired']);
const RENEW = 'renew the credentials, for example with aws sso login';
const REJECTED = new Set([
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'IncompleteSignature',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
]);
const DENIED = new Set(['AccessDenied', 'AccessDeniedException', 'NotAuthorized', 'OptInRequired']);
const MISSING = new Set(['StateMachineDoesNotExist', 'StateMachineDeleting', 'ExecutionDoesNotExist']);
const THROTTLED = new Set([
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
  'RequestLimitExceeded',
]);

/** Explains an error that the SDK threw. `undefined`: the error is not an error of the SDK. */
export function explainCallError(error: unknown, call: AwsCall): CallFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name } = error;
  const said = messageOf(error).replaceAll(/\s+/g, ' ').trim();
  const { action, on, endpoint } = call;
  if (name === 'NoRegion') {
    return { kind: 'refused', name, found: 'found no AWS region', fix: 'set --region or AWS_REGION' };
  }
  if (NO_CREDENTIALS.has(name)) {
    const isExpired = /expired/i.test(said);
    const found = isExpired ? `the AWS credentials have expired (${said})` : 'found no AWS credentials';
    const fix = isExpired ? RENEW : 'set AWS_PROFILE, or run aws sso login';
    return { kind: 'credentials', name, found, fix };
  }
  if (EXPIRED.has(name)) {
    const found = `the AWS credentials have expired (${said})`;
    return { kind: 'credentials', name, found, fix: RENEW };
  }
  if (REJECTED.has(name)) {
    const found = `AWS rejected the credentials (${name}: ${said})`;
    return { kind: 'credentials', name, found, fix: 'check AWS_PROFILE, or run aws sso login' };
  }
  if (DENIED.has(name)) {
    const found = `AWS denied ${action} (${said})`;
    return { kind: 'denied', name, found, fix: `allow ${action} on ${on} for these credentials` };
  }
  if (MISSING.has(name) && call.missing !== undefined) return { kind: 'missing', name, ...call.missing };
  if (!('$metadata' in error)) return undefined;
  const { httpStatusCode: status } = error.$metadata as { httpStatusCode?: number };
  // An error without a status means that no answer arrived.
  if (status === undefined && endpoint !== undefined) {
    const found = `the call ${action} got no answer from ${endpoint} (${name}: ${said})`;
    const fix =
      'is golden serve running at this address? If not, start it, or remove the endpoint from AWS_ENDPOINT_URL or your profile';
    return { kind: 'passing', name, found, fix };
  }
  if (status === undefined || status >= 500 || status === 429 || THROTTLED.has(name)) {
    const found = `the call ${action} failed temporarily (${name}: ${said})`;
    return { kind: 'passing', name, found, fix: 'check the network, and try again' };
  }
  return {
    kind: 'refused',
    name,
    found: `AWS refused ${action} (${name}: ${said})`,
    fix: 'fix the cause that AWS names',
  };
}

/** Node reports a connection that failed at several addresses of a host as an error without a message. */
const messageOf = (error: Error): string =>
  error instanceof AggregateError && error.message === ''
    ? error.errors.map((one) => (one instanceof Error ? one.message : String(one))).join(', ')
    : error.message;

/** Waits for the answer to a call. Returns the failure if the SDK threw an error, and throws every other error again. */
export async function callAws<Answer extends object>(
  answer: Promise<Answer>,
  call: AwsCall,
): Promise<Answer | { failure: CallFailure }> {
  try {
    return await answer;
  } catch (error) {
    const failure = explainCallError(error, call);
    if (failure === undefined) throw error;
    return { failure };
  }
}

/** The failure in one sentence. */
export const describeCallFailure = ({ found, fix }: CallFailure): string =>
  `${found.charAt(0).toUpperCase()}${found.slice(1)}: ${fix}`;

const allowed: Readonly<Record<CallFailure['kind'], string>> = {
  credentials:
    'credentials that the AWS SDK finds, for example from AWS_PROFILE, single sign-on or the environment',
  denied: 'credentials with the permissions that docs/operations.md lists',
  missing: 'a state machine or execution that exists in the account and region',
  partition: regionMessage.allowed,
  passing: 'a call that AWS answers',
  refused: 'a call that AWS accepts',
};

/** The failure as a problem for `--json`. */
export const callFailureProblem = ({ kind, found, fix }: CallFailure): Problem =>
  fileProblem('AWS', { found, allowed: allowed[kind], fix });
