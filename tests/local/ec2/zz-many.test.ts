import {
  CopyImageCommand,
  CreateImageCommand,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  EC2ServiceException,
  ModifyImageAttributeCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { snapshotIdsOf } from '../../../local/aws/ec2/lifecycle.ts';
import { schedule, type World } from '../../../local/aws/world.ts';
import { CONSUMER, FAR, HOME, OWNER, type SimulatedEc2, simulateEc2 } from '../simulated-ec2.ts';

/** Something that somebody does, or that happens. `which` chooses among what there is. */
const step = fc.record({
  what: fc.constantFrom(
    'run',
    'stop',
    'start',
    'terminate',
    'shut down',
    'create',
    'copy',
    'share',
    'unshare',
    'deregister',
    'deregister with snapshots',
    'delete snapshot',
    'delete volume',
    'launch image',
    'pass',
  ),
  which: fc.nat(7),
  seconds: fc.constantFrom(0, 5, 60, 600, 5000),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What must hold at any time, whatever was done. */
function check(world: World, terminated: Set<string>): void {
  for (const image of world.images.all()) {
    if (image.account === OWNER && image.state === 'available') {
      for (const id of snapshotIdsOf(image)) {
        expect(world.snapshots.get(id)?.state, `${id} of the available ${image.id}`).toBe('completed');
      }
    }
    const permissions = image.launchPermissions.map((item) => JSON.stringify(item));
    expect(new Set(permissions).size, `permissions of ${image.id}`).toBe(permissions.length);
  }
  const attached = new Map<string, string>();
  for (const instance of world.instances.all()) {
    if (terminated.has(instance.id)) expect(instance.state).toBe('terminated');
    if (instance.state === 'terminated') terminated.add(instance.id);
    for (const { volumeId } of instance.blockDevices) {
      expect(attached.get(volumeId), `${volumeId} is attached twice`).toBeUndefined();
      attached.set(volumeId, instance.id);
      expect(world.volumes.get(volumeId)?.attachment?.instanceId).toBe(instance.id);
    }
  }
  for (const volume of world.volumes.all()) {
    expect(volume.state).toBe(volume.attachment === undefined ? 'available' : 'in-use');
    expect(attached.get(volume.id)).toBe(volume.attachment?.instanceId);
  }
  for (const subnet of world.subnets.all()) {
    const taken = world.instances
      .all()
      .filter(({ subnetId, state }) => subnetId === subnet.id && state !== 'terminated');
    expect(subnet.availableIpAddressCount + taken.length).toBe(10);
    expect(new Set(taken.map(({ privateIpAddress }) => privateIpAddress)).size).toBe(taken.length);
  }
  const names = world.images
    .all()
    .filter(({ account, state }) => account === OWNER && state !== 'deregistered')
    .map(({ region, name }) => `${region} ${name}`);
  expect(new Set(names).size).toBe(names.length);
}

function command(
  { world, client, launch }: SimulatedEc2,
  { what, which }: Step,
): Promise<unknown> | undefined {
  const pick = <T>(list: readonly T[]): T | undefined => list[which % Math.max(list.length, 1)];
  const own = <T extends { account: string; region: string }>(list: readonly T[]) =>
    list.filter(({ account }) => account === OWNER);
  const instance = pick(own(world.instances.all()))?.id ?? 'i-00000000000000000';
  const image = pick(own(world.images.all()));
  const snapshot = pick(own(world.snapshots.all()));
  const ImageId = image?.id ?? 'ami-00000000000000000';
  const there = client({ region: image?.region ?? HOME });
  const LaunchPermission = { UserId: String(Number(CONSUMER) + (which % 3)) };
  switch (what) {
    case 'run':
      return client().send(
        new RunInstancesCommand(
          launch({
            MaxCount: 1 + (which % 3),
            InstanceInitiatedShutdownBehavior: which % 2 === 0 ? 'stop' : 'terminate',
            BlockDeviceMappings: [
              { DeviceName: '/dev/sdf', Ebs: { VolumeSize: 1, DeleteOnTermination: which % 2 === 0 } },
            ],
          }),
        ),
      );
    case 'launch image':
      return client().send(new RunInstancesCommand(launch({ ImageId })));
    case 'stop':
      return client().send(new StopInstancesCommand({ InstanceIds: [instance] }));
    case 'start':
      return client().send(new StartInstancesCommand({ InstanceIds: [instance] }));
    case 'terminate':
      return client().send(new TerminateInstancesCommand({ InstanceIds: [instance] }));
    case 'shut down':
      schedule(world, 'instance.shutdown-by-guest', instance, world.now());
      return undefined;
    case 'create':
      return client().send(new CreateImageCommand({ InstanceId: instance, Name: `golden ${which}` }));
    case 'copy':
      return client({ region: FAR }).send(
        new CopyImageCommand({ SourceImageId: ImageId, SourceRegion: HOME, Name: `golden ${which}` }),
      );
    case 'share':
      return there.send(
        new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add: [LaunchPermission] } }),
      );
    case 'unshare':
      return there.send(
        new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Remove: [LaunchPermission] } }),
      );
    case 'deregister':
      return there.send(new DeregisterImageCommand({ ImageId }));
    case 'deregister with snapshots':
      return there.send(new DeregisterImageCommand({ ImageId, DeleteAssociatedSnapshots: true }));
    case 'delete snapshot':
      return client({ region: snapshot?.region ?? HOME }).send(
        new DeleteSnapshotCommand({ SnapshotId: snapshot?.id ?? 'snap-00000000000000000' }),
      );
    case 'delete volume':
      return client().send(
        new DeleteVolumeCommand({ VolumeId: pick(world.volumes.all())?.id ?? 'vol-00000000000000000' }),
      );
    case 'pass':
      return client().send(new DescribeImagesCommand({ Owners: ['self'] }));
  }
}

test('random histories keep the invariants', async () => {
  // A failure prints the seed and path that replay it.
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), fc.nat(1000), async (steps, seed) => {
      const simulated = simulateEc2({
        seed,
        lags: seed % 2 === 0,
        freeAddresses: 10,
        faults: [
          { image: 'fails', skip: 2, times: 1 },
          { instance: 'terminates', afterSeconds: 20, reason: 'Server.InternalError', skip: 3 },
        ],
      });
      const terminated = new Set<string>();
      try {
        for (const each of steps) {
          const work = command(simulated, each);
          // EC2 may well refuse; only that it breaks would be wrong.
          const refused = await simulated.run(
            Promise.resolve(work).then(
              () => undefined,
              (error: unknown) => error,
            ),
          );
          if (refused !== undefined) expect(refused).toBeInstanceOf(EC2ServiceException);
          if (each.seconds > 0) await simulated.pass(each.seconds);
          check(simulated.world, terminated);
        }
      } finally {
        simulated.end();
      }
    }),
    { numRuns: 800 },
  );
});
