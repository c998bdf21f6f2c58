import { AwsError, notEmulated } from '../core/errors.ts';
import { isDeeperThan, jsonLevelsMax } from '../core/nesting.ts';
import type { Membership } from '../core/organizations.ts';

/**
 * Validates and evaluates key policies. Callers are known only by their account, not by their IAM
 * identity. Therefore a user or role in an Allow statement matches the whole account, and a user or
 * role in a Deny statement matches no caller.
 */

/** A request to use a key. */
export interface KeyRequest {
  /** For example `kms:Decrypt`. */
  readonly action: string;
  readonly account: string;
  /**
   * The service that makes the request on the caller's behalf, for example
   * `ec2.eu-west-1.amazonaws.com`.
   */
  readonly viaService?: string;
  /** Whether the request asks for a grant that an AWS service will use. */
  readonly grantIsForAwsResource?: boolean;
  /** The grantee that a request names for a new grant. */
  readonly granteePrincipal?: string | undefined;
  /** The position of the caller's account in AWS Organizations. */
  readonly membership?: Membership | undefined;
}

type Conditions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal: unknown;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Condition?: Conditions;
}

const policyLengthMax = 32_768;

/** Refuses a key policy that KMS refuses, or that the embedded KMS does not evaluate. */
export function checkPolicy(text: string): void {
  if (text.length === 0 || text.length > policyLengthMax) {
    throw new AwsError(
      'LimitExceededException',
      `Key policies are limited to ${policyLengthMax} characters.`,
    );
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw malformed('Policy is not valid JSON.');
  }
  if (!isObject(document)) throw malformed('Policy must be a JSON object.');
  if (isDeeperThan(document, jsonLevelsMax)) throw malformed('Policy is nested too deep.');
  const { Version, Id: _id, Statement: _statement, ...unknown } = document;
  if (Version !== undefined && Version !== '2012-10-17' && Version !== '2008-10-17') {
    throw malformed('Policy has an invalid version.');
  }
  const [other] = Object.keys(unknown);
  if (other !== undefined) throw malformed(`Policy has an unknown element: ${other}.`);
  const statements = listOf(document.Statement);
  if (statements.length === 0) throw malformed('Policy contains no statement.');
  for (const statement of statements) checkStatement(statement);
}

const elements = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);

function checkStatement(statement: unknown): void {
  if (!isObject(statement)) throw malformed('Policy contains a statement that is not an object.');
  const other = Object.keys(statement).find((key) => !elements.has(key));
  if (other !== undefined) throw malformed(`Policy contains a statement with an unknown element: ${other}.`);
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') {
    throw malformed('Policy contains a statement with an invalid effect.');
  }
  if (statement.NotPrincipal !== undefined) throw notEmulated('a key policy with NotPrincipal');
  checkPrincipal(statement.Principal);
  checkStrings(statement, 'Action', 'NotAction', 'actions');
  checkStrings(statement, 'Resource', 'NotResource', 'resources');
  checkConditions(statement.Condition);
}

function checkStrings(
  statement: Readonly<Record<string, unknown>>,
  name: string,
  opposite: string,
  plural: string,
): void {
  if ((statement[name] === undefined) === (statement[opposite] === undefined)) {
    throw malformed(`Policy contains a statement with ${name} and ${opposite}, or with neither.`);
  }
  const values = listOf(statement[name] ?? statement[opposite]);
  if (values.length === 0 || values.some((value) => typeof value !== 'string' || value === '')) {
    throw malformed(`Policy contains a statement with one or more invalid ${plural}.`);
  }
}

const principalForms = [
  /^\*$/,
  /^\d{12}$/,
  /^arn:aws[\w-]*:iam::\d{12}:(root|(user|role)\/[\w+=,.@/-]+)$/,
  /^arn:aws[\w-]*:sts::\d{12}:(assumed-role|federated-user)\/[\w+=,.@/-]+$/,
];

