import {
  CreateLaunchTemplateCommand,
  type CreateLaunchTemplateCommandInput,
  CreateLaunchTemplateVersionCommand,
  type CreateLaunchTemplateVersionCommandInput,
  DeleteLaunchTemplateCommand,
  DeleteLaunchTemplateVersionsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  type DescribeLaunchTemplateVersionsCommandInput,
  DescribeVolumesCommand,
  type EC2Client,
  ModifyLaunchTemplateCommand,
  type RequestLaunchTemplateData,
  RunInstancesCommand,
  type RunInstancesCommandInput,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { CONSUMER, refusal, simulateEc2 } from '../simulated-ec2.ts';

async function withTemplate(data: RequestLaunchTemplateData = {}) {
  const simulated = simulateEc2();
  const { client, run, publicImage } = simulated;
  const sent = <T>(work: (ec2: EC2Client) => Promise<T>) => run(work(client()));
  const ImageId = publicImage(/^al2023.*-kernel-6\.1-x86_64$/).id;
  const LaunchTemplateData = { ImageId, InstanceType: 'm7i.large' as const, ...data };
  const create = (input: Partial<CreateLaunchTemplateCommandInput> = {}) =>
    sent((ec2) =>
      ec2.send(
        new CreateLaunchTemplateCommand({ LaunchTemplateName: 'builder', LaunchTemplateData, ...input }),
      ),
    );
  const { LaunchTemplate } = await create();
  const LaunchTemplateId = LaunchTemplate?.LaunchTemplateId ?? '';
  return {
    ...simulated,
    sent,
    create,
    LaunchTemplateId,
    version: (input: Partial<CreateLaunchTemplateVersionCommandInput>) =>
      sent((ec2) =>
        ec2.send(
          new CreateLaunchTemplateVersionCommand({
            LaunchTemplateId,
            LaunchTemplateData: { InstanceType: 'm7i.xlarge' },
            ...input,
          }),
        ),
      ),
    versions: async (input: DescribeLaunchTemplateVersionsCommandInput = { LaunchTemplateId }) => {
      const answer = await sent((ec2) => ec2.send(new DescribeLaunchTemplateVersionsCommand(input)));
      return answer.LaunchTemplateVersions ?? [];
    },
    launched: async (input: Partial<RunInstancesCommandInput> = {}) => {
      const counts = { MinCount: 1, MaxCount: 1, LaunchTemplate: { LaunchTemplateId } };
      const answer = await sent((ec2) => ec2.send(new RunInstancesCommand({ ...counts, ...input })));
      return answer.Instances?.[0];
    },
  };
}

describe('a launch template', () => {
  test('is described by id, name and tag, and is gone after it is deleted', async () => {
    const { create, sent, LaunchTemplateId, client, run } = await withTemplate();
    const second = await create({
      LaunchTemplateName: 'second',
      ClientToken: 'token',
      TagSpecifications: [{ ResourceType: 'launch-template', Tags: [{ Key: 'a', Value: '1' }] }],
    });
    const again = {
      LaunchTemplateName: 'second',
      ClientToken: 'token',
      TagSpecifications: [{ ResourceType: 'launch-template' as const, Tags: [{ Key: 'a', Value: '1' }] }],
    };
    expect((await create(again)).LaunchTemplate).toEqual(second.LaunchTemplate);
    expect(second.LaunchTemplate).toMatchObject({
      LaunchTemplateName: 'second',
      DefaultVersionNumber: 1,
      LatestVersionNumber: 1,
      Tags: [{ Key: 'a', Value: '1' }],
    });
    const described = async (input = {}) => {
      const answer = await sent((ec2) => ec2.send(new DescribeLaunchTemplatesCommand(input)));
      return answer.LaunchTemplates?.map(({ LaunchTemplateName }) => LaunchTemplateName);
    };
    expect(await described()).toEqual(['builder', 'second']);
    expect(await described({ LaunchTemplateIds: [LaunchTemplateId] })).toEqual(['builder']);
    expect(await described({ LaunchTemplateNames: ['second'] })).toEqual(['second']);
    expect(await described({ Filters: [{ Name: 'tag:a', Values: ['1'] }] })).toEqual(['second']);
    expect(await described({ MaxResults: 1 })).toEqual(['builder']);
    const remove = (key: object) => sent((ec2) => ec2.send(new DeleteLaunchTemplateCommand(key)));
    const stranger = client({ account: CONSUMER });
    expect(
      (await refusal(run(stranger.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId }))))).code,
    ).toBe('InvalidLaunchTemplateId.NotFound');
    await remove({ LaunchTemplateId });
    expect(await refusal(remove({ LaunchTemplateId }))).toMatchObject({
      code: 'InvalidLaunchTemplateId.NotFound',
      message: `The specified launch template, with template ID ${LaunchTemplateId}, does not exist.`,
    });
    expect((await refusal(described({ LaunchTemplateNames: ['builder'] }))).code).toBe(
      'InvalidLaunchTemplateName.NotFoundException',
    );
    expect((await refusal(remove({}))).code).toBe('MissingParameter');
    expect((await refusal(remove({ LaunchTemplateId: 'lt-x' }))).code).toBe(
      'InvalidLaunchTemplateId.Malformed',
    );
    expect((await refusal(remove({ LaunchTemplateId, LaunchTemplateName: 'x' }))).code).toBe(
      'InvalidParameterCombination',
    );
  });

  test.each([
    ['a repeated name', {}, 'InvalidLaunchTemplateName.AlreadyExistsException'],
    ['a short name', { LaunchTemplateName: 'lt' }, 'InvalidLaunchTemplateName.MalformedException'],
    ['invalid characters', { LaunchTemplateName: 'a b c' }, 'InvalidLaunchTemplateName.MalformedException'],
    ['no name', { LaunchTemplateName: undefined }, 'MissingParameter'],
    ['no data', { LaunchTemplateName: 'new', LaunchTemplateData: {} }, 'MissingParameter'],
    [
      'user data that is not base64',
      { LaunchTemplateName: 'new', LaunchTemplateData: { UserData: '#!/bin/sh' } },
      'InvalidUserData.Malformed',
    ],
    [
      'tags for a resource that it does not create',
      {
        LaunchTemplateName: 'new',
        LaunchTemplateData: {
          TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'a', Value: '' }] }],
        },
      },
      'InvalidParameterValue',
    ],
    [
      'a parameter that is not emulated',
      { LaunchTemplateName: 'new', LaunchTemplateData: { KernelId: 'aki-1' } },
      'NotEmulated',
    ],
    [
      'a long description',
      { LaunchTemplateName: 'new', VersionDescription: 'x'.repeat(256) },
      'InvalidParameterValue',
    ],
    ['DryRun', { LaunchTemplateName: 'new', DryRun: true }, 'DryRunOperation'],
  ] as [string, Partial<CreateLaunchTemplateCommandInput>, string][])(
    'is refused with %s',
    async (_name, input, code) => {
      const { create, world } = await withTemplate();
      expect((await refusal(create(input))).code).toBe(code);
      expect(world.launchTemplates.all()).toHaveLength(1);
    },
  );
});

