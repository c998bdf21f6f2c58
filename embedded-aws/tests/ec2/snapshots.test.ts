import {
  CopySnapshotCommand,
  type CopySnapshotCommandInput,
  CreateSnapshotCommand,
  type CreateSnapshotCommandInput,
  CreateSnapshotsCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  type DescribeSnapshotsCommandInput,
  DisableImageCommand,
  DisableSnapshotBlockPublicAccessCommand,
  EnableSnapshotBlockPublicAccessCommand,
  GetSnapshotBlockPublicAccessStateCommand,
  ModifySnapshotAttributeCommand,
  type ModifySnapshotAttributeCommandInput,
  ResetSnapshotAttributeCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { CONSUMER, FAR, HOME, OWNER, refusal, simulateEc2 } from '../simulated-ec2.ts';
import { simulateKms } from '../simulated-kms.ts';
import { simulateVolumes } from '../simulated-volumes.ts';

function simulate() {
  const simulated = simulateEc2();
  const { client, run, pass } = simulated;
  const volumes = simulateVolumes(simulated);
  const volume = async (given: object = { Size: 8 }) => {
    const request = new CreateVolumeCommand({ AvailabilityZone: `${HOME}a`, ...given });
    const { VolumeId = '' } = await run(client().send(request));
    await pass(60);
    return VolumeId;
  };
  const begin = (given: Partial<CreateSnapshotCommandInput>) =>
    run(client().send(new CreateSnapshotCommand({ VolumeId: undefined, ...given })));
  return {
    ...simulated,
    ...volumes,
    volume,
    begin,
    /** Creates a volume and returns its completed snapshot. */
    taken: async (given: object = { Size: 8 }, wanted: Partial<CreateSnapshotCommandInput> = {}) => {
      const { SnapshotId = '' } = await begin({ VolumeId: await volume(given), ...wanted });
      await pass(4000);
      return SnapshotId;
    },
    described: async (given: DescribeSnapshotsCommandInput = {}, from = {}) =>
      (await run(client(from).send(new DescribeSnapshotsCommand(given)))).Snapshots ?? [],
  };
}

const unknown = 'snap-00000000000000000';

describe('a snapshot', () => {
  test('of a volume is pending, makes progress, and completes', async () => {
    const { begin, volume, snapshot, pass } = simulate();
    const VolumeId = await volume({ Size: 20 });
    const begun = await begin({
      VolumeId,
      Description: 'by hand',
      TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'kind', Value: 'test' }] }],
    });
    expect(begun).toMatchObject({
      VolumeId,
      VolumeSize: 20,
      State: 'pending',
      Progress: '',
      Description: 'by hand',
      OwnerId: OWNER,
      Encrypted: false,
      Tags: [{ Key: 'kind', Value: 'test' }],
    });
    const progress = async () =>
      Number.parseInt((await snapshot(begun.SnapshotId ?? ''))?.Progress ?? '', 10);
    const early = await progress();
    await pass(25);
    const later = await progress();
    expect(later).toBeGreaterThan(early);
    expect(later).toBeLessThan(100);
    await pass(4000);
    const done = await snapshot(begun.SnapshotId ?? '');
    expect(done).toMatchObject({ State: 'completed', Progress: '100%' });
    expect(done?.CompletionTime?.getTime()).toBeGreaterThan(done?.StartTime?.getTime() ?? 0);
  });

  test('is refused within 15 seconds after another snapshot, and allowed later', async () => {
    const { begin, volume, pass, world } = simulate();
    const VolumeId = await volume();
    await begin({ VolumeId });
    expect((await refusal(begin({ VolumeId }))).code).toBe('SnapshotCreationPerVolumeRateExceeded');
    await pass(15);
    await begin({ VolumeId });
    expect(world.snapshots.all().filter(({ volumeId }) => volumeId === VolumeId)).toHaveLength(2);
  });

  test('of a hard disk must be the only pending snapshot', async () => {
    const { begin, volume, pass } = simulate();
    const VolumeId = await volume({ Size: 500, VolumeType: 'st1' });
    await begin({ VolumeId });
    await pass(15);
    expect((await refusal(begin({ VolumeId }))).code).toBe('ConcurrentSnapshotLimitExceeded');
  });

  test.each<[string, Partial<CreateSnapshotCommandInput>, string]>([
    ['a missing volume id', { VolumeId: undefined }, 'MissingParameter'],
    ['a malformed volume id', { VolumeId: 'x' }, 'InvalidVolumeID.Malformed'],
    ['an unknown volume', { VolumeId: 'vol-00000000000000000' }, 'InvalidVolume.NotFound'],
    ['a long description', { Description: 'x'.repeat(256) }, 'InvalidParameterValue'],
    [
      'tags for another resource type',
      { TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'a' }] }] },
      'InvalidParameterValue',
    ],
    ['DryRun', { DryRun: true }, 'DryRunOperation'],
    ['a snapshot in a Local Zone', { Location: 'local' }, 'NotEmulated'],
  ])('is refused: %s', async (_, given, code) => {
    const { begin, volume, world } = simulate();
    const before = world.snapshots.all().length;
    expect((await refusal(begin({ VolumeId: await volume(), ...given }))).code).toBe(code);
    expect(world.snapshots.all()).toHaveLength(before);
  });

  test('of a volume that is being created is refused', async () => {
    const { client, run, begin } = simulate();
    const request = new CreateVolumeCommand({ AvailabilityZone: `${HOME}a`, Size: 1 });
    const { VolumeId } = await run(client().send(request));
    expect(await refusal(begin({ VolumeId }))).toMatchObject({
      code: 'IncorrectState',
      message: `Volume '${VolumeId}' is in the 'creating' state.`,
    });
  });
});

