import type { Recipe } from '../recipe/recipe.ts';
import type { Channels } from './channels.ts';

/** A release that has been in a channel for as long as the recipe says, and moves to the next channel. */
export interface Soaked {
  readonly version: string;
  readonly from: string;
  readonly to: string;
  /** Since when the channel `from` has named the version (ISO 8601). */
  readonly since: string;
  readonly hours: number;
}

const HOUR_MS = 3_600_000;

/**
 * The releases of a recipe that move on by themselves now. The time in a channel counts from the last move of the channel, so a release to
 * which a person rolled the channel back begins again. The last channels come first: a release moves on before the next one replaces it.
 */
export function soakedReleases(
  { channels: order, promoteAfterHours = {} }: Recipe['publish'],
  channels: Channels,
  now: Date,
): Soaked[] {
  const soaked = order.flatMap((from, index): Soaked[] => {
    const [hours, to, named] = [promoteAfterHours[from], order[index + 1], channels.channels[from]];
    if (hours === undefined || to === undefined || named === undefined) return [];
    const { version, since } = named;
    if (now.getTime() < new Date(since).getTime() + hours * HOUR_MS) return [];
    const one = { version, from, to, since, hours };
    return obstacleTo(one, channels) === undefined ? [one] : [];
  });
  return soaked.toReversed();
}

/** Why a release does not move on by itself: the channels have moved in the meantime. `undefined`: it moves on. */
export function obstacleTo(
  { version, from, to, since }: Omit<Soaked, 'hours'>,
  { channels }: Channels,
): string | undefined {
  const [named, next] = [channels[from], channels[to]];
  if (named?.version !== version || named.since !== since)
    return `the channel ${from} names ${named?.version ?? 'no release'} since ${named?.since ?? 'a rollback'}, not ${version} since ${since}`;
  // The newest version that the channel ever named: it names this version or a newer one, or a person rolled it back from there.
  if (next !== undefined && next.newest >= version)
    return `the channel ${to} has already named ${next.newest}`;
  return undefined;
}
