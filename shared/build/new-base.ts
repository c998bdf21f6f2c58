import type { LastRelease } from './decision.ts';

/** The base that the watcher saw last, and when it last announced one (ISO 8601). */
export interface SeenBase {
  readonly base: string;
  readonly announcedAt: string | undefined;
}

/** The value for a base that does not exist. If the base exists later, the watcher announces it. */
export const NO_BASE = 'none';

/** After this time, a base that is in no release is announced again: its build may have failed, or may have been skipped. */
const AGAIN_SECONDS = 86_400;

/**
 * Returns why to announce a base; `undefined`: the base is not announced. If there is neither an earlier check nor a release to compare
 * with, the base is not announced: deploying a recipe does not build it.
 */
export function reasonToAnnounce(
  base: string,
  seen: SeenBase | undefined,
  release: LastRelease | undefined,
  now: Date,
): string | undefined {
  const isBuilt = release?.base === base;
  if (isBuilt || base === NO_BASE) return undefined;
  if (seen?.base === NO_BASE) return `there was no base before, and now the base is ${base}`;
  if (seen !== undefined && seen.base !== base) return `the base changed from ${seen.base} to ${base}`;
  if (release === undefined) return undefined;
  const last = seen?.announcedAt;
  // The release came after the announcement, from an older base: its build was already running, so the build of this base was skipped.
  const isOvertaken = last !== undefined && release.at > last;
  const isDue =
    last === undefined || isOvertaken || now.getTime() - new Date(last).getTime() >= AGAIN_SECONDS * 1000;
  return isDue ? `the base is ${base}, but the last release was built from ${release.base}` : undefined;
}
