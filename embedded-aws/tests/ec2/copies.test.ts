import {
  CopyImageCommand,
  type CopyImageCommandInput,
  CreateImageCommand,
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  ModifyImageAttributeCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { CONSUMER, FAR, HOME, refusal, simulateEc2 } from '../simulated-ec2.ts';

type Options = NonNullable<Parameters<typeof simulateEc2>[0]>;

/** EC2 with an available image of the owner in the home region. */
async function withImage(options: Options = {}, changes: Partial<RunInstancesCommandInput> = {}) {
  const simulated = simulateEc2(options);
  const { client, run, launch, pass } = simulated;
  const { Instances } = await run(client().send(new RunInstancesCommand(launch(changes))));
  const InstanceId = Instances?.[0]?.InstanceId ?? '';
  await pass(130);
  await run(client().send(new StopInstancesCommand({ InstanceIds: [InstanceId] })));
  await pass(400);
  const { ImageId: imageId = '' } = await run(
    client().send(
      new CreateImageCommand({
        InstanceId,
        Name: 'golden',
        TagSpecifications: [
          {
            ResourceType: 'image',
            Tags: [
              { Key: 'secret', Value: 'yes' },
              { Key: 'ec2:SharedTag/version', Value: '7' },
            ],
          },
        ],
      }),
    ),
  );
  await pass(4000);
  const copy = (
    given: Partial<CopyImageCommandInput> = {},
    from: { account?: string; region?: string } = {},
  ) =>
    run(
      client({ region: FAR, ...from }).send(
        new CopyImageCommand({ SourceImageId: imageId, SourceRegion: HOME, Name: 'golden', ...given }),
      ),
    );
  const described = async (id = '', from: { account?: string; region?: string } = {}) => {
    const there = client({ region: FAR, ...from });
    const { Images } = await run(there.send(new DescribeImagesCommand({ ImageIds: [id] })));
    return Images?.[0];
  };
  return { ...simulated, imageId, copy, described };
}

describe('a copy', () => {
  test('is created in the called region, with its own snapshots and without tags and permissions', async () => {
    const simulated = await withImage();
    const { client, run, pass, imageId, copy, described, world } = simulated;
    await run(
      client().send(
        new ModifyImageAttributeCommand({
          ImageId: imageId,
          LaunchPermission: { Add: [{ UserId: CONSUMER }] },
        }),
      ),
    );
    const { ImageId } = await copy({
      TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'kind', Value: 'copy' }] }],
    });
    const pending = await described(ImageId);
    expect(pending).toMatchObject({
      State: 'pending',
      Name: 'golden',
      SourceImageId: imageId,
      SourceImageRegion: HOME,
      Tags: undefined,
    });
    // The snapshot exists, but the image does not show its id yet.
    expect(pending?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId).toBeUndefined();
    const snapshots = async () => {
      const there = client({ region: FAR });
      return (await run(there.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] })))).Snapshots ?? [];
    };
    const [source] = world.snapshots
      .all()
      .filter(({ account, region }) => account === '999988887777' && region === HOME);
    const [snapshot] = await snapshots();
    expect(snapshot).toMatchObject({ State: 'pending', Tags: [{ Key: 'kind', Value: 'copy' }] });
    expect(snapshot?.Description).toMatch(
      new RegExp(
        `^Copied for DestinationAmi ${ImageId} from SourceAmi ${imageId} for SourceSnapshot ${source?.id}\\. Task created on 1,[\\d,]+\\.$`,
      ),
    );
    await pass(4000);
    expect(await described(ImageId)).toMatchObject({
      State: 'available',
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: snapshot?.SnapshotId } }],
    });
    expect(world.images.get(ImageId ?? '')?.launchPermissions).toEqual([]);
    expect(world.snapshots.get(snapshot?.SnapshotId ?? '')?.disk).toEqual(source?.disk);
    // The copy does not depend on its source.
    await run(
      client().send(new DeregisterImageCommand({ ImageId: imageId, DeleteAssociatedSnapshots: true })),
    );
    expect((await described(ImageId))?.State).toBe('available');
  });

  test('copies the tags when requested', async () => {
    const { copy, world } = await withImage();
    const { ImageId = '' } = await copy({
      CopyImageTags: true,
      TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'secret', Value: 'no' }] }],
    });
    expect(world.images.get(ImageId)?.tags).toEqual({ secret: 'no', 'ec2:SharedTag/version': '7' });
  });

  test('can be encrypted, and stays encrypted', async () => {
    const { copy, pass, run, client, imageId, world } = await withImage();
    const { ImageId = '' } = await copy({ Encrypted: true });
    await pass(4000);
    const record = world.images.get(ImageId);
    expect(record?.blockDeviceMappings[0]?.Ebs?.Encrypted).toBe(true);
    const snapshotId = record?.blockDeviceMappings[0]?.Ebs?.SnapshotId;
    const back = { SourceImageId: ImageId, SourceRegion: FAR, Name: 'golden back' };
    const refused = run(client().send(new CopyImageCommand({ ...back, Encrypted: false })));
    expect(await refusal(refused)).toMatchObject({
      code: 'InvalidRequest',
      message: `Snapshot ${snapshotId} is encrypted. Creating an unencrypted copy from an encrypted snapshot is not supported.`,
    });
    const kept = await run(client().send(new CopyImageCommand(back)));
    expect(world.images.get(kept.ImageId ?? '')?.blockDeviceMappings[0]?.Ebs?.Encrypted).toBe(true);
    expect(imageId).not.toBe(ImageId);
    // Other accounts cannot use the AWS managed key.
    const shared = run(
      client({ region: FAR }).send(
        new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add: [{ UserId: CONSUMER }] } }),
      ),
    );
    expect(await refusal(shared)).toMatchObject({
      code: 'InvalidParameter',
      message: "Snapshots encrypted with the AWS Managed CMK can't be shared. Specify another snapshot",
    });
  });

  test('is ready within the requested time', async () => {
    const { copy, described, pass, world } = await withImage({ seed: 41 });
    const { ImageId = '' } = await copy({ SnapshotCopyCompletionDurationMinutes: 15 });
    const [snapshot] = world.snapshots.all().filter(({ copy: made }) => made?.by === 'CopyImage');
    expect(snapshot?.copy).toEqual({ by: 'CopyImage', completionMinutes: 15 });
    await pass(15 * 60);
    expect((await described(ImageId))?.State).toBe('available');
  });

  test('is the same for a repeated token, and refused for another request with the token', async () => {
    const { copy, world } = await withImage();
    const first = await copy({ ClientToken: 'x'.repeat(100) });
    expect(await copy({ ClientToken: 'x'.repeat(100) })).toMatchObject({ ImageId: first.ImageId });
    const changed = copy({ ClientToken: 'x'.repeat(100), Name: 'other' });
    expect((await refusal(changed)).code).toBe('IdempotentParameterMismatch');
    expect(world.images.all().filter(({ name }) => name === 'golden')).toHaveLength(2);
  });

  test('fails only by a fault of its region', async () => {
    const { copy, described, pass } = await withImage({
      faults: [{ image: 'fails', by: 'CopyImage', region: 'us-east-2' }],
    });
    const fine = await copy();
    const failed = await copy({}, { region: 'us-east-2' });
    await pass(4000);
    expect((await described(fine.ImageId))?.State).toBe('available');
    expect(await described(failed.ImageId, { region: 'us-east-2' })).toMatchObject({
      State: 'failed',
      StateReason: { Message: 'Copy image failed with an internal error.' },
    });
  });

  test('that is canceled while pending leaves a snapshot that can be deleted', async () => {
    const { copy, client, run, world } = await withImage();
    const { ImageId = '' } = await copy();
    const there = client({ region: FAR });
    await run(there.send(new DeregisterImageCommand({ ImageId })));
    const [left] = world.snapshots.all().filter(({ description }) => description.includes(ImageId));
    expect(left?.state).toBe('pending');
    await run(there.send(new DeleteSnapshotCommand({ SnapshotId: left?.id })));
  });
});

