import {
  CreateImageCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  type Instance,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { SimulatedEc2 } from './simulated-ec2.ts';

type From = { account?: string; region?: string };

/** Instances, images and volumes for tests of storage. */
export function simulateVolumes({ client, run, launch, pass, world }: SimulatedEc2) {
  const instance = async (id: string, from: From = {}): Promise<Instance | undefined> => {
    const { Reservations } = await run(
      client(from).send(new DescribeInstancesCommand({ InstanceIds: [id] })),
    );
    return Reservations?.[0]?.Instances?.[0];
  };
  /** Launches one instance and waits for its state to settle. */
  const launched = async (changes: Partial<RunInstancesCommandInput> = {}, from: From = {}) => {
    const { Instances } = await run(client(from).send(new RunInstancesCommand(launch(changes))));
    await pass(400);
    return Instances?.[0]?.InstanceId ?? '';
  };
  const volumesOf = async (instanceId: string, from: From = {}) => {
    const { Volumes } = await run(
      client(from).send(
        new DescribeVolumesCommand({ Filters: [{ Name: 'attachment.instance-id', Values: [instanceId] }] }),
      ),
    );
    return Volumes ?? [];
  };
  return {
    instance,
    launched,
    volumesOf,
    /** An available image of an instance, which is stopped for the image. */
    imageOf: async (InstanceId: string, Name = 'golden') => {
      await run(client().send(new StopInstancesCommand({ InstanceIds: [InstanceId] })));
      await pass(400);
      const { ImageId = '' } = await run(client().send(new CreateImageCommand({ InstanceId, Name })));
      await pass(4000);
      return ImageId;
    },
    image: async (id: string, from: From = {}) => {
      const { Images } = await run(client(from).send(new DescribeImagesCommand({ ImageIds: [id] })));
      return Images?.[0];
    },
    snapshot: async (id: string, from: From = {}) => {
      const { Snapshots } = await run(client(from).send(new DescribeSnapshotsCommand({ SnapshotIds: [id] })));
      return Snapshots?.[0];
    },
    /** The first snapshot of an image. */
    snapshotOf: (imageId: string) => {
      const id = world.images.get(imageId)?.blockDeviceMappings[0]?.Ebs?.SnapshotId ?? '';
      const record = world.snapshots.get(id);
      if (record === undefined) throw new Error(`no snapshot of ${imageId}`);
      return record;
    },
  };
}