describe('versions', () => {
  test('start empty or from another version, and one version is the default', async () => {
    const { version, versions, sent, LaunchTemplateId } = await withTemplate({ KeyName: 'mine' });
    await version({ VersionDescription: 'bare' });
    const third = await version({ SourceVersion: '1', ClientToken: 'token' });
    const again = await version({ SourceVersion: '1', ClientToken: 'token' });
    expect(again.LaunchTemplateVersion).toEqual(third.LaunchTemplateVersion);
    expect(third.LaunchTemplateVersion).toMatchObject({
      VersionNumber: 3,
      DefaultVersion: false,
      LaunchTemplateData: { KeyName: 'mine', InstanceType: 'm7i.xlarge' },
    });
    const numbers = async (input = {}) =>
      (await versions({ LaunchTemplateId, ...input })).map(({ VersionNumber }) => VersionNumber);
    expect(await numbers()).toEqual([3, 2, 1]);
    expect(await numbers({ MinVersion: '2' })).toEqual([3, 2]);
    expect(await numbers({ MinVersion: '2', MaxVersion: '2' })).toEqual([2]);
    expect(await numbers({ Versions: ['$Latest', '$Default', '2'] })).toEqual([3, 1, 2]);
    expect(await numbers({ Filters: [{ Name: 'is-default-version', Values: ['true'] }] })).toEqual([1]);
    expect(await numbers({ LaunchTemplateId: undefined, Versions: ['$Latest'] })).toEqual([3]);

    const modify = (DefaultVersion?: string) =>
      sent((ec2) => ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateId, DefaultVersion })));
    expect((await modify('2')).LaunchTemplate?.DefaultVersionNumber).toBe(2);
    expect(await numbers({ Versions: ['$Default'] })).toEqual([2]);
    expect(await refusal(modify('7'))).toMatchObject({
      code: 'InvalidLaunchTemplateId.VersionNotFound',
      message: 'The launch template version 7 is not found for the specified launch template.',
    });
    const both = { LaunchTemplateId, LaunchTemplateName: 'builder', DefaultVersion: '1' };
    expect(await refusal(sent((ec2) => ec2.send(new ModifyLaunchTemplateCommand(both))))).toMatchObject({
      code: 'InvalidParameterCombination',
      message: 'Either provide launch template ID or launch template name to modify the template.',
    });
    expect(await numbers({ Versions: ['$Default'] })).toEqual([2]);
    expect((await refusal(modify())).code).toBe('MissingParameter');

    const deleted = await sent((ec2) =>
      ec2.send(new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: ['3', '2', '9'] })),
    );
    expect(deleted).toMatchObject({
      SuccessfullyDeletedLaunchTemplateVersions: [{ VersionNumber: 3 }],
      UnsuccessfullyDeletedLaunchTemplateVersions: [
        { VersionNumber: 2, ResponseError: { Code: 'unexpectedError' } },
        { VersionNumber: 9, ResponseError: { Code: 'launchTemplateVersionDoesNotExist' } },
      ],
    });
    expect(await numbers({ Versions: ['$Latest'] })).toEqual([2]);
    // EC2 never reuses a number.
    expect((await version({})).LaunchTemplateVersion?.VersionNumber).toBe(4);
  });

  test('keep the block devices of the source version, but not their snapshots', async () => {
    const mapping = { DeviceName: '/dev/sdf', Ebs: { VolumeSize: 8, SnapshotId: 'snap-0123456789abcdef0' } };
    const { version } = await withTemplate({ BlockDeviceMappings: [mapping] });
    const { LaunchTemplateVersion } = await version({ SourceVersion: '1' });
    expect(LaunchTemplateVersion?.LaunchTemplateData?.BlockDeviceMappings).toEqual([
      { DeviceName: '/dev/sdf', Ebs: { VolumeSize: 8 } },
    ]);
  });

  test.each([
    ['an unknown version', { Versions: ['5'] }, 'InvalidLaunchTemplateId.VersionNotFound'],
    ['a version that is not a number', { Versions: ['new'] }, 'InvalidLaunchTemplateVersion.Malformed'],
    ['versions and a range', { Versions: ['1'], MinVersion: '1' }, 'InvalidParameterCombination'],
    [
      'a version number for all templates',
      { LaunchTemplateId: undefined, Versions: ['1'] },
      'InvalidParameterValue',
    ],
    [
      'a version number and $Latest for all templates',
      { LaunchTemplateId: undefined, Versions: ['$Latest', '1'] },
      'InvalidParameterValue',
    ],
    ['no template and no versions', { LaunchTemplateId: undefined }, 'MissingParameter'],
    ['a page size of 0', { MaxResults: 0 }, 'InvalidParameterValue'],
  ])('are refused: %s', async (_name, input, code) => {
    const { versions, LaunchTemplateId } = await withTemplate();
    expect((await refusal(versions({ LaunchTemplateId, ...input }))).code).toBe(code);
  });
});

