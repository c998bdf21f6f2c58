import * as z from 'zod/mini';
import { Conflict, InvalidInput, Superseded } from '../errors.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { type Channels, type PublishedRelease, supersededBy } from './channels.ts';
import type { Publication } from './publication.ts';
import { obstacleTo } from './soak.ts';

/** The input of an execution of the machine that moves channels; docs/operations.md describes it. */
export const channelRequestSchema = z.object({
  action: z.enum(['promote', 'rollback', 'history']),
  recipe: z.string(),
  /** The channel to move. Default: for `promote` the channel after the first, for `rollback` the last. */
  channel: z.optional(z.string()),
  /** The version to promote. Default: the version that the channel before names. */
  version: z.optional(z.string()),
  /** Who asks, in words; absent: not known. */
  by: z.optional(z.string()),
  /** What started the execution; absent: a person. If it fails, an alarm says so (MoveFailedAlarm), because nobody waits for it. */
  trigger: z.optional(
    z.union([
      z.object({ type: z.literal('event'), id: z.string() }),
      /** The release has been in this channel since then. */
      z.object({ type: z.literal('soak'), channel: z.string(), since: z.string() }),
    ]),
  ),
});
export type ChannelRequest = z.infer<typeof channelRequestSchema>;

/** The move of a channel to a release. */
export interface ChosenMove {
  readonly channel: string;
  readonly how: 'promoted' | 'rolled back';
  readonly release: PublishedRelease;
  /** The version that the channel names now; absent: none. */
  readonly from?: string | undefined;
  /** The releases to which a rollback could not return, by version: why. */
  readonly skipped: Readonly<Record<string, string>>;
}

/** The number of versions that a message lists. */
const LISTED_MAX = 5;

/**
 * Chooses the move that a person asked for. `order`: the channels of the recipe. Promotion takes the release of the channel before. A
 * rollback takes the last good release before the present one: a release from which the channel was rolled back does not count. A channel
 * moves to an older version only by a rollback, or if the request names the version. `unusable`: releases whose images cannot be launched, by
 * version: why. A rollback skips them.
 */
export function chooseMove(
  request: ChannelRequest,
  channels: Channels,
  order: readonly string[],
  unusable: Readonly<Record<string, string>> = {},
): ChosenMove {
  return request.action === 'rollback'
    ? chooseRollback(request, channels, order, unusable)
    : choosePromotion(request, channels, order, unusable);
}

/**
 * The move that an execution has begun. It is not chosen again: parameters may already name the release. If the channel has moved since, the
 * release may be older than the one that the channel names now.
 */
export function moveBegun(
  { version, from, skipped = {}, channels: [channel = ''] }: Publication,
  { action, recipe }: ChannelRequest,
  channels: Channels,
): ChosenMove {
  const current = channels.channels[channel]?.version;
  if (current !== from) {
    throw new Conflict(
      `The channel ${channel} of ${recipe} named ${from ?? 'no release'} when this move to ${version} began, and names ` +
        `${current ?? 'no release'} now: another execution has moved it. Ask again, if the channel is to name another release`,
    );
  }
  const release = channels.releases.find((one) => one.version === version);
  if (release === undefined) throw new Conflict(`The recipe ${recipe} no longer has the release ${version}`);
  return { channel, how: action === 'rollback' ? 'rolled back' : 'promoted', release, from, skipped };
}

function choosePromotion(
  request: ChannelRequest,
  channels: Channels,
  order: readonly string[],
  unusable: Readonly<Record<string, string>>,
): ChosenMove {
  const { recipe } = request;
  const channel = channelOf(request, order, order[1] ?? order[0]);
  const before = order[order.indexOf(channel) - 1];
  const version = request.version ?? (before === undefined ? undefined : channels.channels[before]?.version);
  if (version === undefined) {
    throw new InvalidInput(
      before === undefined
        ? `The channel ${channel} is the first channel of the recipe ${recipe}, and each release enters it by itself. To move it by hand, name a version: --version VERSION`
        : `The channel ${before} of ${recipe} names no release, so there is nothing to promote to ${channel}. Bake ${recipe} first`,
    );
  }
  const newer = request.version === undefined ? supersededBy(channels, channel, version) : undefined;
  if (newer !== undefined) {
    throw new InvalidInput(
      `The channel ${channel} of ${recipe} has already named ${newer}, which is newer than ${version} in ${before}. ` +
        `To move it to the older release, name it: --version ${version}`,
    );
  }
  if (request.version === undefined) refuseRolledBack(request, channel, version, channels);
  refuseOvertaken(request, channel, version, channels);
  const release = releaseOf(recipe, version, channels);
  if (unusable[version] !== undefined)
    throw new InvalidInput(
      `The channel ${channel} of ${recipe} cannot name ${version}: ${unusable[version]}`,
    );
  const from = channels.channels[channel]?.version;
  return { channel, how: 'promoted', release, from, skipped: {} };
}

