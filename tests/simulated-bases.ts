import { type EC2Client, RunInstancesCommand, StopInstancesCommand, type Tag } from '@aws-sdk/client-ec2';
import {
  type InstanceRecord,
  type SnapshotRecord,
  settle,
  type VolumeRecord,
  type World,
} from 'embedded-aws';
import { HOME } from '../local/pipeline.ts';
import { plainRecipe, type Simulation } from './simulated-build.ts';

// Resources of the account that the pipeline did not create, and recipes that use them as their base.

const SNAPSHOT = 'snap-0123456789abcdef0';

export const snapshotRecipe = {
  ...plainRecipe,
  name: 'from-snapshot',
  base: { snapshotId: SNAPSHOT, architecture: 'x86_64', bootMode: 'uefi-preferred' },
};

export const instanceRecipe = (instanceId: string, reboot = true) => ({
  name: 'from-instance',
  description: 'A recipe for tests, of an instance',
  platform: 'linux',
  base: { instanceId, reboot },
  regions: plainRecipe.regions,
  share: plainRecipe.share,
});

/** Creates the snapshot of snapshotRecipe: with Amazon Linux, or with the system whose public image has this name. */
export function ownSnapshot(
  world: World,
  {
    of = /^al2023-ami-2023.*-kernel-6\.1-x86_64$/,
    ...changes
  }: Partial<SnapshotRecord> & { of?: RegExp } = {},
): SnapshotRecord {
  const image = world.images.all().find(({ region, name }) => region === HOME.region && of.test(name));
  const vendors = world.snapshots.get(image?.blockDeviceMappings[0]?.Ebs?.SnapshotId ?? '');
  if (vendors === undefined) throw new Error(`the catalogue has no ${of}`);
  const { public: _, ...snapshot } = vendors;
  const own = { id: SNAPSHOT, account: HOME.account, tags: { owner: 'other' } };
  return world.snapshots.put({ ...snapshot, ...own, ...changes }, world.now(), 0);
}

/** Launches an instance of Amazon Linux, and returns its id. `open`: the recipes to which its owner opens it. */
export async function launchOwn(
  ec2: EC2Client,
  world: World,
  { open }: { open?: string | undefined },
): Promise<string> {
  const parameter = world.parameters
    .all()
    .find(({ region, name }) => region === HOME.region && name === plainRecipe.base.ssmParameter);
  const Tags: Tag[] = [
    { Key: 'Name', Value: 'web' },
    ...(open === undefined ? [] : [{ Key: 'golden-image:open', Value: open }]),
  ];
  const { Instances } = await ec2.send(
    new RunInstancesCommand({
      ImageId: parameter?.value,
      InstanceType: 'm7i.large',
      MinCount: 1,
      MaxCount: 1,
      SubnetId: world.subnets.all().find(({ region }) => region === HOME.region)?.id,
      TagSpecifications: [{ ResourceType: 'instance', Tags }],
    }),
  );
  return Instances?.[0]?.InstanceId ?? '';
}

/** Creates an instance that is running, or stopped again. */
export async function ownInstance(
  { world, pipeline, run, pass }: Pick<Simulation, 'world' | 'pipeline' | 'run' | 'pass'>,
  { open, stopped = false }: { open?: string; stopped?: boolean } = {},
): Promise<string> {
  const ec2 = pipeline.deps.ec2(HOME.region);
  const id = await run(launchOwn(ec2, world, { open }));
  await pass(120);
  if (stopped) {
    await run(ec2.send(new StopInstancesCommand({ InstanceIds: [id] })));
    await pass(300);
  }
  settle(world, pipeline.services);
  return id;
}

/** The actual state of an instance and its volumes, without the properties that a restart changes. */
export function instanceNow({ world, pipeline }: Pick<Simulation, 'world' | 'pipeline'>, id: string) {
  settle(world, pipeline.services);
  const { state, tags, blockDevices } = world.instances.get(id) as InstanceRecord;
  const volumes = blockDevices.map(({ volumeId }) => {
    const volume = world.volumes.get(volumeId) as VolumeRecord;
    return { id: volume.id, state: volume.state, tags: volume.tags, sizeGiB: volume.sizeGiB };
  });
  return { state, tags, blockDevices, volumes };
}
