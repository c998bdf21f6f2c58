import type { Cleanup, Leftover, PendingCleanup } from './execution-document.ts';
import { describeCleanup } from './leftovers.ts';
import { type FoundResource, quietSecondsLeft, type RemovalPlan } from './removal-plan.ts';
import { isPastDeadline, pending, secondsBetween, waitTimes } from './waiting.ts';

/** Resources of one kind in one region that could not be listed. `mayPass`: the next invocation may be able to list them. */
export interface UnlistedResources {
  readonly region: string;
  readonly kind: Leftover['kind'];
  readonly reason: string;
  readonly mayPass: boolean;
}

/**
 * Whether a region is closed to the account, for example by a policy of its organization. In a closed region, nothing can have been created.
 * The region of the deployment is never closed: if its resources cannot be listed, a permission is missing.
 */
export const isClosedRegion = (
  region: string,
  unlisted: readonly UnlistedResources[],
  home: string,
): boolean => region !== home && unlisted.every((one) => one.region !== region || !one.mayPass);

/** One invocation of clean-up, after its removals. */
export interface CleanUpInvocation {
  readonly execution: string;
  /** `undefined`: not known. */
  readonly recipe?: string | undefined;
  /** The region of the deployment. */
  readonly home: string;
  /** When clean-up began (ISO 8601). */
  readonly since: string;
  readonly now: Date;
  /** What the previous invocation reported; absent: this is the first. */
  readonly before: PendingCleanup | undefined;
  readonly plan: RemovalPlan;
  readonly unlisted: readonly UnlistedResources[];
  /** Why AWS did not remove a resource, by the resource's id. */
  readonly refusals: ReadonlyMap<string, string>;
  /** Whether the build succeeded. Then no call of the build is still running that could create a resource. */
  readonly isReleased: boolean;
}

/** The result, also in words. `left`: resources are left over, or may be. */
export interface CleanupReport extends Cleanup {
  readonly summary: string;
  readonly outcome: 'clean' | 'left';
}

/** The report of one invocation: what it waits for, or, at the end, what was removed and what remains. */
export function cleanUpResult(invocation: CleanUpInvocation): CleanupReport | PendingCleanup {
  const { since, now, before, plan, unlisted } = invocation;
  const seen = unique([...(before?.seen ?? []), ...plan.remove.map(withoutTags)]);
  const isIncomplete = unlisted.some(({ mayPass }) => mayPass);
  const lastSeen = plan.remove.length > 0 || isIncomplete ? now.toISOString() : (before?.lastSeen ?? since);
  const quietSeconds = invocation.isReleased ? 0 : quietSecondsLeft(lastSeen, now);
  const awaitedRemovals = removalsToAwait(invocation);
  const isDone = awaitedRemovals.length === 0 && !isIncomplete && quietSeconds <= 0;
  if (isDone || isPastDeadline(waitTimes.cleanUp, since, now)) return reportOf(invocation, seen);

  const awaited = [
    ...plan.remove.map(({ kind, id }) => `the removal of ${kind} ${id}`),
    ...unlisted.map(({ region, kind }) => `the list of ${kind}s in ${region}`),
  ];
  const awaiting = awaited.length > 0 ? awaited.join(', ') : 'resources that may still appear';
  const wait = pending(waitTimes.cleanUp, { since, now, awaiting });
  const waitSeconds = awaited.length > 0 ? wait.waitSeconds : Math.ceil(quietSeconds);
  const quietAt = new Date(now.getTime() + quietSeconds * 1000).toISOString();
  return {
    ...wait,
    waitSeconds,
    seen,
    lastSeen,
    hasRemoved: hasRemoved(invocation),
    ...(invocation.recipe !== undefined && { recipe: invocation.recipe }),
    ...(awaited.length === 0 && { readyAt: quietAt }),
  };
}

/**
 * How long clean-up after a release waits for resources that EC2 was already removing when clean-up began, such as the builder. They
 * cannot come back. Clean-up always waits for the end of what it removes itself.
 */
const LEAVING_SECONDS = 40;

/** The resources whose end clean-up waits for. */
function removalsToAwait(invocation: CleanUpInvocation): readonly FoundResource[] {
  const { plan, isReleased, since, now } = invocation;
  if (!isReleased || hasRemoved(invocation) || secondsBetween(since, now) < LEAVING_SECONDS)
    return plan.remove;
  return plan.remove.filter(({ leaving = false }) => !leaving);
}

/** Whether this clean-up has removed something itself. */
const hasRemoved = ({ before, plan }: CleanUpInvocation): boolean =>
  before?.hasRemoved === true || plan.remove.some(({ leaving = false }) => !leaving);

function reportOf(invocation: CleanUpInvocation, seen: readonly Leftover[]): CleanupReport {
  const { execution, home, plan, unlisted, refusals } = invocation;
  const remaining = unique([
    ...removalsToAwait(invocation).map((one) => ({
      ...withoutTags(one),
      reason: refusals.get(one.id) ?? 'the delete call succeeded but the resource still exists',
    })),
    ...plan.undecided.map((one) => ({
      ...withoutTags(one),
      reason: 'could not determine whether it was released',
    })),
    ...uncheckedResources(seen, plan.remove, unlisted),
    ...unlisted.map(({ region, reason }) => ({ region, kind: 'region' as const, id: region, reason })),
  ]);
  const left = new Set(remaining.map(({ id }) => id));
  const removed = seen.filter(({ id }) => !left.has(id));
  const isClean = remaining.every(({ kind, id }) => kind === 'region' && isClosedRegion(id, unlisted, home));
  return {
    status: 'ready',
    removed,
    remaining,
    summary: describeCleanup(execution, { removed, remaining }),
    outcome: isClean ? 'clean' : 'left',
  };
}

/** Resources that an earlier invocation found, in a list that cannot be read now. It is unknown whether they still exist. */
function uncheckedResources(
  seen: readonly Leftover[],
  remove: readonly FoundResource[],
  unlisted: readonly UnlistedResources[],
) {
  return seen.flatMap((resource) => {
    const { region, kind, id } = resource;
    const list = unlisted.find((one) => one.region === region && one.kind === kind);
    if (list === undefined || remove.some((one) => one.id === id)) return [];
    return [{ ...resource, reason: `could not check whether it still exists: ${list.reason}` }];
  });
}

/** The last of the resources with the same id counts. It keeps what was put back in an earlier invocation. */
function unique<One extends Leftover>(found: readonly One[]): One[] {
  const byId = new Map<string, One>();
  for (const one of found) byId.set(one.id, { ...byId.get(one.id), ...one });
  return [...byId.values()];
}

const withoutTags = ({ region, kind, id, putBack }: Leftover): Leftover => ({
  region,
  kind,
  id,
  ...(putBack !== undefined && { putBack }),
});