function checkPrincipal(principal: unknown): void {
  const invalid = malformed('Policy contains a statement with one or more invalid principals.');
  if (principal === '*') return;
  if (!isObject(principal) || Object.keys(principal).length === 0) throw invalid;
  for (const [kind, value] of Object.entries(principal)) {
    if (kind === 'Federated' || kind === 'CanonicalUser') {
      throw notEmulated(`a key policy with a principal of the kind ${kind}`);
    }
    const values = listOf(value);
    const forms =
      kind === 'AWS' ? principalForms : kind === 'Service' ? [/^[a-z0-9.-]+\.amazonaws\.com$/] : [];
    const isValid = (item: unknown) => typeof item === 'string' && forms.some((form) => form.test(item));
    if (values.length === 0 || !values.every(isValid)) throw invalid;
  }
}

/**
 * The value of each condition key in a request. Names are in lower case. `undefined` means that the
 * request does not have the key.
 */
const contextKeys: Readonly<Record<string, (request: KeyRequest) => readonly string[] | undefined>> = {
  'kms:calleraccount': ({ account }) => [account],
  'aws:principalaccount': ({ account }) => [account],
  'aws:principalorgid': ({ membership }) => membership && [lastOf(membership.organization)],
  'aws:principalorgpaths': ({ membership }) => membership && [pathOf(membership)],
  'kms:viaservice': ({ viaService }) => (viaService === undefined ? undefined : [viaService]),
  // AWS sets this key only for operations on grants.
  'kms:grantisforawsresource': ({ action, grantIsForAwsResource = false }) =>
    /Grants?$/.test(action) ? [String(grantIsForAwsResource)] : undefined,
  'kms:granteeprincipal': ({ granteePrincipal }) =>
    granteePrincipal === undefined ? undefined : [granteePrincipal],
  // Callers are accounts, so their principal is the root user.
  'aws:principalarn': ({ account }) => [`arn:aws:iam::${account}:root`],
};

const lastOf = (arn: string) => arn.split('/').at(-1) ?? '';

/**
 * The organization path, for example `o-1/r-ab/ou-ab-1/ou-ab-2/`. The root's id is taken from the
 * ids of the units. The root of an organization without units gets an invented id.
 */
function pathOf({ organization, units }: Membership): string {
  const names = units.map(lastOf);
  const root = /^ou-([0-9a-z]+)-/.exec(names[0] ?? '')?.[1] ?? '0000';
  return `${[lastOf(organization), `r-${root}`, ...names].join('/')}/`;
}

type Comparison = (value: string, wanted: string) => boolean;

const equal: Comparison = (value, wanted) => value === wanted;
const like: Comparison = (value, wanted) => wildcard(wanted).test(value);
const same: Comparison = (value, wanted) => value.toLowerCase() === wanted.toLowerCase();

const operators: Readonly<Record<string, { compare: Comparison; negated?: true }>> = {
  StringEquals: { compare: equal },
  StringNotEquals: { compare: equal, negated: true },
  StringEqualsIgnoreCase: { compare: same },
  StringNotEqualsIgnoreCase: { compare: same, negated: true },
  StringLike: { compare: like },
  StringNotLike: { compare: like, negated: true },
  Bool: { compare: same },
};

interface Operator {
  readonly compare: Comparison;
  readonly negated?: true;
  readonly ifExists: boolean;
  readonly quantifier?: string;
}

/**
 * Divides an operator name such as `ForAnyValue:StringLikeIfExists` into its quantifier, comparison
 * and suffix.
 */
function operatorNamed(name: string): Operator | undefined {
  const [, quantifier, base = '', ifExists] =
    /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/.exec(name) ?? [];
  const operator = Object.hasOwn(operators, base) ? operators[base] : undefined;
  if (operator === undefined) return undefined;
  return {
    ...operator,
    ifExists: ifExists !== undefined,
    ...(quantifier === undefined ? {} : { quantifier }),
  };
}

