import {
  CopyImageCommand,
  type RegisterImageCommandInput,
  type RegisterImageRequest,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import type { SnapshotRecord } from '../../src/ec2/records.ts';
import { CONSUMER, FAR, HOME, OWNER, refusal } from '../simulated-ec2.ts';
import { ownSnapshot, withSnapshot } from './registered-image.ts';

describe('a registered image', () => {
  test('is pending for a moment, then available as requested, and boots', async () => {
    const { register, images, pass, snapshot, client, run, launch, world } = withSnapshot();
    const { ImageId = '' } = await register({
      Description: 'of a snapshot',
      BootMode: 'uefi',
      ImdsSupport: 'v2.0',
      TpmSupport: 'v2.0',
      UefiData: 'QU1aTlVFRkk=',
      SriovNetSupport: 'simple',
      BlockDeviceMappings: [
        { DeviceName: '/dev/xvda', Ebs: { SnapshotId: snapshot.id, VolumeSize: 20, VolumeType: 'gp3' } },
        { DeviceName: '/dev/sdf', Ebs: { VolumeSize: 5, Encrypted: true, DeleteOnTermination: false } },
        { DeviceName: '/dev/sdb', VirtualName: 'ephemeral0' },
      ],
      TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'kind', Value: 'golden' }] }],
    });
    expect(await images({ ImageIds: [ImageId] })).toMatchObject([
      { State: 'pending', BlockDeviceMappings: [{ Ebs: { SnapshotId: snapshot.id } }, {}, {}] },
    ]);
    await pass(60);
    expect(await images({ Owners: ['self'] })).toMatchObject([
      {
        ImageId,
        State: 'available',
        Name: 'golden',
        Description: 'of a snapshot',
        ImageLocation: `${OWNER}/golden`,
        Architecture: 'x86_64',
        VirtualizationType: 'hvm',
        EnaSupport: true,
        SriovNetSupport: 'simple',
        BootMode: 'uefi',
        ImdsSupport: 'v2.0',
        TpmSupport: 'v2.0',
        PlatformDetails: 'Linux/UNIX',
        UsageOperation: 'RunInstances',
        RootDeviceName: '/dev/xvda',
        RootDeviceType: 'ebs',
        Public: false,
        BlockDeviceMappings: [
          {
            DeviceName: '/dev/xvda',
            Ebs: {
              SnapshotId: snapshot.id,
              VolumeSize: 20,
              VolumeType: 'gp3',
              Iops: 3000,
              Throughput: 125,
              DeleteOnTermination: true,
              Encrypted: false,
            },
          },
          {
            DeviceName: '/dev/sdf',
            Ebs: { VolumeSize: 5, VolumeType: 'gp2', DeleteOnTermination: false, Encrypted: true },
          },
          { DeviceName: '/dev/sdb', VirtualName: 'ephemeral0' },
        ],
        Tags: [{ Key: 'kind', Value: 'golden' }],
      },
    ]);
    const { Instances } = await run(client().send(new RunInstancesCommand(launch({ ImageId }))));
    const device = world.instances.get(Instances?.[0]?.InstanceId ?? '')?.blockDevices[0];
    expect(world.volumes.get(device?.volumeId ?? '')?.disk).toEqual(snapshot.disk);
    expect(Instances?.[0]?.MetadataOptions?.HttpTokens).toBe('required');
  });

  test('from a Windows disk is billed as Windows', async () => {
    const simulated = withSnapshot();
    const { id } = ownSnapshot(simulated, {}, /^Windows_Server-2022/);
    const ImageId = await simulated.registered({
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: id } }],
    });
    expect(await simulated.images({ ImageIds: [ImageId] })).toMatchObject([
      { Platform: 'windows', PlatformDetails: 'Windows', UsageOperation: 'RunInstances:0002' },
    ]);
  });

  test('has only what was given: without ENA, the image and its copies cannot be launched', async () => {
    const simulated = withSnapshot();
    const { registered, images, client, run, launch, pass, snapshot } = simulated;
    const ImageId = await registered({
      EnaSupport: undefined,
      RootDeviceName: undefined,
      BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { SnapshotId: snapshot.id } }],
    });
    const [image] = await images({ ImageIds: [ImageId] });
    expect([image?.EnaSupport, image?.SriovNetSupport, image?.BootMode, image?.TpmSupport]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(image?.RootDeviceName).toBe('/dev/sda1');
    expect(await images({ Filters: [{ Name: 'ena-support', Values: ['false'] }] })).toHaveLength(1);
    expect(await refusal(run(client().send(new RunInstancesCommand(launch({ ImageId })))))).toMatchObject({
      code: 'InvalidParameterCombination',
      message:
        "Enhanced networking with the Elastic Network Adapter (ENA) is required for the 'm7i.large' instance type. Ensure that you are using an AMI that is enabled for ENA.",
    });
    const far = client({ region: FAR });
    const copy = await run(
      far.send(new CopyImageCommand({ SourceImageId: ImageId, SourceRegion: HOME, Name: 'golden' })),
    );
    await pass(10_000);
    expect(simulated.world.images.get(copy.ImageId ?? '')).toMatchObject({
      state: 'available',
      withoutEna: true,
      withoutSriov: true,
    });
  });

  test('can use a public snapshot', async () => {
    const simulated = withSnapshot();
    const { id } = ownSnapshot(simulated, { account: CONSUMER, public: true });
    const BlockDeviceMappings = [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: id } }];
    const ImageId = await simulated.registered({ BlockDeviceMappings });
    expect(simulated.world.images.get(ImageId)?.state).toBe('available');
  });

  test('is encrypted when its snapshot is encrypted', async () => {
    const simulated = withSnapshot();
    const { id } = ownSnapshot(simulated, { encrypted: true });
    const ImageId = await simulated.registered({
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: id } }],
    });
    expect(simulated.world.images.get(ImageId)?.blockDeviceMappings[0]?.Ebs?.Encrypted).toBe(true);
  });

  test('is refused for a repeated name', async () => {
    const { registered, register } = withSnapshot();
    const ImageId = await registered();
    expect(await refusal(register())).toMatchObject({
      code: 'InvalidAMIName.Duplicate',
      message: `AMI name golden is already in use by AMI ${ImageId}`,
    });
  });

  test('fails when its snapshot is deleted', async () => {
    const { register, pass, world, snapshot } = withSnapshot();
    const { ImageId = '' } = await register();
    world.snapshots.delete(snapshot.id);
    await pass(60);
    expect(world.images.get(ImageId)?.state).toBe('failed');
  });
});

