import {
  DeleteAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling';
import { describe, expect, test } from 'vitest';
import { refusal } from '../refusal.ts';
import { REGION, simulateGroups } from './simulated-groups.ts';

describe('CreateAutoScalingGroup', () => {
  test('launches instances from the template, in all subnets', async () => {
    const { created, groups, world, name } = await simulateGroups();
    const image = await name(1);
    await created({
      Tags: [
        { Key: 'team', Value: 'web', PropagateAtLaunch: true },
        { Key: 'own', Value: 'x' },
      ],
    });
    const [group] = await groups();
    expect(group).toMatchObject({
      AutoScalingGroupName: 'web',
      DesiredCapacity: 4,
      LaunchTemplate: { LaunchTemplateName: 'web', Version: '$Latest' },
      AvailabilityZones: ['a', 'b', 'c'].map((letter) => `${REGION}${letter}`),
    });
    const instances = group?.Instances ?? [];
    expect(
      instances.map(({ LifecycleState, LaunchTemplate }) => [LifecycleState, LaunchTemplate?.Version]),
    ).toEqual(Array(4).fill(['InService', '1']));
    for (const { InstanceId = '' } of instances) {
      const record = world.instances.get(InstanceId);
      expect(record?.imageId).toBe(image);
      expect(record?.tags).toMatchObject({ 'aws:autoscaling:groupName': 'web', team: 'web' });
      expect(record?.tags).not.toHaveProperty('own');
    }
  });

  test('takes the first type of a mixed instances policy', async () => {
    const { created, groups } = await simulateGroups();
    await created({
      LaunchTemplate: undefined,
      MixedInstancesPolicy: {
        LaunchTemplate: {
          LaunchTemplateSpecification: { LaunchTemplateName: 'web', Version: '$Default' },
          Overrides: [{ InstanceType: 'm6i.large' }, { InstanceType: 'm7i.large' }],
        },
      },
    });
    const [group] = await groups();
    expect(group?.Instances?.map(({ InstanceType }) => InstanceType)).toEqual(Array(4).fill('m6i.large'));
    expect(group?.MixedInstancesPolicy?.LaunchTemplate?.Overrides).toHaveLength(2);
    expect(group?.LaunchTemplate).toBeUndefined();
  });

  test.each([
    ['a name twice', {}, 'AlreadyExistsFault'],
    ['a colon in the name', { AutoScalingGroupName: 'a:b' }, 'ValidationError'],
    ['no template', { AutoScalingGroupName: 'new', LaunchTemplate: undefined }, 'ValidationError'],
    [
      'a template that does not exist',
      { AutoScalingGroupName: 'new', LaunchTemplate: { LaunchTemplateName: 'no' } },
      'ValidationError',
    ],
    [
      'a version that does not exist',
      { AutoScalingGroupName: 'new', LaunchTemplate: { LaunchTemplateName: 'web', Version: '7' } },
      'ValidationError',
    ],
    ['sizes that contradict', { AutoScalingGroupName: 'new', MinSize: 5, MaxSize: 4 }, 'ValidationError'],
    ['too many instances', { AutoScalingGroupName: 'new', DesiredCapacity: 11 }, 'ValidationError'],
    ['no subnet', { AutoScalingGroupName: 'new', VPCZoneIdentifier: '' }, 'ValidationError'],
    [
      'a subnet that does not exist',
      { AutoScalingGroupName: 'new', VPCZoneIdentifier: 'subnet-00000000000000001' },
      'ValidationError',
    ],
    ['a load balancer', { AutoScalingGroupName: 'new', LoadBalancerNames: ['a'] }, 'NotEmulated'],
  ])('refuses %s', async (_, changes, code) => {
    const { created, create, groups } = await simulateGroups();
    await created();
    expect((await refusal(create(changes))).code).toBe(code);
    expect(await groups()).toHaveLength(1);
  });

  test('creates the group also if EC2 refuses its instances', async () => {
    const fault = { call: 'RunInstances', error: 'InsufficientInstanceCapacity', status: 500 } as const;
    const { created, groups } = await simulateGroups([fault]);
    await created();
    expect((await groups())[0]?.Instances).toEqual([]);
  });
});

describe('DescribeAutoScalingGroups', () => {
  test('finds groups by name, of the caller only, page by page', async () => {
    const { created, clientOf, client, run } = await simulateGroups();
    await created();
    await created({ AutoScalingGroupName: 'api', DesiredCapacity: 1 });
    const named = async (input: object, of = client) => {
      const answer = await run(of.send(new DescribeAutoScalingGroupsCommand(input)));
      return [
        answer.AutoScalingGroups?.map(({ AutoScalingGroupName }) => AutoScalingGroupName),
        answer.NextToken,
      ] as const;
    };
    expect(await named({ AutoScalingGroupNames: ['api', 'none'] })).toEqual([['api'], undefined]);
    expect(await named({}, clientOf('111122223333'))).toEqual([[], undefined]);
    const [first, NextToken] = await named({ MaxRecords: 1 });
    expect(first).toEqual(['web']);
    expect(await named({ MaxRecords: 1, NextToken })).toEqual([['api'], undefined]);
    expect((await refusal(named({ NextToken: 'x' }))).code).toBe('InvalidNextToken');
  });
});

describe('DeleteAutoScalingGroup', () => {
  test('is refused with instances, unless it is forced', async () => {
    const { created, groups, client, run, pass, running } = await simulateGroups();
    await created();
    const remove = (ForceDelete?: boolean) =>
      run(client.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: 'web', ForceDelete })));
    expect((await refusal(remove())).code).toBe('ResourceInUseFault');
    await remove(true);
    await pass(400);
    expect(await groups()).toEqual([]);
    expect(running()).toEqual([]);
    expect((await refusal(remove(true))).message).toBe('AutoScalingGroup name not found - null');
  });
});
