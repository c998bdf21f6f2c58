import {
  CopyImageCommand,
  CreateImageCommand,
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  DescribeSnapshotsCommand,
  DescribeTagsCommand,
  DisableImageBlockPublicAccessCommand,
  EnableImageBlockPublicAccessCommand,
  GetImageBlockPublicAccessStateCommand,
  type LaunchPermissionModifications,
  ModifyImageAttributeCommand,
  type ModifyImageAttributeCommandInput,
  ResetImageAttributeCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import type { ImageRecord } from '../../src/ec2/records.ts';
import { addDefaultNetwork } from '../../src/new-world.ts';
import { CONSUMER, HOME, OWNER, refusal, simulateEc2 } from '../simulated-ec2.ts';

const STRANGER = '444455556666';
const organization = 'arn:aws:organizations::999988887777:organization/o-exampleorg1';
const unit = 'arn:aws:organizations::999988887777:ou/o-exampleorg1/ou-ab12-11111111';

/** EC2 with an image of the owner. `changes` overrides properties of its record. */
async function withImage(
  changes: Partial<ImageRecord> = {},
  options: NonNullable<Parameters<typeof simulateEc2>[0]> = {},
) {
  const simulated = simulateEc2(options);
  const { client, run, launch, pass, world } = simulated;
  const { Instances } = await run(client().send(new RunInstancesCommand(launch())));
  await pass(130);
  const made = await run(
    client().send(
      new CreateImageCommand({
        InstanceId: Instances?.[0]?.InstanceId,
        Name: 'golden',
        NoReboot: true,
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
  const imageId = made.ImageId ?? '';
  const record = world.images.get(imageId);
  if (record) world.images.put({ ...record, ...changes }, world.now(), 0);
  const modify = (input: Partial<ModifyImageAttributeCommandInput>, account = OWNER) =>
    run(client({ account }).send(new ModifyImageAttributeCommand({ ImageId: imageId, ...input })));
  const share = (LaunchPermission: LaunchPermissionModifications) => modify({ LaunchPermission });
  const permissions = async () => {
    const command = new DescribeImageAttributeCommand({ ImageId: imageId, Attribute: 'launchPermission' });
    return (await run(client().send(command))).LaunchPermissions;
  };
  const images = async (account: string, input: DescribeImagesCommandInput) =>
    (await run(client({ account }).send(new DescribeImagesCommand(input)))).Images ?? [];
  return { ...simulated, imageId, modify, share, permissions, images };
}

describe('launch permissions', () => {
  test('are added and removed, without duplicates', async () => {
    const { share, permissions } = await withImage();
    await share({ Add: [{ UserId: CONSUMER }, { UserId: CONSUMER }, { OrganizationArn: organization }] });
    await share({ Add: [{ UserId: CONSUMER }, { OrganizationalUnitArn: unit }] });
    expect(await permissions()).toEqual([
      { UserId: CONSUMER },
      { OrganizationArn: organization },
      { OrganizationalUnitArn: unit },
    ]);
    await share({ Remove: [{ UserId: CONSUMER }, { UserId: STRANGER }], Add: [{ UserId: STRANGER }] });
    expect(await permissions()).toEqual([{ OrganizationArn: organization }, { OrganizationalUnitArn: unit }]);
  });

  test.each([
    [{ UserId: '12345' }, 'Invalid attribute item value "12345" for userId item type.'],
    [{ Group: 'everybody' }, 'Invalid attribute item value "everybody" for group item type.'],
    [
      { OrganizationArn: 'o-exampleorg1' },
      'Invalid attribute item value "o-exampleorg1" for organizationArn item type.',
    ],
    [
      { OrganizationalUnitArn: organization },
      `Invalid attribute item value "${organization}" for organizationalUnitArn item type.`,
    ],
  ])('refuse %j', async (item, message) => {
    const { share, permissions } = await withImage();
    expect(await refusal(share({ Add: [item as { UserId: string }] }))).toMatchObject({
      code: 'InvalidAMIAttributeItemValue',
      message,
    });
    expect(await permissions()).toEqual([]);
  });

  test('name one entity per item, and at most 1,000 entities', async () => {
    const { share, permissions } = await withImage();
    const both = share({ Add: [{ UserId: CONSUMER, OrganizationArn: organization }] });
    expect((await refusal(both)).code).toBe('InvalidParameterCombination');
    const accounts = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ UserId: String(100_000_000_000 + index) }));
    expect((await refusal(share({ Add: accounts(1001) }))).code).toBe('ResourceLimitExceeded');
    await share({ Add: accounts(1000) });
    expect(await permissions()).toHaveLength(1000);
    expect((await refusal(share({ Add: [{ UserId: CONSUMER }] }))).code).toBe('ResourceLimitExceeded');
  });

  test.each(['pending', 'failed'] as const)('are refused while the image is %s', async (state) => {
    const { share, imageId } = await withImage({ state });
    expect(await refusal(share({ Add: [{ UserId: CONSUMER }] }))).toMatchObject({
      code: 'InvalidAMIID.Unavailable',
      message: `The AMI ID '${imageId}' is currently ${state} and may not be used for this operation`,
    });
  });

  test('can be changed and read only by the owner', async () => {
    const { share, modify, client, run, imageId } = await withImage();
    const LaunchPermission = { Add: [{ UserId: STRANGER }] };
    expect((await refusal(modify({ LaunchPermission }, CONSUMER))).code).toBe('InvalidAMIID.NotFound');
    await share({ Add: [{ UserId: CONSUMER }] });
    const notYours = { code: 'AuthFailure', message: `Not authorized for image:${imageId}`, status: 403 };
    expect(await refusal(modify({ LaunchPermission }, CONSUMER))).toEqual(notYours);
    const command = new DescribeImageAttributeCommand({ ImageId: imageId, Attribute: 'launchPermission' });
    expect(await refusal(run(client({ account: CONSUMER }).send(command)))).toEqual(notYours);
  });

  test('are one of several attributes, and only one attribute changes per call', async () => {
    const { modify, client, run, imageId } = await withImage();
    expect(await refusal(modify({}))).toMatchObject({
      code: 'InvalidParameterCombination',
      message: 'No attributes specified.',
    });
    const two = modify({ Description: { Value: 'new' }, ImdsSupport: { Value: 'v2.0' } });
    expect((await refusal(two)).code).toBe('InvalidParameterCombination');
    await modify({ Description: { Value: 'new' } });
    await modify({ ImdsSupport: { Value: 'v2.0' } });
    expect((await refusal(modify({ ImdsSupport: { Value: 'v1.0' } }))).code).toBe('InvalidParameterValue');
    const read = (Attribute: 'description' | 'imdsSupport' | 'bootMode') =>
      run(client().send(new DescribeImageAttributeCommand({ ImageId: imageId, Attribute })));
    expect((await read('description')).Description).toEqual({ Value: 'new' });
    expect((await read('imdsSupport')).ImdsSupport).toEqual({ Value: 'v2.0' });
    expect((await read('bootMode')).BootMode).toEqual({ Value: 'uefi-preferred' });
  });
});

describe('launch permissions that are reset', () => {
  const resetting = (imageId: string, changes = {}) =>
    new ResetImageAttributeCommand({ ImageId: imageId, Attribute: 'launchPermission', ...changes });

  test('are removed for all accounts, and a second reset succeeds', async () => {
    const { share, permissions, images, client, run, imageId } = await withImage();
    await run(client().send(new DisableImageBlockPublicAccessCommand({})));
    await share({ Add: [{ UserId: CONSUMER }, { OrganizationArn: organization }, { Group: 'all' }] });
    await run(client().send(resetting(imageId)));
    expect(await permissions()).toEqual([]);
    expect(await images(OWNER, { ImageIds: [imageId] })).toMatchObject([{ Public: false }]);
    expect((await refusal(images(CONSUMER, { ImageIds: [imageId] }))).code).toBe('InvalidAMIID.NotFound');
    await run(client().send(resetting(imageId)));
    expect(await permissions()).toEqual([]);
  });

  test('stay after a dry run', async () => {
    const { share, permissions, client, run, imageId } = await withImage();
    await share({ Add: [{ UserId: CONSUMER }] });
    const dry = run(client().send(resetting(imageId, { DryRun: true })));
    expect(await refusal(dry)).toMatchObject({ code: 'DryRunOperation', status: 412 });
    expect(await permissions()).toEqual([{ UserId: CONSUMER }]);
  });

  test('can be reset only by the owner', async () => {
    const { share, permissions, client, run, imageId } = await withImage();
    const byConsumer = () => run(client({ account: CONSUMER }).send(resetting(imageId)));
    expect((await refusal(byConsumer())).code).toBe('InvalidAMIID.NotFound');
    await share({ Add: [{ UserId: CONSUMER }] });
    expect(await refusal(byConsumer())).toEqual({
      code: 'AuthFailure',
      message: `Not authorized for image:${imageId}`,
      status: 403,
    });
    expect(await permissions()).toEqual([{ UserId: CONSUMER }]);
  });

  test.each([
    [{ ImageId: undefined }, 'MissingParameter'],
    [{ Attribute: undefined }, 'MissingParameter'],
    [{ Attribute: 'productCodes' }, 'InvalidParameterValue'],
    [{ ImageId: 'golden' }, 'InvalidAMIID.Malformed'],
    [{ ImageId: 'ami-00000000000000000' }, 'InvalidAMIID.NotFound'],
  ])('are refused for %j', async (changes, code) => {
    const { client, run, imageId } = await withImage();
    expect((await refusal(run(client().send(resetting(imageId, changes))))).code).toBe(code);
  });

  test.each(['pending', 'failed'] as const)('are refused while the image is %s', async (state) => {
    const { client, run, imageId } = await withImage({ state });
    expect((await refusal(run(client().send(resetting(imageId))))).code).toBe('InvalidAMIID.Unavailable');
  });

  test('are visible for one more read lag', async () => {
    const { share, permissions, client, run, pass, imageId } = await withImage({}, { lags: true, seed: 2 });
    let stale = 0;
    for (let turn = 0; turn < 20; turn++) {
      await pass(20);
      await share({ Add: [{ UserId: CONSUMER }] });
      await pass(20);
      await run(client().send(resetting(imageId)));
      if ((await permissions())?.length) stale++;
      await pass(20);
      expect(await permissions()).toEqual([]);
    }
    expect(stale).toBeGreaterThan(0);
  });
});

describe('an image for all accounts', () => {
  const toAll = { Add: [{ Group: 'all' as const }] };

  test('is refused until block public access is disabled', async () => {
    const { share, client, run, images, imageId } = await withImage();
    const state = async () => {
      const answer = await run(client().send(new GetImageBlockPublicAccessStateCommand({})));
      return answer.ImageBlockPublicAccessState;
    };
    expect(await state()).toBe('block-new-sharing');
    expect(await refusal(share(toAll))).toMatchObject({
      code: 'OperationNotPermitted',
      message:
        "You can't publicly share this image because block public access for AMIs is enabled for this account. To publicly share the image, you must call the DisableImageBlockPublicAccess API.",
    });
    await run(client().send(new DisableImageBlockPublicAccessCommand({})));
    expect(await state()).toBe('unblocked');
    await share(toAll);
    expect(await images(STRANGER, { ImageIds: [imageId] })).toMatchObject([{ Public: true }]);
    // An image that is already public stays public.
    await run(
      client().send(
        new EnableImageBlockPublicAccessCommand({ ImageBlockPublicAccessState: 'block-new-sharing' }),
      ),
    );
    expect(await state()).toBe('block-new-sharing');
    expect(await images(STRANGER, { ImageIds: [imageId] })).toHaveLength(1);
    await share({ Remove: [{ Group: 'all' }] });
    expect((await refusal(images(STRANGER, { ImageIds: [imageId] }))).code).toBe('InvalidAMIID.NotFound');
  });

  test.each([
    [
      'a product code',
      { productCodes: [{ ProductCodeId: 'abc', ProductCodeType: 'marketplace' as const }] },
      'OperationNotPermitted',
    ],
    [
      'encrypted snapshots',
      { blockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true } }] },
      'InvalidParameter',
    ],
  ])('is refused for an image with %s', async (_name, changes, code) => {
    const { share, client, run } = await withImage(changes);
    await run(client().send(new DisableImageBlockPublicAccessCommand({})));
    expect((await refusal(share(toAll))).code).toBe(code);
  });
});

