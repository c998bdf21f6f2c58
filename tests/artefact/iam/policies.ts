import { runSimulation, runUnsafeSimulation } from '@cloud-copilot/iam-simulate';
import { type AccessRequest, assumedRoleArn, type Denial, type World } from 'embedded-aws';
import { accountOf } from '../../../shared/arns.ts';
import type { Statement } from '../../stack/packaged.ts';
import { needsOfEc2 } from './needs-of-ec2.ts';
import { needsOfOthers } from './needs-of-others.ts';
import { needsOfSsm } from './needs-of-ssm.ts';
import { NEW, type Needs, type Permission } from './permission.ts';

/** A role of the template, with its intrinsic functions resolved. */
export interface Role {
  readonly arn: string;
  /** Its logical id. */
  readonly name: string;
  readonly statements: readonly Statement[];
  readonly trust: object;
}

/** A service of AWS that assumes a role on behalf of a resource. */
export interface Assumption {
  readonly role: string;
  readonly service: string;
  readonly sourceArn?: string;
}

/** The policies of a deployment, evaluated as IAM does. An action that no statement allows is denied. */
export interface Policies {
  addRole(role: Role): void;
  /** Adds the statements of a managed policy to a role. */
  attach(roleArn: string, statements: readonly Statement[]): void;
  addProfile(profileArn: string, roleArn: string): void;
  /** The ARN of the role with this logical id. */
  arnOf(name: string): string;
  /** Records that a service assumes a role. `problems` reports a role that does not trust the service. */
  assume(assumption: Assumption): void;
  /** Decides whether a role may make a call. */
  authorize(world: World, request: AccessRequest): Denial | undefined;
  /** The permissions that were denied so far. */
  readonly denied: readonly string[];
  /** The permissions that were used so far, as `<role> <number of the statement> <action>`. */
  readonly used: ReadonlySet<string>;
  /** All permissions of the roles, in the same form. */
  granted(): string[];
  /**
   * The problems with the checked permissions: a resource or condition key that the action does not have in the Service Authorization
   * Reference, or a role that does not trust the service that assumes it.
   */
  problems(): Promise<string[]>;
}

const needs: Readonly<Record<string, Readonly<Record<string, Needs>>>> = {
  ec2: needsOfEc2,
  ssm: needsOfSsm,
  ...needsOfOthers,
};

function needsOf({ service, operation }: AccessRequest): Needs {
  const known = needs[service]?.[operation];
  if (known !== undefined) return known;
  // Most read operations have no resource-level permissions. `problems` reports the exceptions.
  if ((service === 'ec2' || service === 'ssm') && /^(Describe|Get|List)/.test(operation)) {
    return () => [{ action: `${service}:${operation}`, resource: '*', context: {} }];
  }
  throw new Error(
    `the permissions for ${service}:${operation} are unknown; add them to tests/artefact/iam/needs-of-*.ts`,
  );
}

export function policiesOf(account: string): Policies {
  const roles = new Map<string, Role>();
  const profiles = new Map<string, string>();
  const assumptions = new Map<string, Assumption>();
  const denied: string[] = [];
  const used = new Set<string>();
  /** The numbers of the statements that allow a permission, by role and permission. */
  const decisions = new Map<string, readonly number[]>();
  const checkedKinds = new Map<string, { role: Role; permission: Permission; isAllowed: boolean }>();

  const found = <T>(map: ReadonlyMap<string, T>, arn: string): T => {
    const value = map.get(arn);
    if (value === undefined) throw new Error(`the template has no ${arn}`);
    return value;
  };

  const allows = (role: Role, permission: Permission): boolean => {
    const key = JSON.stringify([role.arn, permission]);
    const known = decisions.get(key);
    const allowing = known ?? allowingStatements(account, role, permission);
    if (known === undefined) decisions.set(key, allowing);
    for (const index of allowing) used.add(`${role.name} ${index} ${permission.action}`);
    const isAllowed = allowing.length > 0;
    checkedKinds.set(kindOf(role, permission, isAllowed), { role, permission, isAllowed });
    return isAllowed;
  };

  /** The trust policy of the role that a permission is about. IAM asks it, too, if the role belongs to another account. */
  const trustOf = ({ action, resource }: Permission): object | undefined =>
    action === 'sts:AssumeRole' ? found(roles, resource).trust : undefined;

  return {
    addRole: (role) => roles.set(role.arn, role),
    attach: (roleArn, statements) => {
      const role = found(roles, roleArn);
      roles.set(roleArn, { ...role, statements: [...role.statements, ...statements] });
    },
    arnOf: (name) => {
      const role = [...roles.values()].find((one) => one.name === name);
      if (role === undefined) throw new Error(`the template has no role ${name}`);
      return role.arn;
    },
    addProfile: (profileArn, roleArn) => profiles.set(profileArn, roleArn),
    assume: (assumption) => assumptions.set(JSON.stringify(assumption), assumption),
    denied,
    used,
    authorize: (world, request) => {
      const role = found(roles, request.role.arn);
      const wanted = needsOf(request);
      const [automation] = /^Automation-(.*)$/.exec(request.role.sessionName) ?? [];
      if (automation !== undefined) {
        const id = automation.replace('Automation-', '');
        const sourceArn = `arn:aws:ssm:${request.region}:${account}:automation-execution/${id}`;
        assumptions.set(role.arn, { role: role.arn, service: 'ssm.amazonaws.com', sourceArn });
      }
      const roleOfProfile = (profile: string) => found(profiles, profile);
      for (const permission of wanted({ ...request, world, roleOfProfile })) {
        if (allows(role, permission)) continue;
        const { action } = permission;
        // A resource that the call will create has no id yet. AWS uses * instead.
        const resource = permission.resource.replace(new RegExp(`/${NEW}$`), '/*');
        denied.push(`${role.name} ${action} on ${resource}`);
        return { action, resource };
      }
      return undefined;
    },
    granted: () =>
      [...roles.values()].flatMap(({ name, statements }) =>
        statements.flatMap(({ Action }, index) =>
          [Action].flat().map((action) => `${name} ${index} ${action}`),
        ),
      ),
    problems: async () => [
      ...(
        await Promise.all(
          [...checkedKinds.values()].map((kind) => problemsOf(account, kind, trustOf(kind.permission))),
        )
      ).flat(),
      ...(
        await Promise.all(
          [...assumptions.values()].map((one) => problemsOfTrust(account, found(roles, one.role), one)),
        )
      ).flat(),
    ],
  };
}

