import {
  CancelImageLaunchPermissionCommand,
  DescribeImageAttributeCommand,
  type DescribeImageAttributeCommandInput,
  DescribeImagesCommand,
  DisableImageBlockPublicAccessCommand,
  DisableImageDeprecationCommand,
  EnableImageDeprecationCommand,
  ModifyImageAttributeCommand,
  type ModifyImageAttributeCommandInput,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { newKey } from '../../src/kms/keys.ts';
import { addDefaultNetwork } from '../../src/new-world.ts';
import { CONSUMER, HOME, OWNER, refusal } from '../simulated-ec2.ts';
import { ownSnapshot, withSnapshot } from './registered-image.ts';

const STRANGER = '444455556666';
const root = 'arn:aws:organizations::999988887777';
const organization = `${root}:organization/o-exampleorg1`;
const unit = `${root}:ou/o-exampleorg1/ou-ab12-11111111`;
const inner = `${root}:ou/o-exampleorg1/ou-ab12-22222222`;
const organizations = {
  [OWNER]: { organization, units: [] },
  [CONSUMER]: { organization, units: [unit, inner] },
};

async function withImage(options: Parameters<typeof withSnapshot>[0] = { organizations }) {
  const simulated = withSnapshot(options);
  const imageId = await simulated.registered();
  await simulated.settled();
  const { world, client, run } = simulated;
  const modify = (input: Partial<ModifyImageAttributeCommandInput>, ImageId = imageId) =>
    run(client().send(new ModifyImageAttributeCommand({ ImageId, ...input })));
  return {
    ...simulated,
    imageId,
    modify,
    permissions: () => world.images.get(imageId)?.launchPermissions,
    unblock: () => run(client().send(new DisableImageBlockPublicAccessCommand({}))),
  };
}

describe('the flat form of ModifyImageAttribute', () => {
  const flat = { Attribute: 'launchPermission', OperationType: 'add' } as const;

  test('adds and removes permissions like the structured form', async () => {
    const { modify, permissions, unblock } = await withImage();
    await unblock();
    await modify({
      ...flat,
      UserIds: [CONSUMER, CONSUMER],
      UserGroups: ['all'],
      OrganizationArns: [organization],
      OrganizationalUnitArns: [unit],
    });
    expect(permissions()).toEqual([
      { UserId: CONSUMER },
      { Group: 'all' },
      { OrganizationArn: organization },
      { OrganizationalUnitArn: unit },
    ]);
    await modify({ ...flat, OperationType: 'remove', UserIds: [CONSUMER], UserGroups: ['all'] });
    expect(permissions()).toEqual([{ OrganizationArn: organization }, { OrganizationalUnitArn: unit }]);
  });

  test('sets a description and the IMDS support', async () => {
    const { modify, world, imageId } = await withImage();
    await modify({ Attribute: 'description', Value: 'new' });
    await modify({ Attribute: 'imdsSupport', Value: 'v2.0' });
    expect(world.images.get(imageId)).toMatchObject({ description: 'new', imdsSupport: 'v2.0' });
  });

  test('can repeat the structured form, as Packer does', async () => {
    const { modify, permissions } = await withImage();
    await modify({ UserIds: [CONSUMER], LaunchPermission: { Add: [{ UserId: CONSUMER }] } });
    expect(permissions()).toEqual([{ UserId: CONSUMER }]);
    const other = modify({ UserIds: [STRANGER], LaunchPermission: { Add: [{ UserId: CONSUMER }] } });
    expect((await refusal(other)).code).toBe('NotEmulated');
  });

  test.each<[string, Partial<ModifyImageAttributeCommandInput>, string]>([
    ['a missing attribute', { OperationType: 'add', UserIds: [CONSUMER] }, 'InvalidParameterCombination'],
    ['an unknown attribute', { Attribute: 'name', Value: 'x' }, 'InvalidParameterValue'],
    ['a missing operation', { Attribute: 'launchPermission', UserIds: [CONSUMER] }, 'MissingParameter'],
    [
      'an unknown operation',
      { ...flat, OperationType: 'set' as 'add', UserIds: [CONSUMER] },
      'InvalidParameterValue',
    ],
    ['no accounts', flat, 'InvalidParameterCombination'],
    ['an invalid account id', { ...flat, UserIds: ['12'] }, 'InvalidAMIAttributeItemValue'],
    ['an unknown group', { ...flat, UserGroups: ['everybody'] }, 'InvalidAMIAttributeItemValue'],
    ['permissions with a value', { ...flat, Value: 'x' }, 'InvalidParameterCombination'],
    [
      'a description with users',
      { Attribute: 'description', Value: 'x', UserIds: [CONSUMER] },
      'InvalidParameterCombination',
    ],
    ['an attribute description without a value', { Attribute: 'description' }, 'MissingParameter'],
    ['a long description', { Attribute: 'description', Value: 'x'.repeat(256) }, 'InvalidParameterValue'],
    ['an old IMDS version', { Attribute: 'imdsSupport', Value: 'v1.0' }, 'InvalidParameterValue'],
    [
      'an attribute name that does not match its field',
      { Attribute: 'description', ImdsSupport: { Value: 'v2.0' } },
      'InvalidParameterCombination',
    ],
  ])('is refused: %s', async (_name, input, code) => {
    const { modify, permissions } = await withImage();
    expect((await refusal(modify(input))).code).toBe(code);
    expect(permissions()).toEqual([]);
  });
});

test('the attribute name can differ in case when its own field is present, as in the Ansible module ec2_ami', async () => {
  const { modify, permissions, world, imageId } = await withImage();
  await modify({ Attribute: 'LaunchPermission', LaunchPermission: { Add: [{ UserId: CONSUMER }] } });
  expect(permissions()).toEqual([{ UserId: CONSUMER }]);
  await modify({ Attribute: 'Description', Description: { Value: 'new' } });
  await modify({ Attribute: 'ImdsSupport', ImdsSupport: { Value: 'v2.0' } });
  expect(world.images.get(imageId)).toMatchObject({ description: 'new', imdsSupport: 'v2.0' });
  const other = { Attribute: 'Description', LaunchPermission: { Remove: [{ UserId: CONSUMER }] } };
  expect((await refusal(modify(other))).code).toBe('InvalidParameterCombination');
  const unknown = { ...other, Attribute: 'Permission' };
  expect((await refusal(modify(unknown))).code).toBe('InvalidParameterValue');
  expect(permissions()).toEqual([{ UserId: CONSUMER }]);
});

describe('an image that is shared with an organization', () => {
  test.each([
    ['with the whole organization', { OrganizationArn: organization }],
    ['with the outer unit', { OrganizationalUnitArn: unit }],
    ['with the inner unit', { OrganizationalUnitArn: inner }],
  ])(
    '%s is visible to its accounts, which can launch it, and to no other account',
    async (_name, permission) => {
      const { modify, imageId, images, world, client, run, launch } = await withImage();
      await modify({ LaunchPermission: { Add: [permission] } });
      const query = { ImageIds: [imageId] };
      expect(await images(query, CONSUMER)).toMatchObject([{ ImageId: imageId, Public: false }]);
      expect((await refusal(images(query, STRANGER))).code).toBe('InvalidAMIID.NotFound');
      expect(await images({ ExecutableUsers: ['self'] }, CONSUMER)).toHaveLength(1);
      expect(await images({ ExecutableUsers: [CONSUMER] }, CONSUMER)).toHaveLength(1);
      // "AMIs that are shared with the account's organization or OU are not returned" to other accounts (SDK,
      // DescribeImagesRequest).
      expect(await images({ ExecutableUsers: [CONSUMER] })).toEqual([]);
      const { subnets } = addDefaultNetwork(world, CONSUMER, HOME);
      const request = launch({ ImageId: imageId, SubnetId: subnets[0]?.id });
      await run(client({ account: CONSUMER }).send(new RunInstancesCommand(request)));
      await modify({ LaunchPermission: { Remove: [permission] } });
      expect((await refusal(images(query, CONSUMER))).code).toBe('InvalidAMIID.NotFound');
    },
  );

  test('is not visible to accounts of another unit or organization', async () => {
    const other = { organization: organization.replace('1', '2'), units: [] };
    const { modify, imageId, images } = await withImage({
      organizations: { ...organizations, [STRANGER]: other },
    });
    await modify({ LaunchPermission: { Add: [{ OrganizationArn: organization }] } });
    expect((await refusal(images({ ImageIds: [imageId] }, STRANGER))).code).toBe('InvalidAMIID.NotFound');
  });
});

describe('an account that cancels its launch permission', () => {
  const cancel = ({ client, run }: Awaited<ReturnType<typeof withImage>>, ImageId: string, more = {}) =>
    run(client({ account: CONSUMER }).send(new CancelImageLaunchPermissionCommand({ ImageId, ...more })));

  test('loses the image, but other accounts keep it', async () => {
    const simulated = await withImage();
    const { modify, imageId, permissions, images } = simulated;
    await modify({ LaunchPermission: { Add: [{ UserId: CONSUMER }, { UserId: STRANGER }] } });
    expect((await refusal(cancel(simulated, imageId, { DryRun: true }))).code).toBe('DryRunOperation');
    expect(await cancel(simulated, imageId)).toMatchObject({ Return: true });
    expect(permissions()).toEqual([{ UserId: STRANGER }]);
    expect((await refusal(images({ ImageIds: [imageId] }, CONSUMER))).code).toBe('InvalidAMIID.NotFound');
    expect((await refusal(cancel(simulated, imageId))).code).toBe('InvalidAMIID.NotFound');
  });

  test('is refused when the permission comes from its organization or the image is public', async () => {
    const simulated = await withImage();
    const { modify, imageId, permissions, unblock } = simulated;
    await unblock();
    for (const permission of [{ OrganizationArn: organization }, { Group: 'all' as const }]) {
      await modify({ LaunchPermission: { Add: [permission] } });
      expect((await refusal(cancel(simulated, imageId))).code).toBe('OperationNotPermitted');
    }
    expect(permissions()).toHaveLength(2);
  });

  test.each([
    ['', 'InvalidAMIID.Malformed'],
    ['ami-00000000000000000', 'InvalidAMIID.NotFound'],
    [undefined, 'MissingParameter'],
  ])('is refused for %s', async (imageId, code) => {
    const simulated = await withImage();
    expect((await refusal(cancel(simulated, imageId as string))).code).toBe(code);
  });
});

describe('a public image', () => {
  const toAll = { LaunchPermission: { Add: [{ Group: 'all' as const }] } };

  test('is deprecated two years after its creation at the latest', async () => {
    const { modify, unblock, imageId, world, client, run } = await withImage();
    await unblock();
    await modify(toAll);
    const { creationDate = 0, deprecationTime = 0 } = world.images.get(imageId) ?? {};
    expect(new Date(deprecationTime).getUTCFullYear()).toBe(new Date(creationDate).getUTCFullYear() + 2);
    const deprecate = (at: number) =>
      run(client().send(new EnableImageDeprecationCommand({ ImageId: imageId, DeprecateAt: new Date(at) })));
    const cancel = () => run(client().send(new DisableImageDeprecationCommand({ ImageId: imageId })));
    const dayMs = 86_400_000;
    expect((await refusal(deprecate(deprecationTime + dayMs))).code).toBe('InvalidParameterValue');
    expect((await refusal(cancel())).code).toBe('OperationNotPermitted');
    await deprecate(deprecationTime - dayMs);
    await modify({ LaunchPermission: { Remove: [{ Group: 'all' }] } });
    await deprecate(deprecationTime + dayMs);
    await modify(toAll);
    expect(world.images.get(imageId)?.deprecationTime).toBe(deprecationTime);
    await modify({ LaunchPermission: { Remove: [{ Group: 'all' }] } });
    await cancel();
    expect(world.images.get(imageId)?.deprecationTime).toBeUndefined();
  });

  test('keeps an earlier deprecation time', async () => {
    const { modify, unblock, imageId, world, client, run } = await withImage();
    await unblock();
    const DeprecateAt = new Date('2027-05-01T00:00:00Z');
    await run(client().send(new EnableImageDeprecationCommand({ ImageId: imageId, DeprecateAt })));
    await modify(toAll);
    expect(world.images.get(imageId)?.deprecationTime).toBe(DeprecateAt.getTime());
  });

  test('counts toward the limit of five in its region', async () => {
    const { modify, unblock, registered, world, imageId } = await withImage();
    await unblock();
    for (let turn = 0; turn < 5; turn++) await modify(toAll, await registered({ Name: `public ${turn}` }));
    const refused = await refusal(modify(toAll));
    expect(refused.code).toBe('ResourceLimitExceeded');
    expect(refused.message).toMatch(
      /^You have reached your quota of 5 for the number of public images allowed in this Region/,
    );
    expect(world.images.get(imageId)?.launchPermissions).toEqual([]);
    const published = world.images.all().find(({ name }) => name === 'public 0')?.id ?? '';
    await modify({ LaunchPermission: { Remove: [{ Group: 'all' }] } }, published);
    await modify(toAll);
    // A repeated call adds nothing.
    await modify(toAll);
  });
});

test('an image encrypted with a customer managed key can be shared, but not made public', async () => {
  const simulated = await withImage();
  const { world, registered, modify, unblock } = simulated;
  const key = newKey(
    world,
    {
      account: OWNER,
      region: HOME,
      tags: {},
      description: '',
      manager: 'CUSTOMER',
      multiRegion: false,
      creationTime: world.now(),
      policy: '{}',
    },
    world.now(),
  );
  const { id } = ownSnapshot(simulated, { encrypted: true, kmsKeyId: key.arn });
  const imageId = await registered({
    Name: 'encrypted',
    BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: id } }],
  });
  await modify({ LaunchPermission: { Add: [{ UserId: CONSUMER }] } }, imageId);
  await unblock();
  const toAll = modify({ LaunchPermission: { Add: [{ Group: 'all' }] } }, imageId);
  expect((await refusal(toAll)).code).toBe('InvalidParameter');
  expect(world.images.get(imageId)?.launchPermissions).toEqual([{ UserId: CONSUMER }]);
});

