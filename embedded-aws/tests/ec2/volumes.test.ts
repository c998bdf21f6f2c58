import {
  AttachVolumeCommand,
  type AttachVolumeCommandInput,
  CreateImageCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  type CreateVolumeCommandInput,
  DeleteVolumeCommand,
  DescribeVolumeAttributeCommand,
  DescribeVolumeStatusCommand,
  DescribeVolumesCommand,
  DescribeVolumesModificationsCommand,
  DetachVolumeCommand,
  type DetachVolumeCommandInput,
  ModifyVolumeAttributeCommand,
  ModifyVolumeCommand,
  type ModifyVolumeCommandInput,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { DisableKeyCommand } from '@aws-sdk/client-kms';
import { describe, expect, test } from 'vitest';
import { CONSUMER, HOME, refusal, simulateEc2 } from '../simulated-ec2.ts';
import { simulateKms } from '../simulated-kms.ts';
import { simulateVolumes } from '../simulated-volumes.ts';

const ZONE = `${HOME}a`;
const unknown = 'vol-00000000000000000';

function simulate() {
  const simulated = simulateEc2();
  const { client, run, pass, world } = simulated;
  const create = (given: Partial<CreateVolumeCommandInput> = {}) =>
    run(client().send(new CreateVolumeCommand({ AvailabilityZone: ZONE, Size: 8, ...given })));
  return {
    ...simulated,
    ...simulateVolumes(simulated),
    create,
    /** Creates a volume and waits until the volume is available. */
    made: async (given: Partial<CreateVolumeCommandInput> = {}) => {
      const { VolumeId = '' } = await create(given);
      await pass(60);
      return VolumeId;
    },
    volume: async (id: string) =>
      (await run(client().send(new DescribeVolumesCommand({ VolumeIds: [id] })))).Volumes?.[0],
    attach: (given: Partial<AttachVolumeCommandInput>) =>
      run(
        client().send(
          new AttachVolumeCommand({
            VolumeId: undefined,
            InstanceId: undefined,
            Device: '/dev/sdf',
            ...given,
          }),
        ),
      ),
    detach: (given: Partial<DetachVolumeCommandInput>) =>
      run(client().send(new DetachVolumeCommand({ VolumeId: undefined, ...given }))),
    modify: (given: Partial<ModifyVolumeCommandInput>) =>
      run(client().send(new ModifyVolumeCommand({ VolumeId: undefined, ...given }))),
    volumeIds: () => world.volumes.all().map(({ id }) => id),
  };
}

describe('a volume', () => {
  test('is created empty, and then available', async () => {
    const { create, volume, pass } = simulate();
    const made = await create({
      TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'a', Value: 'b' }] }],
    });
    expect(made).toMatchObject({
      State: 'creating',
      Size: 8,
      VolumeType: 'gp2',
      Iops: 100,
      AvailabilityZone: ZONE,
      Encrypted: false,
      SnapshotId: '',
      Attachments: [],
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    await pass(60);
    expect((await volume(made.VolumeId ?? ''))?.State).toBe('available');
  });

  test.each([
    [{ VolumeType: 'gp3' }, { Iops: 3000, Throughput: 125 }],
    [
      { VolumeType: 'gp3', Size: 100, Iops: 10_000, Throughput: 1000 },
      { Iops: 10_000, Throughput: 1000 },
    ],
    [
      { VolumeType: 'gp2', Size: 1000 },
      { Iops: 3000, Throughput: undefined },
    ],
    [{ VolumeType: 'io2', Size: 10, Iops: 5000 }, { Iops: 5000 }],
    [{ VolumeType: 'st1', Size: 125 }, { Iops: undefined }],
    [{ AvailabilityZone: undefined, AvailabilityZoneId: 'euw1-az2' }, { AvailabilityZone: `${HOME}b` }],
  ] as [Partial<CreateVolumeCommandInput>, object][])('of %j is %j', async (given, expected) => {
    const { create } = simulate();
    expect(await create(given)).toMatchObject(expected);
  });

  test("from a snapshot has the snapshot's size or more, and its content", async () => {
    const { launched, imageOf, snapshotOf, create, world } = simulate();
    const snapshot = snapshotOf(await imageOf(await launched()));
    const made = await create({ Size: undefined, SnapshotId: snapshot.id });
    expect(made).toMatchObject({ Size: 8, SnapshotId: snapshot.id });
    expect(world.volumes.get(made.VolumeId ?? '')?.disk).toEqual(snapshot.disk);
    expect(await create({ Size: 9, SnapshotId: snapshot.id })).toMatchObject({ Size: 9 });
    expect(await refusal(create({ Size: 7, SnapshotId: snapshot.id }))).toMatchObject({
      code: 'InvalidParameterValue',
      message: `Volume of size 7GB is smaller than snapshot '${snapshot.id}', expect size >= 8GB`,
    });
  });

  test('is the same for a repeated token', async () => {
    const { create, volumeIds } = simulate();
    const { VolumeId } = await create({ ClientToken: 'once' });
    expect((await create({ ClientToken: 'once' })).VolumeId).toBe(VolumeId);
    expect((await refusal(create({ ClientToken: 'once', Size: 9 }))).code).toBe(
      'IdempotentParameterMismatch',
    );
    expect(volumeIds()).toEqual([VolumeId]);
  });

  test.each<[string, Partial<CreateVolumeCommandInput>, string]>([
    ['a missing zone', { AvailabilityZone: undefined }, 'MissingParameter'],
    ['a zone name and a zone id', { AvailabilityZoneId: 'euw1-az1' }, 'InvalidParameterCombination'],
    ['an unknown zone', { AvailabilityZone: `${HOME}z` }, 'InvalidZone.NotFound'],
    ['a missing size', { Size: undefined }, 'MissingParameter'],
    ['a size that is not an integer', { Size: 1.5 }, 'InvalidParameterValue'],
    ['a size of 0', { Size: 0 }, 'InvalidParameterValue'],
    ['a size that is too large', { Size: 16_385 }, 'InvalidParameterValue'],
    ['an unknown type', { VolumeType: 'gp9' as never }, 'UnknownVolumeType'],
    ['a hard disk that is too small', { VolumeType: 'sc1', Size: 100 }, 'InvalidParameterValue'],
    ['gp2 with a speed', { Iops: 3000 }, 'InvalidParameterCombination'],
    ['io1 without a speed', { VolumeType: 'io1' }, 'MissingParameter'],
    ['io1 that is too slow', { VolumeType: 'io1', Iops: 99 }, 'InvalidParameterValue'],
    ['io1 that is too fast for its size', { VolumeType: 'io1', Iops: 401 }, 'InvalidParameterValue'],
    ['gp3 that is too fast', { VolumeType: 'gp3', Size: 1000, Iops: 80_001 }, 'InvalidParameterValue'],
    [
      'gp3 with a throughput that is too low',
      { VolumeType: 'gp3', Throughput: 124 },
      'InvalidParameterValue',
    ],
    [
      'gp3 with a throughput that is too high for its IOPS',
      { VolumeType: 'gp3', Throughput: 751 },
      'InvalidParameterValue',
    ],
    ['gp2 with a throughput', { Throughput: 125 }, 'InvalidParameterCombination'],
    ['an unknown snapshot', { SnapshotId: 'snap-00000000000000000' }, 'InvalidSnapshot.NotFound'],
    ['a key without encryption', { KmsKeyId: 'alias/x' }, 'InvalidParameterDependency'],
    [
      'tags for another resource type',
      { TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'a' }] }] },
      'InvalidParameterValue',
    ],
    ['Multi-Attach', { MultiAttachEnabled: true }, 'NotEmulated'],
    ['DryRun', { DryRun: true }, 'DryRunOperation'],
  ])('is refused: %s', async (_, given, code) => {
    const { create, volumeIds } = simulate();
    expect((await refusal(create(given))).code).toBe(code);
    expect(volumeIds()).toEqual([]);
  });

  test('from an incomplete snapshot, or without its encryption, is refused', async () => {
    const { made, create, client, run, pass } = simulate();
    const VolumeId = await made({ Encrypted: true });
    const { SnapshotId } = await run(client().send(new CreateSnapshotCommand({ VolumeId })));
    expect((await refusal(create({ SnapshotId }))).code).toBe('IncorrectState');
    await pass(4000);
    expect((await refusal(create({ SnapshotId, Encrypted: false }))).code).toBe('InvalidParameterValue');
    expect(await create({ SnapshotId })).toMatchObject({ Encrypted: true });
  });

  test('is deleted when it is not attached, but not while it is being created', async () => {
    const { create, client, run, pass, launched, volumesOf, volumeIds } = simulate();
    const deletion = (VolumeId: string | undefined, given: object = {}) =>
      run(client().send(new DeleteVolumeCommand({ VolumeId, ...given })));
    const { VolumeId } = await create();
    expect((await refusal(deletion(VolumeId))).code).toBe('IncorrectState');
    await pass(60);
    expect((await refusal(deletion(VolumeId, { DryRun: true }))).code).toBe('DryRunOperation');
    await deletion(VolumeId);
    expect((await refusal(deletion(VolumeId))).code).toBe('InvalidVolume.NotFound');
    expect((await refusal(deletion(undefined))).code).toBe('MissingParameter');
    const [root] = await volumesOf(await launched());
    expect((await refusal(deletion(root?.VolumeId))).code).toBe('VolumeInUse');
    expect(volumeIds()).toEqual([root?.VolumeId]);
  });
});

