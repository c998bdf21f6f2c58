import type { Problem } from '../../shared/recipe/problem.ts';
import { regionMessage } from '../../shared/recipe/regions.ts';
import { fileProblem } from '../../shared/recipe/source-file.ts';

/** Why a call to AWS failed, in words for the user. */
export interface CallFailure {
  /** `passing`: the next call may succeed. */
  readonly kind: 'credentials' | 'denied' | 'missing' | 'partition' | 'passing' | 'refused';
  /** The name of AWS's or the SDK's error. */
  readonly name: string;
  readonly found: string;
  readonly fix: string;
}

/** A call to AWS as messages name it. */
export interface AwsCall {
  /** The IAM action. */
  readonly action: string;
  /** What the call acts on. */
  readonly on: string;
  /** The message if that does not exist. */
  readonly missing?: { readonly found: string; readonly fix: string };
}

/** How the SDK says that it has no credentials to call with. */
const NO_CREDENTIALS = new Set(['CredentialsProviderError', 'TokenProviderError']);
const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException', 'RequestExpired']);
const NOT_ACCEPTED = new Set([
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

/** Explains what the SDK threw; `undefined` if the error is not one of the SDK's. */
export function explainCallError(error: unknown, call: AwsCall): CallFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name } = error;
  const said = error.message.replaceAll(/\s+/g, ' ').trim();
  const { action, on } = call;
  if (name === 'NoRegion') {
    const found = 'there is no AWS region to act in';
    return { kind: 'refused', name, found, fix: 'give --region, or set AWS_REGION' };
  }
  if (NO_CREDENTIALS.has(name)) {
    const isExpired = /expired/i.test(said);
    const found = isExpired ? `the AWS credentials have expired (${said})` : 'found no AWS credentials';
    const fix = isExpired ? 'renew them, as with aws sso login' : 'set AWS_PROFILE, or run aws sso login';
    return { kind: 'credentials', name, found, fix };
  }
  if (EXPIRED.has(name)) {
    const found = `the AWS credentials have expired (${said})`;
    return { kind: 'credentials', name, found, fix: 'renew them, as with aws sso login' };
  }
  if (NOT_ACCEPTED.has(name)) {
    const found = `AWS does not accept the credentials (${name}: ${said})`;
    return { kind: 'credentials', name, found, fix: 'check AWS_PROFILE, or run aws sso login' };
  }
  if (DENIED.has(name)) {
    const found = `AWS denies ${action} (${said})`;
    return { kind: 'denied', name, found, fix: `allow ${action} on ${on} for these credentials` };
  }
  if (MISSING.has(name) && call.missing !== undefined) return { kind: 'missing', name, ...call.missing };
  if (!('$metadata' in error)) return undefined;
  const { httpStatusCode: status } = error.$metadata as { httpStatusCode?: number };
  // Without a status there was no answer: the network failed.
  if (status === undefined || status >= 500 || status === 429 || THROTTLED.has(name)) {
    const found = `AWS does not answer ${action} (${name}: ${said})`;
    return { kind: 'passing', name, found, fix: 'check the network, and try again' };
  }
  return {
    kind: 'refused',
    name,
    found: `AWS refuses ${action} (${name}: ${said})`,
    fix: 'see the message of AWS',
  };
}

/** Awaits the answer to a call. Returns why it failed if the SDK threw, and passes every other error on. */
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
  credentials: 'credentials that the AWS SDK finds: by AWS_PROFILE, single sign-on, the environment, …',
  denied: 'credentials with the rights that docs/operations.md lists',
  missing: 'what is deployed in that account and region',
  partition: regionMessage.allowed,
  passing: 'an answer of AWS',
  refused: 'what AWS takes',
};

/** The failure as a problem of `--json`. */
export const callFailureProblem = ({ kind, found, fix }: CallFailure): Problem =>
  fileProblem('AWS', { found, allowed: allowed[kind], fix });
