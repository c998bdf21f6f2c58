import type { Call } from '../core/service.ts';
import type { InstanceRecord } from './records.ts';
import { checkIds, instanceNotFound, parameterCombination } from './refusals.ts';

/**
 * The current records of the instances that a request names. Instances that reads do not show yet are not
 * found (EC2 developer guide, Eventual consistency).
 */
export function ownInstances(call: Call, ids: readonly string[]): InstanceRecord[] {
  const { world, account, region, now } = call;
  checkIds('i', ids);
  const missing: string[] = [];
  const found: InstanceRecord[] = [];
  for (const id of new Set(ids)) {
    const instance = world.instances.get(id);
    const isSeen = world.instances.seen(id, now) !== undefined;
    if (instance === undefined || !isSeen || instance.account !== account || instance.region !== region) {
      missing.push(id);
    } else {
      found.push(instance);
    }
  }
  if (missing.length > 0) throw instanceNotFound(missing);
  return found;
}

/** The instances that a call acts on. EC2 refuses an empty list (gruntwork-io/cloud-nuke#731). */
export function namedInstances(call: Call, ids: readonly string[]): InstanceRecord[] {
  if (ids.length === 0) throw parameterCombination('No instances specified');
  return ownInstances(call, ids);
}

/** The instances that reads show: the named instances, or all instances of the caller. */
export function seenInstances(
  { world, account, region, now }: Call,
  ids: readonly string[],
): InstanceRecord[] {
  checkIds('i', ids);
  const isOwn = (instance: InstanceRecord) => instance.account === account && instance.region === region;
  if (ids.length === 0) return world.instances.allSeen(now).filter(isOwn);
  const found = [...new Set(ids)].map((id) => {
    const instance = world.instances.seen(id, now);
    return { id, instance: instance !== undefined && isOwn(instance) ? instance : undefined };
  });
  const missing = found.flatMap(({ id, instance }) => (instance === undefined ? [id] : []));
  if (missing.length > 0) throw instanceNotFound(missing);
  return found.flatMap(({ instance }) => instance ?? []);
}

const stateCodes = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
} as const;

export function instanceState(name: InstanceRecord['state']): {
  Code: number;
  Name: InstanceRecord['state'];
} {
  return { Code: stateCodes[name], Name: name };
}

/** The format of times in EC2's reasons: `2026-11-20 03:04:05 GMT`. */
export function reasonTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} GMT`;
}
