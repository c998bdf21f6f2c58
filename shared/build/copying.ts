import type { Copy } from './execution-document.ts';
import { pollSeconds } from './poll-interval.ts';
import { secondsBetween } from './waiting.ts';

/** How long the copies of earlier builds took, by region. */
export type EarlierCopies = (region: string) => readonly number[] | undefined;

/**
 * After how many seconds CopyImages checks again. The slowest copy decides, because the build continues when all copies are available. A
 * copy that is not started is started at the next check, so it makes the interval shorter. `since`: when the stage began to wait.
 */
export function copyInterval(
  copies: readonly Copy[],
  { since, now, earlier }: { since: string | undefined; now: Date; earlier: EarlierCopies },
): number {
  const intervalOf = ({ region, startedAt, progress }: Copy) =>
    pollSeconds({
      api: 'describe',
      waitedSeconds: secondsBetween(startedAt ?? since ?? now.toISOString(), now),
      earlierSeconds: startedAt === undefined ? [] : earlier(region),
      progressPercent: progress,
    });
  const unfinished = copies.filter(({ state }) => state !== 'available');
  const waiting = unfinished.filter(({ state }) => state === 'waiting').map(intervalOf);
  const pending = unfinished.filter(({ state }) => state === 'pending').map(intervalOf);
  return Math.min(...waiting, pending.length > 0 ? Math.max(...pending) : Number.POSITIVE_INFINITY);
}

/** The key under which the duration of a copy is kept. */
export const copyKey = (region: string): string => `CopyImages ${region}`;
