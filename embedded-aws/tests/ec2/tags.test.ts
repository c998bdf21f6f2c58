import {
  CreateKeyPairCommand,
  CreateLaunchTemplateCommand,
  CreateTagsCommand,
  DeleteTagsCommand,
  DeleteVolumeCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
  type EC2Client,
  type Filter,
  RunInstancesCommand,
  type Tag,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { CONSUMER, refusal, simulateEc2 } from '../simulated-ec2.ts';

async function withVolume() {
  const simulated = simulateEc2();
  const { client, run, launch, world } = simulated;
  await run(client().send(new RunInstancesCommand(launch())));
  const [volume] = world.volumes.all();
  const volumeId = volume?.id ?? '';
  return {
    ...simulated,
    volumeId,
    tag: (Tags: Tag[], Resources = [volumeId], account?: string) =>
      run(client(account ? { account } : {}).send(new CreateTagsCommand({ Resources, Tags }))),
    untag: (Tags?: Tag[]) => run(client().send(new DeleteTagsCommand({ Resources: [volumeId], Tags }))),
    tags: () => world.volumes.get(volumeId)?.tags,
  };
}

const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ Key: `key ${index}`, Value: 'x' }));

describe('tags', () => {
  test('are added, replaced and removed, by value if a value is given', async () => {
    const { tag, untag, tags } = await withVolume();
    await tag([{ Key: 'a', Value: '1' }, { Key: 'b', Value: '2' }, { Key: 'c' }]);
    await tag([{ Key: 'a', Value: '3' }]);
    expect(tags()).toEqual({ a: '3', b: '2', c: '' });
    await untag([{ Key: 'a', Value: '1' }, { Key: 'b' }, { Key: 'none' }]);
    expect(tags()).toEqual({ a: '3', c: '' });
    await untag();
    expect(tags()).toEqual({});
  });

  test.each([
    ['too many tags', numbered(51), 'TagLimitExceeded'],
    ['a reserved key', [{ Key: 'AWS:name', Value: '1' }], 'InvalidParameterValue'],
    ['a long key', [{ Key: 'x'.repeat(129), Value: '1' }], 'InvalidParameterValue'],
    ['a long value', [{ Key: 'x', Value: '1'.repeat(257) }], 'InvalidParameterValue'],
    [
      'a repeated key',
      [
        { Key: 'x', Value: '1' },
        { Key: 'x', Value: '2' },
      ],
      'InvalidParameterValue',
    ],
    ['no tags', [], 'MissingParameter'],
  ])('are refused: %s', async (_name, list, code) => {
    const { tag, tags } = await withVolume();
    expect((await refusal(tag(list))).code).toBe(code);
    expect(tags()).toEqual({});
  });

  test('count together with existing tags', async () => {
    const { tag } = await withVolume();
    await tag(numbered(50));
    await tag([{ Key: 'key 7', Value: 'new' }]);
    expect(await refusal(tag([{ Key: 'one more', Value: '1' }]))).toMatchObject({
      code: 'TagLimitExceeded',
      message: 'The maximum number of Tags for a resource has been reached.',
    });
  });

  test('are refused if one resource is unknown, and no other resource is tagged', async () => {
    const { tag, tags, volumeId } = await withVolume();
    const list = [{ Key: 'a', Value: '1' }];
    const unknown = {
      'i-0123456789abcdef0': 'InvalidInstanceID.NotFound',
      'ami-0123456789abcdef0': 'InvalidAMIID.NotFound',
      'snap-0123456789abcdef0': 'InvalidSnapshot.NotFound',
      'vol-0123456789abcdef0': 'InvalidVolume.NotFound',
      'sg-0123456789abcdef0': 'InvalidGroup.NotFound',
      'subnet-0123456789abcdef0': 'InvalidSubnetID.NotFound',
      'vol-x': 'InvalidVolumeID.Malformed',
      'x-1': 'InvalidID',
    };
    for (const [id, code] of Object.entries(unknown)) {
      expect((await refusal(tag(list, [volumeId, id]))).code).toBe(code);
    }
    expect((await refusal(tag(list, [volumeId], CONSUMER))).code).toBe('InvalidVolume.NotFound');
    expect(tags()).toEqual({});
  });
});

