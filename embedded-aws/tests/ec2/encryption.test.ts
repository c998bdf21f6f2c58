import {
  CopyImageCommand,
  type CopyImageCommandInput,
  CopySnapshotCommand,
  CreateVolumeCommand,
  DisableEbsEncryptionByDefaultCommand,
  EnableEbsEncryptionByDefaultCommand,
  GetEbsDefaultKmsKeyIdCommand,
  GetEbsEncryptionByDefaultCommand,
  ModifyEbsDefaultKmsKeyIdCommand,
  ModifyImageAttributeCommand,
  ModifySnapshotAttributeCommand,
  ResetEbsDefaultKmsKeyIdCommand,
  RunInstancesCommand,
  StartInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateAliasCommand,
  CreateGrantCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { describe, expect, test } from 'vitest';
import { CONSUMER, FAR, HOME, OWNER, refusal, simulateEc2 } from '../simulated-ec2.ts';
import { sharedKeyPolicy, simulateKms } from '../simulated-kms.ts';
import { simulateVolumes } from '../simulated-volumes.ts';

function simulate() {
  const simulated = simulateEc2();
  const kms = simulateKms(simulated);
  return { ...simulated, ...simulateVolumes(simulated), kms };
}

const root = (Ebs: object) => [{ DeviceName: '/dev/xvda', Ebs }];
const consumer = { account: CONSUMER };
const aliasOf = (world: ReturnType<typeof simulate>['world'], account: string, region = HOME) =>
  world.keyAliases.get(`arn:aws:kms:${region}:${account}:alias/aws/ebs`);
const managedKey = (world: ReturnType<typeof simulate>['world'], account = OWNER, region = HOME) =>
  world.keys.get(aliasOf(world, account, region)?.keyId ?? '')?.arn;

describe('encryption by default', () => {
  test('is disabled at first, and can be enabled and disabled repeatedly, per region', async () => {
    const { client, run } = simulate();
    const state = async (region = HOME) =>
      (await run(client({ region }).send(new GetEbsEncryptionByDefaultCommand({})))).EbsEncryptionByDefault;
    expect(await state()).toBe(false);
    for (let turn = 0; turn < 2; turn++) {
      const enabled = await run(client().send(new EnableEbsEncryptionByDefaultCommand({})));
      expect(enabled.EbsEncryptionByDefault).toBe(true);
    }
    expect(await state()).toBe(true);
    expect(await state(FAR)).toBe(false);
    for (let turn = 0; turn < 2; turn++) {
      await run(client().send(new DisableEbsEncryptionByDefaultCommand({})));
    }
    expect(await state()).toBe(false);
  });

  test('uses the AWS managed key, or the configured key', async () => {
    const { client, run, kms } = simulate();
    const key = async () => (await run(client().send(new GetEbsDefaultKmsKeyIdCommand({})))).KmsKeyId;
    expect(await key()).toBe('alias/aws/ebs');
    const KmsKeyId = await kms.key();
    await run(
      kms.client().send(new CreateAliasCommand({ AliasName: 'alias/golden', TargetKeyId: KmsKeyId })),
    );
    const modified = client().send(new ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId: 'alias/golden' }));
    expect((await run(modified)).KmsKeyId).toBe(KmsKeyId);
    await run(client().send(new EnableEbsEncryptionByDefaultCommand({})));
    expect(await key()).toBe(KmsKeyId);
    const reset = await run(client().send(new ResetEbsDefaultKmsKeyIdCommand({})));
    expect(reset.KmsKeyId).toBe('alias/aws/ebs');
    expect(await key()).toBe('alias/aws/ebs');
    const settings = await run(client().send(new GetEbsEncryptionByDefaultCommand({})));
    expect(settings.EbsEncryptionByDefault).toBe(true);
  });

  test('is not changed by DryRun, and a key change requires a key', async () => {
    const { client, run, world } = simulate();
    const sent = client();
    for (const work of [
      () => sent.send(new EnableEbsEncryptionByDefaultCommand({ DryRun: true })),
      () => sent.send(new DisableEbsEncryptionByDefaultCommand({ DryRun: true })),
      () => sent.send(new GetEbsEncryptionByDefaultCommand({ DryRun: true })),
      () => sent.send(new GetEbsDefaultKmsKeyIdCommand({ DryRun: true })),
      () => sent.send(new ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId: 'x', DryRun: true })),
      () => sent.send(new ResetEbsDefaultKmsKeyIdCommand({ DryRun: true })),
    ]) {
      expect((await refusal(run(work()))).code).toBe('DryRunOperation');
    }
    const missing = sent.send(new ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId: undefined }));
    expect((await refusal(run(missing))).code).toBe('MissingParameter');
    expect(world.ebsEncryption.size).toBe(0);
  });
});