/** Refuses to return to a release that the channel has left for an older one, unless the request names the version. */
function refuseRolledBack(
  { recipe }: ChannelRequest,
  channel: string,
  version: string,
  { channels, history }: Channels,
): void {
  const named = channels[channel];
  if (named === undefined || named.newest !== version || named.version === version) return;
  const left = history.find((move) => move.channel === channel && move.from === version);
  throw new InvalidInput(
    `The channel ${channel} of ${recipe} was ${left?.how === 'promoted' ? 'moved' : 'rolled'} back from ${version}. ` +
      `To promote it anyway, name it: --version ${version}`,
  );
}

/** Refuses to move a release on by itself, if the channels have moved since it was due. */
function refuseOvertaken(
  { recipe, trigger }: ChannelRequest,
  to: string,
  version: string,
  channels: Channels,
) {
  if (trigger?.type !== 'soak') return;
  const { channel: from, since } = trigger;
  const obstacle = obstacleTo({ version, from, to, since }, channels);
  if (obstacle !== undefined)
    throw new Superseded(`${recipe} ${version} does not move to ${to} by itself: ${obstacle}`);
}

function chooseRollback(
  request: ChannelRequest,
  channels: Channels,
  order: readonly string[],
  unusable: Readonly<Record<string, string>>,
): ChosenMove {
  const { recipe } = request;
  if (request.version !== undefined)
    throw new InvalidInput(
      `A rollback chooses the version itself. To move a channel to a version, promote it: golden promote ${recipe} --version ${request.version}`,
    );
  const channel = channelOf(request, order, order.at(-1));
  const current = channels.channels[channel];
  if (current === undefined)
    throw new InvalidInput(
      `The channel ${channel} of ${recipe} names no release, so it cannot be rolled back`,
    );
  const version = current.earlier.find((one) => unusable[one] === undefined);
  const passed =
    version === undefined ? current.earlier : current.earlier.slice(0, current.earlier.indexOf(version));
  const skipped = Object.fromEntries(passed.map((one) => [one, unusable[one] ?? '']));
  if (version === undefined) {
    const reasons = Object.entries(skipped).map(([one, why]) => `${one}: ${why}`);
    const except = reasons.length === 0 ? '' : ` that is usable (${reasons.join('; ')})`;
    throw new InvalidInput(
      `The channel ${channel} of ${recipe} names ${current.version}, and has named no good release before it${except}. ` +
        `To move it to another release, promote a version: golden promote ${recipe} --to ${channel} --version VERSION`,
    );
  }
  return {
    channel,
    how: 'rolled back',
    release: releaseOf(recipe, version, channels),
    from: current.version,
    skipped,
  };
}

function channelOf({ recipe, channel }: ChannelRequest, order: readonly string[], preset = ''): string {
  const wanted = channel ?? preset;
  if (order.includes(wanted)) return wanted;
  throw new InvalidInput(
    `The recipe ${recipe} has no channel ${wanted}. Its channels are ${order.join(', ')}`,
  );
}

export function releaseOf(recipe: string, version: string, { releases }: Channels): PublishedRelease {
  const release = releases.find((one) => one.version === version);
  if (release !== undefined) return release;
  const known = releases.slice(0, LISTED_MAX).map((one) => one.version);
  throw new InvalidInput(
    `The recipe ${recipe} has no release ${version}. ` +
      (known.length === 0 ? 'It has no releases' : `Its last releases are ${known.join(', ')}`),
  );
}

/** The deployed recipe of this name. */
export function requireRecipe(name: string, recipes: Readonly<Record<string, Recipe>>): Recipe {
  const recipe = Object.hasOwn(recipes, name) ? recipes[name] : undefined;
  if (recipe !== undefined) return recipe;
  throw new InvalidInput(
    `The recipe ${name} is not deployed. The deployed recipes are ${Object.keys(recipes).toSorted().join(', ')}`,
  );
}