test.each([[['1']], [[]]])(
  'are refused without a template name, with a text that explains the request: %j',
  async (Versions) => {
    const { versions } = await withTemplate();
    expect((await refusal(versions({ Versions }))).message).toMatch(
      /^To describe the launch template data for all your launch templates, for ‘--versions’ specify ‘\$Latest’, .* or one or more version numbers\.$/,
    );
  },
);

describe('a launch from a template', () => {
  test('uses the template for missing parameters, and merges disks and tags', async () => {
    const { launched, sent, version, LaunchTemplateId, profile } = await withTemplate({
      IamInstanceProfile: { Name: 'builder' },
      BlockDeviceMappings: [
        { DeviceName: '/dev/xvda', Ebs: { VolumeSize: 30, VolumeType: 'gp3', Throughput: 250 } },
      ],
      TagSpecifications: [
        {
          ResourceType: 'instance',
          Tags: [
            { Key: 'a', Value: 'template' },
            { Key: 'b', Value: 'template' },
          ],
        },
      ],
    });
    const instance = await launched({
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 40 } }],
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'b', Value: 'request' }] }],
      InstanceType: 'm7i.2xlarge',
    });
    expect(instance).toMatchObject({ InstanceType: 'm7i.2xlarge' });
    expect(instance?.IamInstanceProfile?.Arn).toContain(profile);
    expect(instance?.Tags).toEqual([
      { Key: 'a', Value: 'template' },
      { Key: 'b', Value: 'request' },
      { Key: 'aws:ec2launchtemplate:id', Value: LaunchTemplateId },
      { Key: 'aws:ec2launchtemplate:version', Value: '1' },
    ]);
    const { Volumes } = await sent((ec2) => ec2.send(new DescribeVolumesCommand({})));
    expect(Volumes).toMatchObject([{ Size: 40, Throughput: 250 }]);

    await version({ SourceVersion: '1' });
    const typeOf = async (LaunchTemplate: object) => (await launched({ LaunchTemplate }))?.InstanceType;
    const LaunchTemplateName = 'builder';
    expect(await typeOf({ LaunchTemplateName })).toBe('m7i.large');
    expect(await typeOf({ LaunchTemplateName, Version: '$Latest' })).toBe('m7i.xlarge');
    expect(await typeOf({ LaunchTemplateId, Version: '2' })).toBe('m7i.xlarge');
  });

  test('is refused when the template, its version, or a named resource is missing', async () => {
    const { launched, version, LaunchTemplateId, network } = await withTemplate();
    const code = async (input: Partial<RunInstancesCommandInput>) => (await refusal(launched(input))).code;
    expect(await code({ LaunchTemplate: {} })).toBe('MissingParameter');
    expect(await code({ LaunchTemplate: { LaunchTemplateName: 'none' } })).toBe(
      'InvalidLaunchTemplateName.NotFoundException',
    );
    expect(await code({ LaunchTemplate: { LaunchTemplateId, Version: '5' } })).toBe(
      'InvalidLaunchTemplateId.VersionNotFound',
    );
    await version({
      LaunchTemplateData: { NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: network.subnets[0]?.id }] },
      SourceVersion: '1',
    });
    const LaunchTemplate = { LaunchTemplateId, Version: '$Latest' };
    expect(await code({ LaunchTemplate, SubnetId: network.subnets[0]?.id })).toBe(
      'InvalidParameterCombination',
    );
    expect((await launched({ LaunchTemplate }))?.SubnetId).toBe(network.subnets[0]?.id);
    expect(await code({ LaunchTemplate, SecurityGroupIds: ['sg-x'] })).toBe('InvalidParameterCombination');
  });

  test('returns the first instance for a repeated token', async () => {
    const { launched, version } = await withTemplate();
    const first = await launched({ ClientToken: 'token' });
    await version({});
    expect((await launched({ ClientToken: 'token' }))?.InstanceId).toBe(first?.InstanceId);
  });
});