describe('a launch', () => {
  test('combines the request and the account settings of encryption and key', async () => {
    const { client, run, kms, launched, volumesOf, world } = simulate();
    const volume = async (Ebs: object = {}) =>
      (await volumesOf(await launched({ BlockDeviceMappings: root(Ebs) })))[0];
    expect(await volume()).toMatchObject({ Encrypted: false, KmsKeyId: undefined });
    expect(managedKey(world)).toBeUndefined();
    expect(await volume({ Encrypted: true })).toMatchObject({ Encrypted: true, KmsKeyId: managedKey(world) });
    expect(managedKey(world)).toBeDefined();
    const one = await kms.key();
    await run(kms.client().send(new CreateAliasCommand({ AliasName: 'alias/one', TargetKeyId: one })));
    const alias = `arn:aws:kms:${HOME}:${OWNER}:alias/one`;
    for (const KmsKeyId of [one, one.split('/')[1], 'alias/one', alias]) {
      expect(await volume({ Encrypted: true, KmsKeyId })).toMatchObject({ Encrypted: true, KmsKeyId: one });
    }
    const two = await kms.key();
    await run(client().send(new ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId: two })));
    expect(await volume({ Encrypted: true })).toMatchObject({ KmsKeyId: two });
    expect(await volume()).toMatchObject({ Encrypted: false });
    await run(client().send(new EnableEbsEncryptionByDefaultCommand({})));
    expect(await volume()).toMatchObject({ Encrypted: true, KmsKeyId: two });
    expect(await volume({ Encrypted: false })).toMatchObject({ Encrypted: true, KmsKeyId: two });
    expect(await volume({ Encrypted: true, KmsKeyId: one })).toMatchObject({ KmsKeyId: one });
  });

  test('is refused with a key that is given without encryption', async () => {
    const { client, run, launch } = simulate();
    const request = launch({ BlockDeviceMappings: root({ KmsKeyId: 'alias/x' }) });
    expect((await refusal(run(client().send(new RunInstancesCommand(request))))).code).toBe(
      'InvalidParameterDependency',
    );
  });

  test.each<[string, (given: ReturnType<typeof simulate>) => Promise<string>]>([
    ['does not exist', async () => '1234abcd-12ab-34cd-56ef-1234567890ab'],
    ['is an alias without a key', async () => 'alias/none'],
    ['is in another region', ({ kms }) => kms.key({}, { region: FAR })],
    ['belongs to another account', ({ kms }) => kms.key({}, consumer)],
    [
      'is disabled',
      async ({ kms, run }) => {
        const KeyId = await kms.key();
        await run(kms.client().send(new DisableKeyCommand({ KeyId })));
        return KeyId;
      },
    ],
    [
      'is pending deletion',
      async ({ kms, run }) => {
        const KeyId = await kms.key();
        await run(kms.client().send(new ScheduleKeyDeletionCommand({ KeyId })));
        return KeyId;
      },
    ],
  ])('ends terminated under a key that %s', async (_, keyOf) => {
    const simulated = simulate();
    const { launched, instance, pass, world } = simulated;
    const KmsKeyId = await keyOf(simulated);
    const id = await launched({ BlockDeviceMappings: root({ Encrypted: true, KmsKeyId }) });
    await pass(400);
    expect(await instance(id)).toMatchObject({
      State: { Name: 'terminated' },
      StateReason: { Code: 'Client.InternalError', Message: 'Client.InternalError: Client error on launch' },
    });
    expect(world.volumes.all()).toEqual([]);
  });
});

