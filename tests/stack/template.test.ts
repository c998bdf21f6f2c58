import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
// @ts-expect-error: the package has no types.
import aslValidator from 'asl-validator';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { STEPS } from '../../shared/build/tags.ts';
import { stepsDocument } from '../../shared/recipe/steps-document.ts';
import { example, examples } from '../example-project.ts';
import { plainRecipe } from '../simulated-build.ts';
import { itPassesCfnLint } from './cfn-lint.ts';
import {
  actionsOf,
  functionRoles,
  type Packaged,
  packageStack,
  type Statement,
  statementsOf,
  type Template,
} from './packaged.ts';
import { functionPermissions, otherRoles } from './permission-table.ts';

const ROOT = join(import.meta.dirname, '../..');
const VPC = 'vpc-0123456789abcdef0';
const SUBNETS = 'subnet-0123456789abcdef0,subnet-0123456789abcdef1';
const FORWARDING = '314159265358,271828182845';
const BOUNDARY = 'arn:aws:iam::111122223333:policy/boundary';

const packages: Record<string, Packaged> = {
  'without parameters': packageStack(),
  'with every parameter, and with keys': packageStack(
    [
      `vpc=${VPC}`,
      `subnets=${SUBNETS}`,
      `permissionsBoundary=${BOUNDARY}`,
      'email=platform@example.com',
      `forwardingAccounts=${FORWARDING}`,
      'forwardingOrganization=o-a1b2c3d4e5',
    ],
    [{ ...plainRecipe, encryption: { keys: 'stack' } }],
  ),
};
const { template } = packages['without parameters'] as Packaged;
const keyed = packages['with every parameter, and with keys'] as Packaged;
const given = keyed.template;
afterAll(() => {
  for (const { remove } of Object.values(packages)) remove();
});

const resourcesOf = ({ Resources }: Template, type: string) =>
  Object.entries(Resources).filter(([, { Type }]) => Type === type);
const roles = resourcesOf(template, 'AWS::IAM::Role').map(([id]) => id);
const statements = roles.flatMap((role) =>
  statementsOf(template, role).map((statement) => [role, statement] as const),
);

/** The argument of every intrinsic function of this name in a value. */
function intrinsics(value: unknown, name: string): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => intrinsics(item, name));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === name ? [item, ...intrinsics(item, name)] : intrinsics(item, name),
  );
}

describe.each(Object.entries(packages))(
  'the template %s',
  (_, { template: { Resources, Conditions, Outputs }, file }) => {
    const isThere = (id: string) => id in Resources || id.startsWith('AWS::');

    it('refers only to resources and conditions in the template', () => {
      const whole = { Resources, Conditions, Outputs };
      const refs = intrinsics(whole, 'Ref').map(String);
      const gets = intrinsics(whole, 'Fn::GetAtt').map(
        (target) => String([target].flat()[0]).split('.')[0] ?? '',
      );
      const subs = intrinsics(whole, 'Fn::Sub').flatMap((sub) => {
        const [text, own = {}] = Array.isArray(sub) ? sub : [sub];
        const names = [...String(text).matchAll(/\$\{(?!!)([^}]+)\}/g)].map(([, name = '']) => name);
        return names.filter((name) => !(name in own)).map((name) => name.replace(/\.[A-Za-z]+$/, ''));
      });
      const depended = Object.values(Resources).flatMap(({ DependsOn = [] }) => [DependsOn].flat());
      expect(refs.length + gets.length + subs.length + depended.length).toBeGreaterThan(100);
      expect([...refs, ...gets, ...subs, ...depended].filter((id) => !isThere(id))).toEqual([]);
      const conditions = [
        ...Object.values(Resources).flatMap(({ Condition }) => Condition ?? []),
        ...intrinsics(whole, 'Fn::If').map((choice) => (choice as string[])[0] ?? ''),
      ];
      expect(conditions.filter((name) => !(name in Conditions))).toEqual([]);
    });

    it('contains no variable of Serverless', () => {
      expect(JSON.stringify(Resources)).not.toMatch(/\$\{(param|self|file|opt|sls|env|custom)\b/);
    });

    // W3005: Serverless lists dependencies that references already enforce. W8003: packaging decides the conditions.
    itPassesCfnLint(file, ['--ignore-checks', 'W3005', 'W8003', '--regions', 'eu-central-1']);
  },
);