describe('attributes', () => {
  const read = async (
    { client, run, imageId }: Awaited<ReturnType<typeof withImage>>,
    Attribute: string,
    account = OWNER,
  ) => {
    const input = { ImageId: imageId, Attribute } as DescribeImageAttributeCommandInput;
    const { $metadata: _metadata, ...answer } = await run(
      client({ account }).send(new DescribeImageAttributeCommand(input)),
    );
    return answer;
  };

  test.each([
    ['bootMode', { BootMode: { Value: 'uefi' } }],
    ['deregistrationProtection', { DeregistrationProtection: { Value: 'disabled' } }],
    ['description', { Description: { Value: 'all of it' } }],
    ['imdsSupport', { ImdsSupport: { Value: 'v2.0' } }],
    ['kernel', { KernelId: {} }],
    ['ramdisk', { RamdiskId: {} }],
    ['lastLaunchedTime', { LastLaunchedTime: {} }],
    ['launchPermission', { LaunchPermissions: [] }],
    ['productCodes', { ProductCodes: [] }],
    ['sriovNetSupport', { SriovNetSupport: { Value: 'simple' } }],
    ['tpmSupport', { TpmSupport: { Value: 'v2.0' } }],
    ['uefiData', { UefiData: { Value: 'QQ==' } }],
  ])('%s is described', async (attribute, answer) => {
    const simulated = await withImage();
    const imageId = await simulated.registered({
      Name: 'whole',
      Description: 'all of it',
      BootMode: 'uefi',
      ImdsSupport: 'v2.0',
      TpmSupport: 'v2.0',
      UefiData: 'QQ==',
      SriovNetSupport: 'simple',
    });
    expect(await read({ ...simulated, imageId }, attribute)).toEqual({ ImageId: imageId, ...answer });
  });

  test('that an image does not have are empty', async () => {
    const simulated = await withImage();
    expect((await read(simulated, 'sriovNetSupport')).SriovNetSupport).toEqual({});
    expect((await read(simulated, 'tpmSupport')).TpmSupport?.Value).toBeUndefined();
  });

  test('are refused if EC2 never shows the attribute or does not have it', async () => {
    const simulated = await withImage();
    expect(await refusal(read(simulated, 'blockDeviceMapping'))).toEqual({
      code: 'AuthFailure',
      message: 'Unauthorized attempt to access restricted resource',
      status: 403,
    });
    expect((await refusal(read(simulated, 'name'))).code).toBe('InvalidParameterValue');
    expect((await refusal(read(simulated, ''))).code).toBe('InvalidParameterValue');
    expect((await refusal(read(simulated, 'bootMode', CONSUMER))).code).toBe('InvalidAMIID.NotFound');
  });
});

