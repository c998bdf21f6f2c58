import type {
  DeleteAutoScalingGroupCommandInput,
  DeleteAutoScalingGroupCommandOutput,
} from '@aws-sdk/client-auto-scaling';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { findGroup, livingInstances, terminateInstances } from './groups.ts';

/** A group with instances needs `ForceDelete`, which terminates them. Its instance refreshes disappear with it. */
export const deleteAutoScalingGroup: Operation<
  DeleteAutoScalingGroupCommandInput,
  DeleteAutoScalingGroupCommandOutput
> = {
  kind: 'write',
  accepts: ['AutoScalingGroupName', 'ForceDelete'],
  run(input, call) {
    const { world, now } = call;
    const group = findGroup(call, input.AutoScalingGroupName);
    const instances = livingInstances(group, world);
    if (instances.length > 0 && input.ForceDelete !== true) {
      throw new AwsError(
        'ResourceInUse',
        'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.',
      );
    }
    terminateInstances(
      instances.map(({ id }) => id),
      group,
      call,
    );
    for (const { id, groupId } of world.instanceRefreshes.all()) {
      if (groupId === group.id) world.instanceRefreshes.remove(id, now, 0);
    }
    world.autoScalingGroups.remove(group.id, now, lagMs(world, group.id));
    return {};
  },
};
