import type { Cleanup, Leftover, PendingCleanup } from './execution-document.ts';
import { describeCleanup } from './leftovers.ts';
import { type FoundResource, quietSecondsLeft, type RemovalPlan } from './removal-plan.ts';
import { isPastDeadline, pending, waitTimes } from './waiting.ts';

/** What could not be listed; `mayPass`: the next turn may be able to. */
export interface UnlistedResources {
  readonly region: string;
  readonly kind: Leftover['kind'];
  readonly reason: string;
  readonly mayPass: boolean;
}

/**
 * Whether a region is closed to the account, by a policy of its organization for example: then nothing can have been made there either.
 * The region of the deployment is never closed; if it cannot be listed, a permission is missing.
 */
export const isClosedRegion = (region: string, unseen: readonly UnlistedResources[], home: string): boolean =>
  region !== home && unseen.every((one) => one.region !== region || !one.mayPass);

/** One turn of clean-up, after its removals. */
export interface CleanUpInvocation {
  readonly execution: string;
  /** The region of the deployment. */
  readonly home: string;
  /** When clean-up began (ISO 8601). */
  readonly since: string;
  readonly now: Date;
  /** What the turn before reported; absent: this is the first. */
  readonly before: PendingCleanup | undefined;
  readonly plan: RemovalPlan;
  readonly unseen: readonly UnlistedResources[];
  /** Why AWS did not remove something, by its id. */
  readonly refusals: ReadonlyMap<string, string>;
  /** Whether the build went well to its end, so that nothing of it is under way that could still appear. */
  readonly isReleased: boolean;
}

/** The result, and in words. `left`: something is left over, or may be. */
export interface CleanupReport extends Cleanup {
  readonly summary: string;
  readonly outcome: 'clean' | 'left';
}

/** What a turn reports: that something is awaited still, or what was removed and what remains. */
export function cleanUpResult(turn: CleanUpInvocation): CleanupReport | PendingCleanup {
  const { since, now, before, plan, unseen } = turn;
  const seen = unique([...(before?.seen ?? []), ...plan.remove.map(plain)]);
  const isBlind = unseen.some(({ mayPass }) => mayPass);
  const lastSeen = plan.remove.length > 0 || isBlind ? now.toISOString() : (before?.lastSeen ?? since);
  const quietSeconds = turn.isReleased ? 0 : quietSecondsLeft(lastSeen, now);
  const isDone = plan.remove.length === 0 && !isBlind && quietSeconds <= 0;
  if (isDone || isPastDeadline(waitTimes.cleanUp, since, now)) return reportOf(turn, seen);

  const things = [
    ...plan.remove.map(({ id }) => id),
    ...unseen.map(({ region, kind }) => `a look at every ${kind} in ${region}`),
  ];
  const awaiting = things.length > 0 ? `${things.join(', ')} to be done with` : 'nothing more to appear';
  const wait = pending(waitTimes.cleanUp, { since, now, awaiting });
  const waitSeconds = things.length > 0 ? wait.waitSeconds : Math.ceil(quietSeconds);
  return { ...wait, waitSeconds, seen, lastSeen };
}

function reportOf(turn: CleanUpInvocation, seen: readonly Leftover[]): CleanupReport {
  const { execution, home, plan, unseen, refusals } = turn;
  const remaining = unique([
    ...plan.remove.map((one) => ({
      ...plain(one),
      reason: refusals.get(one.id) ?? 'AWS accepted its removal, and it still exists',
    })),
    ...plan.undecided.map((one) => ({ ...plain(one), reason: 'it is not certain whether it is released' })),
    ...lostSight(seen, plan.remove, unseen),
    ...unseen.map(({ region, reason }) => ({ region, kind: 'region' as const, id: region, reason })),
  ]);
  const left = new Set(remaining.map(({ id }) => id));
  const removed = seen.filter(({ id }) => !left.has(id));
  const isClean = remaining.every(({ kind, id }) => kind === 'region' && isClosedRegion(id, unseen, home));
  return {
    status: 'ready',
    removed,
    remaining,
    summary: describeCleanup(execution, { removed, remaining }),
    outcome: isClean ? 'clean' : 'left',
  };
}

/** What an earlier turn saw, in a list that cannot be read now: nobody can say whether it is gone. */
function lostSight(
  seen: readonly Leftover[],
  remove: readonly FoundResource[],
  unseen: readonly UnlistedResources[],
) {
  return seen.flatMap(({ region, kind, id }) => {
    const blind = unseen.find((one) => one.region === region && one.kind === kind);
    if (blind === undefined || remove.some((one) => one.id === id)) return [];
    return [{ region, kind, id, reason: `whether it is gone cannot be seen: ${blind.reason}` }];
  });
}

function unique<One extends Leftover>(found: readonly One[]): One[] {
  return [...new Map(found.map((one) => [one.id, one])).values()];
}

function plain({ region, kind, id }: Leftover): Leftover {
  return { region, kind, id };
}