describe('the tags of all resources', () => {
  async function withEverything() {
    const simulated = simulateEc2();
    const { client, run, launch, network, world } = simulated;
    const sent = <T>(work: (ec2: EC2Client) => Promise<T>) => run(work(client()));
    await sent((ec2) => ec2.send(new RunInstancesCommand(launch())));
    await sent((ec2) => ec2.send(new CreateKeyPairCommand({ KeyName: 'mine', KeyType: 'ed25519' })));
    await sent((ec2) =>
      ec2.send(
        new CreateLaunchTemplateCommand({
          LaunchTemplateName: 'builder',
          LaunchTemplateData: { InstanceType: 'm7i.large' },
        }),
      ),
    );
    const { instances, volumes, networkInterfaces, keyPairs, launchTemplates } = world;
    const tables = [instances, volumes, networkInterfaces, keyPairs, launchTemplates];
    const ids = tables.map((table) => table.all()[0]?.id ?? '');
    const { vpcId, subnets, securityGroup } = network;
    const Resources = [
      ...ids,
      vpcId,
      subnets[0]?.id ?? '',
      securityGroup.id,
      securityGroup.egress[0]?.id ?? '',
    ];
    return {
      Resources,
      sent,
      tags: async (...Filters: Filter[]) => {
        const { Tags = [] } = await sent((ec2) => ec2.send(new DescribeTagsCommand({ Filters })));
        return Tags;
      },
    };
  }

  test('are written, found and removed', async () => {
    const { Resources, sent, tags } = await withEverything();
    const Tags = [
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ];
    await sent((ec2) => ec2.send(new CreateTagsCommand({ Resources, Tags })));
    const found = await tags({ Name: 'key', Values: ['a'] });
    expect(found.map(({ ResourceId }) => ResourceId).toSorted()).toEqual(Resources.toSorted());
    expect(found.map(({ ResourceType }) => ResourceType).toSorted()).toEqual([
      'instance',
      'key-pair',
      'launch-template',
      'network-interface',
      'security-group',
      'security-group-rule',
      'subnet',
      'volume',
      'vpc',
    ]);
    expect(await tags({ Name: 'resource-type', Values: ['vpc'] }, { Name: 'value', Values: ['2'] })).toEqual([
      { Key: 'b', Value: '2', ResourceId: Resources[5], ResourceType: 'vpc' },
    ]);
    await sent((ec2) => ec2.send(new DeleteTagsCommand({ Resources, Tags: [{ Key: 'a' }] })));
    expect(await tags({ Name: 'key', Values: ['a'] })).toEqual([]);
    expect(await tags()).toHaveLength(9);
  });

  test('do not include tags of other accounts, and unknown filters are refused', async () => {
    const { Resources, sent, tags } = await withEverything();
    expect((await refusal(tags({ Name: 'colour', Values: ['blue'] }))).code).toBe('InvalidParameterValue');
    const Tags = [{ Key: 'a', Value: '1' }];
    const unknown = ['eni', 'key', 'lt', 'vpc', 'sgr'].map((prefix) => `${prefix}-0123456789abcdef0`);
    const codes = [];
    for (const id of unknown) {
      const call = sent((ec2) => ec2.send(new CreateTagsCommand({ Resources: [...Resources, id], Tags })));
      codes.push((await refusal(call)).code);
    }
    expect(codes).toEqual([
      'InvalidNetworkInterfaceID.NotFound',
      'InvalidKeyPair.NotFound',
      'InvalidLaunchTemplateId.NotFound',
      'InvalidVpcID.NotFound',
      'InvalidSecurityGroupRuleId.NotFound',
    ]);
    expect(await tags()).toEqual([]);
  });
});

test('a volume is deleted when it is not attached', async () => {
  const { client, run, volumeId, world } = await withVolume();
  const deletion = () => run(client().send(new DeleteVolumeCommand({ VolumeId: volumeId })));
  const instanceId = world.instances.all()[0]?.id;
  expect(await refusal(deletion())).toMatchObject({
    code: 'VolumeInUse',
    message: `Volume ${volumeId} is currently attached to ${instanceId}`,
  });
  const volume = world.volumes.get(volumeId);
  if (volume) world.volumes.put({ ...volume, state: 'available', attachment: undefined }, world.now(), 0);
  await deletion();
  expect(await refusal(deletion())).toMatchObject({
    code: 'InvalidVolume.NotFound',
    message: `The volume '${volumeId}' does not exist.`,
  });
  const gone = run(client().send(new DescribeVolumesCommand({ VolumeIds: [volumeId] })));
  expect((await refusal(gone)).code).toBe('InvalidVolume.NotFound');
});
