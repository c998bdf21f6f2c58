import type { Call, TransitionHandlers } from '../core/service.ts';
import { lagMs, schedule, type World } from '../core/world.ts';
import { launchInstance, livingInstances, putGroup, reasonOf, terminateInstances } from './groups.ts';
import { drawSeconds } from './latency.ts';
import type { AutoScalingGroupRecord, InstanceRefreshRecord } from './records.ts';

export const isActive = ({ status }: InstanceRefreshRecord): boolean =>
  status === 'Pending' || status === 'InProgress';

export const putRefresh = (world: World, refresh: InstanceRefreshRecord, at: number): InstanceRefreshRecord =>
  world.instanceRefreshes.put(refresh, at, lagMs(world, refresh.id));

export const transitions: TransitionHandlers = {
  /** Launches the first instances of a group. A launch that EC2 refuses is not repeated here. */
  'auto-scaling.launch': (world, id, at, services) => {
    let group = world.autoScalingGroups.get(id);
    if (group === undefined) return;
    const call: Call = { world, account: group.account, region: group.region, now: at, services };
    try {
      while (group.instances.length < group.desired) {
        const instances = [...group.instances, launchInstance(group, call)];
        group = putGroup(world, { ...group, instances }, at);
      }
    } catch (error) {
      reasonOf(error);
    }
  },

  /** Begins an instance refresh, or replaces its next instances. */
  'auto-scaling.refresh': (world, id, at, services) => {
    const refresh = world.instanceRefreshes.get(id);
    const group = refresh && world.autoScalingGroups.get(refresh.groupId);
    if (refresh === undefined || group === undefined || !isActive(refresh)) return;
    const call: Call = { world, account: group.account, region: group.region, now: at, services };
    const begun = refresh.status === 'Pending' ? begin(refresh, group, call) : refresh;
    if (begun.toReplace.length === 0) {
      putRefresh(world, { ...begun, status: 'Successful', endTime: at }, at);
      return;
    }
    try {
      const replaced = replaceNext(begun, group, call);
      putRefresh(world, replaced, at);
      const seconds = drawSeconds(world.seed, 'refresh.batch', id, at) + (refresh.instanceWarmup ?? 0);
      schedule(world, 'auto-scaling.refresh', id, at + seconds * 1000);
    } catch (error) {
      putRefresh(world, { ...begun, status: 'Failed', statusReason: reasonOf(error), endTime: at }, at);
    }
  },
};

/** All instances that the group has at the beginning are replaced, also those that would look the same afterwards. */
function begin(
  refresh: InstanceRefreshRecord,
  group: AutoScalingGroupRecord,
  { world, now }: Call,
): InstanceRefreshRecord {
  const toReplace = livingInstances(group, world).map(({ id }) => id);
  return { ...refresh, status: 'InProgress', startTime: now, toReplace, total: toReplace.length };
}

/** At least one instance is replaced at a time (Auto Scaling user guide, How an instance refresh works). */
function replaceNext(
  refresh: InstanceRefreshRecord,
  group: AutoScalingGroupRecord,
  call: Call,
): InstanceRefreshRecord {
  const { world, now } = call;
  const size = Math.max(1, Math.floor((group.desired * (100 - refresh.minHealthyPercentage)) / 100));
  const batch = refresh.toReplace.slice(0, size);
  const living = livingInstances(group, world);
  terminateInstances(
    batch.filter((id) => living.some((one) => one.id === id)),
    group,
    call,
  );
  let changed = { ...group, instances: living.filter(({ id }) => !batch.includes(id)) };
  putGroup(world, changed, now);
  for (const _ of batch) {
    changed = { ...changed, instances: [...changed.instances, launchInstance(changed, call)] };
    putGroup(world, changed, now);
  }
  return { ...refresh, toReplace: refresh.toReplace.slice(size) };
}
