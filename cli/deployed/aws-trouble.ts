import type { Problem } from '../../shared/recipe/problem.ts';
import { fileProblem } from '../../shared/recipe/source-file.ts';

/** Why a call of AWS came to nothing, in words for the user. */
export interface Trouble {
  /** `passing`: it may be gone the next time. */
  readonly kind: 'credentials' | 'denied' | 'missing' | 'passing' | 'refused';
  /** The name of AWS's or the SDK's error. */
  readonly name: string;
  readonly found: string;
  readonly fix: string;
}

/** What was called: an IAM action, and what it was to act on, as people call it. */
export interface Called {
  readonly action: string;
  readonly on: string;
  /** What is to be said where AWS does not know that thing. */
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

/** The words for what the SDK threw; `undefined` for what is none of its errors, but one of ours. */
export function troubleOf(error: unknown, called: Called): Trouble | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name } = error;
  const said = onOneLine(error.message);
  const { action, on } = called;
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
    return { kind: 'denied', name, found, fix: `whoever runs this needs the right to ${action} on ${on}` };
  }
  if (MISSING.has(name) && called.missing !== undefined) return { kind: 'missing', name, ...called.missing };
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
    fix: 'see what it says',
  };
}

/** What came of a call, or the trouble with it; an error of ours passes as it is. */
export async function tried<Answer extends object>(
  call: Promise<Answer>,
  called: Called,
): Promise<Answer | { trouble: Trouble }> {
  try {
    return await call;
  } catch (error) {
    const trouble = troubleOf(error, called);
    if (trouble === undefined) throw error;
    return { trouble };
  }
}

/** The trouble in a sentence. */
export const describeTrouble = ({ found, fix }: Trouble): string =>
  `${found.charAt(0).toUpperCase()}${found.slice(1)}: ${fix}`;

const allowed: Readonly<Record<Trouble['kind'], string>> = {
  credentials: 'credentials that the AWS SDK finds: by AWS_PROFILE, single sign-on, the environment, …',
  denied: 'credentials with the rights that docs/operations.md lists',
  missing: 'what is deployed in that account and region',
  passing: 'an answer of AWS',
  refused: 'what AWS takes',
};

/** The trouble as `--json` has what is wrong. */
export const problemOf = ({ kind, found, fix }: Trouble): Problem =>
  fileProblem('AWS', { found, allowed: allowed[kind], fix });

const onOneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
