import {
  CreateImageCommand,
  CreateTagsCommand,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DeregisterImageCommand,
  EC2Client,
  ModifyImageAttributeCommand,
  ResetImageAttributeCommand,
  RunInstancesCommand,
  StopInstancesCommand,
  type Tag,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  GetParameterCommand,
  SSMClient,
  StartAutomationExecutionCommand,
  StopAutomationExecutionCommand,
} from '@aws-sdk/client-ssm';
import { describe, expect, inject, it } from 'vitest';
import { plainRecipe } from '../simulated-build.ts';
import { functionRoles, type Statement, type Template } from '../stack/packaged.ts';
import { type Deployed, deployArtefact } from './deployed.ts';
import { createKey } from './keys.ts';

const artefact = inject('artefact');
const roles = Object.values(functionRoles(artefact.template));

/** The statements of a role that allow an action. The caller may change these statements. */
function statementsWith(
  template: Template,
  role: string,
  action: string,
): { -readonly [K in keyof Statement]: Statement[K] }[] {
  const policies = template.Resources[role]?.Properties.Policies as {
    PolicyDocument: { Statement: Statement[] };
  }[];
  const found = policies
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .filter(({ Action }) => [Action].flat().includes(action));
  if (found.length === 0) throw new Error(`${role} has no ${action}`);
  return found;
}

const bakeWith = async (change: (template: Template) => void) => {
  const { execute, outputs, policies } = await deployArtefact(artefact, { change });
  const result = await execute(outputs.StateMachineArn, { recipe: 'plain' });
  return { ...result, denied: policies.denied };
};

describe('a build is released, and says that it was not announced, without', () => {
  it.each([
    [
      'sns:Publish',
      (statement: { Action?: unknown }) => Object.assign(statement, { Action: 'sns:ListTopics' }),
    ],
    [
      'events:PutEvents',
      (statement: object) => {
        const others = {
          'events:source': 'golden-image',
          'events:detail-type': ['Golden Image Base Changed'],
        };
        Object.assign(statement, { Condition: { 'ForAllValues:StringEquals': others } });
      },
    ],
  ])('%s', async (action, change) => {
    const { status, output, denied } = await bakeWith((template) => {
      for (const statement of statementsWith(template, 'AnnounceRole', action)) change(statement);
    });
    expect(status).toBe('SUCCEEDED');
    expect(output).toMatchObject({ announcement: { Error: 'Denied' }, record: { outcome: 'released' } });
    expect(denied[0]).toContain(`AnnounceRole ${action} on `);
  });
});

