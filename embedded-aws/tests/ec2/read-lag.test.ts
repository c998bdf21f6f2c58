import {
  CreateKeyPairCommand,
  CreateSecurityGroupCommand,
  CreateSnapshotCommand,
  CreateSubnetCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  type EC2Client,
  RunInstancesCommand,
  waitUntilInstanceExists,
  waitUntilInstanceRunning,
  waitUntilKeyPairExists,
  waitUntilSecurityGroupExists,
  waitUntilSnapshotCompleted,
  waitUntilSubnetAvailable,
  waitUntilVolumeAvailable,
  waitUntilVpcExists,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../src/core/faults.ts';
import { simulateEc2 } from '../simulated-ec2.ts';

const lag: Fault = { reads: 'lag', seconds: 3, times: 'always' };

const simulate = (options: { seed?: number; faults?: Fault[] } = {}) => {
  const simulated = simulateEc2({ lags: true, ...options });
  const { client, run } = simulated;
  return {
    ...simulated,
    sent: <T>(work: (ec2: EC2Client) => Promise<T>) => run(work(client())),
  };
};

type World = ReturnType<typeof simulate>;

const volume = async ({ sent, network }: World) => {
  const AvailabilityZone = network.subnets[0]?.availabilityZone;
  const input = { AvailabilityZone, Size: 1 };
  return (await sent((ec2) => ec2.send(new CreateVolumeCommand(input)))).VolumeId ?? '';
};

/** How many writes the first read misses, out of `times` writes. */
async function missed(times: number, turn: (index: number) => Promise<unknown>): Promise<number> {
  let refused = 0;
  for (let index = 0; index < times; index++) {
    await turn(index).catch((error: Error) => {
      expect(error.name).toMatch(/NotFound$/);
      refused++;
    });
  }
  return refused;
}

describe('the first read misses about one write in ten', () => {
  const times = 300;
  test.each([1, 2, 3])('of snapshots, seed %i', async (seed) => {
    const world = simulate({ seed });
    const { sent, pass } = world;
    const VolumeId = await volume(world);
    await pass(60);
    const made: string[] = [];
    const refused = await missed(times, async () => {
      // EC2 limits the number of pending snapshots of a volume.
      await pass(1300);
      const { SnapshotId = '' } = await sent((ec2) => ec2.send(new CreateSnapshotCommand({ VolumeId })));
      made.push(SnapshotId);
      await sent((ec2) => ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] })));
    });
    expect(refused / times).toBeGreaterThan(0.05);
    expect(refused / times).toBeLessThan(0.17);
    // The longest read lag is twice the 99th percentile.
    await pass(16);
    const { Snapshots } = await sent((ec2) => ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: made })));
    expect(Snapshots).toHaveLength(times);
  });

  test('of security groups, as Packer reads them', async () => {
    const { sent, network } = simulate();
    const refused = await missed(times, async (index) => {
      const input = { GroupName: `packer_${index}`, Description: 'Temporary', VpcId: network.vpcId };
      const { GroupId = '' } = await sent((ec2) => ec2.send(new CreateSecurityGroupCommand(input)));
      await sent((ec2) => ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] })));
    });
    expect(refused / times).toBeGreaterThan(0.05);
    expect(refused / times).toBeLessThan(0.17);
  });

  test('and every write, if a fault applies', async () => {
    const { sent, network, pass } = simulate({ faults: [lag] });
    const groups: string[] = [];
    const refused = await missed(20, async (index) => {
      const input = { GroupName: `packer_${index}`, Description: 'Temporary', VpcId: network.vpcId };
      const { GroupId = '' } = await sent((ec2) => ec2.send(new CreateSecurityGroupCommand(input)));
      groups.push(GroupId);
      await sent((ec2) => ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] })));
    });
    expect(refused).toBe(20);
    await pass(3);
    const { SecurityGroups } = await sent((ec2) =>
      ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: groups })),
    );
    expect(SecurityGroups).toHaveLength(20);
  });
});

type Settings = Parameters<typeof waitUntilVpcExists>[0];

describe("the SDK's waiters succeed despite read lag", () => {
  const waits: [string, (world: World, wait: Settings) => Promise<{ state: string }>][] = [
    [
      'instance',
      async ({ sent, launch }, wait) => {
        const { Instances } = await sent((ec2) => ec2.send(new RunInstancesCommand(launch())));
        const InstanceIds = [Instances?.[0]?.InstanceId ?? ''];
        await sent(() => waitUntilInstanceExists(wait, { InstanceIds }));
        return sent(() => waitUntilInstanceRunning(wait, { InstanceIds }));
      },
    ],
    [
      'key pair',
      async ({ sent }, wait) => {
        const KeyName = 'mine';
        await sent((ec2) => ec2.send(new CreateKeyPairCommand({ KeyName })));
        return sent(() => waitUntilKeyPairExists(wait, { KeyNames: [KeyName] }));
      },
    ],
    [
      'security group',
      async ({ sent, network }, wait) => {
        const input = { GroupName: 'packer', Description: 'Temporary', VpcId: network.vpcId };
        const { GroupId = '' } = await sent((ec2) => ec2.send(new CreateSecurityGroupCommand(input)));
        return sent(() => waitUntilSecurityGroupExists(wait, { GroupIds: [GroupId] }));
      },
    ],
    [
      'volume and snapshot',
      async (world, wait) => {
        const VolumeId = await volume(world);
        await world.sent(() => waitUntilVolumeAvailable(wait, { VolumeIds: [VolumeId] }));
        const { SnapshotId = '' } = await world.sent((ec2) =>
          ec2.send(new CreateSnapshotCommand({ VolumeId })),
        );
        return world.sent(() => waitUntilSnapshotCompleted(wait, { SnapshotIds: [SnapshotId] }));
      },
    ],
    [
      'VPC and subnet',
      async ({ sent }, wait) => {
        const { Vpc } = await sent((ec2) => ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' })));
        const VpcId = Vpc?.VpcId ?? '';
        await sent(() => waitUntilVpcExists(wait, { VpcIds: [VpcId] }));
        const { Subnet } = await sent((ec2) =>
          ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.0.1.0/24' })),
        );
        return sent(() => waitUntilSubnetAvailable(wait, { SubnetIds: [Subnet?.SubnetId ?? ''] }));
      },
    ],
  ];
  test.each(waits)('for: %s', async (_what, waiting) => {
    for (const options of [{ seed: 1 }, { seed: 2 }, { seed: 3 }, { faults: [lag] }]) {
      const world = simulate(options);
      const wait = { client: world.client(), maxWaitTime: 3600, minDelay: 5, maxDelay: 15 };
      expect((await waiting(world, wait)).state).toBe('SUCCESS');
      world.end();
    }
  });
});
