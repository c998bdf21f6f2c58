import {
  CopyImageCommand,
  CreateImageCommand,
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeImageAttributeCommand,
  DisableImageCommand,
  DisableImageDeprecationCommand,
  DisableImageDeregistrationProtectionCommand,
  EnableImageCommand,
  EnableImageDeprecationCommand,
  EnableImageDeregistrationProtectionCommand,
  GetImageAncestryCommand,
  ModifyImageAttributeCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { addDefaultNetwork } from '../../src/new-world.ts';
import { CONSUMER, FAR, HOME, OWNER, refusal, START } from '../simulated-ec2.ts';
import { ownSnapshot, withSnapshot } from './registered-image.ts';

const hourSeconds = 3600;
const daySeconds = 24 * hourSeconds;

/** EC2 with an available image of the owner. */
async function withImage(options: Parameters<typeof withSnapshot>[0] = {}) {
  const simulated = withSnapshot(options);
  const imageId = await simulated.registered();
  await simulated.settled();
  const { world, client, run } = simulated;
  const owner = client();
  return {
    ...simulated,
    imageId,
    record: () => {
      const image = world.images.get(imageId);
      if (image === undefined) throw new Error('there is no image');
      return image;
    },
    image: async () => (await simulated.images({ ImageIds: [imageId] }))[0],
    share: (UserId = CONSUMER) =>
      run(
        owner.send(
          new ModifyImageAttributeCommand({ ImageId: imageId, LaunchPermission: { Add: [{ UserId }] } }),
        ),
      ),
    disable: () => run(owner.send(new DisableImageCommand({ ImageId: imageId }))),
    enable: () => run(owner.send(new EnableImageCommand({ ImageId: imageId }))),
    deprecate: (DeprecateAt: Date) =>
      run(owner.send(new EnableImageDeprecationCommand({ ImageId: imageId, DeprecateAt }))),
    protect: (WithCooldown?: boolean) =>
      run(owner.send(new EnableImageDeregistrationProtectionCommand({ ImageId: imageId, WithCooldown }))),
    unprotect: () => run(owner.send(new DisableImageDeregistrationProtectionCommand({ ImageId: imageId }))),
    deregister: (DeleteAssociatedSnapshots?: boolean) =>
      run(owner.send(new DeregisterImageCommand({ ImageId: imageId, DeleteAssociatedSnapshots }))),
    attribute: (Attribute: 'deregistrationProtection' | 'lastLaunchedTime') =>
      run(owner.send(new DescribeImageAttributeCommand({ ImageId: imageId, Attribute }))),
  };
}

const later = (from: Date, { years = 0, days = 0, seconds = 0 }) => {
  const date = new Date(from);
  date.setUTCFullYear(date.getUTCFullYear() + years);
  return new Date(date.getTime() + (days * daySeconds + seconds) * 1000);
};

interface Asked {
  ImageId: string | undefined;
  DryRun?: boolean;
}

const notReady = ['pending', 'failed'] as const;

/** Each operation, with the image states that it refuses. */
const operations = {
  DisableImage: [(input: Asked) => new DisableImageCommand(input), [...notReady, 'disabled']],
  EnableImage: [(input: Asked) => new EnableImageCommand(input), [...notReady, 'available']],
  EnableImageDeprecation: [
    (input: Asked) =>
      new EnableImageDeprecationCommand({ DeprecateAt: later(START, { days: 10 }), ...input }),
    notReady,
  ],
  DisableImageDeprecation: [(input: Asked) => new DisableImageDeprecationCommand(input), notReady],
  EnableImageDeregistrationProtection: [
    (input: Asked) => new EnableImageDeregistrationProtectionCommand(input),
    notReady,
  ],
  DisableImageDeregistrationProtection: [
    (input: Asked) => new DisableImageDeregistrationProtectionCommand(input),
    notReady,
  ],
  DeregisterImage: [(input: Asked) => new DeregisterImageCommand(input), []],
} as const;

describe.each(Object.entries(operations))('%s', (name, [command, wrongStates]) => {
  const send = (
    { client, run }: Awaited<ReturnType<typeof withImage>>,
    input: Asked,
    account = OWNER,
  ): Promise<unknown> =>
    // The responses of the commands differ, but this test does not read them.
    run(client({ account }).send(command(input) as DisableImageCommand));

  test.each([
    [undefined, 'MissingParameter'],
    ['golden', 'InvalidAMIID.Malformed'],
    ['ami-00000000000000000', 'InvalidAMIID.NotFound'],
  ])('is refused for %s', async (ImageId, code) => {
    expect((await refusal(send(await withImage(), { ImageId }))).code).toBe(code);
  });

  test('is allowed only for the owner', async () => {
    const simulated = await withImage();
    const ask = () => send(simulated, { ImageId: simulated.imageId }, CONSUMER);
    expect((await refusal(ask())).code).toBe('InvalidAMIID.NotFound');
    await simulated.share();
    expect(await refusal(ask())).toEqual({
      code: 'AuthFailure',
      message: `Not authorized for image:${simulated.imageId}`,
      status: 403,
    });
  });

  test('changes nothing with DryRun', async () => {
    const simulated = await withImage();
    if (name === 'EnableImage') await simulated.disable();
    const before = simulated.record();
    const work = send(simulated, { ImageId: simulated.imageId, DryRun: true });
    expect((await refusal(work)).code).toBe('DryRunOperation');
    expect(simulated.record()).toEqual(before);
  });

  test('is refused for a deregistered image', async () => {
    const simulated = await withImage();
    const { client, run, launch, imageId, deregister } = simulated;
    // EC2 knows the image as long as it has an instance.
    await run(client().send(new RunInstancesCommand(launch({ ImageId: imageId }))));
    await deregister();
    expect(await refusal(send(simulated, { ImageId: imageId }))).toMatchObject({
      code: 'InvalidAMIID.Unavailable',
      message: `The image id '[${imageId}]' is no longer available`,
    });
  });

  test.each([...wrongStates])('is refused for an image that is %s', async (state) => {
    const simulated = await withImage();
    const { world, record, imageId } = simulated;
    world.images.put({ ...record(), state }, world.now(), 0);
    expect(await refusal(send(simulated, { ImageId: imageId }))).toMatchObject({
      code: 'InvalidAMIID.Unavailable',
      message: `The AMI ID '${imageId}' is currently ${state} and may not be used for this operation`,
    });
  });
});

describe('a disabled image', () => {
  test('loses its shares permanently, is hidden, and cannot be launched or copied', async () => {
    const simulated = await withImage();
    const { share, disable, enable, images, imageId, client, run, launch, record, snapshot } = simulated;
    await share();
    await disable();
    expect(record()).toMatchObject({ state: 'disabled', launchPermissions: [] });
    const query = { ImageIds: [imageId] };
    expect((await refusal(images(query, CONSUMER))).code).toBe('InvalidAMIID.NotFound');
    expect(await images({ Owners: ['self'] })).toEqual([]);
    expect(await images({ Owners: ['self'], IncludeDisabled: true })).toMatchObject([{ State: 'disabled' }]);
    expect(await images(query)).toMatchObject([{ State: 'disabled', Public: false }]);
    for (const use of [
      () => run(client().send(new RunInstancesCommand(launch({ ImageId: imageId })))),
      () =>
        run(
          client({ region: FAR }).send(
            new CopyImageCommand({ SourceImageId: imageId, SourceRegion: HOME, Name: 'copy' }),
          ),
        ),
      share,
    ]) {
      expect((await refusal(use())).code).toBe('InvalidAMIID.Unavailable');
    }
    const deleting = run(client().send(new DeleteSnapshotCommand({ SnapshotId: snapshot.id })));
    expect(await refusal(deleting)).toMatchObject({
      code: 'InvalidSnapshot.InUse',
      message: `The snapshot ${snapshot.id} is currently in use by ${imageId}`,
    });
    expect(await enable()).toMatchObject({ Return: true });
    expect(record()).toMatchObject({ state: 'available', launchPermissions: [] });
    expect((await refusal(images(query, CONSUMER))).code).toBe('InvalidAMIID.NotFound');
    await share();
    expect(await images(query, CONSUMER)).toHaveLength(1);
    await run(client().send(new RunInstancesCommand(launch({ ImageId: imageId }))));
  });

  test('can be deregistered', async () => {
    const { disable, deregister, record } = await withImage();
    await disable();
    await deregister();
    expect(record().state).toBe('deregistered');
  });
});

describe('the deprecation of an image', () => {
  test('is rounded to the minute, replaced by a new time, and canceled', async () => {
    const { deprecate, image, client, run, imageId } = await withImage();
    expect((await image())?.DeprecationTime).toBeUndefined();
    await deprecate(new Date('2027-01-02T03:04:31.000Z'));
    expect((await image())?.DeprecationTime).toBe('2027-01-02T03:05:00.000Z');
    await deprecate(new Date('2028-01-02T03:04:05.000Z'));
    expect((await image())?.DeprecationTime).toBe('2028-01-02T03:04:00.000Z');
    const cancel = () => run(client().send(new DisableImageDeprecationCommand({ ImageId: imageId })));
    expect(await cancel()).toMatchObject({ Return: true });
    expect((await image())?.DeprecationTime).toBeUndefined();
    await cancel();
  });

  test('hides the image from other accounts unless requested, and still allows launches', async () => {
    const { deprecate, share, images, pass, imageId, world, client, run, launch } = await withImage();
    await share();
    await deprecate(later(new Date(world.now()), { seconds: 300 }));
    const owners = { Owners: [OWNER] };
    expect(await images(owners, CONSUMER)).toHaveLength(1);
    await pass(400);
    expect(await images(owners, CONSUMER)).toEqual([]);
    expect(await images({ ...owners, IncludeDeprecated: true }, CONSUMER)).toHaveLength(1);
    expect(await images({ ImageIds: [imageId] }, CONSUMER)).toHaveLength(1);
    expect(await images(owners)).toHaveLength(1);
    const { subnets } = addDefaultNetwork(world, CONSUMER, HOME);
    const request = launch({ ImageId: imageId, SubnetId: subnets[0]?.id });
    await run(client({ account: CONSUMER }).send(new RunInstancesCommand(request)));
  });

  test.each([
    ['a time in the past', { seconds: -60 }],
    ['a time more than ten years in the future', { years: 10, days: 1 }],
  ])('is refused: %s', async (_name, offset) => {
    const { deprecate, world, record } = await withImage();
    const work = deprecate(later(new Date(world.now()), offset));
    expect((await refusal(work)).code).toBe('InvalidParameterValue');
    expect(record().deprecationTime).toBeUndefined();
  });

  test('requires a time', async () => {
    const { client, run, imageId, deprecate } = await withImage();
    const command = new EnableImageDeprecationCommand({ ImageId: imageId, DeprecateAt: undefined });
    expect((await refusal(run(client().send(command)))).code).toBe('MissingParameter');
    expect((await refusal(deprecate(new Date('nonsense')))).code).toBe('InvalidParameterValue');
  });

  test('can be ten years in the future', async () => {
    const { deprecate, world, image } = await withImage();
    await deprecate(later(new Date(world.now()), { years: 10, seconds: -60 }));
    expect((await image())?.DeprecationTime).toMatch(/^2036-11-2/);
  });
});

describe('deregistration protection', () => {
  const protection = async ({ attribute, image }: Awaited<ReturnType<typeof withImage>>) => {
    const { DeregistrationProtection } = await attribute('deregistrationProtection');
    const shown = (await image())?.DeregistrationProtection;
    expect(DeregistrationProtection?.Value).toBe(shown);
    return shown;
  };

  test('without a cooldown ends when it is disabled', async () => {
    const simulated = await withImage();
    const { protect, unprotect, deregister, imageId, record } = simulated;
    expect(await protection(simulated)).toBe('disabled');
    expect(await protect()).toMatchObject({ Return: 'true' });
    expect(await protection(simulated)).toBe('enabled-without-cooldown');
    expect(await refusal(deregister())).toMatchObject({
      code: 'OperationNotPermitted',
      message: `The image ${imageId} can't be deregistered because deregistration protection is enabled. Disable deregistration protection and try again.`,
    });
    expect(await unprotect()).toMatchObject({ Return: 'true' });
    expect(await protection(simulated)).toBe('disabled');
    await deregister();
    expect(record().state).toBe('deregistered');
  });

  test('with a cooldown lasts one more day, even if it is disabled repeatedly', async () => {
    const simulated = await withImage();
    const { protect, unprotect, deregister, pass, record, world } = simulated;
    await protect(true);
    expect(await protection(simulated)).toBe('enabled-with-cooldown');
    await unprotect();
    const end = record().deregistrationProtection?.endsAt ?? 0;
    expect(end - world.now()).toBeGreaterThan((daySeconds - 10) * 1000);
    expect(await protection(simulated)).toBe(`disabled after ${new Date(end).toISOString()}`);
    await pass(12 * hourSeconds);
    await unprotect();
    expect(record().deregistrationProtection?.endsAt).toBe(end);
    expect((await refusal(deregister())).code).toBe('OperationNotPermitted');
    await pass(12 * hourSeconds);
    expect(await protection(simulated)).toBe('disabled');
    await unprotect();
    await deregister();
    expect(record().state).toBe('deregistered');
  });

  test('can switch between both kinds, and also protects a disabled image', async () => {
    const simulated = await withImage();
    const { protect, disable, deregister, images, imageId } = simulated;
    await protect(true);
    await protect(false);
    await disable();
    expect(await protection(simulated)).toBe('enabled-without-cooldown');
    expect((await refusal(deregister())).code).toBe('OperationNotPermitted');
    expect(await images({ ImageIds: [imageId] })).toHaveLength(1);
  });
});

describe('deregistering an image with its snapshots', () => {
  test('deletes the snapshots, except those that another image uses or another account owns', async () => {
    const simulated = withSnapshot();
    const { registered, snapshot, client, run, world } = simulated;
    const shared = ownSnapshot(simulated);
    const foreign = ownSnapshot(simulated, { account: CONSUMER, public: true });
    const gone = ownSnapshot(simulated);
    const device = (DeviceName: string, SnapshotId: string) => ({ DeviceName, Ebs: { SnapshotId } });
    const ImageId = await registered({
      BlockDeviceMappings: [
        device('/dev/xvda', snapshot.id),
        device('/dev/sdf', shared.id),
        device('/dev/sdg', foreign.id),
        device('/dev/sdh', gone.id),
        device('/dev/sdi', snapshot.id),
      ],
    });
    await registered({ Name: 'other', BlockDeviceMappings: [device('/dev/xvda', shared.id)] });
    world.snapshots.delete(gone.id);
    const answer = await run(
      client().send(new DeregisterImageCommand({ ImageId, DeleteAssociatedSnapshots: true })),
    );
    expect(answer).toMatchObject({
      Return: true,
      DeleteSnapshotResults: [
        { SnapshotId: snapshot.id, ReturnCode: 'success' },
        { SnapshotId: shared.id, ReturnCode: 'skipped' },
        { SnapshotId: foreign.id, ReturnCode: 'client-error' },
      ],
    });
    expect(world.snapshots.get(snapshot.id)).toBeUndefined();
    expect(world.snapshots.get(shared.id)).toBeDefined();
    expect(world.snapshots.get(foreign.id)).toBeDefined();
  });

  test('keeps the snapshots by default', async () => {
    const { deregister, world, snapshot } = await withImage();
    expect((await deregister(false)).DeleteSnapshotResults).toBeUndefined();
    expect(world.snapshots.get(snapshot.id)).toBeDefined();
  });
});

test("the time of an image's last launch is reported a day later, only to its owner", async () => {
  const { client, run, launch, imageId, pass, image, attribute, share, images, record, world } =
    await withImage();
  await share();
  const start = () => run(client().send(new RunInstancesCommand(launch({ ImageId: imageId }))));
  await start();
  const launched = world.instances.all()[0]?.launchTime ?? 0;
  await pass(23 * hourSeconds);
  expect((await image())?.LastLaunchedTime).toBeUndefined();
  await start();
  await pass(2 * hourSeconds);
  const text = new Date(launched).toISOString().replace(/\.\d+Z$/, 'Z');
  expect((await image())?.LastLaunchedTime).toBe(text);
  expect((await attribute('lastLaunchedTime')).LastLaunchedTime).toEqual({ Value: text });
  const [seen] = await images({ ImageIds: [imageId] }, CONSUMER);
  expect(seen?.LastLaunchedTime).toBeUndefined();
  expect(seen?.DeregistrationProtection).toBeUndefined();
  await pass(daySeconds);
  expect(record().lastLaunchedTime).toBeGreaterThan(launched);
});

describe('the ancestry of an image', () => {
  test("leads to a vendor's image, across regions and images that are gone", async () => {
    const { client, run, launch, pass, publicImage } = withSnapshot();
    const base = publicImage(/^al2023.*-kernel-6\.1-x86_64$/);
    const { Instances } = await run(client().send(new RunInstancesCommand(launch())));
    const InstanceId = Instances?.[0]?.InstanceId ?? '';
    await pass(130);
    const made = await run(
      client().send(new CreateImageCommand({ InstanceId, Name: 'golden', NoReboot: true })),
    );
    await pass(4000);
    const far = client({ region: FAR });
    const copied = await run(
      far.send(new CopyImageCommand({ SourceImageId: made.ImageId, SourceRegion: HOME, Name: 'golden' })),
    );
    await pass(10_000);
    const ancestry = async () =>
      (await run(far.send(new GetImageAncestryCommand({ ImageId: copied.ImageId })))).ImageAncestryEntries;
    const whole = await ancestry();
    expect(whole).toMatchObject([
      { ImageId: copied.ImageId, SourceImageId: made.ImageId, SourceImageRegion: HOME },
      { ImageId: made.ImageId, SourceImageId: base.id, SourceImageRegion: HOME },
      { ImageId: base.id, ImageOwnerAlias: 'amazon', CreationDate: new Date(base.creationDate) },
    ]);
    await run(client().send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] })));
    await run(client().send(new DeregisterImageCommand({ ImageId: made.ImageId })));
    await pass(2 * hourSeconds);
    expect(await ancestry()).toEqual(whole);
  });

  test('of an image registered from snapshots is the image itself, and is visible to accounts that the image is shared with', async () => {
    const { imageId, share, client, run } = await withImage();
    const ask = () =>
      run(client({ account: CONSUMER }).send(new GetImageAncestryCommand({ ImageId: imageId })));
    expect((await refusal(ask())).code).toBe('InvalidAMIID.NotFound');
    await share();
    const { ImageAncestryEntries } = await ask();
    expect(ImageAncestryEntries).toHaveLength(1);
    expect(ImageAncestryEntries?.[0]).toMatchObject({ ImageId: imageId, CreationDate: expect.any(Date) });
  });

  test.each([
    [{}, 'MissingParameter'],
    [{ ImageId: 'golden' }, 'InvalidAMIID.Malformed'],
    [{ ImageId: 'ami-00000000000000000' }, 'InvalidAMIID.NotFound'],
  ])('is refused for %j', async (input, code) => {
    const { client, run } = withSnapshot();
    const work = run(client().send(new GetImageAncestryCommand(input as { ImageId: string })));
    expect((await refusal(work)).code).toBe(code);
  });
});