describe('a build fails, and names the action, without', () => {
  it.each([
    ['DecideRole', 'dynamodb:PutItem'],
    ['PlanRole', 'ec2:DescribeImages'],
    ['PlanRole', 'ssm:GetParameter'],
    ['LaunchRole', 'ec2:RunInstances'],
    ['LaunchRole', 'ec2:CreateTags'],
    ['LaunchRole', 'iam:PassRole'],
    ['PatchRole', 'ssm:StartAutomationExecution'],
    ['PatchRole', 'ssm:AddTagsToResource'],
    ['PatchRole', 'iam:PassRole'],
    ['StopRole', 'ec2:StopInstances'],
    ['CreateImageRole', 'ec2:CreateImage'],
    ['CreateImageRole', 'ec2:CreateTags'],
    ['CopyImagesRole', 'ec2:CopyImage'],
    ['ShareImagesRole', 'ec2:ModifyImageAttribute'],
    ['ShareImagesRole', 'ec2:CreateTags'],
    ['PublishRole', 'dynamodb:PutItem'],
    ['PublishRole', 'dynamodb:UpdateItem'],
    ['PublishRole', 'ec2:DescribeImages'],
    ['PublishRole', 'ssm:GetParameters'],
    ['PublishRole', 'ssm:PutParameter'],
  ])('%s %s', async (role, action) => {
    const { status, error, cause, denied } = await bakeWith((template) => {
      for (const statement of statementsWith(template, role, action)) {
        statement.Action = [statement.Action].flat().filter((one) => one !== action);
      }
    });
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'Denied' });
    expect(JSON.parse(cause ?? '')).toMatchObject({
      errorMessage: expect.stringContaining(`not authorized to perform: ${action} on resource: `),
    });
    expect(denied[0]).toContain(`${role} ${action} on `);
  });

  it.each([
    ['DecideRole', 'dynamodb:PutItem', 'dynamodb:LeadingKeys'],
    ['LaunchRole', 'ec2:RunInstances', 'aws:RequestTag/golden-image:role'],
    ['LaunchRole', 'ec2:RunInstances', 'ec2:MetadataHttpTokens'],
    ['LaunchRole', 'ec2:RunInstances', 'ec2:InstanceProfile'],
    ['LaunchRole', 'ec2:RunInstances', 'ec2:Vpc'],
    ['LaunchRole', 'ec2:CreateTags', 'ec2:CreateAction'],
    ['LaunchRole', 'iam:PassRole', 'iam:PassedToService'],
    ['PatchRole', 'ssm:StartAutomationExecution', 'aws:RequestTag/golden-image:execution'],
    ['PatchRole', 'ssm:GetAutomationExecution', 'aws:ResourceTag/golden-image:execution'],
    ['StopRole', 'ec2:StopInstances', 'aws:ResourceTag/golden-image:role'],
    ['CreateImageRole', 'ec2:CreateImage', 'aws:ResourceTag/golden-image:role'],
    ['CreateImageRole', 'ec2:CreateImage', 'aws:RequestTag/golden-image:execution'],
    ['CopyImagesRole', 'ec2:CreateTags', 'ec2:CreateAction'],
    ['ShareImagesRole', 'ec2:CreateTags', 'aws:TagKeys'],
  ])('%s %s, if its condition on %s does not match', async (role, action, key) => {
    const { status, error, cause, denied } = await bakeWith((template) => {
      const statements = statementsWith(template, role, action);
      const conditioned = statements.filter(({ Condition = {} }) =>
        Object.values(Condition).some((tests) => key in tests),
      );
      expect(conditioned.length).toBeGreaterThan(0);
      for (const statement of conditioned) {
        statement.Condition = Object.fromEntries(
          Object.entries(statement.Condition ?? {}).map(([operator, tests]) => [
            operator,
            key in tests ? { ...tests, [key]: 'arn:aws:none:::other' } : tests,
          ]),
        );
      }
    });
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'Denied' });
    expect(cause).toContain(`not authorized to perform: ${action} on resource: `);
    expect(denied[0]).toContain(`${role} ${action} on `);
  });

  it.each([
    [
      'PlanRole',
      'kms:GenerateDataKeyWithoutPlaintext',
      'InvalidInput',
      'its policy leaves this to IAM, and IAM denies it',
    ],
    ['LaunchRole', 'kms:CreateGrant', 'Denied', 'not authorized to perform: kms:CreateGrant on resource: '],
    ['TestImageRole', 'kms:Decrypt', 'Denied', 'not authorized to perform: kms:Decrypt on resource: '],
    [
      'CopyImagesRole',
      'kms:ReEncryptTo',
      'Denied',
      'not authorized to perform: kms:ReEncryptTo on resource: ',
    ],
    [
      'TestCopiesRole',
      'kms:CreateGrant',
      'Denied',
      'not authorized to perform: kms:CreateGrant on resource: ',
    ],
  ])('%s %s on a key whose policy leaves the decision to IAM', async (role, action, expected, says) => {
    const { execute, outputs, call, policies } = await deployArtefact(artefact, {
      change: (template) => {
        for (const statement of statementsWith(template, role, action)) {
          statement.Action = [statement.Action].flat().filter((one) => one !== action);
        }
      },
    });
    const keys = Object.fromEntries(plainRecipe.regions.map((region) => [region, createKey(call, region)]));
    const overrides = { encryption: { keys }, share: { accounts: null }, test: { regions: ['eu-west-1'] } };
    const { status, error, cause } = await execute(outputs.StateMachineArn, { recipe: 'plain', overrides });
    expect({ status, error }).toEqual({ status: 'FAILED', error: expected });
    expect(cause).toContain(says);
    expect(policies.denied[0]).toContain(`${role} ${action} on `);
    expect(Object.values(keys).some((key) => policies.denied[0]?.endsWith(key))).toBe(true);
  });

  it('the permissions of the automation', async () => {
    const { status, error, cause } = await bakeWith((template) => {
      for (const statement of statementsWith(template, 'AutomationRole', 'ssm:SendCommand')) {
        statement.Condition = { StringEquals: { 'ssm:resourceTag/golden-image:role': 'tester' } };
      }
    });
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'BuildFailed' });
    expect(cause).toContain('ssm:SendCommand');
  });

  it('the permission of the state machine to invoke a function', async () => {
    const { status, error, cause } = await bakeWith((template) => {
      const [statement] = statementsWith(template, 'BakeRole', 'lambda:InvokeFunction');
      if (statement === undefined) return;
      statement.Resource = (statement.Resource as object[]).filter(
        (one) => !JSON.stringify(one).includes('StopLambdaFunction'),
      );
    });
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'Lambda.AWSLambdaException' });
    expect(cause).toContain('not authorized to perform: lambda:InvokeFunction on resource: ');
  });
});

