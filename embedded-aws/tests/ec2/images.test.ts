import {
  CreateImageCommand,
  type CreateImageCommandInput,
  CreateTagsCommand,
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  ModifyImageAttributeCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { rebootGuest } from '../../src/guest/index.ts';
import { refusal, type SimulatedEc2, simulateEc2 } from '../simulated-ec2.ts';

type Options = NonNullable<Parameters<typeof simulateEc2>[0]>;

/** EC2 with a running or stopped instance. */
async function withInstance(state: 'running' | 'stopped', options: Options = {}) {
  const simulated = simulateEc2(options);
  const { client, run, launch, pass } = simulated;
  const { Instances } = await run(client().send(new RunInstancesCommand(launch())));
  const instanceId = Instances?.[0]?.InstanceId ?? '';
  await pass(130);
  if (state === 'stopped') {
    await run(client().send(new StopInstancesCommand({ InstanceIds: [instanceId] })));
    await pass(400);
  }
  const create = (changes: Partial<CreateImageCommandInput> = {}) =>
    run(client().send(new CreateImageCommand({ InstanceId: instanceId, Name: 'golden', ...changes })));
  return { ...simulated, instanceId, create };
}

async function image({ client, run }: SimulatedEc2, id = '') {
  const { Images } = await run(client().send(new DescribeImagesCommand({ ImageIds: [id] })));
  return Images?.[0];
}

describe('an image of an instance', () => {
  test('is pending with its snapshots, and available when the snapshots complete', async () => {
    const simulated = await withInstance('stopped');
    const { client, run, pass, instanceId, create, publicImage } = simulated;
    const { ImageId } = await create({
      Description: 'the golden one',
      TagSpecifications: [
        { ResourceType: 'image', Tags: [{ Key: 'kind', Value: 'image' }] },
        { ResourceType: 'snapshot', Tags: [{ Key: 'kind', Value: 'snapshot' }] },
      ],
    });
    const base = publicImage(/^al2023.*-kernel-6\.1-x86_64$/);
    const pending = await image(simulated, ImageId);
    expect(pending).toMatchObject({
      State: 'pending',
      Name: 'golden',
      Description: 'the golden one',
      OwnerId: '999988887777',
      Public: false,
      Architecture: 'x86_64',
      RootDeviceName: '/dev/xvda',
      BootMode: 'uefi-preferred',
      SourceInstanceId: instanceId,
      SourceImageId: base.id,
      SourceImageRegion: 'eu-west-1',
      Tags: [{ Key: 'kind', Value: 'image' }],
    });
    const snapshotId = pending?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? '';
    const snapshots = () =>
      run(client().send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }))).then(
        (answer) => answer.Snapshots,
      );
    expect(await snapshots()).toMatchObject([
      {
        SnapshotId: snapshotId,
        State: 'pending',
        Progress: expect.stringMatching(/^\d%$/),
        Description: `Created by CreateImage(${instanceId}) for ${ImageId}`,
        VolumeSize: 8,
        Tags: [{ Key: 'kind', Value: 'snapshot' }],
      },
    ]);
    await pass(2000);
    expect(await image(simulated, ImageId)).toMatchObject({ State: 'available' });
    expect(await snapshots()).toMatchObject([{ State: 'completed', Progress: '100%' }]);
    expect(simulated.world.snapshots.get(snapshotId)?.disk).toEqual(simulated.world.volumes.all()[0]?.disk);
  });

  test("boots with the volume's content at the time of creation", async () => {
    const simulated = await withInstance('stopped');
    const { world, client, run, launch, pass, create } = simulated;
    const [volume] = world.volumes.all();
    if (volume?.disk === undefined) throw new Error('there is no disk');
    const made = { files: ['/made/here'], times: { '/made/here': world.now() } };
    world.volumes.put({ ...volume, disk: { ...volume.disk, ...made } }, world.now(), 0);
    const { ImageId } = await create();
    world.volumes.put({ ...volume, disk: { ...volume.disk, files: ['/too/late'] } }, world.now(), 0);
    await pass(2000);
    const { Instances } = await run(client().send(new RunInstancesCommand(launch({ ImageId }))));
    const device = world.instances.get(Instances?.[0]?.InstanceId ?? '')?.blockDevices[0];
    expect(world.volumes.get(device?.volumeId ?? '')?.disk).toMatchObject(made);
    expect(Instances?.[0]?.MetadataOptions).toMatchObject({ HttpTokens: 'required' });
  });

  test('keeps the instance stores that its base image maps, without snapshots', async () => {
    const simulated = simulateEc2();
    const { client, run, launch, pass, publicImage } = simulated;
    const ImageId = publicImage(/ubuntu-noble-24\.04-amd64/).id;
    const { Instances } = await run(client().send(new RunInstancesCommand(launch({ ImageId }))));
    await pass(130);
    const made = await run(
      client().send(
        new CreateImageCommand({ InstanceId: Instances?.[0]?.InstanceId, Name: 'golden', NoReboot: true }),
      ),
    );
    const mappings = (await image(simulated, made.ImageId))?.BlockDeviceMappings;
    expect(
      mappings?.map(({ DeviceName, VirtualName, Ebs }) => [DeviceName, VirtualName, Ebs?.VolumeSize]),
    ).toEqual([
      ['/dev/sda1', undefined, 8],
      ['/dev/sdb', 'ephemeral0', undefined],
      ['/dev/sdc', 'ephemeral1', undefined],
    ]);
  });

  test('omits a device, or changes DeleteOnTermination, as requested', async () => {
    const simulated = simulateEc2();
    const { client, run, launch, pass } = simulated;
    const { Instances } = await run(
      client().send(
        new RunInstancesCommand(
          launch({ BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs: { VolumeSize: 5 } }] }),
        ),
      ),
    );
    await pass(130);
    const { ImageId } = await run(
      client().send(
        new CreateImageCommand({
          InstanceId: Instances?.[0]?.InstanceId,
          Name: 'golden',
          BlockDeviceMappings: [
            { DeviceName: '/dev/sdf', NoDevice: '' },
            { DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: false } },
          ],
        }),
      ),
    );
    expect((await image(simulated, ImageId))?.BlockDeviceMappings).toMatchObject([
      { DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: false } },
    ]);
  });

  test('boots only with UEFI if the request says so and the instance runs with UEFI', async () => {
    const simulated = simulateEc2();
    const { client, run, launch, pass, publicImage } = simulated;
    const create = async (ImageId: string, Name: string) => {
      const { Instances } = await run(client().send(new RunInstancesCommand(launch({ ImageId }))));
      await pass(130);
      const InstanceId = Instances?.[0]?.InstanceId;
      return run(client().send(new CreateImageCommand({ InstanceId, Name, BootModeOverride: 'uefi' })));
    };
    const preferred = publicImage(/^al2023.*-kernel-6\.1-x86_64$/);
    expect(preferred.bootMode).toBe('uefi-preferred');
    const { ImageId } = await create(preferred.id, 'golden');
    expect((await image(simulated, ImageId))?.BootMode).toBe('uefi');
    const bios = simulated.world.images.put(
      { ...preferred, bootMode: 'legacy-bios' },
      simulated.world.now(),
      0,
    );
    expect((await refusal(create(bios.id, 'other'))).code).toBe('InvalidParameterValue');
  });

  test.each([
    [undefined, ['guest.reboot']],
    [true, []],
  ])('with NoReboot %s makes the running guest do %j', async (NoReboot, transitions) => {
    const { world, create } = await withInstance('running');
    const before = world.transitions.length;
    await create({ NoReboot });
    const added = world.transitions.slice(before).map(({ kind }) => kind);
    expect(added.filter((kind) => kind !== 'image.ready')).toEqual(transitions);
  });
});

