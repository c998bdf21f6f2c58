import {
  AttachVolumeCommand,
  CancelImageLaunchPermissionCommand,
  CopyImageCommand,
  CopySnapshotCommand,
  CreateImageCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DetachVolumeCommand,
  DisableImageCommand,
  DisableImageDeprecationCommand,
  DisableImageDeregistrationProtectionCommand,
  type EC2Client,
  EnableImageCommand,
  EnableImageDeprecationCommand,
  EnableImageDeregistrationProtectionCommand,
  ModifyImageAttributeCommand,
  RegisterImageCommand,
  ResetImageAttributeCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { schedule } from '../../src/core/world.ts';
import { CONSUMER, FAR, HOME, OWNER, type SimulatedEc2 } from '../simulated-ec2.ts';

/** The resources that a step can use: one of each type of the owner's resources, and a number. */
interface Selection {
  readonly simulated: SimulatedEc2;
  readonly which: number;
  readonly instance: string;
  readonly image: string;
  readonly snapshot: string;
  readonly volume: string;
  /** Clients of the owner: in the home region, and in the regions of the image and the snapshot. */
  readonly home: EC2Client;
  readonly atImage: EC2Client;
  readonly atSnapshot: EC2Client;
  readonly permission: { readonly UserId: string };
  /** An account that the image is shared with, if there is one. */
  readonly recipient: string;
}

/** Selects existing resources. If a type has no resource, uses an id that does not exist. */
export function selectResources(simulated: SimulatedEc2, which: number): Selection {
  const { world, client } = simulated;
  const pick = <T extends { account: string }>(list: readonly T[]): T | undefined => {
    const own = list.filter(({ account }) => account === OWNER);
    return own[which % Math.max(own.length, 1)];
  };
  const image = pick(world.images.all());
  const snapshot = pick(world.snapshots.all());
  const nothing = (prefix: string) => `${prefix}-00000000000000000`;
  return {
    simulated,
    which,
    instance: pick(world.instances.all())?.id ?? nothing('i'),
    image: image?.id ?? nothing('ami'),
    snapshot: snapshot?.id ?? nothing('snap'),
    volume: pick(world.volumes.all())?.id ?? nothing('vol'),
    home: client(),
    atImage: client({ region: image?.region ?? HOME }),
    atSnapshot: client({ region: snapshot?.region ?? HOME }),
    permission: { UserId: String(Number(CONSUMER) + (which % 3)) },
    recipient: image?.launchPermissions[0]?.UserId ?? CONSUMER,
  };
}

type Step = (selection: Selection) => Promise<unknown> | undefined;

const sharing = (LaunchPermission: (selection: Selection) => object): Step => {
  return (selection) =>
    selection.atImage.send(
      new ModifyImageAttributeCommand({
        ImageId: selection.image,
        LaunchPermission: LaunchPermission(selection),
      }),
    );
};

/** All steps of users and of the world, by name. */
export const steps = {
  run: ({ home, which, simulated: { launch } }) =>
    home.send(
      new RunInstancesCommand(
        launch({
          MaxCount: 1 + (which % 3),
          InstanceInitiatedShutdownBehavior: which % 2 === 0 ? 'stop' : 'terminate',
          BlockDeviceMappings: [
            { DeviceName: '/dev/sdf', Ebs: { VolumeSize: 1, DeleteOnTermination: which % 2 === 0 } },
          ],
        }),
      ),
    ),
  'launch image': ({ home, image, simulated: { launch } }) =>
    home.send(new RunInstancesCommand(launch({ ImageId: image }))),
  stop: ({ home, instance }) => home.send(new StopInstancesCommand({ InstanceIds: [instance] })),
  start: ({ home, instance }) => home.send(new StartInstancesCommand({ InstanceIds: [instance] })),
  terminate: ({ home, instance }) => home.send(new TerminateInstancesCommand({ InstanceIds: [instance] })),
  'shut down': ({ instance, simulated: { world } }) => {
    schedule(world, 'instance.shutdown-by-guest', instance, world.now());
    return undefined;
  },
  'create volume': ({ home, simulated: { network } }) =>
    home.send(
      new CreateVolumeCommand({ Size: 1, AvailabilityZone: network.subnets[0]?.availabilityZone ?? '' }),
    ),
  'attach volume': ({ home, instance, volume, which }) =>
    home.send(
      new AttachVolumeCommand({
        InstanceId: instance,
        VolumeId: volume,
        Device: `/dev/sd${'ghijklmn'[which]}`,
      }),
    ),
  'detach volume': ({ home, volume }) => home.send(new DetachVolumeCommand({ VolumeId: volume })),
  'delete volume': ({ home, volume }) => home.send(new DeleteVolumeCommand({ VolumeId: volume })),
  'create snapshot': ({ home, volume }) => home.send(new CreateSnapshotCommand({ VolumeId: volume })),
  'copy snapshot': ({ snapshot, simulated: { client } }) =>
    client({ region: FAR }).send(new CopySnapshotCommand({ SourceSnapshotId: snapshot, SourceRegion: HOME })),
  'delete snapshot': ({ atSnapshot, snapshot }) =>
    atSnapshot.send(new DeleteSnapshotCommand({ SnapshotId: snapshot })),
  'create image': ({ home, instance, which }) =>
    home.send(new CreateImageCommand({ InstanceId: instance, Name: `golden ${which}` })),
  'register image': ({ atSnapshot, snapshot, which }) =>
    atSnapshot.send(
      new RegisterImageCommand({
        Name: `golden ${which}`,
        Architecture: 'x86_64',
        VirtualizationType: 'hvm',
        EnaSupport: true,
        BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { SnapshotId: snapshot } }],
      }),
    ),
  'copy image': ({ image, which, simulated: { client } }) =>
    client({ region: FAR }).send(
      new CopyImageCommand({ SourceImageId: image, SourceRegion: HOME, Name: `golden ${which}` }),
    ),
  share: sharing(({ permission }) => ({ Add: [permission, permission] })),
  unshare: sharing(({ permission }) => ({ Remove: [permission] })),
  publish: sharing(() => ({ Add: [{ Group: 'all' }] })),
  unpublish: sharing(() => ({ Remove: [{ Group: 'all' }] })),
  'cancel permission': ({ image, recipient, simulated: { client } }) =>
    client({ account: recipient }).send(new CancelImageLaunchPermissionCommand({ ImageId: image })),
  reset: ({ atImage, image }) =>
    atImage.send(new ResetImageAttributeCommand({ ImageId: image, Attribute: 'launchPermission' })),
  disable: ({ atImage, image }) => atImage.send(new DisableImageCommand({ ImageId: image })),
  enable: ({ atImage, image }) => atImage.send(new EnableImageCommand({ ImageId: image })),
  deprecate: ({ atImage, image, which, simulated: { world } }) =>
    atImage.send(
      new EnableImageDeprecationCommand({
        ImageId: image,
        DeprecateAt: new Date(world.now() + which * 200 * 86_400_000),
      }),
    ),
  'cancel deprecation': ({ atImage, image }) =>
    atImage.send(new DisableImageDeprecationCommand({ ImageId: image })),
  protect: ({ atImage, image, which }) =>
    atImage.send(
      new EnableImageDeregistrationProtectionCommand({ ImageId: image, WithCooldown: which % 2 === 0 }),
    ),
  unprotect: ({ atImage, image }) =>
    atImage.send(new DisableImageDeregistrationProtectionCommand({ ImageId: image })),
  deregister: ({ atImage, image }) => atImage.send(new DeregisterImageCommand({ ImageId: image })),
  'deregister with snapshots': ({ atImage, image }) =>
    atImage.send(new DeregisterImageCommand({ ImageId: image, DeleteAssociatedSnapshots: true })),
  look: ({ home }) => home.send(new DescribeImagesCommand({ Owners: ['self'] })),
} as const satisfies Record<string, Step>;