describe('attaching', () => {
  async function withBoth() {
    const simulated = simulate();
    const InstanceId = await simulated.launched();
    const VolumeId = await simulated.made();
    return { ...simulated, InstanceId, VolumeId };
  }

  test('and detaching take time, and leave instance and volume as before', async () => {
    const { attach, detach, volume, instance, pass, InstanceId, VolumeId } = await withBoth();
    const attaching = await attach({ InstanceId, VolumeId });
    expect(attaching).toMatchObject({ State: 'attaching', InstanceId, VolumeId, Device: '/dev/sdf' });
    await pass(60);
    expect(await volume(VolumeId)).toMatchObject({
      State: 'in-use',
      Attachments: [{ State: 'attached', InstanceId, DeleteOnTermination: false }],
    });
    const devices = async () =>
      (await instance(InstanceId))?.BlockDeviceMappings?.map(({ DeviceName }) => DeviceName);
    expect(await devices()).toEqual(['/dev/xvda', '/dev/sdf']);
    expect((await detach({ VolumeId })).State).toBe('detaching');
    expect((await refusal(detach({ VolumeId }))).code).toBe('IncorrectState');
    await pass(90);
    expect(await volume(VolumeId)).toMatchObject({ State: 'available', Attachments: [] });
    expect(await devices()).toEqual(['/dev/xvda']);
    await attach({ InstanceId, VolumeId });
  });

  test('lets the volume outlive its instance', async () => {
    const { attach, client, run, pass, volume, InstanceId, VolumeId, volumeIds } = await withBoth();
    await attach({ InstanceId, VolumeId });
    await pass(60);
    await run(client().send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] })));
    await pass(400);
    expect(volumeIds()).toEqual([VolumeId]);
    expect((await volume(VolumeId))?.State).toBe('available');
  });

  test('works again for the root volume of a stopped instance', async () => {
    const { attach, detach, client, run, pass, volumesOf, InstanceId } = await withBoth();
    const [root] = await volumesOf(InstanceId);
    const VolumeId = root?.VolumeId ?? '';
    expect(await refusal(detach({ VolumeId }))).toMatchObject({
      code: 'OperationNotPermitted',
      message: `Unable to detach root volume '${VolumeId}' from instance '${InstanceId}'`,
    });
    await run(client().send(new StopInstancesCommand({ InstanceIds: [InstanceId] })));
    await pass(400);
    await detach({ VolumeId, InstanceId, Device: '/dev/xvda', Force: true });
    await pass(90);
    await attach({ VolumeId, InstanceId, Device: '/dev/xvda' });
    await pass(60);
    expect(await volumesOf(InstanceId)).toMatchObject([{ VolumeId, State: 'in-use' }]);
  });

  test('is refused', async () => {
    const { attach, made, InstanceId, VolumeId, create, client, run, volume } = await withBoth();
    const elsewhere = await made({ AvailabilityZone: `${HOME}b` });
    const { VolumeId: young } = await create();
    for (const [given, code, message] of [
      [{ VolumeId: young, InstanceId }, 'IncorrectState', /is in the 'creating' state/],
      [{}, 'MissingParameter', /VolumeId/],
      [{ VolumeId }, 'MissingParameter', /InstanceId/],
      [{ VolumeId, InstanceId, Device: undefined }, 'MissingParameter', /Device/],
      [{ VolumeId: unknown, InstanceId }, 'InvalidVolume.NotFound', /does not exist/],
      [{ VolumeId, InstanceId: 'i-00000000000000000' }, 'InvalidInstanceID.NotFound', /does not exist/],
      [
        { VolumeId: elsewhere, InstanceId },
        'InvalidVolume.ZoneMismatch',
        /is not in the same availability zone/,
      ],
      [
        { VolumeId, InstanceId, Device: '/dev/xvda' },
        'InvalidParameterValue',
        /Attachment point \/dev\/xvda is already in use/,
      ],
      [{ VolumeId, InstanceId, Device: 'disk' }, 'InvalidParameterValue', /is not a valid EBS device name/],
      [{ VolumeId, InstanceId, DryRun: true }, 'DryRunOperation', /would have succeeded/],
    ] as const) {
      const refused = await refusal(attach(given));
      expect(refused.code).toBe(code);
      expect(refused.message).toMatch(message);
    }
    expect((await volume(VolumeId))?.State).toBe('available');
    await attach({ VolumeId, InstanceId });
    expect(await refusal(attach({ VolumeId, InstanceId, Device: '/dev/sdg' }))).toMatchObject({
      code: 'VolumeInUse',
      message: `${VolumeId} is already attached to an instance`,
    });
    await run(client().send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] })));
    expect(await refusal(attach({ VolumeId: elsewhere, InstanceId }))).toMatchObject({
      code: 'IncorrectState',
      message: `Instance '${InstanceId}' is not 'running'.`,
    });
  });

  test("is undone when the volume's key cannot be used", async () => {
    const simulated = await withBoth();
    const { attach, made, run, pass, volume, InstanceId } = simulated;
    const kms = simulateKms(simulated);
    const KmsKeyId = await kms.key();
    const VolumeId = await made({ Encrypted: true, KmsKeyId });
    await run(kms.client().send(new DisableKeyCommand({ KeyId: KmsKeyId })));
    await attach({ VolumeId, InstanceId });
    await pass(60);
    expect(await volume(VolumeId)).toMatchObject({ State: 'available', Attachments: [] });
  });

  test('is not undone by a request that names another instance', async () => {
    const { attach, detach, InstanceId, VolumeId } = await withBoth();
    expect((await refusal(detach({ VolumeId }))).message).toBe(
      `Volume '${VolumeId}' is in the 'available' state.`,
    );
    await attach({ InstanceId, VolumeId });
    const other = detach({ VolumeId, InstanceId: 'i-00000000000000000' });
    expect((await refusal(other)).code).toBe('InvalidAttachment.NotFound');
    expect((await refusal(detach({ VolumeId, Device: '/dev/sdg' }))).code).toBe('InvalidAttachment.NotFound');
    expect((await refusal(detach({ VolumeId, DryRun: true }))).code).toBe('DryRunOperation');
    expect((await refusal(detach({}))).code).toBe('MissingParameter');
  });
});

