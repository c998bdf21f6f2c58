import type { Recipe } from '../recipe/recipe.ts';
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

/** The price in US dollars for each GiB of a time-based copy, from a number of minutes (Amazon EBS User Guide, "Time-based copies"). */
const prices: readonly (readonly [minutes: number, dollars: string])[] = [
  [960, '0.005'],
  [480, '0.010'],
  [240, '0.012'],
  [120, '0.014'],
  [60, '0.016'],
  [30, '0.018'],
  [15, '0.020'],
];
const PRICES_READ = 'April 2026';

/** What time-based copies cost. EC2 does not show the size of the copied data before the copy. */
export function copyWarnings(
  { copy, regions }: { readonly copy?: Recipe['copy']; readonly regions: readonly string[] },
  home: string,
): string[] {
  const targets = regions.filter((region) => region !== home);
  if (copy === undefined || targets.length === 0) return [];
  const minutes = copy.completionMinutes;
  const [, dollars] = prices.find(([from]) => minutes >= from) ?? [];
  return [
    `copy.completionMinutes is ${minutes}, so AWS charges $${dollars} for each GiB of data that it copies to each of ${targets.join(', ')}, ` +
      `in addition to the transfer and the storage (price list of ${PRICES_READ})`,
  ];
}
