import type { Target } from '@aws-sdk/client-ssm';
import { AwsError, notEmulated } from '../../core/errors.ts';
import { validationError } from '../../core/validation.ts';
import type { World } from '../../core/world.ts';
import type { InstanceRecord } from '../../ec2/records.ts';

interface Place {
  readonly account: string;
  readonly region: string;
}

/**
 * Whether an instance is a managed node. An instance is not a managed node if it is not running or
 * if its agent has never registered. A command to such an instance is too early or too late
 * (aws/aws-sdk-js-v3#3676). A rebooting instance receives the command after the reboot.
 */
function isNode(instance: InstanceRecord, { account, region }: Place): boolean {
  return (
    instance.account === account &&
    instance.region === region &&
    instance.state === 'running' &&
    (instance.agentOnlineSince ?? instance.agentLostAt) !== undefined
  );
}

/**
 * The managed nodes with the given ids. If one id is not a managed node, the command is refused.
 */
export function nodesById(world: World, place: Place, instanceIds: readonly string[]): InstanceRecord[] {
  if (instanceIds.length === 0) {
    throw validationError([], 'instanceIds', 'Member must have length greater than or equal to 1');
  }
  if (new Set(instanceIds).size < instanceIds.length) {
    throw new AwsError('DuplicateInstanceId', 'Duplicate instance ids are not allowed.');
  }
  const nodes = instanceIds.map((id) => {
    const instance = world.instances.get(id);
    return { id, instance: instance !== undefined && isNode(instance, place) ? instance : undefined };
  });
  const missing = nodes.filter(({ instance }) => instance === undefined).map(({ id }) => id);
  if (missing.length > 0) {
    throw new AwsError(
      'InvalidInstanceId',
      `Instances [[${missing.join(', ')}]] not in a valid state for account ${place.account}`,
    );
  }
  return nodes.flatMap(({ instance }) => instance ?? []);
}

/**
 * The managed nodes that match all targets. For each target, one of its values must match. The
 * result may be empty.
 */
export function nodesByTargets(world: World, place: Place, targets: readonly Target[]): InstanceRecord[] {
  const tests = targets.map(testOf);
  return world.instances
    .all()
    .filter((instance) => isNode(instance, place) && tests.every((passes) => passes(instance)));
}

function testOf({ Key = '', Values = [] }: Target): (instance: InstanceRecord) => boolean {
  if (Key === 'InstanceIds') return ({ id }) => Values.includes(id);
  if (Key === 'tag-key') return ({ tags }) => Values.some((key) => Object.hasOwn(tags, key));
  if (Key.startsWith('tag:')) {
    return ({ tags }) => {
      const value = tags[Key.slice('tag:'.length)];
      return value !== undefined && Values.includes(value);
    };
  }
  if (Key.startsWith('resource-groups:')) throw notEmulated(`ssm:SendCommand with the target ${Key}`);
  throw new AwsError('InvalidTarget', `The target key ${Key} isn't valid or isn't supported.`);
}