describe('a modification', () => {
  test('is modifying, optimizing, completed, and shows its progress', async () => {
    const { made, modify, volume, client, run, pass } = simulate();
    const VolumeId = await made();
    const { VolumeModification } = await modify({ VolumeId, Size: 20, VolumeType: 'gp3' });
    expect(VolumeModification).toMatchObject({
      ModificationState: 'modifying',
      OriginalSize: 8,
      OriginalVolumeType: 'gp2',
      TargetSize: 20,
      TargetVolumeType: 'gp3',
      TargetIops: 3000,
      TargetThroughput: 125,
      Progress: 0,
    });
    expect((await volume(VolumeId))?.Size).toBe(8);
    const modification = async () =>
      (await run(client().send(new DescribeVolumesModificationsCommand({ VolumeIds: [VolumeId] }))))
        .VolumesModifications?.[0];
    await pass(121);
    expect((await modification())?.ModificationState).toBe('optimizing');
    expect(await volume(VolumeId)).toMatchObject({
      Size: 20,
      VolumeType: 'gp3',
      Iops: 3000,
      Throughput: 125,
    });
    await pass(43_300);
    expect(await modification()).toMatchObject({ ModificationState: 'completed', Progress: 100 });
    await modify({ VolumeId, Throughput: 250 });
    expect((await modification())?.TargetSize).toBe(20);
  });

  test('must wait for six hours', async () => {
    const { made, modify, pass } = simulate();
    const VolumeId = await made();
    await modify({ VolumeId, Size: 9 });
    await pass(5 * 3600);
    expect((await refusal(modify({ VolumeId, Size: 10 }))).code).toBe('VolumeModificationRateExceeded');
  });

  test.each<[string, Partial<ModifyVolumeCommandInput>, string]>([
    ['a missing volume id', { VolumeId: undefined }, 'MissingParameter'],
    ['an unknown volume', { VolumeId: unknown, Size: 9 }, 'InvalidVolume.NotFound'],
    ['no change', {}, 'InvalidParameterValue'],
    ['a smaller size', { Size: 7 }, 'InvalidParameterValue'],
    ['an unknown type', { VolumeType: 'gp9' as never }, 'UnknownVolumeType'],
    ['a hard disk that is too small', { VolumeType: 'st1' }, 'InvalidParameterValue'],
    ['gp2 with a speed', { Iops: 3000 }, 'InvalidParameterCombination'],
    ['Multi-Attach', { Size: 9, MultiAttachEnabled: true }, 'NotEmulated'],
    ['DryRun', { Size: 9, DryRun: true }, 'DryRunOperation'],
  ])('is refused: %s', async (_, given, code) => {
    const { made, modify, world } = simulate();
    const VolumeId = await made();
    expect((await refusal(modify({ VolumeId, ...given }))).code).toBe(code);
    expect(world.volumes.get(VolumeId)?.modification).toBeUndefined();
  });

  test('is not found by the volume id if there is none, and filters return no error', async () => {
    const { made, modify, client, run } = simulate();
    const VolumeId = await made();
    const other = await made();
    await modify({ VolumeId, Size: 9 });
    const described = (given: object) => run(client().send(new DescribeVolumesModificationsCommand(given)));
    expect(await refusal(described({ VolumeIds: [other] }))).toMatchObject({
      code: 'InvalidVolumeModification.NotFound',
      message: `Modification for volume '${other}' does not exist.`,
    });
    const Filters = [{ Name: 'target-size', Values: ['9'] }];
    expect((await described({ Filters })).VolumesModifications).toMatchObject([{ VolumeId }]);
    expect(
      (await described({ Filters: [{ Name: 'original-size', Values: ['9'] }] })).VolumesModifications,
    ).toEqual([]);
  });
});

