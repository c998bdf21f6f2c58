import { AwsError } from '../core/errors.ts';
import type { Service } from '../core/service.ts';
import { createAutoScalingGroup } from './create-auto-scaling-group.ts';
import { deleteAutoScalingGroup } from './delete-auto-scaling-group.ts';
import { describeAutoScalingGroups } from './describe-auto-scaling-groups.ts';
import { describeInstanceRefreshes } from './describe-instance-refreshes.ts';
import { transitions } from './instance-refreshes.ts';
import { latencies } from './latency.ts';
import { startInstanceRefresh } from './start-instance-refresh.ts';
import { kept } from './state.ts';

/** Amazon EC2 Auto Scaling: groups, and instance refreshes. `docs/auto-scaling.md` lists what is emulated. */
export const autoScaling: Service = {
  name: 'auto scaling',
  kept,
  latencies,
  accessDenied: (reason) => new AwsError('AccessDenied', reason, 403),
  operations: {
    CreateAutoScalingGroup: createAutoScalingGroup,
    DeleteAutoScalingGroup: deleteAutoScalingGroup,
    DescribeAutoScalingGroups: describeAutoScalingGroups,
    DescribeInstanceRefreshes: describeInstanceRefreshes,
    StartInstanceRefresh: startInstanceRefresh,
  },
  transitions,
};