describe('an image is not registered', () => {
  const tags = [{ Key: 'a', Value: '1' }];

  test.each<[string, Partial<RegisterImageRequest>, string]>([
    ['without a name', { Name: undefined }, 'MissingParameter'],
    ['with an invalid name', { Name: 'a:b' }, 'InvalidAMIName.Malformed'],
    ['with a long description', { Description: 'x'.repeat(256) }, 'InvalidParameterValue'],
    ['with an unknown architecture', { Architecture: 'z80' as 'arm64' }, 'InvalidParameterValue'],
    ['with an unknown virtualization type', { VirtualizationType: 'full' }, 'InvalidParameterValue'],
    ['with an unknown boot mode', { BootMode: 'bios' as 'uefi' }, 'InvalidParameterValue'],
    [
      'for arm64 with legacy BIOS',
      { Architecture: 'arm64', BootMode: 'legacy-bios' },
      'InvalidParameterValue',
    ],
    ['with an old TPM version', { TpmSupport: 'v1.2' as 'v2.0' }, 'InvalidParameterValue'],
    [
      'for arm64 with a TPM',
      { Architecture: 'arm64', BootMode: 'uefi', TpmSupport: 'v2.0' },
      'InvalidParameterValue',
    ],
    [
      'with a TPM and preferred UEFI',
      { BootMode: 'uefi-preferred', TpmSupport: 'v2.0' },
      'InvalidParameterValue',
    ],
    ['with UEFI data but without UEFI', { UefiData: 'QQ==' }, 'InvalidParameterValue'],
    ['with UEFI data that is not base64', { BootMode: 'uefi', UefiData: 'clear!' }, 'InvalidParameterValue'],
    ['with too much UEFI data', { BootMode: 'uefi', UefiData: 'A'.repeat(64_004) }, 'InvalidParameterValue'],
    ['with an old IMDS version', { ImdsSupport: 'v1.0' as 'v2.0' }, 'InvalidParameterValue'],
    ['with an unknown SR-IOV value', { SriovNetSupport: 'complex' }, 'InvalidParameterValue'],
    ['without devices', { BlockDeviceMappings: [] }, 'MissingParameter'],
    ['without its root device', { RootDeviceName: '/dev/sda1' }, 'InvalidBlockDeviceMapping'],
    [
      'with tags for a snapshot',
      { TagSpecifications: [{ ResourceType: 'snapshot', Tags: tags }] },
      'InvalidParameterValue',
    ],
    ['with DryRun', { DryRun: true }, 'DryRunOperation'],
    ['as a paravirtual image, the default', { VirtualizationType: undefined }, 'NotEmulated'],
    ['for a Mac', { Architecture: 'arm64_mac' }, 'NotEmulated'],
    ['from a manifest', { ImageLocation: 'bucket/image.manifest.xml' }, 'NotEmulated'],
    ['with a kernel', { KernelId: 'aki-12345678' }, 'NotEmulated'],
  ])('%s', async (_name, changes, code) => {
    const { register, world } = withSnapshot();
    expect((await refusal(register(changes))).code).toBe(code);
    expect(world.images.all().filter(({ account }) => account === OWNER)).toEqual([]);
  });

  type Mapping = NonNullable<RegisterImageCommandInput['BlockDeviceMappings']>[number];
  const root = '/dev/xvda';

  test.each<[string, (snapshot: string) => Mapping[], string, string | undefined]>([
    ['no name', () => [{ Ebs: { VolumeSize: 1 } }], 'MissingParameter', undefined],
    [
      'an invalid name',
      () => [{ DeviceName: '/dev/nvme1n1', Ebs: { VolumeSize: 1 } }],
      'InvalidBlockDeviceMapping',
      'Invalid device name /dev/nvme1n1',
    ],
    [
      'a repeated name',
      (SnapshotId) => [
        { DeviceName: root, Ebs: { SnapshotId } },
        { DeviceName: root, Ebs: { SnapshotId } },
      ],
      'InvalidBlockDeviceMapping',
      undefined,
    ],
    [
      'no size and no snapshot',
      () => [{ DeviceName: '/dev/sdf', Ebs: {} }],
      'InvalidBlockDeviceMapping',
      'Either snapshot ID or volume size must be provided for: /dev/sdf',
    ],
    ['no content', () => [{ DeviceName: '/dev/sdf' }], 'InvalidBlockDeviceMapping', undefined],
    [
      'both an instance store and a volume',
      () => [{ DeviceName: '/dev/sdf', VirtualName: 'ephemeral0', Ebs: { VolumeSize: 1 } }],
      'InvalidBlockDeviceMapping',
      undefined,
    ],
    [
      'an invalid instance store',
      () => [{ DeviceName: '/dev/sdf', VirtualName: 'ephemeral24' }],
      'InvalidBlockDeviceMapping',
      undefined,
    ],
    [
      'a snapshot and an encryption flag',
      (SnapshotId) => [{ DeviceName: root, Ebs: { SnapshotId, Encrypted: true } }],
      'InvalidBlockDeviceMapping',
      `the encrypted flag cannot be specified since device ${root} has a snapshot specified.`,
    ],
    [
      'a size smaller than its snapshot',
      (SnapshotId) => [{ DeviceName: root, Ebs: { SnapshotId, VolumeSize: 4 } }],
      'InvalidBlockDeviceMapping',
      undefined,
    ],
    [
      'an invalid size',
      () => [{ DeviceName: '/dev/sdf', Ebs: { VolumeSize: 70_000 } }],
      'InvalidParameterValue',
      undefined,
    ],
    [
      'an unknown type',
      (SnapshotId) => [{ DeviceName: root, Ebs: { SnapshotId, VolumeType: 'gp9' as 'gp3' } }],
      'InvalidParameterValue',
      undefined,
    ],
    [
      'a speed that its type does not support',
      (SnapshotId) => [{ DeviceName: root, Ebs: { SnapshotId, Throughput: 200 } }],
      'InvalidParameterCombination',
      undefined,
    ],
    [
      'no speed, but a type that requires it',
      (SnapshotId) => [{ DeviceName: root, Ebs: { SnapshotId, VolumeType: 'io2' } }],
      'MissingParameter',
      undefined,
    ],
    [
      'a malformed snapshot id',
      () => [{ DeviceName: root, Ebs: { SnapshotId: 'snapshot' } }],
      'InvalidSnapshotID.Malformed',
      undefined,
    ],
    [
      'an unknown snapshot',
      () => [{ DeviceName: root, Ebs: { SnapshotId: 'snap-00000000000000000' } }],
      'InvalidSnapshot.NotFound',
      "The snapshot 'snap-00000000000000000' does not exist.",
    ],
    [
      'no snapshot for the root device',
      () => [{ DeviceName: root, Ebs: { VolumeSize: 8 } }],
      'InvalidBlockDeviceMapping',
      undefined,
    ],
  ])('with a device with %s', async (_name, mappings, code, message) => {
    const { register, snapshot } = withSnapshot();
    const refused = await refusal(register({ BlockDeviceMappings: mappings(snapshot.id) }));
    expect(refused.code).toBe(code);
    if (message !== undefined) expect(refused.message).toBe(message);
  });

  test.each<[string, Partial<SnapshotRecord>, string]>([
    ['is pending', { state: 'pending' }, 'IncorrectState'],
    ['is in error', { state: 'error' }, 'IncorrectState'],
    ['belongs to another account', { account: CONSUMER }, 'InvalidSnapshot.NotFound'],
    ['is in another region', { region: FAR }, 'InvalidSnapshot.NotFound'],
  ])('with a snapshot that %s', async (_name, changes, code) => {
    const simulated = withSnapshot();
    const { id } = ownSnapshot(simulated, changes);
    const BlockDeviceMappings = [{ DeviceName: root, Ebs: { SnapshotId: id } }];
    const refused = await refusal(simulated.register({ BlockDeviceMappings }));
    expect(refused.code).toBe(code);
    if (code === 'IncorrectState') expect(refused.message).toBe(`Snapshot '${id}' is not 'completed'.`);
  });
});
