import { perform } from 'embedded-aws';
import { expect, it } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import type { InstanceRefreshes, Release } from '../../shared/build/execution-document.ts';
import { plainRecipe, recipeFile, simulate } from '../simulated-build.ts';

const group = { region: 'us-east-1', autoScalingGroup: 'web', channel: 'stable', minHealthyPercentage: 50 };
const missing = { region: 'us-east-1', autoScalingGroup: 'none' };
const recipe = { ...plainRecipe, publish: { instanceRefresh: [group, missing] } };

it('instances in a further region get the release when it is completed there', async () => {
  const far = { region: 'eu-west-1', autoScalingGroup: 'far' };
  const { world, pipeline, run, pass } = simulate({
    recipes: [
      recipeFile({
        ...plainRecipe,
        regions: ['us-east-1'],
        optionalRegions: ['eu-west-1'],
        publish: { instanceRefresh: [far, { ...far, autoScalingGroup: 'web', channel: 'stable' }] },
      }),
    ],
    // The second release has no image there.
    faults: [{ image: 'fails', by: 'CopyImage', region: 'eu-west-1', skip: 1, times: 3 }],
  });
  const call = (service: string, operation: string, input: object) =>
    perform(pipeline.services, world, {
      ...{ service, operation, input: { ...input }, inner: true },
      ...{ ...HOME, region: 'eu-west-1' },
    });
  const bake = async () => {
    const { status, output } = await run(pipeline.start('plain').result);
    expect(status).toBe('SUCCEEDED');
    return output as { release: Release };
  };
  await bake();
  const LaunchTemplateData = {
    ImageId: 'resolve:ssm:/golden-images/plain/candidate',
    InstanceType: 'm7i.large',
  };
  call('ec2', 'CreateLaunchTemplate', { LaunchTemplateName: 'far', LaunchTemplateData });
  await pass(60);
  const { Subnets } = call('ec2', 'DescribeSubnets', {}) as { Subnets: { SubnetId: string }[] };
  call('auto scaling', 'CreateAutoScalingGroup', {
    ...{ AutoScalingGroupName: 'far', MinSize: 1, MaxSize: 1, VPCZoneIdentifier: Subnets[0]?.SubnetId },
    LaunchTemplate: { LaunchTemplateName: 'far' },
  });
  await pass(300);
  expect((await bake()).release.failedRegions).toMatchObject([{ region: 'eu-west-1' }]);
  // After the channel has moved, but it still names the first release there.
  call('auto scaling', 'StartInstanceRefresh', { AutoScalingGroupName: 'far' });
  await pass(3600);

  const distribute = { recipe: 'plain', distribute: { regions: ['eu-west-1' as const] } };
  const { status, cause, output } = await run(pipeline.distribute(distribute).result);
  expect([status, cause]).toEqual(['SUCCEEDED', undefined]);
  const { release, refreshes } = output as { release: Release; refreshes?: InstanceRefreshes };
  expect(refreshes).toMatchObject({ status: 'ready', started: [{ autoScalingGroup: 'far' }] });
  expect(refreshes?.started).toHaveLength(1);
  expect(refreshes?.warnings).toBeUndefined();
  await pass(3600);
  const { AutoScalingGroups } = call('auto scaling', 'DescribeAutoScalingGroups', {}) as {
    AutoScalingGroups: { Instances: { InstanceId: string }[] }[];
  };
  const [instance] = AutoScalingGroups.flatMap(({ Instances }) => Instances);
  expect(world.instances.get(instance?.InstanceId ?? '')?.imageId).toBe(release.images[0]?.imageId);
});

it('instances follow their channel: two releases, promotions and a rollback', async () => {
  const { world, pipeline, run, pass } = simulate({ recipes: [recipeFile(recipe)] });
  const call = (service: string, operation: string, input: object) =>
    perform(pipeline.services, world, { service, operation, input: { ...input }, ...HOME, inner: true });
  const succeeded = async (result: Promise<{ status: string; cause?: string; output?: unknown }>) => {
    const { status, cause, output } = await run(result);
    expect([status, cause]).toEqual(['SUCCEEDED', undefined]);
    return output as { release: Release; refreshes?: InstanceRefreshes };
  };
  const bake = async () => {
    const { release, refreshes } = await succeeded(pipeline.start('plain').result);
    // Only the group of the first channel, which does not exist. The release is published nevertheless.
    expect(refreshes?.started).toEqual([]);
    expect(refreshes?.warnings?.join()).toContain(
      'the Auto Scaling group none in us-east-1 was not refreshed',
    );
    return release.images.find(({ region }) => region === 'us-east-1')?.imageId;
  };
  const move = async (action: 'promote' | 'rollback') => {
    const input = { action, recipe: 'plain', channel: 'stable' } as const;
    const { refreshes } = await succeeded(pipeline.moveChannel(input).result);
    await pass(3600);
    return refreshes?.started.map(({ autoScalingGroup }) => autoScalingGroup);
  };
  const images = () => {
    const { AutoScalingGroups } = call('auto scaling', 'DescribeAutoScalingGroups', {}) as {
      AutoScalingGroups: { Instances: { InstanceId: string }[] }[];
    };
    return AutoScalingGroups.flatMap(({ Instances }) =>
      Instances.map(({ InstanceId }) => world.instances.get(InstanceId)?.imageId),
    );
  };

  const first = await bake();
  await succeeded(pipeline.moveChannel({ action: 'promote', recipe: 'plain', channel: 'stable' }).result);
  call('ec2', 'CreateLaunchTemplate', {
    LaunchTemplateName: 'web',
    LaunchTemplateData: {
      ImageId: 'resolve:ssm:/golden-images/plain/stable',
      InstanceType: 'm7i.large',
    },
  });
  await pass(60);
  const { Subnets } = call('ec2', 'DescribeSubnets', {}) as { Subnets: { SubnetId: string }[] };
  call('auto scaling', 'CreateAutoScalingGroup', {
    AutoScalingGroupName: 'web',
    LaunchTemplate: { LaunchTemplateName: 'web', Version: '$Default' },
    MinSize: 3,
    MaxSize: 3,
    VPCZoneIdentifier: Subnets.map(({ SubnetId }) => SubnetId).join(','),
  });
  await pass(300);
  expect(images()).toEqual([first, first, first]);

  const second = await bake();
  await pass(3600);
  expect(images()).toEqual([first, first, first]);
  expect(await move('promote')).toEqual(['web']);
  expect(images()).toEqual([second, second, second]);
  expect(await move('rollback')).toEqual(['web']);
  expect(images()).toEqual([first, first, first]);
});
