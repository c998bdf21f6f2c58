import type { DeleteSecurityGroupCommandInput, DeleteSecurityGroupCommandOutput } from '@aws-sdk/client-ec2';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { checkDryRun } from './refusals.ts';
import { ownGroup } from './security-groups.ts';

export const deleteSecurityGroup: Operation<
  DeleteSecurityGroupCommandInput,
  DeleteSecurityGroupCommandOutput
> = {
  kind: 'write',
  accepts: ['DryRun', 'GroupId', 'GroupName'],
  run(input, call) {
    const { world, now } = call;
    const group = ownGroup(input, call);
    if (group.name === 'default') {
      throw new AwsError(
        'CannotDelete',
        `the specified group: "${group.id}" name: "default" cannot be deleted by a user`,
      );
    }
    const isWorn =
      world.networkInterfaces.all().some(({ securityGroupIds }) => securityGroupIds.includes(group.id)) ||
      world.instances
        .all()
        .some(({ state, securityGroupIds }) => state !== 'terminated' && securityGroupIds.includes(group.id));
    const isNamed = world.securityGroups
      .all()
      .some(
        ({ id, ingress, egress }) =>
          id !== group.id && [...ingress, ...egress].some(({ groupId }) => groupId === group.id),
      );
    if (isWorn || isNamed) {
      throw new AwsError('DependencyViolation', `resource ${group.id} has a dependent object`);
    }
    checkDryRun(input);
    world.securityGroups.remove(group.id, now, lagMs(world, group.id));
    return { Return: true, GroupId: group.id };
  },
};