describe('snapshots of an instance', () => {
  async function withInstance() {
    const simulated = simulate();
    const InstanceId = await simulated.launched({
      BlockDeviceMappings: [
        { DeviceName: '/dev/sdf', Ebs: { VolumeSize: 1 } },
        { DeviceName: '/dev/sdg', Ebs: { VolumeSize: 2 } },
      ],
      TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'of', Value: 'volume' }] }],
    });
    const take = async (specification: object = {}, given: object = {}) => {
      const request = new CreateSnapshotsCommand({
        InstanceSpecification: { InstanceId, ...specification },
        ...given,
      });
      return (await simulated.run(simulated.client().send(request))).Snapshots ?? [];
    };
    return { ...simulated, InstanceId, take };
  }

  test('include all its volumes, with their tags if requested', async () => {
    const { take, pass, described } = await withInstance();
    const snapshots = await take(
      {},
      {
        CopyTagsFromSource: 'volume',
        Description: 'all',
        TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'own', Value: '1' }] }],
      },
    );
    expect(snapshots.map(({ VolumeSize }) => VolumeSize)).toEqual([8, 1, 2]);
    for (const snapshot of snapshots) {
      expect(snapshot).toMatchObject({
        State: 'pending',
        Description: 'all',
        Tags: [
          { Key: 'of', Value: 'volume' },
          { Key: 'own', Value: '1' },
        ],
      });
    }
    await pass(4000);
    expect((await described({ OwnerIds: ['self'] })).map(({ State }) => State)).toEqual([
      'completed',
      'completed',
      'completed',
    ]);
  });

  test('omit excluded volumes', async () => {
    const { take, volumesOf, InstanceId } = await withInstance();
    const [, one, two] = await volumesOf(InstanceId);
    expect(await take({ ExcludeBootVolume: true, ExcludeDataVolumeIds: [one?.VolumeId] })).toMatchObject([
      { VolumeId: two?.VolumeId, Tags: [] },
    ]);
  });

  test('are refused as a whole', async () => {
    const { take, volumesOf, InstanceId, world } = await withInstance();
    const before = world.snapshots.all().length;
    const [boot, one, two] = (await volumesOf(InstanceId)).map(({ VolumeId }) => VolumeId);
    for (const [specification, code] of [
      [{ InstanceId: undefined }, 'MissingParameter'],
      [{ InstanceId: 'i-00000000000000000' }, 'InvalidInstanceID.NotFound'],
      [{ ExcludeDataVolumeIds: [boot] }, 'InvalidParameterValue'],
      [{ ExcludeBootVolume: true, ExcludeDataVolumeIds: [one, two] }, 'InvalidParameterValue'],
    ] as const) {
      expect((await refusal(take(specification))).code).toBe(code);
    }
    expect((await refusal(take({}, { CopyTagsFromSource: 'instance' }))).code).toBe('InvalidParameterValue');
    expect(world.snapshots.all()).toHaveLength(before);
  });
});

