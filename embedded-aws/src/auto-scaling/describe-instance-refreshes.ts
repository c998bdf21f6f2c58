import type {
  DescribeInstanceRefreshesCommandInput,
  DescribeInstanceRefreshesCommandOutput,
} from '@aws-sdk/client-auto-scaling';
import type { Operation } from '../core/service.ts';
import { findGroup } from './groups.ts';
import type { InstanceRefreshRecord } from './records.ts';
import { page } from './refusals.ts';

/** The instance refreshes of a group, the newest first. */
export const describeInstanceRefreshes: Operation<
  DescribeInstanceRefreshesCommandInput,
  DescribeInstanceRefreshesCommandOutput
> = {
  kind: 'read',
  accepts: ['AutoScalingGroupName', 'InstanceRefreshIds', 'MaxRecords', 'NextToken'],
  run(input, call) {
    const group = findGroup(call, input.AutoScalingGroupName);
    const ids = input.InstanceRefreshIds ?? [];
    const found = call.world.instanceRefreshes
      .allSeen(call.now)
      .filter(({ groupId, id }) => groupId === group.id && (ids.length === 0 || ids.includes(id)))
      .toSorted((a, b) => b.askedAt - a.askedAt);
    const { items, NextToken } = page(found, input);
    return { InstanceRefreshes: items.map((one) => refreshShape(one, group.name)), NextToken };
  },
};

function refreshShape(refresh: InstanceRefreshRecord, name: string) {
  const { id, status, statusReason, startTime, endTime, toReplace, total } = refresh;
  const replaced = total - toReplace.length;
  return {
    InstanceRefreshId: id,
    AutoScalingGroupName: name,
    Status: status,
    StatusReason: statusReason,
    StartTime: startTime === undefined ? undefined : new Date(startTime),
    EndTime: endTime === undefined ? undefined : new Date(endTime),
    PercentageComplete:
      total === 0 ? (status === 'Successful' ? 100 : 0) : Math.floor((100 * replaced) / total),
    InstancesToUpdate: toReplace.length,
    Preferences: {
      MinHealthyPercentage: refresh.minHealthyPercentage,
      InstanceWarmup: refresh.instanceWarmup,
      SkipMatching: false,
      AutoRollback: false,
    },
    Strategy: 'Rolling' as const,
  };
}