describe('volumes are described', () => {
  test('by filters, and only for their owner', async () => {
    const { made, client, run } = simulate();
    const one = await made({ Size: 1, VolumeType: 'gp3' });
    const two = await made({ Size: 2, AvailabilityZone: `${HOME}b` });
    const found = async (Name: string, ...Values: string[]) =>
      (await run(client().send(new DescribeVolumesCommand({ Filters: [{ Name, Values }] })))).Volumes?.map(
        ({ VolumeId }) => VolumeId,
      );
    expect(await found('volume-type', 'gp3')).toEqual([one]);
    expect(await found('availability-zone-id', 'euw1-az2')).toEqual([two]);
    expect(await found('status', 'available')).toEqual([one, two]);
    expect(await found('attachment.status', 'attached')).toEqual([]);
    expect(await found('multi-attach-enabled', 'false')).toEqual([one, two]);
    const others = client({ account: CONSUMER });
    expect((await run(others.send(new DescribeVolumesCommand({})))).Volumes).toEqual([]);
    // The aws CLI sends this page size automatically, also for snapshots.
    expect((await run(client().send(new DescribeVolumesCommand({ MaxResults: 1000 })))).Volumes).toHaveLength(
      2,
    );
    const tooMany = run(client().send(new DescribeVolumesCommand({ MaxResults: 1001 })));
    expect((await refusal(tooMany)).code).toBe('InvalidParameterValue');
    const theirs = others.send(new DescribeVolumesCommand({ VolumeIds: [one] }));
    expect((await refusal(run(theirs))).code).toBe('InvalidVolume.NotFound');
  });

  test('with their status and attribute', async () => {
    const { create, pass, client, run } = simulate();
    const { VolumeId = '' } = await create();
    const status = async (given: object = {}) =>
      (await run(client().send(new DescribeVolumeStatusCommand(given)))).VolumeStatuses;
    expect(await status()).toMatchObject([{ VolumeId, VolumeStatus: { Status: 'insufficient-data' } }]);
    await pass(60);
    expect(await status({ VolumeIds: [VolumeId] })).toMatchObject([{ VolumeStatus: { Status: 'ok' } }]);
    expect(await status({ Filters: [{ Name: 'volume-status.status', Values: ['impaired'] }] })).toEqual([]);
    expect((await refusal(status({ VolumeIds: [unknown] }))).code).toBe('InvalidVolume.NotFound');
    const attribute = async (Attribute: 'autoEnableIO' | 'productCodes' | undefined) =>
      run(client().send(new DescribeVolumeAttributeCommand({ VolumeId, Attribute })));
    expect((await attribute('autoEnableIO')).AutoEnableIO).toEqual({ Value: false });
    const modified = new ModifyVolumeAttributeCommand({ VolumeId, AutoEnableIO: { Value: true } });
    await run(client().send(modified));
    expect((await attribute('autoEnableIO')).AutoEnableIO).toEqual({ Value: true });
    expect((await attribute('productCodes')).ProductCodes).toEqual([]);
    expect((await refusal(attribute(undefined))).code).toBe('MissingParameter');
    const nothing = run(client().send(new ModifyVolumeAttributeCommand({ VolumeId })));
    expect((await refusal(nothing)).code).toBe('MissingParameter');
  });
});

