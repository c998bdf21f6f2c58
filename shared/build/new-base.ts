import type { LastRelease } from './decision.ts';

/** The base that the watcher saw last, and when it last announced one (ISO 8601). */
export interface SeenBase {
  readonly base: string;
  readonly announcedAt: string | undefined;
}

/** What the watcher sees where there is no base: an image that appears later is news. */
export const NO_BASE = 'none';

/** A base that was announced and is in no release yet is announced again after this time: its build may have failed or stepped back. */
const AGAIN_SECONDS = 86_400;

/**
 * Whether a base is to be announced, and why; `undefined`: it is not. Where neither a look before nor a release tells what a new base
 * would be new to, none is: deploying a recipe does not build it.
 */
export function reasonToAnnounce(
  base: string,
  seen: SeenBase | undefined,
  release: LastRelease | undefined,
  now: Date,
): string | undefined {
  const isBuilt = release?.base === base;
  if (isBuilt || base === NO_BASE) return undefined;
  if (seen?.base === NO_BASE) return `there was no base, and now it is ${base}`;
  if (seen !== undefined && seen.base !== base) return `the base changed from ${seen.base} to ${base}`;
  if (release === undefined) return undefined;
  const last = seen?.announcedAt;
  // A build that was under way when it was announced had begun with an older base, and the one for this base stepped back.
  const isOvertaken = last !== undefined && release.at > last;
  const isDue =
    last === undefined || isOvertaken || now.getTime() - new Date(last).getTime() >= AGAIN_SECONDS * 1000;
  return isDue ? `the base is ${base}, and the last release was made from ${release.base}` : undefined;
}
