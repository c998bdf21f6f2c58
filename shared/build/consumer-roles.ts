import { accountOf } from '../arns.ts';
import type { Share } from './execution-document.ts';

/** A consumer account in which something cannot be done in a region. */
export interface ConsumerProblem {
  /** The ARN of the role in the account. */
  readonly role: string;
  readonly region: string;
  readonly reason: string;
}

/** A consumer account in which the parameters of a recipe cannot be read in a region. */
export interface ClosedConsumer extends ConsumerProblem {
  /** Whether a recipe of the deployment names the role, so that the pipeline has the permission to assume it. */
  readonly isDeployed: boolean;
}

/**
 * Reasons why the parameters in consumer accounts cannot be written, each with the policies that the role needs. `account`: the account of
 * the deployment.
 */
export function roleRefusals(
  recipe: string,
  roles: readonly string[],
  closed: readonly ClosedConsumer[],
  account: string,
): string[] {
  const own = roles.filter((role) => accountOf(role) === account);
  const others = [...new Set(closed.map(({ role }) => role))].filter((role) => !own.includes(role));
  return [
    ...own.map(
      (role) =>
        `publish.roles names ${role}, a role of the account of the pipeline, which has the parameters anyway: remove the role`,
    ),
    ...others.map((role) => {
      const places = closed.filter((one) => one.role === role);
      const regions = places.map(({ region }) => region).join(', ');
      const problem = `the role ${role} in publish.roles does not work in ${regions} (${places[0]?.reason})`;
      if (places.some(({ isDeployed }) => !isDeployed)) {
        return (
          `${problem}, and the pipeline may assume only the roles that its deployed recipes name: ` +
          'deploy a recipe with the role, or leave it out'
        );
      }
      return (
        `${problem}: ` +
        `its trust policy needs the statement ${JSON.stringify(trustStatement(account))}, ` +
        `its permissions need ${JSON.stringify(permissionStatements(role, recipe))}, and its account must have enabled the regions`
      );
    }),
  ];
}

/** Only the roles of the pipeline can assume the role. CloudFormation chooses their names, which begin with the name of the stack. */
export const trustStatement = (account: string): object => ({
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${account}:root` },
  Action: 'sts:AssumeRole',
  Condition: { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${account}:role/golden-image-*` } },
});

/**
 * Parameter Store validates an image with the permissions of the caller (Systems Manager user guide, "Native parameter support for Amazon
 * Machine Image IDs"), so the role must see the image.
 */
export const permissionStatements = (role: string, recipe: string): object[] => [
  {
    Effect: 'Allow',
    Action: ['ssm:DeleteParameter', 'ssm:GetParameters', 'ssm:PutParameter'],
    Resource: `arn:aws:ssm:*:${accountOf(role)}:parameter/golden-images/${recipe}/*`,
  },
  { Effect: 'Allow', Action: 'ec2:DescribeImages', Resource: '*' },
];

/** The roles whose accounts can launch an image that is shared in this way. An organization may contain any account. */
export const rolesThatSee = (
  roles: readonly string[],
  { accounts, organizations, organizationalUnits, public: everyone }: Share,
): string[] =>
  roles.filter(
    (role) =>
      everyone ||
      organizations.length > 0 ||
      organizationalUnits.length > 0 ||
      accounts.includes(accountOf(role)),
  );

/** The roles of these accounts. */
export const rolesOf = (roles: readonly string[], accounts: readonly string[]): string[] =>
  roles.filter((role) => accounts.includes(accountOf(role)));
