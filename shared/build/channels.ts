import * as z from 'zod/mini';
import type { Publication } from './publication.ts';

/** A release of a recipe that a channel can name. */
export const publishedReleaseSchema = z.object({
  version: z.string(),
  execution: z.string(),
  /** When it was published (ISO 8601). */
  at: z.string(),
  /** The ids of its images by region. */
  images: z.record(z.string(), z.string()),
  /** The executions that published it in further consumer accounts; absent: none. */
  additions: z.optional(z.array(z.string())),
  /** Who approved it (the ARN that AWS authenticated), and when; absent: nobody was asked. */
  approval: z.optional(z.object({ by: z.string(), at: z.string(), comment: z.optional(z.string()) })),
});

export const channelSchema = z.object({
  /** The version that the channel names. */
  version: z.string(),
  /** Since when, by which execution, and at whose request. */
  since: z.string(),
  execution: z.string(),
  by: z.string(),
  /** The newest version that the channel ever named. Nothing older enters the channel by itself, also after a rollback. */
  newest: z.string(),
  /** The good versions that the channel named before, the last one first. */
  earlier: z.array(z.string()),
});

export const channelMoveSchema = z.object({
  at: z.string(),
  channel: z.string(),
  how: z.enum(['released', 'promoted', 'rolled back', 'withdrawn']),
  /** Absent: the channel named no version before, or names none afterwards. */
  from: z.optional(z.string()),
  to: z.optional(z.string()),
  execution: z.string(),
  by: z.string(),
});

/** The releases and channels of a recipe, as the table keeps them: the newest first. */
export const channelsSchema = z.object({
  releases: z.array(publishedReleaseSchema),
  channels: z.record(z.string(), channelSchema),
  history: z.array(channelMoveSchema),
});
export type PublishedRelease = z.infer<typeof publishedReleaseSchema>;
export type Channel = z.infer<typeof channelSchema>;
export type ChannelMove = z.infer<typeof channelMoveSchema>;
export type Channels = z.infer<typeof channelsSchema>;

export const NO_CHANNELS: Channels = { releases: [], channels: {}, history: [] };

/** An item of the table holds 400 KB. A release of 30 regions takes about 1.5 KB. */
const RELEASES_MAX = 50;
const EARLIER_MAX = 10;
const HISTORY_MAX = 100;

/**
 * The version because of which a release does not enter a channel by itself; `undefined`: it enters. Versions sort by the start of their
 * builds, so a build that took longer than the next one does not replace it.
 */
export function supersededBy(channels: Channels, channel: string, version: string): string | undefined {
  const newest = channels.channels[channel]?.newest;
  return newest !== undefined && newest > version ? newest : undefined;
}

/** What moves a channel. */
export interface Mover {
  readonly at: string;
  readonly execution: string;
  /** Who asked for it, in words. */
  readonly by: string;
}

/** Adds a release. Adding it again changes nothing. */
export function withRelease(channels: Channels, release: PublishedRelease): Channels {
  if (channels.releases.some(({ version }) => version === release.version)) return channels;
  const sorted = [release, ...channels.releases].toSorted((a, b) => (a.version > b.version ? -1 : 1));
  const named = new Set(
    Object.values(channels.channels).flatMap(({ version, earlier }) => [version, ...earlier]),
  );
  // A release that a channel names, or may return to, stays.
  const releases = sorted.filter(({ version }, index) => index < RELEASES_MAX || named.has(version));
  return { ...channels, releases };
}

/** Makes a channel name a version. The version that it named before counts as good, unless the channel is rolled back from it. */
export function withMove(
  channels: Channels,
  channel: string,
  version: string,
  how: 'released' | 'promoted' | 'rolled back',
  { at, execution, by }: Mover,
): Channels {
  const before = channels.channels[channel];
  if (before?.version === version) return channels;
  const good = before === undefined ? [] : [before.version, ...before.earlier];
  const earlier = how === 'rolled back' ? good.slice(good.indexOf(version) + 1) : good;
  const newest = before !== undefined && before.newest > version ? before.newest : version;
  const moved: Channel = {
    version,
    since: at,
    execution,
    by,
    newest,
    earlier: earlier.filter((one) => one !== version).slice(0, EARLIER_MAX),
  };
  const move: ChannelMove = { at, channel, how, from: before?.version, to: version, execution, by };
  return {
    ...channels,
    channels: { ...channels.channels, [channel]: moved },
    history: [move, ...channels.history].slice(0, HISTORY_MAX),
  };
}

/** What a publication adds to a release: images, or its parameters in further consumer accounts. */
type Addition = Pick<Publication, 'version' | 'images' | 'execution' | 'forAccounts'>;

/** Later additions that a release remembers. Clean-up after an older one finds nothing to undo. */
const ADDITIONS_MAX = 20;

/** Adds a later addition to its release. */
export function withAddition(
  channels: Channels,
  { version, images, execution, forAccounts }: Addition,
): Channels {
  const releases = channels.releases.map((release) => {
    if (release.version !== version) return release;
    if (!forAccounts) return { ...release, images: { ...release.images, ...images } };
    return { ...release, additions: [execution, ...(release.additions ?? [])].slice(0, ADDITIONS_MAX) };
  });
  return { ...channels, releases };
}

/** Takes a later addition out of its release again. */
export function withoutAddition(
  channels: Channels,
  { version, images, execution, forAccounts }: Addition,
): Channels {
  const releases = channels.releases.map((release) => {
    if (release.version !== version) return release;
    if (forAccounts) return { ...release, additions: release.additions?.filter((one) => one !== execution) };
    const kept = Object.entries(release.images).filter(([region, imageId]) => images[region] !== imageId);
    return { ...release, images: Object.fromEntries(kept) };
  });
  return { ...channels, releases };
}

/** Whether the publication of a release, or of an addition to it, is complete. */
export const isPublished = (
  { releases }: Channels,
  { version, images, execution, forAccounts }: Addition,
): boolean =>
  releases.some(
    (release) =>
      release.version === version &&
      Object.entries(images).every(([region, imageId]) => release.images[region] === imageId) &&
      (!forAccounts || release.additions?.includes(execution)),
  );

/** Takes a release back, because its build failed after all. Channels that name it return to what they named before. */
export function withoutRelease(channels: Channels, version: string, mover: Mover): Channels {
  const history = [...channels.history];
  const kept = Object.entries(channels.channels).flatMap(([name, channel]): [string, Channel][] => {
    const earlier = channel.earlier.filter((one) => one !== version);
    const [last, ...rest] = earlier;
    if (channel.version !== version) return [[name, { ...channel, earlier }]];
    const { at, execution, by } = mover;
    history.unshift({ at, channel: name, how: 'withdrawn', from: version, to: last, execution, by });
    return last === undefined
      ? []
      : [[name, { ...channel, version: last, since: at, execution, by, newest: last, earlier: rest }]];
  });
  return {
    releases: channels.releases.filter((one) => one.version !== version),
    channels: Object.fromEntries(kept),
    history: history.slice(0, HISTORY_MAX),
  };
}