describe('encrypted resources', () => {
  test('pass the key on: volume, image, snapshot, next volume', async () => {
    const { kms, launched, imageOf, snapshotOf, volumesOf, image, snapshot, world } = simulate();
    const KmsKeyId = await kms.key();
    const id = await launched({ BlockDeviceMappings: root({ Encrypted: true, KmsKeyId }) });
    const imageId = await imageOf(id);
    // An image does not show the key. Its snapshot does.
    const ebs = (await image(imageId))?.BlockDeviceMappings?.[0]?.Ebs;
    expect(ebs).toMatchObject({ Encrypted: true });
    expect(ebs).not.toHaveProperty('KmsKeyId');
    expect(await snapshot(snapshotOf(imageId).id)).toMatchObject({ Encrypted: true, KmsKeyId });
    const next = await launched({ ImageId: imageId });
    expect((await volumesOf(next))[0]).toMatchObject({ Encrypted: true, KmsKeyId });
    expect(world.keyAliases.all()).toEqual([]);
  });

  test('cannot start while the key is disabled, and can start after the key is enabled', async () => {
    const { client, run, kms, launched, imageOf, instance, pass, world } = simulate();
    const KmsKeyId = await kms.key();
    const id = await launched({ BlockDeviceMappings: root({ Encrypted: true, KmsKeyId }) });
    await imageOf(id);
    // This test runs without a guest, which would have counted its boot.
    const record = world.instances.get(id);
    if (record) world.instances.put({ ...record, boots: 1 }, world.now(), 0);
    await run(kms.client().send(new DisableKeyCommand({ KeyId: KmsKeyId })));
    await run(client().send(new StartInstancesCommand({ InstanceIds: [id] })));
    await pass(200);
    expect(await instance(id)).toMatchObject({
      State: { Name: 'stopped' },
      StateReason: { Code: 'Client.InternalError' },
    });
    await run(kms.client().send(new EnableKeyCommand({ KeyId: KmsKeyId })));
    await run(client().send(new StartInstancesCommand({ InstanceIds: [id] })));
    await pass(200);
    expect((await instance(id))?.State?.Name).toBe('running');
  });
});