it('npm run package says where it wrote the template and how many archives', () => {
  const { stdout, file, folder } = packages['without parameters'] as Packaged;
  const archives = readdirSync(folder).filter((name) => name.endsWith('.zip'));
  expect(archives.length).toBeGreaterThan(10);
  const [, written = ''] = /^Wrote (\S+) and (\d+) archives .*\. Nothing was deployed\.$/m.exec(stdout) ?? [];
  expect(written).toContain(join(basename(folder), basename(file)));
  expect(stdout).toContain(` and ${archives.length} archives with the code of the functions`);
});

describe('the key of recipes with encryption.keys: stack', () => {
  const commands = ['eu-west-1', 'us-east-1'].map(
    (region) =>
      `aws cloudformation deploy --region ${region} --stack-name golden-image-keys --template-file `,
  );

  it('exists only if there is such a recipe', () => {
    const { folder, stdout } = packages['without parameters'] as Packaged;
    expect(resourcesOf(template, 'AWS::KMS::Key')).toEqual([]);
    expect(readdirSync(folder)).not.toContain('keys.json');
    expect(stdout).not.toContain('aws cloudformation deploy');
  });

  it('is in the stack of the deployment, and in a template for the other regions of the recipe', () => {
    const written = JSON.parse(readFileSync(join(keyed.folder, 'keys.json'), 'utf8'));
    for (const { Resources } of [given, written]) {
      expect(Resources.ImageKey).toMatchObject({
        DeletionPolicy: 'RetainExceptOnCreate',
        Properties: { EnableKeyRotation: true },
      });
      expect(Resources.ImageKeyAlias.Properties.AliasName).toBe('alias/golden-images');
    }
    expect(Object.keys(written.Resources)).toEqual(['ImageKey', 'ImageKeyAlias']);
    for (const command of commands) expect(keyed.stdout).toContain(command);
    expect(keyed.stdout).toMatch(/ \S*keys\.json$/m);
  });

  itPassesCfnLint(join(keyed.folder, 'keys.json'), ['--regions', 'eu-west-1']);
});

describe('parameters', () => {
  it('without parameters: an own network, no permissions boundary, no email', () => {
    const { BuilderSecurityGroup, PlanRole, PlanLambdaFunction } = template.Resources;
    expect(template.Conditions).toMatchObject({ OwnNetwork: { 'Fn::Equals': ['', ''] } });
    expect(BuilderSecurityGroup?.Properties.VpcId['Fn::If'][1]).toEqual({ Ref: 'Vpc' });
    expect(PlanRole?.Properties.PermissionsBoundary).toEqual({ Ref: 'AWS::NoValue' });
    expect(PlanLambdaFunction?.Properties.Environment.Variables.SUBNETS['Fn::If'][1]).toEqual({
      'Fn::Join': [',', [{ Ref: 'SubnetA' }, { Ref: 'SubnetB' }]],
    });
  });

  it('with parameters: each value is in the right property', () => {
    const { BuilderSecurityGroup, PlanLambdaFunction, NotificationsByEmail } = given.Resources;
    expect(given.Conditions).toMatchObject({ OwnNetwork: { 'Fn::Equals': [VPC, ''] } });
    expect(BuilderSecurityGroup?.Properties.VpcId['Fn::If'][2]).toBe(VPC);
    expect(PlanLambdaFunction?.Properties.Environment.Variables.SUBNETS['Fn::If'][2]).toBe(SUBNETS);
    expect(NotificationsByEmail?.Properties.Endpoint).toBe('platform@example.com');
    for (const role of roles) expect(given.Resources[role]?.Properties.PermissionsBoundary).toBe(BOUNDARY);
  });

  it('control which accounts may forward events, and only events of EC2 and SSM', () => {
    const { ForwardingAccounts, ForwardingOrganization } = given.Resources;
    expect(given.Conditions).toMatchObject({
      HasForwardingAccounts: { 'Fn::Not': [{ 'Fn::Equals': [FORWARDING, ''] }] },
      HasForwardingOrganization: { 'Fn::Not': [{ 'Fn::Equals': ['o-a1b2c3d4e5', ''] }] },
    });
    const sources = { 'ForAllValues:StringEquals': { 'events:source': ['aws.ec2', 'aws.ssm'] } };
    expect(ForwardingAccounts).toMatchObject({
      Condition: 'HasForwardingAccounts',
      Properties: {
        EventBusName: 'default',
        Statement: { Principal: { AWS: { 'Fn::Split': [',', FORWARDING] } }, Condition: sources },
      },
    });
    expect(ForwardingOrganization).toMatchObject({
      Condition: 'HasForwardingOrganization',
      Properties: {
        EventBusName: 'default',
        Statement: {
          Principal: '*',
          Condition: { ...sources, StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
        },
      },
    });
  });

  it('add no ingress rule to the security group', () => {
    expect(template.Resources.BuilderSecurityGroup?.Properties).not.toHaveProperty('SecurityGroupIngress');
    expect(resourcesOf(template, 'AWS::EC2::SecurityGroupIngress')).toEqual([]);
  });
});

describe('functions', () => {
  it.each(resourcesOf(template, 'AWS::Lambda::Function'))(
    '%s has the runtime, architecture, tracing, role and log group',
    (id, { Properties }) => {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
        Role: { 'Fn::GetAtt': [id.replace('LambdaFunction', 'Role'), 'Arn'] },
      });
      const logGroup = template.Resources[id.replace('LambdaFunction', 'LogGroup')];
      expect(logGroup?.Properties).toMatchObject({
        LogGroupName: `/aws/lambda/${Properties.FunctionName}`,
        RetentionInDays: 30,
      });
    },
  );
});

