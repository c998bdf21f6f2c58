import type {
  StartInstanceRefreshCommandInput,
  StartInstanceRefreshCommandOutput,
} from '@aws-sdk/client-auto-scaling';
import { uuid } from '../core/random.ts';
import type { Operation } from '../core/service.ts';
import { count, schedule } from '../core/world.ts';
import { findGroup } from './groups.ts';
import { isActive, putRefresh } from './instance-refreshes.ts';
import { drawSeconds } from './latency.ts';
import { invalid, refreshInProgress } from './refusals.ts';

/** The default, unless the group has an instance maintenance policy (API reference, RefreshPreferences). */
const minHealthyDefault = 90;

/** A group has one instance refresh at a time. The next one is refused until it has ended. */
export const startInstanceRefresh: Operation<
  StartInstanceRefreshCommandInput,
  StartInstanceRefreshCommandOutput
> = {
  kind: 'write',
  accepts: [
    'AutoScalingGroupName',
    'Preferences.InstanceWarmup',
    'Preferences.MinHealthyPercentage',
    'Strategy',
  ],
  run(input, call) {
    const { world, account, region, now } = call;
    if (input.Strategy !== undefined && input.Strategy !== 'Rolling') {
      throw invalid(`The strategy ${input.Strategy} is not valid. The only valid value is Rolling.`);
    }
    const { MinHealthyPercentage = minHealthyDefault, InstanceWarmup } = input.Preferences ?? {};
    if (MinHealthyPercentage < 0 || MinHealthyPercentage > 100) {
      throw invalid('MinHealthyPercentage must be between 0 and 100.');
    }
    const group = findGroup(call, input.AutoScalingGroupName);
    if (world.instanceRefreshes.all().some((one) => one.groupId === group.id && isActive(one))) {
      throw refreshInProgress();
    }
    const id = uuid(world.seed, 'instance refresh', group.id, count(world, 'instance refresh'));
    putRefresh(
      world,
      {
        id,
        account,
        region,
        groupId: group.id,
        status: 'Pending',
        askedAt: now,
        minHealthyPercentage: MinHealthyPercentage,
        ...(InstanceWarmup !== undefined && { instanceWarmup: InstanceWarmup }),
        toReplace: [],
        total: 0,
      },
      now,
    );
    schedule(world, 'auto-scaling.refresh', id, now + drawSeconds(world.seed, 'refresh.begin', id) * 1000);
    return { InstanceRefreshId: id };
  },
};
