import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  type CreateAutoScalingGroupCommandInput,
  DescribeAutoScalingGroupsCommand,
  DescribeInstanceRefreshesCommand,
  StartInstanceRefreshCommand,
} from '@aws-sdk/client-auto-scaling';
import { CreateLaunchTemplateCommand, EC2Client } from '@aws-sdk/client-ec2';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { onTestFinished } from 'vitest';
import { answerFrom, type SdkClient } from '../../src/client.ts';
import { installClock } from '../../src/core/clock.ts';
import type { Fault } from '../../src/core/faults.ts';
import { settle } from '../../src/core/transitions.ts';
import { addDefaultNetwork, newWorld } from '../../src/new-world.ts';
import { services } from '../../src/services.ts';

export const ACCOUNT = '999988887777';
export const REGION = 'eu-west-1';
export const PARAMETER = '/images/web';

/** Auto Scaling, and a launch template whose image is a parameter. The SDK tries each call once. */
export async function simulateGroups(faults: Fault[] = []) {
  const clock = installClock(new Date('2026-11-20T03:00:00Z'), 5);
  onTestFinished(() => clock.uninstall());
  const world = newWorld({ seed: 5, now: clock.now, faults });
  const network = addDefaultNetwork(world, ACCOUNT, REGION);
  const options = {
    region: REGION,
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard',
  } as const;
  const connected = <C extends SdkClient>(client: C, account = ACCOUNT): C => {
    answerFrom(world, services, client, account, { latency: false });
    return client;
  };
  const client = connected(new AutoScalingClient(options));
  const ec2 = connected(new EC2Client(options));
  const ssm = connected(new SSMClient(options));
  const run = <T>(work: Promise<T>): Promise<T> => clock.run(work);
  const pass = async (seconds: number) => {
    await run(new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000)));
    settle(world, services);
  };
  const images = world.images
    .all()
    .filter(({ name, region }) => region === REGION && /^al2023.*-x86_64$/.test(name))
    .map(({ id }) => id);
  /** Makes the parameter name an image. */
  const name = async (index: number) => {
    const Value = images[index];
    const input = {
      Name: PARAMETER,
      Value,
      Type: 'String',
      DataType: 'aws:ec2:image',
      Overwrite: true,
    } as const;
    await run(ssm.send(new PutParameterCommand(input)));
    await pass(120);
    return Value;
  };
  await name(0);
  await run(
    ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: 'web',
        LaunchTemplateData: { ImageId: `resolve:ssm:${PARAMETER}`, InstanceType: 'm7i.large' },
      }),
    ),
  );
  await pass(20);
  const create = (changes: Partial<CreateAutoScalingGroupCommandInput> = {}) =>
    run(
      client.send(
        new CreateAutoScalingGroupCommand({
          AutoScalingGroupName: 'web',
          LaunchTemplate: { LaunchTemplateName: 'web', Version: '$Latest' },
          MinSize: 1,
          MaxSize: 10,
          DesiredCapacity: 4,
          VPCZoneIdentifier: network.subnets.map(({ id }) => id).join(','),
          ...changes,
        }),
      ),
    );
  return {
    world,
    network,
    client,
    clientOf: (account: string) => connected(new AutoScalingClient(options), account),
    ec2,
    run,
    pass,
    name,
    create,
    /** Creates the group, and waits until its instances are in service. */
    created: async (changes?: Partial<CreateAutoScalingGroupCommandInput>) => {
      await create(changes);
      await pass(400);
    },
    groups: async () => {
      const { AutoScalingGroups = [] } = await run(client.send(new DescribeAutoScalingGroupsCommand({})));
      return AutoScalingGroups;
    },
    refresh: (Preferences = {}, AutoScalingGroupName = 'web') =>
      run(client.send(new StartInstanceRefreshCommand({ AutoScalingGroupName, Preferences }))),
    refreshes: async () => {
      const input = { AutoScalingGroupName: 'web' };
      const { InstanceRefreshes = [] } = await run(client.send(new DescribeInstanceRefreshesCommand(input)));
      return InstanceRefreshes;
    },
    /** The images of the instances that the account has now. */
    running: () =>
      world.instances
        .all()
        .filter(({ state }) => state === 'running' || state === 'pending')
        .map(({ imageId }) => imageId),
  };
}