describe('an image of an instance', () => {
  async function withInstance() {
    const simulated = simulate();
    const InstanceId = await simulated.launched();
    await simulated.run(simulated.client().send(new StopInstancesCommand({ InstanceIds: [InstanceId] })));
    await simulated.pass(400);
    const create = async (BlockDeviceMappings: object[]) => {
      const request = new CreateImageCommand({ InstanceId, Name: 'golden', BlockDeviceMappings });
      const { ImageId = '' } = await simulated.run(simulated.client().send(request));
      return simulated.world.images.get(ImageId)?.blockDeviceMappings;
    };
    return { ...simulated, image: create };
  }

  test('can have more devices than its instance', async () => {
    const { image, made, client, run, pass } = await withInstance();
    const { SnapshotId } = await run(
      client().send(new CreateSnapshotCommand({ VolumeId: await made({ Size: 3 }) })),
    );
    await pass(4000);
    const mappings = await image([
      { DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: false, VolumeSize: 8, VolumeType: 'gp3' } },
      { DeviceName: '/dev/sdb', Ebs: { VolumeSize: 10, VolumeType: 'gp3', Encrypted: true } },
      { DeviceName: '/dev/sdc', Ebs: { SnapshotId, DeleteOnTermination: false } },
      { DeviceName: '/dev/sdd', VirtualName: 'ephemeral0' },
    ]);
    expect(mappings).toMatchObject([
      { DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: false, VolumeSize: 8 } },
      {
        DeviceName: '/dev/sdb',
        Ebs: { VolumeSize: 10, Iops: 3000, Encrypted: true, DeleteOnTermination: true },
      },
      { DeviceName: '/dev/sdc', Ebs: { SnapshotId, VolumeSize: 3, VolumeType: 'gp2', Encrypted: false } },
      { DeviceName: '/dev/sdd', VirtualName: 'ephemeral0' },
    ]);
    expect(mappings?.[1]?.Ebs).not.toHaveProperty('SnapshotId');
  });

  test.each([
    ['another size', { DeviceName: '/dev/xvda', Ebs: { VolumeSize: 9 } }],
    ['another type', { DeviceName: '/dev/xvda', Ebs: { VolumeType: 'io2' } }],
    ['another snapshot', { DeviceName: '/dev/xvda', Ebs: { SnapshotId: 'snap-00000000000000000' } }],
    ['another encryption', { DeviceName: '/dev/xvda', Ebs: { Encrypted: true } }],
    ['a device without content', { DeviceName: '/dev/sdb' }],
    ['no root device', { DeviceName: '/dev/xvda', NoDevice: '' }],
    ['a device that does not exist left out', { DeviceName: '/dev/sdx', NoDevice: '' }],
  ])('cannot have %s', async (_, mapping) => {
    const { image, world } = await withInstance();
    expect((await refusal(image([mapping]))).code).toBe('InvalidBlockDeviceMapping');
    expect(world.images.all().some(({ name }) => name === 'golden')).toBe(false);
  });
});
