import type { Copy } from './execution-document.ts';
import { pollSeconds } from './poll-interval.ts';
import { secondsBetween } from './waiting.ts';

/** How long the copies of earlier builds took, by region. */
export type EarlierCopies = (region: string) => readonly number[] | undefined;

/**
 * After how many seconds CopyImages checks again. The slowest copy decides, because the build continues when all copies are available. A
 * copy that is to be started makes the interval shorter: after a failure it is started soon, and under EC2's limit the interval grows.
 */
export function copyInterval(
  copies: readonly Copy[],
  { now, earlier }: { now: Date; earlier: EarlierCopies },
): number {
  const intervalOf = ({ region, state, startedAt, limitedSince, progress }: Copy) => {
    const since = state === 'waiting' ? limitedSince : startedAt;
    return pollSeconds({
      api: 'describe',
      waitedSeconds: since === undefined ? 0 : secondsBetween(since, now),
      earlierSeconds: state === 'waiting' ? [] : earlier(region),
      progressPercent: progress,
    });
  };
  const waiting = copies.filter(({ state }) => state === 'waiting').map(intervalOf);
  const pending = copies.filter(({ state }) => state === 'pending').map(intervalOf);
  return Math.min(...waiting, pending.length > 0 ? Math.max(...pending) : Number.POSITIVE_INFINITY);
}

/** The key under which the duration of a copy is kept. */
export const copyKey = (region: string): string => `CopyImages ${region}`;
