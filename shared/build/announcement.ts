import type { AnyPlan, MovedChannel, Published, Release } from './execution-document.ts';

/** The detail types of the events that say what was released; docs/operations.md describes them. They start no builds. */
const RELEASED = 'Golden Image Released';
const CHANNEL_MOVED = 'Golden Image Channel Moved';
const DISTRIBUTED = 'Golden Image Distributed';

/** The detail of an event. All three kinds of events have the same fields, so that one rule can match all of them. */
export interface AnnouncedDetail {
  /** The same in a repeated event, so that receivers can drop it. */
  readonly execution: string;
  readonly recipe: string;
  readonly version: string;
  readonly how: 'released' | 'copied' | 'shared' | MovedChannel['how'];
  /** Who asked for it, in words. */
  readonly by: string;
  /** The channel that names the release now; absent: none, see `reason`; for later additions, see `channels`. */
  readonly channel?: string;
  /** The version that the channel named before; absent: none. */
  readonly from?: string;
  readonly reason?: string;
  /** For later additions: the channels that name the release. */
  readonly channels?: readonly string[];
  /** For later additions: the accounts that the release is shared with, too. */
  readonly accounts?: readonly string[];
  /** The SSM parameter that names the images: of the channel, or of the version. */
  readonly parameter: string;
  /** The ids of the images by region; for later additions of a region: the new ones. */
  readonly images: Readonly<Record<string, string>>;
}

/** An event, and the message to people; without `notice`, people need no message. */
export interface Announcement {
  readonly detailType: string;
  readonly detail: AnnouncedDetail;
  readonly notice?: { readonly Subject: string; readonly Message: string };
}

/** A build or a later addition that was published. `distribute`: what a later addition added. */
export interface PublishedDocument {
  readonly plan: Pick<AnyPlan, 'recipe' | 'description' | 'version' | 'trial'>;
  readonly release: Release;
  readonly publication: Published;
  /** Who asked for a later addition. */
  readonly by?: string | undefined;
  readonly trigger?: { readonly type: string } | undefined;
  readonly distribute?:
    | { readonly regions?: readonly string[] | undefined; readonly accounts?: readonly string[] | undefined }
    | undefined;
}

/** Who started a build, in words. */
export const startedBy = (trigger: { readonly type: string } | undefined): string =>
  trigger?.type ?? 'a person';

/** What to say about a release, or about an addition to it. */
export const releaseAnnouncement = (execution: string, document: PublishedDocument): Announcement =>
  document.distribute === undefined ? newRelease(execution, document) : addition(execution, document);

/** People get no message about a trial: the person who started it sees the result. */
function newRelease(execution: string, document: PublishedDocument): Announcement {
  const { recipe, version, description, trial } = document.plan;
  const { parameter, channel, reason } = document.publication;
  const detail: AnnouncedDetail = {
    ...commonDetail(execution, document),
    how: 'released',
    ...(channel === undefined
      ? { parameter, ...(reason !== undefined && { reason }) }
      : {
          channel: channel.name,
          ...(channel.from !== undefined && { from: channel.from }),
          parameter: channel.parameter,
        }),
  };
  const first = `The version ${version} of ${recipe} (${description}) was released.`;
  const notice = {
    Subject: `Golden image ${recipe}: released ${version}`,
    Message: messageOf(first, detail, warningRows(document)),
  };
  return { detailType: RELEASED, detail, ...(trial === undefined && { notice }) };
}

function addition(execution: string, document: PublishedDocument): Announcement {
  const { recipe, version } = document.plan;
  const { parameter, channels = [] } = document.publication;
  const { accounts } = document.distribute ?? {};
  const how = accounts === undefined ? 'copied' : 'shared';
  const detail: AnnouncedDetail = {
    ...commonDetail(execution, document),
    how,
    parameter,
    channels: channels.map(({ name }) => name),
    ...(accounts !== undefined && { accounts }),
  };
  const where =
    accounts === undefined
      ? `copied to ${Object.keys(detail.images).join(', ')}`
      : `shared with ${accounts.join(', ')}`;
  const notice = {
    Subject: `Golden image ${recipe}: ${how} ${version}`,
    Message: messageOf(`The release ${version} of ${recipe} was ${where}.`, detail, warningRows(document)),
  };
  return { detailType: DISTRIBUTED, detail, notice };
}

function commonDetail(
  execution: string,
  { plan, release, trigger, by = startedBy(trigger) }: PublishedDocument,
) {
  const images = Object.fromEntries(release.images.map(({ region, imageId }) => [region, imageId]));
  return { execution, recipe: plan.recipe, version: plan.version, by, images };
}

const warningRows = ({ release }: PublishedDocument): Row[] =>
  (release.warnings ?? []).map((warning) => ['Warning', warning]);

/** What to say about the move of a channel; `undefined`: the channel named the release before. */
export function moveAnnouncement(
  execution: string,
  move: MovedChannel,
  by: string,
): Announcement | undefined {
  const { recipe, channel, how, from, to, parameter, images } = move;
  if (from === to) return undefined;
  const detail: AnnouncedDetail = {
    execution,
    recipe,
    version: to,
    how,
    by,
    channel,
    ...(from !== undefined && { from }),
    parameter,
    images,
  };
  const verb = how === 'rolled back' ? 'was rolled back to' : 'was moved to';
  const unmoved = move.unmoved.map((region): Row => [region, 'has no image of this version; unchanged']);
  const skipped = Object.entries(move.skipped ?? {}).map(
    ([version, why]): Row => ['Skipped', `${version}: ${why}`],
  );
  const warnings = (move.warnings ?? []).map((warning): Row => ['Warning', warning]);
  return {
    detailType: CHANNEL_MOVED,
    detail,
    notice: {
      // SNS allows a hundred characters.
      Subject: `Golden image ${recipe}: ${channel} ${how}`,
      Message: messageOf(`The channel ${channel} of ${recipe} ${verb} the version ${to}.`, detail, [
        ...unmoved,
        ...skipped,
        ...warnings,
      ]),
    },
  };
}

type Row = readonly [title: string, text: string];

function messageOf(first: string, detail: AnnouncedDetail, more: readonly Row[]): string {
  const { channel, channels, from, reason, parameter, images, by, execution } = detail;
  const before = from === undefined ? '' : `, which named ${from} before`;
  const rows: Row[] = [
    ...(channel === undefined ? [] : [['Channel', `${channel}${before}`] as const]),
    ...(channels === undefined ? [] : [['Channels', channels.join(', ') || 'none'] as const]),
    ...(reason === undefined ? [] : [['No channel', reason] as const]),
    ['Parameter', parameter],
    ...Object.entries(images),
    ...more,
    ['By', by],
    ['Execution', execution],
  ];
  const width = Math.max(...rows.map(([title]) => title.length));
  return [first, '', ...rows.map(([title, text]) => `  ${title.padEnd(width)}  ${text}`), ''].join('\n');
}