describe('a copy of a snapshot', () => {
  async function withSnapshot() {
    const simulated = simulate();
    const SourceSnapshotId = await simulated.taken({ Size: 8 });
    const copy = (given: Partial<CopySnapshotCommandInput> = {}, from: object = {}) =>
      simulated.run(
        simulated
          .client({ region: FAR, ...from })
          .send(new CopySnapshotCommand({ SourceRegion: HOME, SourceSnapshotId, ...given })),
      );
    return { ...simulated, SourceSnapshotId, copy };
  }

  test('is created in the called region, and does not depend on its source', async () => {
    const { copy, client, run, snapshot, pass, SourceSnapshotId } = await withSnapshot();
    const { SnapshotId = '', Tags } = await copy({
      TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'kind', Value: 'copy' }] }],
      // Clients add these parameters automatically.
      DestinationRegion: FAR,
      PresignedUrl: 'https://ec2.eu-west-1.amazonaws.com/?Action=CopySnapshot',
    });
    expect(Tags).toEqual([{ Key: 'kind', Value: 'copy' }]);
    expect(await snapshot(SnapshotId, { region: FAR })).toMatchObject({
      State: 'pending',
      VolumeId: 'vol-ffffffff',
      Description: `[Copied ${SourceSnapshotId} from ${HOME}]`,
      TransferType: 'standard',
    });
    await run(client().send(new DeleteSnapshotCommand({ SnapshotId: SourceSnapshotId })));
    await pass(4000);
    expect((await snapshot(SnapshotId, { region: FAR }))?.State).toBe('completed');
  });

  test('is ready within the requested time', async () => {
    const { copy, snapshot, pass } = await withSnapshot();
    const { SnapshotId = '' } = await copy({ CompletionDurationMinutes: 15, Description: 'soon' });
    const from = { region: FAR };
    expect(await snapshot(SnapshotId, from)).toMatchObject({
      TransferType: 'time-based',
      CompletionDurationMinutes: 15,
      Description: 'soon',
    });
    await pass(900);
    expect((await snapshot(SnapshotId, from))?.State).toBe('completed');
  });

  test.each<[string, Partial<CopySnapshotCommandInput>, string]>([
    ['a missing snapshot id', { SourceSnapshotId: undefined }, 'MissingParameter'],
    ['a missing source region', { SourceRegion: undefined }, 'MissingParameter'],
    ['an unknown source region', { SourceRegion: 'eu-west-9' }, 'InvalidParameterValue'],
    ['a source region without the snapshot', { SourceRegion: 'us-west-2' }, 'InvalidSnapshot.NotFound'],
    ['a malformed snapshot id', { SourceSnapshotId: 'x' }, 'InvalidSnapshotID.Malformed'],
    ['an unknown snapshot', { SourceSnapshotId: unknown }, 'InvalidSnapshot.NotFound'],
    ['a key without encryption', { KmsKeyId: 'alias/x' }, 'InvalidParameterDependency'],
    ['an invalid completion time', { CompletionDurationMinutes: 10 }, 'InvalidParameterValue'],
    ['DryRun', { DryRun: true }, 'DryRunOperation'],
    ['an Outpost', { DestinationOutpostArn: 'arn' }, 'NotEmulated'],
  ])('is refused: %s', async (_, given, code) => {
    const { copy, world } = await withSnapshot();
    const before = world.snapshots.all().length;
    expect((await refusal(copy(given))).code).toBe(code);
    expect(world.snapshots.all()).toHaveLength(before);
  });

  test("of an incomplete snapshot, or without the source's encryption, is refused", async () => {
    const { copy, begin, volume, taken } = await withSnapshot();
    const { SnapshotId } = await begin({ VolumeId: await volume() });
    expect(await refusal(copy({ SourceSnapshotId: SnapshotId }))).toMatchObject({
      code: 'IncorrectState',
      message: `Snapshot '${SnapshotId}' is not 'completed'.`,
    });
    const encrypted = await taken({ Size: 1, Encrypted: true });
    expect((await refusal(copy({ SourceSnapshotId: encrypted, Encrypted: false }))).code).toBe(
      'InvalidRequest',
    );
  });

  test('is refused when 20 copies are pending in a region', async () => {
    const { copy } = await withSnapshot();
    for (let turn = 0; turn < 20; turn++) await copy();
    expect(await refusal(copy())).toMatchObject({
      code: 'ResourceLimitExceeded',
      message: 'Too many snapshot copies in progress. The limit is 20 for this destination region.',
    });
    await copy({}, { region: 'us-east-2' });
  });

  test('can be made by an account that the snapshot is shared with', async () => {
    const { copy, client, run, SourceSnapshotId } = await withSnapshot();
    const consumer = { account: CONSUMER };
    expect((await refusal(copy({}, consumer))).code).toBe('InvalidSnapshot.NotFound');
    await run(
      client().send(
        new ModifySnapshotAttributeCommand({
          SnapshotId: SourceSnapshotId,
          CreateVolumePermission: { Add: [{ UserId: CONSUMER }] },
        }),
      ),
    );
    expect((await copy({}, consumer)).SnapshotId).toMatch(/^snap-/);
  });
});