describe('a copy is refused', () => {
  test('when the image is not available', async () => {
    const { world, imageId, copy } = await withImage();
    const record = world.images.get(imageId);
    if (record) world.images.put({ ...record, state: 'pending' }, world.now(), 0);
    expect(await refusal(copy())).toMatchObject({
      code: 'InvalidAMIID.Unavailable',
      message: `The AMI ID '${imageId}' is currently pending and may not be used for this operation`,
    });
  });

  test('when the source region does not have the image, or is missing', async () => {
    const { imageId, copy } = await withImage();
    expect(await refusal(copy({ SourceRegion: 'us-west-2' }))).toMatchObject({
      code: 'InvalidAMIID.NotFound',
      message: `The image id '[${imageId}]' does not exist`,
    });
    expect((await refusal(copy({ SourceRegion: 'us-west-9' }))).code).toBe('InvalidParameterValue');
  });

  test('when the name is taken in the destination region', async () => {
    const { copy } = await withImage();
    const { ImageId } = await copy();
    expect(await refusal(copy())).toMatchObject({
      code: 'InvalidAMIName.Duplicate',
      message: `AMI name golden is already in use by AMI ${ImageId}`,
    });
  });

  test('when the account can launch the image, but not read its snapshots', async () => {
    const { client, run, imageId, copy } = await withImage();
    const consumer = { account: CONSUMER };
    expect((await refusal(copy({}, consumer))).code).toBe('InvalidAMIID.NotFound');
    await run(
      client().send(
        new ModifyImageAttributeCommand({
          ImageId: imageId,
          LaunchPermission: { Add: [{ UserId: CONSUMER }] },
        }),
      ),
    );
    expect(await refusal(copy({}, consumer))).toMatchObject({
      code: 'InvalidRequest',
      message: 'You do not have permission to access the storage of this ami',
    });
  });

  test('when the image has a product code of another account, but not for a public image without product code', async () => {
    const { copy, publicImage } = await withImage();
    const marketplace = publicImage(/^debian-12-amd64-20240717/).id;
    expect(await refusal(copy({ SourceImageId: marketplace }))).toMatchObject({
      code: 'InvalidRequest',
      message: 'Images from AWS Marketplace cannot be copied to another AWS account.',
    });
    await copy({ SourceImageId: publicImage(/^al2023/).id });
  });

  test('when 300 copies are pending in the region', async () => {
    const { copy } = await withImage({ faults: [{ image: 'hangs', by: 'CopyImage', times: 'always' }] });
    for (let turn = 0; turn < 300; turn++) await copy({ Name: `golden ${turn}` });
    expect(await refusal(copy())).toMatchObject({
      code: 'ResourceLimitExceeded',
      message: 'Too many snapshot copies in progress. The limit is 300 for this destination region.',
    });
    await copy({}, { region: 'us-east-2' });
  });

  test('with a key that is given without encryption', async () => {
    const { copy } = await withImage();
    expect(await refusal(copy({ KmsKeyId: 'alias/golden' }))).toMatchObject({
      code: 'InvalidParameterDependency',
      message: 'The parameter KmsKeyId requires the parameter Encrypted to be set.',
    });
  });

  test.each([14, 0, 20, 2895])('for an invalid completion time of %i minutes', async (minutes) => {
    const { copy } = await withImage();
    const refused = await refusal(copy({ SnapshotCopyCompletionDurationMinutes: minutes }));
    expect(refused.code).toBe('InvalidParameterValue');
    expect(refused.message).toContain('must be a multiple of 15 between 15 and 2880');
  });

  test('when the account has not enabled the region', async () => {
    const { copy } = await withImage({ disabledRegions: { '999988887777': ['ap-east-1'] } });
    expect((await refusal(copy({}, { region: 'ap-east-1' }))).code).toBe('AuthFailure');
  });
});