/** Creates an instance, an image with its snapshot, and an automation in the same account, but not with the pipeline. */
async function makeForeign({ as, pass, world }: Deployed, Tags: readonly Tag[]) {
  const ec2 = new EC2Client(as());
  const ssm = new SSMClient(as());
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: plainRecipe.base.ssmParameter }));
  const { Instances: [{ InstanceId = '' } = {}] = [] } = await ec2.send(
    new RunInstancesCommand({
      ImageId: Parameter?.Value,
      InstanceType: 'm7i.large',
      MinCount: 1,
      MaxCount: 1,
      SubnetId: world.subnets.all()[0]?.id,
      TagSpecifications: [{ ResourceType: 'instance', Tags: [...Tags] }],
    }),
  );
  await pass(120);
  const { ImageId = '' } = await ec2.send(new CreateImageCommand({ InstanceId, Name: 'another-team' }));
  const { AutomationExecutionId = '' } = await ssm.send(
    new StartAutomationExecutionCommand({
      DocumentName: 'golden-image-build-linux',
      Parameters: { InstanceId: [InstanceId] },
    }),
  );
  await pass(1200);
  const [{ Ebs } = {}] = world.images.get(ImageId)?.blockDeviceMappings ?? [];
  const [{ volumeId: VolumeId = '' } = {}] = world.instances.get(InstanceId)?.blockDevices ?? [];
  return { InstanceId, ImageId, SnapshotId: Ebs?.SnapshotId ?? '', VolumeId, AutomationExecutionId };
}

const name = { Key: 'Name', Value: 'web' };
describe.each<[string, readonly Tag[]]>([
  ['without tags of the pipeline', [name]],
  ['that their owner has opened for imaging', [name, { Key: 'golden-image:open', Value: 'plain' }]],
])('resources %s', (_, tags) => {
  it.each(roles)('cannot be stopped, removed, shared or tagged by %s', async (role) => {
    const deployed = await deployArtefact(artefact);
    const made = await makeForeign(deployed, tags);
    const { InstanceId, ImageId, SnapshotId, VolumeId, AutomationExecutionId } = made;
    const { instances, images, snapshots } = deployed.world;
    const resources = () => [instances.get(InstanceId), images.get(ImageId), snapshots.get(SnapshotId)];
    const before = resources();
    expect(before).toMatchObject([{ state: 'running' }, { state: 'available' }, { state: 'completed' }]);

    const ec2 = new EC2Client(deployed.as(role));
    const ssm = new SSMClient(deployed.as(role));
    const Add = [{ UserId: '210987654321' }];
    const Tags = [{ Key: 'golden-image:execution', Value: 'mine' }];
    const attempts = [
      ec2.send(new StopInstancesCommand({ InstanceIds: [InstanceId] })),
      ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] })),
      ec2.send(new DeregisterImageCommand({ ImageId })),
      ec2.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add } })),
      ec2.send(new ResetImageAttributeCommand({ ImageId, Attribute: 'launchPermission' })),
      ec2.send(new DeleteSnapshotCommand({ SnapshotId })),
      ec2.send(new DeleteVolumeCommand({ VolumeId })),
      ec2.send(new CreateTagsCommand({ Resources: [InstanceId], Tags })),
      ec2.send(new CreateTagsCommand({ Resources: [ImageId, SnapshotId], Tags })),
      ...(tags.length > 1 ? [] : [ec2.send(new CreateImageCommand({ InstanceId, Name: 'mine' }))]),
      ssm.send(new StopAutomationExecutionCommand({ AutomationExecutionId })),
    ];
    const outcomes = await Promise.allSettled<unknown>(attempts);
    const refused = (refusal: string) => ({ status: 'rejected', reason: { name: refusal } });
    expect(outcomes).toMatchObject([
      ...attempts.slice(1).map(() => refused('UnauthorizedOperation')),
      refused('AccessDeniedException'),
    ]);
    expect(resources()).toEqual(before);
  });
});

describe('an image of a build', () => {
  it.each(roles.filter((role) => role !== 'ShareImagesRole'))('cannot be shared by %s', async (role) => {
    const deployed = await deployArtefact(artefact);
    await deployed.execute(deployed.outputs.StateMachineArn, { recipe: 'plain' });
    const [image] = deployed.world.images.all().filter(({ tags }) => 'golden-image:execution' in tags);
    const ec2 = new EC2Client({ ...deployed.as(role), region: image?.region ?? '' });
    const LaunchPermission = { Add: [{ UserId: '210987654321' }] };
    await expect(
      ec2.send(new ModifyImageAttributeCommand({ ImageId: image?.id, LaunchPermission })),
    ).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
  });
});