describe('sharing a snapshot', () => {
  async function withSnapshot() {
    const simulated = simulate();
    const SnapshotId = await simulated.taken(
      { Size: 8 },
      {
        TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'secret', Value: 'yes' }] }],
      },
    );
    const modify = (given: Partial<ModifySnapshotAttributeCommandInput>, account = OWNER) =>
      simulated.run(
        simulated.client({ account }).send(new ModifySnapshotAttributeCommand({ SnapshotId, ...given })),
      );
    const permissions = async () => {
      const request = new DescribeSnapshotAttributeCommand({
        SnapshotId,
        Attribute: 'createVolumePermission',
      });
      return (await simulated.run(simulated.client().send(request))).CreateVolumePermissions;
    };
    return { ...simulated, SnapshotId, modify, permissions };
  }

  const toConsumer = { CreateVolumePermission: { Add: [{ UserId: CONSUMER }] } };

  test('shows the snapshot to another account without tags, until the permission is removed', async () => {
    const { modify, permissions, described, SnapshotId, client, run } = await withSnapshot();
    const consumer = { account: CONSUMER };
    const seen = () => described({ OwnerIds: [OWNER] }, consumer);
    expect(await seen()).toEqual([]);
    for (let turn = 0; turn < 2; turn++) await modify(toConsumer);
    expect(await permissions()).toEqual([{ UserId: CONSUMER }]);
    const [shown, second] = await seen();
    expect(shown).toMatchObject({ SnapshotId, OwnerId: OWNER });
    expect(shown?.Tags).toBeUndefined();
    expect(second).toBeUndefined();
    const restorable = (user: string, from: object) =>
      described({ RestorableByUserIds: [user], OwnerIds: [OWNER] }, from);
    expect(await restorable('self', consumer)).toHaveLength(1);
    expect(await restorable(CONSUMER, {})).toHaveLength(1);
    expect(await restorable('444455556666', {})).toHaveLength(0);
    const theirs = { SnapshotId, DryRun: false };
    const deletion = run(client(consumer).send(new DeleteSnapshotCommand(theirs)));
    expect((await refusal(deletion)).code).toBe('AuthFailure');
    for (let turn = 0; turn < 2; turn++) {
      await modify({ CreateVolumePermission: { Remove: [{ UserId: CONSUMER }] } });
    }
    expect(await seen()).toEqual([]);
  });

  test('works in the flat form of older clients, and in both forms if they agree', async () => {
    const { modify, permissions } = await withSnapshot();
    const flat = { Attribute: 'createVolumePermission' as const, UserIds: [CONSUMER] };
    await modify({ ...flat, OperationType: 'add' });
    expect(await permissions()).toEqual([{ UserId: CONSUMER }]);
    await modify({ ...flat, OperationType: 'remove' });
    expect(await permissions()).toEqual([]);
    await modify({ ...flat, ...toConsumer });
    expect(await permissions()).toEqual([{ UserId: CONSUMER }]);
    const other = modify({ UserIds: ['444455556666'], ...toConsumer });
    expect((await refusal(other)).code).toBe('NotEmulated');
    expect((await refusal(modify(flat))).code).toBe('MissingParameter');
  });

  test('accepts the attribute name in another case when its own field is present', async () => {
    const { modify, permissions } = await withSnapshot();
    const Attribute = 'CreateVolumePermission' as 'createVolumePermission';
    await modify({ Attribute, ...toConsumer });
    expect(await permissions()).toEqual([{ UserId: CONSUMER }]);
  });

  test('with all accounts makes it public, unless public access is blocked', async () => {
    const { modify, permissions, described, client, run } = await withSnapshot();
    const strangers = { account: '444455556666' };
    const seen = () => described({ OwnerIds: [OWNER] }, strangers);
    const state = async () =>
      (await run(client().send(new GetSnapshotBlockPublicAccessStateCommand({})))).State;
    const block = (State: 'block-all-sharing' | 'block-new-sharing') =>
      run(client().send(new EnableSnapshotBlockPublicAccessCommand({ State })));
    expect(await state()).toBe('unblocked');
    await modify({ CreateVolumePermission: { Add: [{ Group: 'all' }] } });
    expect(await permissions()).toEqual([{ Group: 'all' }]);
    expect(await seen()).toHaveLength(1);
    expect(await described({ RestorableByUserIds: ['all'], OwnerIds: ['self'] })).toHaveLength(1);
    await block('block-new-sharing');
    expect(await seen()).toHaveLength(1);
    const publish = modify({ OperationType: 'add', GroupNames: ['all'] });
    expect((await refusal(publish)).code).toBe('OperationNotPermitted');
    await block('block-all-sharing');
    expect(await state()).toBe('block-all-sharing');
    expect(await seen()).toHaveLength(0);
    await run(client().send(new DisableSnapshotBlockPublicAccessCommand({})));
    expect(await seen()).toHaveLength(1);
    const nonsense = new EnableSnapshotBlockPublicAccessCommand({ State: 'unblocked' });
    expect((await refusal(run(client().send(nonsense)))).code).toBe('InvalidParameterValue');
    const missing = new EnableSnapshotBlockPublicAccessCommand({ State: undefined });
    expect((await refusal(run(client().send(missing)))).code).toBe('MissingParameter');
  });

  test('ends for all accounts after a reset', async () => {
    const { modify, permissions, client, run, SnapshotId } = await withSnapshot();
    const Attribute = 'createVolumePermission' as const;
    await modify(toConsumer);
    await modify({ CreateVolumePermission: { Add: [{ Group: 'all' }] } });
    for (let turn = 0; turn < 2; turn++) {
      await run(client().send(new ResetSnapshotAttributeCommand({ SnapshotId, Attribute })));
      expect(await permissions()).toEqual([]);
    }
    const codes = new ResetSnapshotAttributeCommand({ SnapshotId, Attribute: 'productCodes' });
    expect((await refusal(run(client().send(codes)))).code).toBe('InvalidParameterValue');
  });

  test.each<[string, Partial<ModifySnapshotAttributeCommandInput>, string]>([
    ['a missing snapshot id', { SnapshotId: undefined, ...toConsumer }, 'MissingParameter'],
    ['an unknown snapshot', { SnapshotId: unknown, ...toConsumer }, 'InvalidSnapshot.NotFound'],
    ['no accounts', {}, 'InvalidParameterCombination'],
    ['an empty list', { CreateVolumePermission: { Add: [] } }, 'InvalidParameterCombination'],
    ['an empty item', { CreateVolumePermission: { Add: [{}] } }, 'InvalidParameterCombination'],
    [
      'adding and removing in one call',
      { CreateVolumePermission: { Add: [{ UserId: CONSUMER }], Remove: [{ UserId: OWNER }] } },
      'InvalidParameterCombination',
    ],
    [
      'an invalid account id',
      { CreateVolumePermission: { Add: [{ UserId: '1' }] } },
      'InvalidParameterValue',
    ],
    [
      'an unknown group',
      { CreateVolumePermission: { Add: [{ Group: 'some' as 'all' }] } },
      'InvalidParameterValue',
    ],
    ['another attribute', { Attribute: 'productCodes', ...toConsumer }, 'InvalidParameterValue'],
    ['an unknown attribute', { Attribute: 'x' as never, ...toConsumer }, 'InvalidParameterValue'],
    [
      '501 accounts',
      {
        CreateVolumePermission: {
          Add: Array.from({ length: 501 }, (_, i) => ({ UserId: `${100_000_000_000 + i}` })),
        },
      },
      'InvalidParameterValue',
    ],
    ['DryRun', { DryRun: true, ...toConsumer }, 'DryRunOperation'],
  ])('is refused: %s', async (_, given, code) => {
    const { modify, permissions } = await withSnapshot();
    expect((await refusal(modify(given))).code).toBe(code);
    expect(await permissions()).toEqual([]);
  });

  test('is allowed only for the owner', async () => {
    const { modify, client, run, SnapshotId } = await withSnapshot();
    expect((await refusal(modify(toConsumer, CONSUMER))).code).toBe('InvalidSnapshot.NotFound');
    await modify(toConsumer);
    expect((await refusal(modify(toConsumer, CONSUMER))).code).toBe('AuthFailure');
    const look = new DescribeSnapshotAttributeCommand({ SnapshotId, Attribute: 'productCodes' });
    expect((await refusal(run(client({ account: CONSUMER }).send(look)))).code).toBe('AuthFailure');
    expect((await run(client().send(look))).ProductCodes).toEqual([]);
  });

  test('of an encrypted snapshot requires a customer managed key, and cannot be public', async () => {
    const simulated = await withSnapshot();
    const { taken, modify } = simulated;
    const managed = await taken({ Size: 1, Encrypted: true });
    expect(await refusal(modify({ SnapshotId: managed, ...toConsumer }))).toMatchObject({
      code: 'OperationNotPermitted',
      message: 'Encrypted snapshots with EBS default key cannot be shared',
    });
    const KmsKeyId = await simulateKms(simulated).key();
    const own = await taken({ Size: 1, Encrypted: true, KmsKeyId });
    await modify({ SnapshotId: own, ...toConsumer });
    const all = modify({ SnapshotId: own, CreateVolumePermission: { Add: [{ Group: 'all' }] } });
    expect((await refusal(all)).code).toBe('OperationNotPermitted');
  });
});