describe('an account that an image is shared with', () => {
  test('sees and launches the image, and no other account does', async () => {
    const { share, images, imageId, world, client, run, launch } = await withImage();
    await share({ Add: [{ UserId: CONSUMER }] });
    expect(await images(CONSUMER, { ImageIds: [imageId] })).toHaveLength(1);
    expect(await images(CONSUMER, { Owners: [OWNER] })).toHaveLength(1);
    expect(await images(CONSUMER, { ExecutableUsers: ['self'] })).toHaveLength(1);
    expect(await images(CONSUMER, { Owners: ['self'] })).toEqual([]);
    expect(await images(STRANGER, { Owners: [OWNER] })).toEqual([]);
    expect((await refusal(images(STRANGER, { ImageIds: [imageId] }))).code).toBe('InvalidAMIID.NotFound');
    expect(await images(OWNER, { ExecutableUsers: [CONSUMER] })).toHaveLength(1);
    expect(await images(OWNER, { ExecutableUsers: ['self'] })).toEqual([]);

    const { subnets } = addDefaultNetwork(world, CONSUMER, HOME);
    const request = launch({ ImageId: imageId, SubnetId: subnets[0]?.id });
    const { Instances } = await run(client({ account: CONSUMER }).send(new RunInstancesCommand(request)));
    expect(Instances?.[0]?.ImageId).toBe(imageId);
    // The account has a volume from the image's snapshot, but cannot see the snapshot.
    const { Snapshots } = await run(
      client({ account: CONSUMER }).send(new DescribeSnapshotsCommand({ OwnerIds: [OWNER] })),
    );
    expect(Snapshots).toEqual([]);
  });

  test("sees only the shared tags, and nothing about the image's origin", async () => {
    const { share, images, imageId } = await withImage();
    await share({ Add: [{ UserId: CONSUMER }] });
    const [own] = await images(OWNER, { ImageIds: [imageId] });
    expect(own?.Tags).toHaveLength(2);
    const [seen] = await images(CONSUMER, { ImageIds: [imageId] });
    expect(seen?.Tags).toEqual([{ Key: 'ec2:SharedTag/version', Value: '7' }]);
    expect(seen?.SourceInstanceId).toBeUndefined();
    const byTag = (name: string) => images(CONSUMER, { Filters: [{ Name: `tag:${name}`, Values: ['*'] }] });
    expect(await byTag('ec2:SharedTag/version')).toHaveLength(1);
    expect(await byTag('secret')).toEqual([]);
  });

  test('adds its own tags, which no other account sees', async () => {
    const { share, images, client, run, imageId, world } = await withImage();
    const add = new CreateTagsCommand({ Resources: [imageId], Tags: [{ Key: 'mine', Value: '1' }] });
    const consumer = client({ account: CONSUMER });
    expect((await refusal(run(consumer.send(add)))).code).toBe('InvalidAMIID.NotFound');
    await share({ Add: [{ UserId: CONSUMER }, { UserId: STRANGER }] });
    for (let turn = 0; turn < 2; turn++) await run(consumer.send(add));
    const keys = async (account: string) => {
      const [image] = await images(account, { ImageIds: [imageId] });
      return image?.Tags?.map(({ Key }) => Key);
    };
    expect(await keys(CONSUMER)).toEqual(['ec2:SharedTag/version', 'mine']);
    expect(await keys(STRANGER)).toEqual(['ec2:SharedTag/version']);
    expect(await keys(OWNER)).toEqual(['secret', 'ec2:SharedTag/version']);
    const byTag = (account: string) => images(account, { Filters: [{ Name: 'tag:mine', Values: ['1'] }] });
    expect(await byTag(CONSUMER)).toHaveLength(1);
    expect(await byTag(STRANGER)).toEqual([]);
    expect(await byTag(OWNER)).toEqual([]);
    const listed = async (account: string) =>
      (
        await run(
          client({ account }).send(new DescribeTagsCommand({ Filters: [{ Name: 'key', Values: ['mine'] }] })),
        )
      ).Tags;
    expect(await listed(CONSUMER)).toEqual([
      { Key: 'mine', Value: '1', ResourceId: imageId, ResourceType: 'image' },
    ]);
    expect(await listed(OWNER)).toEqual([]);
    await share({ Remove: [{ UserId: CONSUMER }] });
    expect(await listed(CONSUMER)).toEqual([]);
    await share({ Add: [{ UserId: CONSUMER }] });
    // A copy also does not get the owner's tags.
    const snapshotId = world.images.get(imageId)?.blockDeviceMappings[0]?.Ebs?.SnapshotId ?? '';
    const snapshot = world.snapshots.get(snapshotId);
    if (snapshot) world.snapshots.put({ ...snapshot, sharedWith: [CONSUMER] }, world.now(), 0);
    const copy = { Name: 'own', SourceImageId: imageId, SourceRegion: HOME, CopyImageTags: true };
    const { ImageId = '' } = await run(consumer.send(new CopyImageCommand(copy)));
    expect(world.images.get(ImageId)?.tags).toEqual({ 'ec2:SharedTag/version': '7', mine: '1' });
    await run(consumer.send(new DeleteTagsCommand({ Resources: [imageId] })));
    expect(await keys(CONSUMER)).toEqual(['ec2:SharedTag/version']);
    expect(await keys(OWNER)).toHaveLength(2);
  });

  test('adds its own tags to a public image and a snapshot, fifty tags at most', async () => {
    const { client, run, publicImage } = simulateEc2();
    const { id, blockDeviceMappings } = publicImage(/^al2023.*-kernel-6\.1-x86_64$/);
    const Resources = [id, blockDeviceMappings[0]?.Ebs?.SnapshotId ?? ''];
    const tag = (count: number) =>
      run(
        client().send(
          new CreateTagsCommand({
            Resources,
            Tags: Array.from({ length: count }, (_, index) => ({ Key: `k${index}`, Value: '' })),
          }),
        ),
      );
    await tag(50);
    expect((await refusal(tag(51))).code).toBe('TagLimitExceeded');
    const { Tags } = await run(client().send(new DescribeTagsCommand({})));
    expect(Tags).toHaveLength(100);
    const { Snapshots } = await run(
      client().send(new DescribeSnapshotsCommand({ Filters: [{ Name: 'tag-key', Values: ['k7'] }] })),
    );
    expect(Snapshots).toMatchObject([{ SnapshotId: Resources[1] }]);
    expect(Snapshots?.[0]?.Tags).toHaveLength(50);
    const other = await run(client({ account: CONSUMER }).send(new DescribeTagsCommand({})));
    expect(other.Tags).toEqual([]);
  });

  test('loses the image when the permission is removed', async () => {
    const { share, images, imageId } = await withImage();
    await share({ Add: [{ UserId: CONSUMER }] });
    await share({ Remove: [{ UserId: CONSUMER }] });
    expect((await refusal(images(CONSUMER, { ImageIds: [imageId] }))).code).toBe('InvalidAMIID.NotFound');
  });
});

test('a new launch permission is not visible at first', async () => {
  const { share, permissions, pass } = await withImage({}, { lags: true, seed: 2 });
  await pass(20);
  let stale = 0;
  for (let turn = 0; turn < 20; turn++) {
    const item = { UserId: String(100_000_000_000 + turn) };
    await share({ Add: [item] });
    const read = await permissions();
    if (!read?.some(({ UserId }) => UserId === item.UserId)) stale++;
    await pass(20);
    expect(await permissions()).toContainEqual(item);
  }
  expect(stale).toBeGreaterThan(0);
});