describe.each([
  { machine: 'Bake', name: 'bake', role: 'BakeRole', logGroup: 'BakeLogGroup' },
  { machine: 'CleanUp', name: 'clean-up', role: 'CleanUpMachineRole', logGroup: 'CleanUpMachineLogGroup' },
  {
    machine: 'Channels',
    name: 'channels',
    role: 'ChannelsMachineRole',
    logGroup: 'ChannelsMachineLogGroup',
  },
])('the state machine $name', ({ machine, name, role, logGroup }) => {
  const { Properties } = template.Resources[`${machine}StateMachine`] as {
    Properties: { DefinitionString: { 'Fn::Sub': [string, Record<string, { Ref: string }>] } };
  };
  const [text, targets] = Properties.DefinitionString['Fn::Sub'];
  /** The function of a version. */
  const functionOf = (version: string): string => template.Resources[version]?.Properties.FunctionName.Ref;
  interface States {
    readonly [state: string]: {
      readonly Type: string;
      readonly Resource: string;
      readonly ItemProcessor?: { readonly States: States };
      readonly Branches?: readonly { readonly States: States }[];
    };
  }
  const definition: { States: States } = JSON.parse(
    text.replaceAll(
      /\$\{([0-9a-f]{32})\}/g,
      (_, key) => `arn:aws:lambda:eu-central-1:111122223333:function:${functionOf(targets[key]?.Ref ?? '')}`,
    ),
  );
  const tasksIn = (states: States): [string, string][] =>
    Object.entries(states).flatMap(([state, { Type, Resource, ItemProcessor, Branches = [] }]) => [
      ...(Type === 'Task' ? [[state, Resource] as [string, string]] : []),
      ...(ItemProcessor === undefined ? [] : tasksIn(ItemProcessor.States)),
      ...Branches.flatMap((branch) => tasksIn(branch.States)),
    ]);

  it('is valid, and has logging and tracing', () => {
    const { isValid, errorsText } = aslValidator(definition);
    expect(isValid, errorsText()).toBe(true);
    expect(Properties).toMatchObject({
      StateMachineType: 'STANDARD',
      StateMachineName: `golden-image-${name}`,
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: {
        Level: 'ERROR',
        IncludeExecutionData: true,
        Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: { 'Fn::GetAtt': [logGroup, 'Arn'] } } }],
      },
      RoleArn: { 'Fn::GetAtt': [role, 'Arn'] },
    });
    expect(template.Resources[logGroup]?.Properties).toEqual({
      LogGroupName: `/aws/vendedlogs/states/golden-image-${name}`,
      RetentionInDays: 30,
    });
  });

  it('calls the function of the same name in each Task state, and may invoke each of these functions', () => {
    const tasks = tasksIn(definition.States);
    const called = tasks.map(([, resource]) => resource.split(':').at(-1));
    expect(called.length).toBeGreaterThan(1);
    expect(called).toEqual(tasks.map(([state]) => `${state}LambdaFunction`));
    const invoke = statementsOf(template, role).find((one) =>
      actionsOf(one).includes('lambda:InvokeFunction'),
    );
    expect(invoke?.Resource).toEqual(called.map((id) => ({ 'Fn::Sub': `\${${id}.Arn}:*` })));
  });

  it('has alarms that notify the topic', () => {
    const AlarmActions = [{ Ref: 'Notifications' }];
    // A rule sends failed builds to a queue, except builds that failed because of a user's mistake.
    const ofQueue = {
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': ['FailedBuilds', 'QueueName'] } }],
    };
    const ofMachine = {
      Namespace: 'AWS/States',
      MetricName: 'ExecutionsFailed',
      Dimensions: [{ Name: 'StateMachineArn', Value: { Ref: `${machine}StateMachine` } }],
    };
    const failed = { AlarmActions, ...(machine === 'Bake' ? ofQueue : ofMachine) };
    // A person starts the executions of this machine, and sees the failure.
    const isByHand = machine === 'Channels';
    if (isByHand) expect(template.Resources).not.toHaveProperty('ChannelsFailedAlarm');
    else expect(template.Resources[`${machine}FailedAlarm`]?.Properties).toMatchObject(failed);
    expect(template.Resources[`${machine}TimedOutAlarm`]?.Properties).toMatchObject({
      ...ofMachine,
      MetricName: 'ExecutionsTimedOut',
      AlarmActions,
    });
  });
});