describe('an image is refused', () => {
  test.each(['ab', 'x'.repeat(129), 'golden:1', 'gold#en'])('with the name %s', async (Name) => {
    const { create } = await withInstance('stopped');
    expect(await refusal(create({ Name }))).toMatchObject({
      code: 'InvalidAMIName.Malformed',
      message:
        "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '.', '-', '/' and '_'",
    });
  });

  test('with a taken name, even when reads do not show it yet', async () => {
    const { create } = await withInstance('stopped', { lags: true });
    const { ImageId } = await create();
    expect(await refusal(create())).toMatchObject({
      code: 'InvalidAMIName.Duplicate',
      message: `AMI name golden is already in use by AMI ${ImageId}`,
    });
  });

  test('from an instance that is neither running nor stopped', async () => {
    const { client, run, instanceId, create } = await withInstance('running');
    await run(client().send(new StopInstancesCommand({ InstanceIds: [instanceId] })));
    expect(await refusal(create())).toMatchObject({
      code: 'InvalidParameterValue',
      message: `Invalid value '${instanceId}' for instanceId. Instance is not in state 'running' or 'stopped'`,
    });
  });

  test('with tags for a resource that it does not create, an unknown device, or a long description', async () => {
    const { create } = await withInstance('stopped');
    const tags = [{ Key: 'a', Value: '1' }];
    const wrongType = create({ TagSpecifications: [{ ResourceType: 'instance', Tags: tags }] });
    expect((await refusal(wrongType)).message).toBe(
      "'instance' is not a valid taggable resource type for this operation.",
    );
    const twice = create({
      TagSpecifications: [
        { ResourceType: 'image', Tags: tags },
        { ResourceType: 'image', Tags: tags },
      ],
    });
    expect((await refusal(twice)).message).toMatch(/^The same resource type may not be specified/);
    const device = create({ BlockDeviceMappings: [{ DeviceName: '/dev/sdx', NoDevice: '' }] });
    expect((await refusal(device)).code).toBe('InvalidBlockDeviceMapping');
    const root = create({ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', NoDevice: '' }] });
    expect((await refusal(root)).code).toBe('InvalidBlockDeviceMapping');
    expect((await refusal(create({ Description: 'x'.repeat(256) }))).code).toBe('InvalidParameterValue');
  });

  test('for a second snapshot of a volume within 15 seconds, and for a sixth pending snapshot', async () => {
    const { create, pass } = await withInstance('stopped', { faults: [{ image: 'hangs', times: 'always' }] });
    await create({ Name: 'golden 0' });
    expect((await refusal(create({ Name: 'golden 1' }))).code).toBe('SnapshotCreationPerVolumeRateExceeded');
    for (let turn = 1; turn < 5; turn++) {
      await pass(16);
      await create({ Name: `golden ${turn}` });
    }
    await pass(16);
    expect(await refusal(create({ Name: 'golden 5' }))).toMatchObject({
      code: 'ConcurrentSnapshotLimitExceeded',
      message: 'Maximum allowed in-progress snapshots for a single volume exceeded.',
    });
  });

  test('DryRun changes nothing', async () => {
    const { create, world } = await withInstance('stopped');
    expect((await refusal(create({ DryRun: true }))).status).toBe(412);
    expect(world.images.all().filter(({ account }) => account === '999988887777')).toEqual([]);
  });
});

describe('an image whose creation does not succeed', () => {
  test('fails by a fault with its reason, and keeps its name and its snapshots', async () => {
    const simulated = await withInstance('stopped', {
      faults: [{ image: 'fails', by: 'CreateImage', message: 'No luck today.' }],
    });
    const { world, create, client, run, pass } = simulated;
    const { ImageId = '' } = await create();
    await pass(2000);
    const failed = await image(simulated, ImageId);
    expect(failed).toMatchObject({
      State: 'failed',
      StateReason: { Code: 'Server.InternalError', Message: 'No luck today.' },
    });
    const snapshotId = failed?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? '';
    expect(world.snapshots.get(snapshotId)?.state).toBe('error');
    expect((await refusal(create())).code).toBe('InvalidAMIName.Duplicate');
    await run(client().send(new DeregisterImageCommand({ ImageId })));
    await run(client().send(new DeleteSnapshotCommand({ SnapshotId: snapshotId })));
    await create();
  });

  test('hangs permanently by a fault', async () => {
    const simulated = await withInstance('stopped', { faults: [{ image: 'hangs' }] });
    const { ImageId } = await simulated.create();
    await simulated.pass(100_000);
    expect((await image(simulated, ImageId))?.State).toBe('pending');
  });

  test.each(['terminate', 'start'] as const)('fails when its source is made to %s', async (verb) => {
    const simulated = await withInstance('stopped');
    const { client, run, instanceId, create, pass } = simulated;
    const { ImageId } = await create();
    const InstanceIds = [instanceId];
    if (verb === 'terminate') await run(client().send(new TerminateInstancesCommand({ InstanceIds })));
    else await run(client().send(new StartInstancesCommand({ InstanceIds })));
    expect(await image(simulated, ImageId)).toMatchObject({
      State: 'failed',
      StateReason: { Code: 'Client.InstanceTerminated' },
    });
    await pass(2000);
    expect((await image(simulated, ImageId))?.State).toBe('failed');
  });

  test('fails when its source restarts, but not when CreateImage reboots it', async () => {
    const simulated = await withInstance('running');
    const { world, instanceId, create, pass } = simulated;
    const { ImageId } = await create();
    await pass(1);
    expect((await image(simulated, ImageId))?.State).toBe('pending');
    const before = world.transitions.length;
    rebootGuest(world, instanceId, world.now());
    expect(world.transitions.slice(before).map(({ kind }) => kind)).toEqual(['instance.reboot-by-guest']);
    await pass(1);
    expect(await image(simulated, ImageId)).toMatchObject({
      State: 'failed',
      StateReason: { Code: 'Client.InstanceTerminated' },
    });
  });

  test('fails when its snapshot is deleted', async () => {
    const simulated = await withInstance('stopped');
    const { ImageId } = await simulated.create();
    const mapping = (await image(simulated, ImageId))?.BlockDeviceMappings?.[0];
    simulated.world.snapshots.delete(mapping?.Ebs?.SnapshotId ?? '');
    await simulated.pass(2000);
    expect((await image(simulated, ImageId))?.State).toBe('failed');
  });
});

describe('an image of an instance whose original image requires IMDSv2', () => {
  test('requires IMDSv2 too, even if the instance did not and its image is gone', async () => {
    const simulated = simulateEc2();
    const { client, run, launch, pass, world } = simulated;
    const launched = launch({ MetadataOptions: { HttpTokens: 'optional' } });
    const { Instances } = await run(client().send(new RunInstancesCommand(launched)));
    await pass(130);
    world.images.delete(launched.ImageId ?? '');
    const InstanceId = Instances?.[0]?.InstanceId ?? '';
    const { ImageId } = await run(client().send(new CreateImageCommand({ InstanceId, Name: 'golden' })));
    expect(await image(simulated, ImageId)).toMatchObject({ ImdsSupport: 'v2.0' });
    await pass(2000);
    const again = await run(client().send(new RunInstancesCommand(launch({ ImageId }))));
    expect(world.instances.get(again.Instances?.[0]?.InstanceId ?? '')?.metadataOptions).toMatchObject({
      HttpTokens: 'required',
      HttpPutResponseHopLimit: 2,
    });
  });

  test('does not require IMDSv2 if the original image does not', async () => {
    const simulated = simulateEc2();
    const { client, run, launch, pass, publicImage } = simulated;
    const debian = launch({ ImageId: publicImage(/^debian-12-amd64/).id });
    const { Instances } = await run(client().send(new RunInstancesCommand(debian)));
    await pass(130);
    const InstanceId = Instances?.[0]?.InstanceId ?? '';
    const { ImageId } = await run(client().send(new CreateImageCommand({ InstanceId, Name: 'golden' })));
    expect((await image(simulated, ImageId))?.ImdsSupport).toBeUndefined();
  });
});

describe('a deregistered image', () => {
  test('is shown for a read lag, then as an empty list for a short time, and then not found', async () => {
    const course = ['available', 'nothing', 'InvalidAMIID.NotFound'];
    const histories: string[][] = [];
    for (let seed = 1; seed <= 20; seed++) {
      const simulated = await withInstance('stopped', { lags: true, seed });
      const { client, run, pass, create } = simulated;
      await pass(20);
      const { ImageId } = await create();
      await pass(2000);
      await run(client().send(new DeregisterImageCommand({ ImageId })));
      const answers: string[] = [];
      for (let turn = 0; turn < 100; turn++) {
        const answer = await image(simulated, ImageId).then(
          (found) => found?.State ?? 'nothing',
          (error: Error) => error.name,
        );
        if (answers.at(-1) !== answer) answers.push(answer);
        await pass(0.3);
      }
      histories.push(answers);
      simulated.end();
    }
    expect(histories).toContainEqual(course);
    // A lag can end before the first read, but the order never changes.
    for (const history of histories) {
      expect(history).toEqual(course.filter((answer) => history.includes(answer)));
      expect(history.at(-1)).toBe('InvalidAMIID.NotFound');
    }
  });

  test('is an empty list while an instance of it exists, and is unavailable to every operation', async () => {
    const simulated = await withInstance('stopped');
    const { client, run, pass, create, launch } = simulated;
    const { ImageId } = await create();
    await pass(2000);
    const { Instances } = await run(client().send(new RunInstancesCommand(launch({ ImageId }))));
    const InstanceIds = [Instances?.[0]?.InstanceId ?? ''];
    await run(client().send(new DeregisterImageCommand({ ImageId })));
    await pass(7200);
    expect(await image(simulated, ImageId)).toBeUndefined();
    const again = run(client().send(new DeregisterImageCommand({ ImageId })));
    const gone = {
      code: 'InvalidAMIID.Unavailable',
      message: `The image id '[${ImageId}]' is no longer available`,
    };
    expect(await refusal(again)).toMatchObject(gone);
    const used = run(client().send(new RunInstancesCommand(simulated.launch({ ImageId }))));
    expect(await refusal(used)).toMatchObject(gone);
    await run(client().send(new TerminateInstancesCommand({ InstanceIds })));
    await pass(400);
    expect((await refusal(image(simulated, ImageId))).code).toBe('InvalidAMIID.NotFound');
    expect((await refusal(run(client().send(new DeregisterImageCommand({ ImageId }))))).code).toBe(
      'InvalidAMIID.NotFound',
    );
  });

  test('leaves its snapshots, which can be deleted only then', async () => {
    const simulated = await withInstance('stopped');
    const { client, run, pass, create, world } = simulated;
    const { ImageId } = await create();
    await pass(2000);
    const SnapshotId = (await image(simulated, ImageId))?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? '';
    const deletion = () => run(client().send(new DeleteSnapshotCommand({ SnapshotId })));
    expect(await refusal(deletion())).toMatchObject({
      code: 'InvalidSnapshot.InUse',
      message: `The snapshot ${SnapshotId} is currently in use by ${ImageId}`,
    });
    await run(client().send(new DeregisterImageCommand({ ImageId })));
    expect(world.snapshots.get(SnapshotId)?.state).toBe('completed');
    await deletion();
    expect(await refusal(deletion())).toMatchObject({
      code: 'InvalidSnapshot.NotFound',
      message: `The snapshot '${SnapshotId}' does not exist.`,
    });
  });

  test('deletes its snapshots when requested', async () => {
    const simulated = await withInstance('stopped');
    const { client, run, pass, create, world } = simulated;
    const { ImageId } = await create();
    await pass(2000);
    const SnapshotId = (await image(simulated, ImageId))?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? '';
    const answer = await run(
      client().send(new DeregisterImageCommand({ ImageId, DeleteAssociatedSnapshots: true })),
    );
    expect(answer).toMatchObject({
      Return: true,
      DeleteSnapshotResults: [{ SnapshotId, ReturnCode: 'success' }],
    });
    expect(world.snapshots.get(SnapshotId)).toBeUndefined();
  });

  test('cannot belong to another account', async () => {
    const { client, run, publicImage } = simulateEc2();
    const { id: ImageId } = publicImage(/^al2023/);
    expect(await refusal(run(client().send(new DeregisterImageCommand({ ImageId }))))).toMatchObject({
      code: 'AuthFailure',
      message: `Not authorized for image:${ImageId}`,
      status: 403,
    });
  });
});

test('a deleted resource is still shown at first, and cannot be deleted again', async () => {
  const simulated = await withInstance('stopped', { lags: true, seed: 5 });
  const { client, run, pass, create } = simulated;
  let stale = 0;
  for (let turn = 0; turn < 20; turn++) {
    const { ImageId } = await create({ Name: `golden ${turn}` });
    await pass(2500);
    const SnapshotId = (await image(simulated, ImageId))?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? '';
    await run(client().send(new DeregisterImageCommand({ ImageId })));
    const deletion = () => run(client().send(new DeleteSnapshotCommand({ SnapshotId })));
    await deletion();
    const shown = () =>
      run(client().send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] }))).then(
        ({ Snapshots }) => Snapshots?.length,
        (error: Error) => error.name,
      );
    if ((await shown()) === 1) stale++;
    expect((await refusal(deletion())).code).toBe('InvalidSnapshot.NotFound');
    await pass(20);
    expect(await shown()).toBe('InvalidSnapshot.NotFound');
  }
  expect(stale).toBeGreaterThan(0);
});

test('a new resource is not found at first by any operation that names it', async () => {
  const simulated = await withInstance('stopped', { lags: true, seed: 5 });
  const { client, run, pass, create } = simulated;
  const missed = new Set<string>();
  for (let turn = 0; turn < 120; turn++) {
    const { ImageId } = await create({ Name: `golden ${turn}` });
    const commands = [
      new DescribeImagesCommand({ ImageIds: [ImageId ?? ''] }),
      new CreateTagsCommand({ Resources: [ImageId ?? ''], Tags: [{ Key: 'a', Value: '1' }] }),
      new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add: [{ UserId: '111122223333' }] } }),
    ];
    const command = commands[turn % commands.length];
    if (command === undefined) continue;
    const error = await run(
      client()
        .send(command as DescribeImagesCommand)
        .then(
          () => undefined,
          (reason: Error) => reason,
        ),
    );
    if (error?.name === 'InvalidAMIID.NotFound') {
      expect(error.message).toBe(`The image id '[${ImageId}]' does not exist`);
      missed.add(command.constructor.name);
    }
    await pass(2500);
    expect((await image(simulated, ImageId))?.ImageId).toBe(ImageId);
  }
  expect(missed.size).toBe(3);
});