describe('filters of images', () => {
  test.each([
    ['boot-mode', 'uefi*', 1],
    ['boot-mode', 'legacy-bios', 0],
    ['manifest-location', `${OWNER}/gold*`, 2],
    ['sriov-net-support', 'simple', 1],
    ['ena-support', 'true', 2],
    ['kernel-id', '*', 0],
    ['ramdisk-id', '*', 0],
    ['name', 'golden?2', 1],
    ['state', 'avail*', 2],
  ])('%s: %s', async (Name, value, count) => {
    const { registered, images } = await withImage();
    await registered({ Name: 'golden 2', BootMode: 'uefi', SriovNetSupport: 'simple' });
    expect(await images({ Owners: ['self'], Filters: [{ Name, Values: [value] }] })).toHaveLength(count);
  });

  test('the public parameter of an image is shown, and works as a filter', async () => {
    const { images, publicImage, client, run } = await withImage();
    const { id } = publicImage(/^ubuntu.*noble.*amd64/);
    const name = '/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id';
    expect(await images({ ImageIds: [id] })).toMatchObject([{ PublicSsmParameterName: name }]);
    const command = new DescribeImagesCommand({
      Filters: [{ Name: 'public-ssm-parameter-name', Values: [name] }],
    });
    expect((await run(client().send(command))).Images).toMatchObject([{ ImageId: id }]);
    expect((await images({ Owners: ['self'] }))[0]?.PublicSsmParameterName).toBeUndefined();
  });

  test.each([{ Owners: ['nobody'] }, { ExecutableUsers: ['nobody'] }])('%j is refused', async (input) => {
    const { images } = await withImage();
    expect(await refusal(images(input))).toMatchObject({
      code: 'InvalidUserID.Malformed',
      message: 'Invalid user id: "nobody"',
    });
  });
});