describe('documents', () => {
  /** Resolves Fn::Join in a value, as CloudFormation does. */
  const joined = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(joined);
    if (typeof value !== 'object' || value === null) return value;
    if ('Fn::Join' in value) return (value['Fn::Join'] as [string, string[]])[1].join('');
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, joined(item)]));
  };
  const all = resourcesOf(template, 'AWS::SSM::Document').map(([, { Properties }]) => Properties);
  const documents = new Map(all.map((document) => [document.Name, document]));

  it.each(examples)('contain the steps of %s with their digest', (name) => {
    const document = stepsDocument(example(name).recipe);
    const tag = { Key: STEPS, Value: document?.digest };
    const [found, ...others] = all.filter(({ Tags = [] }) =>
      Tags.some((one: object) => isDeepStrictEqual(one, tag)),
    );
    expect(others).toEqual([]);
    expect(found?.DocumentType).toBe('Command');
    expect(joined(found?.Content)).toEqual(document?.content);
  });

  it.each(['linux', 'windows'])('contain the unchanged build document for %s', (platform) => {
    const { DocumentType, Content } = documents.get(`golden-image-build-${platform}`) ?? {};
    expect(DocumentType).toBe('Automation');
    expect(Content).toEqual(parse(readFileSync(join(ROOT, `documents/build-${platform}.yml`), 'utf8')));
  });
});

