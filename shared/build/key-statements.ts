import type { Share } from './execution-document.ts';

/** The accounts, organizations and organizational units that a recipe shares its images with. */
export type Consumers = Pick<Share, 'accounts' | 'organizations' | 'organizationalUnits'>;

export const organizationOf = (arn: string): string => arn.split('/')[1] ?? '';
export const unitOf = (arn: string): string => arn.split('/')[2] ?? '';

/** AWS's list for accounts that launch a shared encrypted AMI (EC2 user guide, "Allow organizations and OUs to use a KMS key"). */
const SHARED_ACTIONS = [
  'kms:CreateGrant',
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:GenerateDataKey*',
  'kms:ReEncrypt*',
];

/** The service-linked roles of Auto Scaling in an account: the usual role, and roles with a suffix. */
const scalingRoles = (account: string): string =>
  `arn:aws:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/*`;

/** The service-linked role that Auto Scaling uses if a group names no other role. */
export const scalingRole = (account: string): string =>
  `arn:aws:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`;

/** What Auto Scaling does with a key (Amazon EC2 Auto Scaling user guide, "Required AWS KMS key policy for use with encrypted volumes"). */
export const SCALING_OPERATIONS = [
  ...['Encrypt', 'Decrypt', 'ReEncryptFrom', 'ReEncryptTo', 'GenerateDataKey'],
  ...['GenerateDataKeyWithoutPlaintext', 'DescribeKey', 'CreateGrant'],
];

/** The statements that a key policy needs, so that consumers can use the key. */
export const useStatements = (consumers: Consumers): object[] => statementsFor(consumers, SHARED_ACTIONS);

/** The statements that let consumers create the grant for Auto Scaling. The grant can be only for Auto Scaling. */
export const grantStatements = (consumers: Consumers): object[] =>
  statementsFor(consumers, ['kms:CreateGrant'], {
    StringLike: { 'kms:GranteePrincipal': scalingRoles('*') },
  });

function statementsFor(
  { accounts, organizations, organizationalUnits }: Consumers,
  actions: readonly string[],
  condition: Readonly<Record<string, object>> = {},
): object[] {
  const allow = (Principal: object, who: object = {}) => {
    const Condition = { ...condition, ...who };
    return {
      Effect: 'Allow',
      Principal,
      Action: actions,
      Resource: '*',
      ...(Object.keys(Condition).length > 0 && { Condition }),
    };
  };
  const paths = organizationalUnits.map((arn) => `${organizationOf(arn)}/*/${unitOf(arn)}/*`);
  return [
    ...(accounts.length > 0 ? [allow({ AWS: accounts })] : []),
    ...(organizations.length > 0
      ? [allow({ AWS: '*' }, { StringEquals: { 'aws:PrincipalOrgID': organizations.map(organizationOf) } })]
      : []),
    ...(paths.length > 0
      ? [allow({ AWS: '*' }, { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': paths } })]
      : []),
  ];
}

/**
 * The statement that lets the Auto Scaling groups of the key's own account use the key. The service-linked role has no permissions of its own
 * for customer managed keys, so the policy must allow the role and not only its account (Amazon EC2 Auto Scaling user guide, "Required AWS
 * KMS key policy for use with encrypted volumes"). KMS refuses a policy that names a role as the principal before the role exists. A condition
 * can name the role before.
 */
export const ownScalingStatement = (account: unknown, roles: unknown): object => ({
  Effect: 'Allow',
  Principal: { AWS: '*' },
  Action: ['kms:Encrypt', ...SHARED_ACTIONS],
  Resource: '*',
  Condition: {
    StringEquals: { 'kms:CallerAccount': account },
    StringLike: { 'aws:PrincipalArn': roles },
    BoolIfExists: { 'kms:GrantIsForAWSResource': 'true' },
  },
});
