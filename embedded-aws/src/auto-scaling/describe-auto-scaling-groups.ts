import type {
  DescribeAutoScalingGroupsCommandInput,
  DescribeAutoScalingGroupsCommandOutput,
  LifecycleState,
} from '@aws-sdk/client-auto-scaling';
import type { Operation } from '../core/service.ts';
import type { World } from '../core/world.ts';
import { livingInstances, ownGroups } from './groups.ts';
import type { AutoScalingGroupRecord, GroupInstance } from './records.ts';
import { page } from './refusals.ts';

/** A name without a group is not an error. */
export const describeAutoScalingGroups: Operation<
  DescribeAutoScalingGroupsCommandInput,
  DescribeAutoScalingGroupsCommandOutput
> = {
  kind: 'read',
  accepts: ['AutoScalingGroupNames', 'MaxRecords', 'NextToken'],
  run(input, call) {
    const names = input.AutoScalingGroupNames ?? [];
    const found = ownGroups(call).filter(({ name }) => names.length === 0 || names.includes(name));
    const { items, NextToken } = page(found, input);
    return { AutoScalingGroups: items.map((group) => groupShape(group, call.world)), NextToken };
  },
};

function groupShape(group: AutoScalingGroupRecord, world: World) {
  const { id, name, minSize, maxSize, desired, template, isMixed, instanceTypes, subnetIds, createdTime } =
    group;
  const specification = {
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    Version: template.version,
  };
  const zones = subnetIds.flatMap((subnet) => world.subnets.get(subnet)?.availabilityZone ?? []);
  return {
    AutoScalingGroupName: name,
    AutoScalingGroupARN: id,
    ...(isMixed
      ? {
          MixedInstancesPolicy: {
            LaunchTemplate: {
              LaunchTemplateSpecification: specification,
              Overrides: instanceTypes.map((InstanceType) => ({ InstanceType })),
            },
          },
        }
      : { LaunchTemplate: specification }),
    MinSize: minSize,
    MaxSize: maxSize,
    DesiredCapacity: desired,
    DefaultCooldown: 300,
    AvailabilityZones: [...new Set(zones)].toSorted(),
    HealthCheckType: 'EC2',
    HealthCheckGracePeriod: 0,
    Instances: livingInstances(group, world).map((instance) => instanceShape(instance, group, world)),
    CreatedTime: new Date(createdTime),
    SuspendedProcesses: [],
    VPCZoneIdentifier: subnetIds.join(','),
    EnabledMetrics: [],
    Tags: [],
    TerminationPolicies: ['Default'],
    NewInstancesProtectedFromScaleIn: false,
  };
}

function instanceShape(
  { id, templateVersion }: GroupInstance,
  { template }: AutoScalingGroupRecord,
  world: World,
) {
  const instance = world.instances.get(id);
  return {
    InstanceId: id,
    InstanceType: instance?.instanceType,
    AvailabilityZone: instance?.availabilityZone ?? '',
    LifecycleState: (instance?.state === 'pending' ? 'Pending' : 'InService') as LifecycleState,
    HealthStatus: 'Healthy',
    ProtectedFromScaleIn: false,
    LaunchTemplate: {
      LaunchTemplateId: template.id,
      LaunchTemplateName: template.name,
      Version: templateVersion,
    },
  };
}