describe('a shared encrypted image', () => {
  async function withShared() {
    const simulated = simulate();
    const { client, run, kms, launched, imageOf, snapshotOf, pass, instance, volumesOf } = simulated;
    const KmsKeyId = await kms.key();
    const id = await launched({ BlockDeviceMappings: root({ Encrypted: true, KmsKeyId }) });
    const imageId = await imageOf(id);
    const share = new ModifyImageAttributeCommand({
      ImageId: imageId,
      LaunchPermission: { Add: [{ UserId: CONSUMER }] },
    });
    await run(client().send(share));
    const launchedElsewhere = async () => {
      const { SubnetId: _home, ...request } = simulated.launch({ ImageId: imageId });
      const { Instances } = await run(client(consumer).send(new RunInstancesCommand(request)));
      const made = Instances?.[0]?.InstanceId ?? '';
      const [volume] = await volumesOf(made, consumer);
      await pass(800);
      return { state: (await instance(made, consumer))?.State?.Name, volume };
    };
    return { ...simulated, KmsKeyId, imageId, snapshotId: snapshotOf(imageId).id, launchedElsewhere };
  }

  test("is launched by another account only if the key policy allows it, under that account's own key", async () => {
    const { run, kms, KmsKeyId, launchedElsewhere, world } = await withShared();
    expect((await launchedElsewhere()).state).toBe('terminated');
    await run(kms.client().send(new PutKeyPolicyCommand({ KeyId: KmsKeyId, Policy: sharedKeyPolicy() })));
    const { state, volume } = await launchedElsewhere();
    expect(state).toBe('running');
    expect(volume).toMatchObject({ Encrypted: true, KmsKeyId: managedKey(world, CONSUMER) });
  });

  test('is launched by another account with a grant', async () => {
    const { run, kms, KmsKeyId, launchedElsewhere } = await withShared();
    const grant = (Operations: ('DescribeKey' | 'CreateGrant' | 'Decrypt' | 'ReEncryptFrom')[]) =>
      run(
        kms.client().send(
          new CreateGrantCommand({
            KeyId: KmsKeyId,
            GranteePrincipal: `arn:aws:iam::${CONSUMER}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
            Operations,
          }),
        ),
      );
    await grant(['DescribeKey', 'CreateGrant', 'Decrypt']);
    expect((await launchedElsewhere()).state).toBe('terminated');
    await grant(['ReEncryptFrom']);
    expect((await launchedElsewhere()).state).toBe('running');
  });

  test('is copied by another account with three permissions: for the image, its snapshot, and its key', async () => {
    const { client, run, kms, KmsKeyId, imageId, snapshotId, image, pass, world } = await withShared();
    const copy = async (Name: string) => {
      const request = { SourceImageId: imageId, SourceRegion: HOME, Name };
      return (
        (await run(client({ ...consumer, region: FAR }).send(new CopyImageCommand(request)))).ImageId ?? ''
      );
    };
    expect((await refusal(copy('one'))).message).toBe(
      'You do not have permission to access the storage of this ami',
    );
    await run(
      client().send(
        new ModifySnapshotAttributeCommand({
          SnapshotId: snapshotId,
          CreateVolumePermission: { Add: [{ UserId: CONSUMER }] },
        }),
      ),
    );
    const failing = await copy('two');
    await pass(4000);
    expect(await image(failing, { ...consumer, region: FAR })).toMatchObject({
      State: 'failed',
      StateReason: {
        Message:
          'AMI snapshot copy failed with error: Given key ID is not accessible. You must have DescribeKey permissions on the default CMK',
      },
    });
    await run(kms.client().send(new PutKeyPolicyCommand({ KeyId: KmsKeyId, Policy: sharedKeyPolicy() })));
    const fine = await copy('three');
    await pass(4000);
    expect((await image(fine, { ...consumer, region: FAR }))?.State).toBe('available');
    const snapshot = world.snapshots.all().find(({ description }) => description.includes(fine));
    expect(snapshot).toMatchObject({ account: CONSUMER, kmsKeyId: managedKey(world, CONSUMER, FAR) });
  });

  test('gives another account volumes once snapshot and key are shared; without the key the volumes disappear', async () => {
    const { client, run, kms, KmsKeyId, snapshotId, pass, world } = await withShared();
    const create = async () => {
      const request = { SnapshotId: snapshotId, AvailabilityZone: `${HOME}a` };
      return (await run(client(consumer).send(new CreateVolumeCommand(request)))).VolumeId ?? '';
    };
    expect((await refusal(create())).code).toBe('InvalidSnapshot.NotFound');
    await run(
      client().send(
        new ModifySnapshotAttributeCommand({
          SnapshotId: snapshotId,
          CreateVolumePermission: { Add: [{ UserId: CONSUMER }] },
        }),
      ),
    );
    const lost = await create();
    expect(world.volumes.get(lost)?.state).toBe('creating');
    await pass(60);
    expect(world.volumes.get(lost)).toBeUndefined();
    await run(kms.client().send(new PutKeyPolicyCommand({ KeyId: KmsKeyId, Policy: sharedKeyPolicy() })));
    const kept = await create();
    await pass(60);
    expect(world.volumes.get(kept)).toMatchObject({
      state: 'available',
      kmsKeyId: managedKey(world, CONSUMER),
    });
  });

  test('cannot be public', async () => {
    const { client, run, imageId, world } = await withShared();
    world.publicImages.set(`${OWNER}/${HOME}`, 'unblocked');
    const publish = new ModifyImageAttributeCommand({
      ImageId: imageId,
      LaunchPermission: { Add: [{ Group: 'all' }] },
    });
    expect((await refusal(run(client().send(publish)))).code).toBe('InvalidParameter');
  });
});

describe('a copy', () => {
  async function withImages() {
    const simulated = simulate();
    const { client, run, kms, launched, imageOf, pass, world } = simulated;
    const plain = await imageOf(await launched(), 'plain');
    const own = await kms.key();
    const encrypted = await imageOf(
      await launched({ BlockDeviceMappings: root({ Encrypted: true, KmsKeyId: own }) }),
      'encrypted',
    );
    const there = await kms.key({}, { region: FAR });
    const copied = async (source: string, given: Partial<CopyImageCommandInput>) => {
      const { ImageId = '' } = await run(
        client({ region: FAR }).send(
          new CopyImageCommand({ SourceImageId: source, SourceRegion: HOME, Name: 'copy', ...given }),
        ),
      );
      await pass(4000);
      const image = world.images.get(ImageId);
      return { image, snapshot: simulated.snapshotOf(ImageId) };
    };
    return { ...simulated, plain, encrypted, there, copied };
  }

  // EBS user guide, Copy an Amazon EBS snapshot, the table of outcomes.
  test.each([
    { source: 'plain', byDefault: false, given: {}, key: undefined },
    { source: 'encrypted', byDefault: false, given: {}, key: 'managed' },
    { source: 'plain', byDefault: false, given: { Encrypted: true }, key: 'default' },
    { source: 'encrypted', byDefault: false, given: { Encrypted: true }, key: 'default' },
    { source: 'plain', byDefault: true, given: {}, key: 'default' },
    { source: 'encrypted', byDefault: true, given: {}, key: 'default' },
    { source: 'plain', byDefault: true, given: { Encrypted: false }, key: 'default' },
    { source: 'plain', byDefault: false, given: { Encrypted: true, KmsKeyId: 'there' }, key: 'there' },
    { source: 'encrypted', byDefault: true, given: { Encrypted: true, KmsKeyId: 'there' }, key: 'there' },
  ] as const)('of $source, by default $byDefault, with $given, is under $key', async (row) => {
    const simulated = await withImages();
    const { client, run, kms, there, copied, world } = simulated;
    const standard = await kms.key({}, { region: FAR });
    const far = client({ region: FAR });
    await run(far.send(new ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId: standard })));
    if (row.byDefault) await run(far.send(new EnableEbsEncryptionByDefaultCommand({})));
    const given = 'KmsKeyId' in row.given ? { ...row.given, KmsKeyId: there } : row.given;
    const { image, snapshot } = await copied(simulated[row.source], given);
    const keys = { managed: managedKey(world, OWNER, FAR), default: standard, there };
    const expected = row.key === undefined ? undefined : keys[row.key];
    expect(image?.state).toBe('available');
    expect(snapshot).toMatchObject({ encrypted: row.key !== undefined, state: 'completed' });
    expect(snapshot.kmsKeyId).toBe(expected);
    expect(image?.blockDeviceMappings[0]?.Ebs?.Encrypted).toBe(row.key !== undefined);
  });

  test.each<[string, (given: Awaited<ReturnType<typeof withImages>>) => Promise<string>, RegExp]>([
    ['does not exist', async () => 'kms_key', /^Copy image failed with an internal error\.$/],
    ['is in the source region', ({ kms }) => kms.key(), /^Copy image failed with an internal error\.$/],
    [
      'is disabled',
      async ({ kms, run, there }) => {
        await run(kms.client({ region: FAR }).send(new DisableKeyCommand({ KeyId: there })));
        return there;
      },
      /Given key ID is not accessible/,
    ],
    [
      'belongs to another account',
      ({ kms }) => kms.key({}, { ...consumer, region: FAR }),
      /Given key ID is not accessible/,
    ],
  ])('starts and then fails under a key that %s', async (_, keyOf, message) => {
    const simulated = await withImages();
    const { plain, copied, client, run } = simulated;
    const KmsKeyId = await keyOf(simulated);
    const { image, snapshot } = await copied(plain, { Encrypted: true, KmsKeyId });
    expect(image?.state).toBe('failed');
    expect(image?.stateReason?.Message).toMatch(message);
    expect(snapshot).toMatchObject({ state: 'error', stateMessage: 'Given key ID is not accessible' });
    const ofSnapshot = await run(
      client({ region: FAR }).send(
        new CopySnapshotCommand({
          SourceRegion: HOME,
          SourceSnapshotId: simulated.snapshotOf(plain).id,
          Encrypted: true,
          KmsKeyId,
        }),
      ),
    );
    await simulated.pass(4000);
    expect(await simulated.snapshot(ofSnapshot.SnapshotId ?? '', { region: FAR })).toMatchObject({
      State: 'error',
      StateMessage: 'Given key ID is not accessible',
    });
  });

  test("works under another account's key if the key policy allows it", async () => {
    const { plain, copied, kms } = await withImages();
    const KmsKeyId = await kms.key(
      { Policy: sharedKeyPolicy(OWNER, CONSUMER) },
      { ...consumer, region: FAR },
    );
    const { image, snapshot } = await copied(plain, { Encrypted: true, KmsKeyId });
    expect(image?.state).toBe('available');
    expect(snapshot.kmsKeyId).toBe(KmsKeyId);
  });
});