function checkConditions(conditions: unknown): void {
  if (conditions === undefined) return;
  if (!isObject(conditions)) throw malformed('Policy contains a statement with an invalid condition.');
  for (const [name, tests] of Object.entries(conditions)) {
    if (operatorNamed(name) === undefined)
      throw notEmulated(`a key policy with the condition operator ${name}`);
    if (!isObject(tests)) throw malformed('Policy contains a statement with an invalid condition.');
    for (const [key, values] of Object.entries(tests)) {
      if (!Object.hasOwn(contextKeys, key.toLowerCase())) {
        throw notEmulated(`a key policy with the condition key ${key}`);
      }
      const isValue = (value: unknown) => typeof value === 'string' || typeof value === 'boolean';
      if (listOf(values).length === 0 || !listOf(values).every(isValue)) {
        throw malformed('Policy contains a statement with an invalid condition.');
      }
    }
  }
}

/**
 * The decision of a policy about a request. `deny` is final. `none` means that a grant may still allow the
 * request.
 */
export function decision(policy: string, keyArn: string, request: KeyRequest): 'allow' | 'deny' | 'none' {
  const { Statement: statements } = JSON.parse(policy) as { Statement: Statement | Statement[] };
  const effects = new Set(
    listOf(statements)
      .map((statement) => statement as Statement)
      .filter((statement) => applies(statement, keyArn, request))
      .map(({ Effect }) => Effect),
  );
  if (effects.has('Deny')) return 'deny';
  return effects.has('Allow') ? 'allow' : 'none';
}

function applies(statement: Statement, keyArn: string, request: KeyRequest): boolean {
  return (
    matchesPrincipal(statement, request.account) &&
    matches(statement.Action, statement.NotAction, request.action.toLowerCase(), (text) =>
      text.toLowerCase(),
    ) &&
    matches(statement.Resource, statement.NotResource, keyArn, (text) => text) &&
    Object.entries(statement.Condition ?? {}).every(([name, tests]) =>
      Object.entries(tests).every(([key, wanted]) => passes(name, key, wanted, request)),
    )
  );
}

function matchesPrincipal({ Principal, Effect }: Statement, account: string): boolean {
  if (Principal === '*') return true;
  return listOf((Principal as { AWS?: unknown }).AWS).some((principal) => {
    const text = String(principal);
    if (text === '*' || text === account) return true;
    if (accountOf(text) !== account) return false;
    return Effect === 'Allow' || text.endsWith(':root');
  });
}

function matches(
  positive: unknown,
  negative: unknown,
  value: string,
  fold: (text: string) => string,
): boolean {
  const isAmong = (patterns: unknown) =>
    listOf(patterns).some((pattern) => wildcard(fold(String(pattern))).test(value));
  return positive === undefined ? !isAmong(negative) : isAmong(positive);
}

function passes(name: string, key: string, wanted: unknown, request: KeyRequest): boolean {
  const operator = operatorNamed(name) as Operator;
  const values = contextKeys[key.toLowerCase()]?.(request);
  // When the request does not have the key, a positive comparison fails. Negated comparisons,
  // `…IfExists` and `ForAllValues` pass.
  if (values === undefined) {
    return operator.negated === true || operator.ifExists || operator.quantifier === 'ForAllValues';
  }
  const isAmong = (value: string) => listOf(wanted).some((item) => operator.compare(value, String(item)));
  const test = operator.negated ? (value: string) => !isAmong(value) : isAmong;
  return operator.quantifier === 'ForAnyValue' ? values.some(test) : values.every(test);
}

/** Refuses a policy that would prevent its author from changing the policy later. */
export function checkLockout(policy: string, account: string, keyArn = '*'): void {
  if (decision(policy, keyArn, { action: 'kms:PutKeyPolicy', account }) === 'allow') return;
  throw malformed('The new key policy will not allow you to update the key policy in the future.');
}

/** The account in a principal's ARN. */
export function accountOf(arn: string): string | undefined {
  return /^arn:aws[\w-]*:(?:iam|sts)::(\d{12}):/.exec(arn)?.[1];
}

function wildcard(pattern: string): RegExp {
  const source = pattern.replace(/[*?]|[.+^${}()|[\]\\]/g, (part) =>
    part === '*' ? '.*' : part === '?' ? '.' : `\\${part}`,
  );
  return new RegExp(`^${source}$`, 's');
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const malformed = (message: string) => new AwsError('MalformedPolicyDocumentException', message);