describe('snapshots are found', () => {
  test('by owner, alias and filters, and on pages', async () => {
    const { taken, described, client, run } = simulate();
    const ids = [
      await taken({ Size: 1 }),
      await taken({ Size: 2 }),
      await taken({ Size: 3, Encrypted: true }),
    ];
    const found = async (Name: string, ...Values: string[]) =>
      (await described({ OwnerIds: ['self'], Filters: [{ Name, Values }] })).map(
        ({ SnapshotId }) => SnapshotId,
      );
    expect(await found('volume-size', '2')).toEqual([ids[1]]);
    expect(await found('encrypted', 'true')).toEqual([ids[2]]);
    expect(await found('status', 'completed')).toEqual(ids);
    expect(await found('progress', '100%')).toEqual(ids);
    expect(await found('storage-tier', 'archive')).toEqual([]);
    expect(await found('owner-alias', 'amazon')).toEqual([]);
    const vendors = await described({ OwnerIds: ['amazon'] });
    expect(vendors.length).toBeGreaterThan(0);
    expect(vendors.every(({ OwnerAlias }) => OwnerAlias === 'amazon')).toBe(true);
    expect(await described({ SnapshotIds: [ids[0] as string, ids[0] as string] })).toHaveLength(1);
    const all = (await described()).length;
    expect(all).toBeGreaterThan(vendors.length);
    let pages = 0;
    let NextToken: string | undefined;
    let count = 0;
    do {
      const page = await run(client().send(new DescribeSnapshotsCommand({ MaxResults: 5, NextToken })));
      count += page.Snapshots?.length ?? 0;
      NextToken = page.NextToken;
      pages++;
    } while (NextToken !== undefined);
    expect(count).toBe(all);
    expect(pages).toBe(Math.ceil(all / 5));
  });

  test.each<[string, DescribeSnapshotsCommandInput, string]>([
    ['by a malformed id', { SnapshotIds: ['x'] }, 'InvalidSnapshotID.Malformed'],
    ['by an unknown id', { SnapshotIds: [unknown] }, 'InvalidSnapshot.NotFound'],
    ['by an invalid owner', { OwnerIds: ['me'] }, 'InvalidParameterValue'],
    ['by an invalid user', { RestorableByUserIds: ['me'] }, 'InvalidParameterValue'],
    ['by an unknown filter', { Filters: [{ Name: 'x', Values: ['y'] }] }, 'InvalidParameterValue'],
    ['with a page size that is too small', { MaxResults: 4 }, 'InvalidParameterValue'],
    ['by ids with a page size', { MaxResults: 5, SnapshotIds: [unknown] }, 'InvalidParameterCombination'],
    ['with DryRun', { DryRun: true }, 'DryRunOperation'],
  ])('not: %s', async (_, given, code) => {
    const { described } = simulate();
    expect((await refusal(described(given))).code).toBe(code);
  });
});

test('a snapshot cannot be deleted while an image uses it, even a disabled image, and cannot be deleted twice', async () => {
  const { launched, imageOf, snapshotOf, client, run, taken } = simulate();
  const ImageId = await imageOf(await launched());
  const { id } = snapshotOf(ImageId);
  await run(client().send(new DisableImageCommand({ ImageId })));
  const deletion = (SnapshotId: string | undefined, given: object = {}) =>
    run(client().send(new DeleteSnapshotCommand({ SnapshotId, ...given })));
  expect(await refusal(deletion(id))).toMatchObject({
    code: 'InvalidSnapshot.InUse',
    message: `The snapshot ${id} is currently in use by ${ImageId}`,
  });
  const other = await taken();
  expect((await refusal(deletion(other, { DryRun: true }))).code).toBe('DryRunOperation');
  await deletion(other);
  expect((await refusal(deletion(other))).code).toBe('InvalidSnapshot.NotFound');
  expect((await refusal(deletion(undefined))).code).toBe('MissingParameter');
});