/** A key that is the same for all permissions that differ only in ids and tag values. */
function kindOf(role: Role, { action, resource, context }: Permission, isAllowed: boolean): string {
  const kind = resource.replace(/[^/:]+$/, '');
  return JSON.stringify([role.arn, action, kind, Object.keys(context).toSorted(), isAllowed]);
}

/**
 * The numbers of the statements that allow the permission. Deny statements are not supported, because the template has none. IAM decides
 * about a KMS key only if the key policy leaves the decision to IAM. The embedded KMS checks the key policy, so this function treats keys
 * like other resources. `problems` also asks the trust policy of a role in another account.
 */
function allowingStatements(account: string, role: Role, permission: Permission): number[] {
  const asAny = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll('"kms:', '"any-kms:'));
  return role.statements.flatMap((statement, index) => {
    if (statement.Effect !== 'Allow') throw new Error(`${role.name} has a statement that does not allow`);
    const input = simulation(account, role, asAny(permission), [asAny(statement)]);
    return runUnsafeSimulation(input, {}) === 'Allowed' ? [index] : [];
  });
}

function simulation(
  account: string,
  role: Role,
  { action, resource, context }: Permission,
  Statement: readonly Statement[],
  trust?: object,
) {
  return {
    request: {
      principal: assumedRoleArn(role.arn, 'session'),
      action,
      resource: { resource, accountId: accountOf(trust === undefined ? role.arn : resource) },
      contextVariables: { ...(trust && { 'aws:PrincipalArn': role.arn }), ...context } as Record<
        string,
        string | string[]
      >,
    },
    identityPolicies: [{ name: role.name, policy: { Version: '2012-10-17', Statement } }],
    ...(trust && { resourcePolicy: trust }),
    ...(action.startsWith('kms:') ? { resourcePolicy: leftToIam(account) } : {}),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  };
}

/** A key policy that leaves every decision to IAM. */
const leftToIam = (account: string) => ({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' },
  ],
});

/** Checks the permission again with the whole policy and the Service Authorization Reference. */
async function problemsOf(
  account: string,
  { role, permission, isAllowed }: { role: Role; permission: Permission; isAllowed: boolean },
  trust: object | undefined,
): Promise<string[]> {
  // The reference has only ARNs with an account for documents and parameters. The ARNs of AWS's own have no account.
  const named = JSON.parse(
    JSON.stringify({ permission, statements: role.statements }).replaceAll(
      /arn:aws:ssm:([^:"]*)::/g,
      'arn:aws:ssm:$1:000000000000:',
    ),
  ) as { permission: Permission; statements: Statement[] };
  const what = `${role.name} ${permission.action} on ${permission.resource}`;
  const answer = await runSimulation(
    simulation(account, role, named.permission, named.statements, trust),
    {},
  );
  if (answer.resultType === 'error') return [`${what}: ${JSON.stringify(answer.errors)}`];
  if (answer.resultType === 'wildcard') return [`${what}: the action needs a resource`];
  const ignored = answer.result.ignoredContextKeys ?? [];
  return [
    ...(ignored.length > 0 ? [`${what}: the action has no condition key ${ignored.join(', ')}`] : []),
    ...((answer.overallResult === 'Allowed') === isAllowed ? [] : [`${what}: ${answer.overallResult}`]),
  ];
}

async function problemsOfTrust(
  account: string,
  role: Role,
  { service, sourceArn }: Assumption,
): Promise<string[]> {
  const answer = await runSimulation(
    {
      request: {
        principal: service,
        action: 'sts:AssumeRole',
        resource: { resource: role.arn, accountId: account },
        contextVariables: {
          'aws:SourceAccount': account,
          ...(sourceArn === undefined ? {} : { 'aws:SourceArn': sourceArn }),
        },
      },
      identityPolicies: [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: role.trust,
    },
    {},
  );
  const isTrusted = answer.resultType === 'single' && answer.overallResult === 'Allowed';
  return isTrusted ? [] : [`${role.name} does not trust ${service} on behalf of ${sourceArn ?? 'anything'}`];
}
