/**
 * What a key policy allows for EBS. EC2 calls KMS on behalf of the role that creates an encrypted resource. Only certain results count: an
 * unknown condition is treated as met in a statement that allows, and as not met in a statement that denies.
 */
export interface KeyPolicyAnswer {
  /** The actions that the policy denies, or does not allow to any role in the account. */
  readonly missing: readonly string[];
  /** Whether the policy leaves any action to the IAM policies of the account. The key policy alone does not allow this action to a role. */
  readonly isLeftToIam: boolean;
}

/** What a role needs to use a key for EBS (EBS user guide, "Requirements for Amazon EBS encryption"). */
const EBS_ACTIONS = [
  'kms:CreateGrant',
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** The account and region of the pipeline, whose roles call EC2. */
interface Caller {
  readonly account: string;
  readonly region: string;
}

type Conditions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface Statement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Condition?: Conditions;
}

export function readKeyPolicy(policy: string, caller: Caller): KeyPolicyAnswer {
  const { Statement: statements } = JSON.parse(policy) as { Statement?: Statement | Statement[] };
  const answers = EBS_ACTIONS.map((action) => {
    const about = listOf(statements)
      .map((one) => one as Statement)
      .filter((statement) => isAbout(statement, action));
    const holds = (effect: string) =>
      about
        .filter(({ Effect, Condition }) => Effect === effect && isMet(Condition, caller, effect === 'Allow'))
        .map((statement) => principalKind(statement, caller));
    const allowed = holds('Allow');
    const isDenied = holds('Deny').some((who) => who !== 'others');
    return isDenied || allowed.every((who) => who === 'others')
      ? { action, is: 'missing' }
      : { action, is: allowed.includes('roles') ? 'allowed' : 'left' };
  });
  return {
    missing: answers.flatMap(({ action, is }) => (is === 'missing' ? [action] : [])),
    isLeftToIam: answers.some(({ is }) => is === 'left'),
  };
}

/** Which principals a statement names: roles of the pipeline, the account (which leaves the decision to IAM), or others. */
function principalKind(
  { Principal, NotPrincipal, Effect }: Statement,
  { account }: Caller,
): 'roles' | 'account' | 'others' {
  if (NotPrincipal !== undefined) return Effect === 'Allow' ? 'roles' : 'others';
  const aws =
    Principal === '*' ? ['*'] : listOf((Principal as { AWS?: unknown } | undefined)?.AWS).map(String);
  // The names of the roles begin with the name of the stack, golden-image-<stage>.
  const isRole = (arn: string) => new RegExp(`:${account}:(assumed-)?role/(.*/)?golden-image-`).test(arn);
  if (aws.some((one) => one === '*' || isRole(one))) return 'roles';
  return aws.some((one) => one === account || one.endsWith(`::${account}:root`)) ? 'account' : 'others';
}

function isAbout({ Action, NotAction }: Statement, action: string): boolean {
  const isAmong = (patterns: unknown) =>
    listOf(patterns).some((pattern) => matches(action.toLowerCase(), String(pattern).toLowerCase()));
  return Action === undefined ? !isAmong(NotAction) : isAmong(Action);
}

/** The condition context of a call that EC2 makes to KMS on behalf of a role. The condition keys are in lower case. */
const contextOf = ({ account, region }: Caller): Readonly<Record<string, string>> => ({
  'kms:viaservice': `ec2.${region}.amazonaws.com`,
  'kms:calleraccount': account,
  'kms:grantisforawsresource': 'true',
  'aws:principalaccount': account,
});

type Test = (value: string, wanted: string) => boolean;
const tests: Readonly<Record<string, Test>> = {
  StringEquals: (value, wanted) => value === wanted,
  StringEqualsIgnoreCase: (value, wanted) => value.toLowerCase() === wanted.toLowerCase(),
  StringLike: (value, wanted) => matches(value, wanted),
  Bool: (value, wanted) => value === wanted.toLowerCase(),
};

/** Whether all conditions of a statement are met. `unknown`: the result for an unknown operator or condition key. */
function isMet(conditions: Conditions = {}, caller: Caller, unknown: boolean): boolean {
  const context = contextOf(caller);
  return Object.entries(conditions).every(([operator, keys]) => {
    const [, base = '', not = '', rest = ''] =
      /^(?:ForAnyValue:|ForAllValues:)?(String|Bool)(Not)?(\w*?)(?:IfExists)?$/.exec(operator) ?? [];
    const test = Object.hasOwn(tests, base + rest) ? tests[base + rest] : undefined;
    return Object.entries(keys).every(([key, wanted]) => {
      const value = context[key.toLowerCase()];
      if (test === undefined || value === undefined) return unknown;
      return listOf(wanted).some((one) => test(value, String(one))) === (not === '');
    });
  });
}

const matches = (value: string, pattern: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  ).test(value);

const listOf = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
