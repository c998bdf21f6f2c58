import { AwsError } from '../core/errors.ts';
import { carryOut } from '../core/operation.ts';
import { uuid } from '../core/random.ts';
import type { Tags } from '../core/resource.ts';
import type { Call } from '../core/service.ts';
import { lagMs, type World } from '../core/world.ts';
import type { AutoScalingGroupRecord, GroupInstance } from './records.ts';
import { groupNotFound } from './refusals.ts';

/** The groups of the caller, as reads show them. */
export const ownGroups = ({ world, account, region, now }: Call): AutoScalingGroupRecord[] =>
  world.autoScalingGroups
    .allSeen(now)
    .filter((group) => group.account === account && group.region === region);

/** The current record of the group that a request names. */
export function findGroup(call: Call, name: string | undefined): AutoScalingGroupRecord {
  const seen = ownGroups(call).find((group) => group.name === name);
  const group = seen && call.world.autoScalingGroups.get(seen.id);
  if (group === undefined) throw groupNotFound();
  return group;
}

export const groupArn = ({ world: { seed }, account, region, now }: Call, name: string): string =>
  `arn:aws:autoscaling:${region}:${account}:autoScalingGroup:${uuid(seed, 'group', account, region, name, now)}:autoScalingGroupName/${name}`;

export const putGroup = (world: World, group: AutoScalingGroupRecord, at: number): AutoScalingGroupRecord =>
  world.autoScalingGroups.put(group, at, lagMs(world, group.id));

/** The call that Auto Scaling makes for a group. */
const inner = (call: Call, { account, region }: AutoScalingGroupRecord): Call => ({
  ...call,
  account,
  region,
  inner: true,
});

/**
 * Launches an instance from the group's template, as the template is now: a version `$Latest`, and a parameter in the
 * place of the image, are resolved at every launch (Auto Scaling user guide, Use AWS Systems Manager parameters instead
 * of AMI IDs in launch templates). The subnets take turns.
 */
export function launchInstance(group: AutoScalingGroupRecord, call: Call): GroupInstance {
  const { world, now, services } = call;
  const { template, subnetIds, instances, instanceTypes, name } = group;
  const [InstanceType] = instanceTypes;
  const input = {
    LaunchTemplate: { LaunchTemplateId: template.id, Version: template.version },
    ...(InstanceType !== undefined && { InstanceType }),
    SubnetId: subnetIds[instances.length % subnetIds.length],
    MinCount: 1,
    MaxCount: 1,
  };
  const { ec2 } = services;
  if (ec2 === undefined) throw new Error('Auto Scaling needs EC2');
  const { Instances } = carryOut(ec2, 'RunInstances', input, inner(call, group)) as {
    Instances: { InstanceId: string }[];
  };
  const [{ InstanceId: id } = { InstanceId: '' }] = Instances;
  const instance = world.instances.get(id);
  if (instance === undefined) throw new Error(`EC2 has not launched ${id}`);
  const tags: Tags = { ...instance.tags, ...group.instanceTags, 'aws:autoscaling:groupName': name };
  world.instances.put({ ...instance, tags }, now, 0);
  return { id, templateVersion: tags['aws:ec2launchtemplate:version'] ?? '' };
}

export function terminateInstances(ids: readonly string[], group: AutoScalingGroupRecord, call: Call): void {
  const { ec2 } = call.services;
  if (ids.length === 0 || ec2 === undefined) return;
  carryOut(ec2, 'TerminateInstances', { InstanceIds: [...ids] }, inner(call, group));
}

/** The instances that the group still has. A group here does not replace an instance that somebody else terminated. */
export const livingInstances = ({ instances }: AutoScalingGroupRecord, world: World): GroupInstance[] =>
  instances.filter(({ id }) => {
    const state = world.instances.get(id)?.state;
    return state !== undefined && state !== 'terminated' && state !== 'shutting-down';
  });

/** What EC2 said when it refused a launch. */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof AwsError)) throw error;
  return error.message;
};
