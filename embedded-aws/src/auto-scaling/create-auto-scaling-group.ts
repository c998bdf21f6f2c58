import type {
  CreateAutoScalingGroupCommandInput,
  CreateAutoScalingGroupCommandOutput,
  LaunchTemplateSpecification,
} from '@aws-sdk/client-auto-scaling';
import { AwsError } from '../core/errors.ts';
import type { Call, Operation } from '../core/service.ts';
import { schedule } from '../core/world.ts';
import { findTemplate, findVersion } from '../ec2/launch-templates.ts';
import { groupArn, ownGroups, putGroup } from './groups.ts';
import { drawSeconds } from './latency.ts';
import type { AutoScalingGroupRecord } from './records.ts';
import { invalid } from './refusals.ts';

type Input = CreateAutoScalingGroupCommandInput;

/** Creates a group. Its instances are launched some seconds later. */
export const createAutoScalingGroup: Operation<Input, CreateAutoScalingGroupCommandOutput> = {
  kind: 'write',
  accepts: [
    'AutoScalingGroupName',
    'DesiredCapacity',
    'LaunchTemplate.LaunchTemplateId',
    'LaunchTemplate.LaunchTemplateName',
    'LaunchTemplate.Version',
    'MaxSize',
    'MinSize',
    'MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateId',
    'MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateName',
    'MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.Version',
    'MixedInstancesPolicy.LaunchTemplate.Overrides.InstanceType',
    'Tags.Key',
    'Tags.PropagateAtLaunch',
    'Tags.ResourceId',
    'Tags.ResourceType',
    'Tags.Value',
    'VPCZoneIdentifier',
  ],
  run(input, call) {
    const { world, account, region, now } = call;
    const name = checkName(input.AutoScalingGroupName);
    if (ownGroups(call).some((group) => group.name === name)) {
      // hashicorp/terraform#17489.
      throw new AwsError(
        'AlreadyExists',
        `AutoScalingGroup by this name already exists - A group with the name ${name} already exists`,
      );
    }
    const group: AutoScalingGroupRecord = {
      id: groupArn(call, name),
      account,
      region,
      name,
      ...sizes(input),
      ...templateOf(input, call),
      subnetIds: subnetsOf(input, call),
      instanceTags: Object.fromEntries(
        (input.Tags ?? []).flatMap(({ Key = '', Value = '', PropagateAtLaunch }) =>
          PropagateAtLaunch ? [[Key, Value]] : [],
        ),
      ),
      instances: [],
      createdTime: now,
    };
    putGroup(world, group, now);
    const seconds = drawSeconds(world.seed, 'group.launch', group.id);
    schedule(world, 'auto-scaling.launch', group.id, now + seconds * 1000);
    return {};
  },
};

function checkName(name: string | undefined): string {
  if (name === undefined || name === '' || name.length > 255 || name.includes(':')) {
    throw invalid(`Invalid group name: ${name}. It must have 1 to 255 characters, and no colons.`);
  }
  return name;
}

function sizes({ MinSize, MaxSize, DesiredCapacity }: Input) {
  if (MinSize === undefined || MaxSize === undefined) throw invalid('MinSize and MaxSize are required.');
  const desired = DesiredCapacity ?? MinSize;
  if (MinSize < 0 || MinSize > MaxSize) {
    throw invalid(`Max bound, ${MaxSize}, must be greater than or equal to min bound, ${MinSize}`);
  }
  if (desired < MinSize || desired > MaxSize) {
    throw invalid(
      `Desired capacity:${desired} must be between the specified min size:${MinSize} and max size:${MaxSize}`,
    );
  }
  return { minSize: MinSize, maxSize: MaxSize, desired };
}

function templateOf({ LaunchTemplate, MixedInstancesPolicy }: Input, call: Call) {
  const mixed = MixedInstancesPolicy?.LaunchTemplate;
  const given = LaunchTemplate ?? mixed?.LaunchTemplateSpecification;
  if (given === undefined || (LaunchTemplate !== undefined && mixed !== undefined)) {
    throw invalid(
      'Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.',
    );
  }
  const types = (mixed?.Overrides ?? []).flatMap(({ InstanceType }) => InstanceType ?? []);
  return { template: existingTemplate(given, call), isMixed: mixed !== undefined, instanceTypes: types };
}

function existingTemplate(given: LaunchTemplateSpecification, call: Call) {
  try {
    const template = findTemplate(given, call);
    findVersion(template, given.Version);
    return { id: template.id, name: template.name, version: given.Version ?? '$Default' };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw invalid(`You must use a valid fully-formed launch template. ${error.message}`);
  }
}

function subnetsOf({ VPCZoneIdentifier = '' }: Input, { world, account, region, now }: Call): string[] {
  const ids = VPCZoneIdentifier.split(',').flatMap((id) => id.trim() || []);
  if (ids.length === 0) throw invalid('At least one Availability Zone or VPC Subnet is required.');
  for (const id of ids) {
    const subnet = world.subnets.seen(id, now);
    if (subnet?.account !== account || subnet.region !== region) {
      throw invalid(`The subnet ID '${id}' does not exist`);
    }
  }
  return ids;
}