describe('roles', () => {
  const table = functionPermissions();

  it.each(Object.entries(functionRoles(template)))(
    '%s has exactly the permissions in the table',
    (key, role) => {
      const own = statementsOf(template, role);
      expect([...new Set(own.flatMap(actionsOf))].toSorted()).toEqual(
        table
          .flatMap(({ permission, functions }) => (functions.includes(key) ? [permission] : []))
          .toSorted(),
      );
      for (const { permission, anywhere } of table.filter(({ functions }) => functions.includes(key))) {
        const resources = own
          .filter((one) => actionsOf(one).includes(permission))
          .map(({ Resource }) => Resource);
        expect([permission, resources.includes('*')]).toEqual([permission, anywhere]);
      }
    },
  );

  it.each(Object.entries(otherRoles()))(
    '%s has exactly the permissions in its table',
    (role, permissions) => {
      expect([...new Set(statementsOf(template, role).flatMap(actionsOf))].toSorted()).toEqual(permissions);
    },
  );

  it('are the roles of the functions, one for each, and the roles in the table', () => {
    const ofFunctions = Object.values(functionRoles(template));
    expect(new Set(ofFunctions).size).toBe(ofFunctions.length);
    expect(roles.toSorted()).toEqual([...ofFunctions, ...Object.keys(otherRoles())].toSorted());
  });

  it.each(statements)('%s allows only single actions: %j', (_, statement) => {
    expect(statement.Effect).toBe('Allow');
    expect(actionsOf(statement).filter((action) => !/^[a-z0-9]+:[A-Za-z]+$/.test(action))).toEqual([]);
  });

  const having = (action: string): [string, Statement][] =>
    statements.flatMap(([role, one]) => (actionsOf(one).includes(action) ? [[role, one]] : []));

  it.each([
    'ec2:DeleteSnapshot',
    'ec2:DeleteVolume',
    'ec2:DeregisterImage',
    'ec2:DisableImageDeregistrationProtection',
    'ec2:EnableImageDeprecation',
    'ec2:EnableImageDeregistrationProtection',
    'ec2:ModifyImageAttribute',
    'ec2:ResetImageAttribute',
    'ec2:ResetSnapshotAttribute',
    'ec2:StopInstances',
    'ec2:TerminateInstances',
    'ssm:StopAutomationExecution',
  ])('%s is allowed only on resources with the tags of a build', (action) => {
    expect(having(action).length).toBeGreaterThan(0);
    for (const [, { Condition = {} }] of having(action)) {
      const keys = Object.values(Condition).flatMap(Object.keys);
      expect(keys.some((key) => key.startsWith('aws:ResourceTag/golden-image:'))).toBe(true);
    }
  });

  it('may tag only new resources, or add the release tag to resources of a build', () => {
    for (const [role, { Condition = {} }] of having('ec2:CreateTags')) {
      if (role === 'ShareImagesRole') {
        expect(Condition).toEqual({
          StringEquals: { 'aws:RequestTag/golden-image:role': 'release' },
          StringLike: { 'aws:ResourceTag/golden-image:execution': '*' },
          'ForAllValues:StringEquals': { 'aws:TagKeys': ['golden-image:role'] },
        });
      } else {
        const { 'ec2:CreateAction': calls, ...others } = Condition.StringEquals ?? {};
        expect([calls].flat()).toEqual([calls].flat().filter((call) => typeof call === 'string'));
        expect({ ...Condition, StringEquals: others }).toEqual({ StringEquals: {} });
      }
    }
  });

  it('may pass only one role to one service', () => {
    expect(
      having('iam:PassRole')
        .map(([role, { Resource, Condition }]) => [role, Resource, Condition])
        .toSorted(([a], [b]) => String(a).localeCompare(String(b))),
    ).toEqual([
      [
        'LaunchRole',
        { 'Fn::GetAtt': ['BuilderRole', 'Arn'] },
        { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
      ],
      [
        'PatchRole',
        { 'Fn::GetAtt': ['AutomationRole', 'Arn'] },
        { StringEquals: { 'iam:PassedToService': 'ssm.amazonaws.com' } },
      ],
      [
        'ScanRole',
        { 'Fn::GetAtt': ['BuilderRole', 'Arn'] },
        { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
      ],
      [
        'TestCopiesRole',
        { 'Fn::GetAtt': ['BuilderRole', 'Arn'] },
        { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
      ],
      [
        'TestImageRole',
        { 'Fn::GetAtt': ['BuilderRole', 'Arn'] },
        { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
      ],
    ]);
  });

  it.each(readdirSync(join(ROOT, 'stack')).filter((name) => name.endsWith('.yml')))(
    'in %s have a comment for each * that says why',
    (name) => {
      const lines = readFileSync(join(ROOT, 'stack', name), 'utf8').split('\n');
      const unexplained = lines.flatMap((line, index) => {
        if (!/^\s*Resource: "\*"$/.test(line)) return [];
        const begin = lines.slice(0, index).findLastIndex((one) => /^\s*- (&|Effect)/.test(one));
        const comment = lines
          .slice(0, begin)
          .slice(lines.slice(0, begin).findLastIndex((one) => !/^\s*#/.test(one)));
        return comment.join(' ').includes('On `*`') || comment.join(' ').includes('on `*`')
          ? []
          : [`line ${index + 1}`];
      });
      expect(unexplained).toEqual([]);
    },
  );
});
