import {
  type CallContext,
  meets,
  principalsOf,
  type Statement,
  statementsAbout,
} from './policy-statements.ts';

/**
 * What a key policy allows for EBS. EC2 calls KMS on behalf of the role that creates an encrypted resource. Only certain results count: an
 * unknown condition is treated as met in a statement that allows, and as not met in a statement that denies.
 */
export interface KeyPolicyAnswer {
  /** The actions that the policy denies, or does not allow to any role in the account. */
  readonly missing: readonly string[];
  /** Whether the policy leaves any action to the IAM policies of the account. The key policy alone does not allow this action to a role. */
  readonly isLeftToIam: boolean;
  /** Whether the policy also allows, or leaves to IAM, calls that do not come from EC2. Then Plan can try a call. */
  readonly allowsDirectCalls: boolean;
}

/** What a role needs to use a key for EBS (EBS user guide, "Requirements for Amazon EBS encryption"). */
export const EBS_ACTIONS = [
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

export function readKeyPolicy(policy: string, caller: Caller): KeyPolicyAnswer {
  const answers = EBS_ACTIONS.map((action) => ({
    action,
    is: answerFor(policy, action, caller, {
      ...throughEc2(action, caller.region),
      ...ofAccount(caller.account),
      ...ofPipeline,
    }),
  }));
  const tried = 'kms:GenerateDataKeyWithoutPlaintext';
  const direct = { 'kms:viaservice': null, ...ofAccount(caller.account), ...ofPipeline };
  return {
    missing: answers.flatMap(({ action, is }) => (is === 'missing' ? [action] : [])),
    isLeftToIam: answers.some(({ is }) => is === 'left'),
    allowsDirectCalls: answerFor(policy, tried, caller, direct) !== 'missing',
  };
}

function answerFor(
  policy: string,
  action: string,
  caller: Caller,
  context: CallContext,
): 'missing' | 'left' | 'allowed' {
  const about = statementsAbout(policy, action);
  const who = (effect: 'Allow' | 'Deny') =>
    about.flatMap((statement) => {
      const isMet = meets(statement, context);
      const holds = effect === 'Allow' ? isMet !== 'no' : isMet === 'yes';
      return statement.Effect === effect && holds ? [principalKind(statement, caller)] : [];
    });
  const allowed = who('Allow');
  const isDenied = who('Deny').some((kind) => kind !== 'others');
  if (isDenied || allowed.every((kind) => kind === 'others')) return 'missing';
  return allowed.includes('roles') ? 'allowed' : 'left';
}

/** Which principals a statement names: roles of the pipeline, the account (which leaves the decision to IAM), or others. */
function principalKind(statement: Statement, { account }: Caller): 'roles' | 'account' | 'others' {
  if (statement.NotPrincipal !== undefined) return statement.Effect === 'Allow' ? 'roles' : 'others';
  const named = principalsOf(statement);
  // The names of the roles begin with the name of the stack, golden-image-<stage>.
  const isRole = (arn: string) => new RegExp(`:${account}:(assumed-)?role/(.*/)?golden-image-`).test(arn);
  if (named.some((one) => one === '*' || isRole(one))) return 'roles';
  return named.some((one) => isAccount(one, account)) ? 'account' : 'others';
}

/** Whether a principal is a whole account. */
export const isAccount = (principal: string, account: string): boolean =>
  principal === account || principal.endsWith(`::${account}:root`);

/**
 * The condition keys of a call that EC2 makes to KMS on behalf of a role. KMS knows `kms:GrantIsForAWSResource` only for operations on
 * grants (KMS developer guide, "AWS KMS condition keys").
 */
export const throughEc2 = (action: string, region: string): CallContext => ({
  'kms:viaservice': `ec2.${region}.amazonaws.com`,
  'kms:grantisforawsresource': /Grants?$/.test(action) ? 'true' : null,
});

/** The service-linked roles of the account are not the pipeline's. */
const ofPipeline: CallContext = {
  'aws:principalarn': (pattern) => (pattern.includes(':role/aws-service-role/') ? 'no' : 'perhaps'),
};

export const ofAccount = (account: string): CallContext => ({
  'kms:calleraccount': account,
  'aws:principalaccount': account,
});
