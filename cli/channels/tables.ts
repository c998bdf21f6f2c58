import { followerLines } from '../screen/followers.ts';
import type { ChannelReport } from './answer.ts';

/** The columns of a table, as wide as their longest cell. */
function table(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [titles, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** The result of a promotion or a rollback. */
export function moveLines({ move, warnings = [] }: ChannelReport): string[] {
  if (move === undefined) return [];
  const { channel, how, from, to, parameter, images, unmoved, skipped = {} } = move;
  const { instanceRefreshes = [] } = move;
  const before = from === undefined ? '' : ` (was ${from})`;
  const verb = how === 'promoted' ? 'Promoted' : 'Rolled back';
  const did = from === to ? `${channel} already names ${to}` : `${verb}: ${channel} names ${to}${before}`;
  return [
    `✔ ${did}`,
    ...followerLines(move),
    ...Object.entries(skipped).map(([version, why]) => `    ! Skipped ${version}: ${why}`),
    ...instanceRefreshes.map(
      ({ autoScalingGroup, region }) => `    Started an instance refresh of ${autoScalingGroup} in ${region}`,
    ),
    ...[...warnings, ...(move.warnings ?? [])].map((warning) => `    ! ${warning}`),
    '',
    ...table(
      ['Region', 'AMI', 'Parameter'],
      Object.entries(images).map(([region, imageId]) => [region, imageId, parameter]),
    ),
    ...(unmoved.length === 0
      ? []
      : ['', `The release has no image in ${unmoved.join(', ')}. There, ${parameter} did not change.`]),
  ];
}

/** The result of a later addition. */
export function additionLines({ recipe, action, addition }: ChannelReport): string[] {
  if (addition === undefined) return [];
  const { version, images, sharedWith, alreadyShared, parameters = [], warnings = [] } = addition;
  const did = action === 'copy' ? 'Copied' : alreadyShared ? 'Already shared:' : 'Shared';
  const { accounts, organizations, organizationalUnits } = sharedWith;
  const all = [...accounts, ...organizations, ...organizationalUnits];
  const users = sharedWith.public ? 'everyone' : all.join(', ') || 'no other account';
  return [
    `✔ ${did} ${recipe} ${version}`,
    ...followerLines(addition),
    ...warnings.map((warning) => `    ! ${warning}`),
    '',
    ...table(
      ['Region', 'AMI', 'Shared with'],
      images.map(({ region, imageId }) => [region, imageId, users]),
    ),
    ...(parameters.length === 0 ? [] : ['', `Published as ${parameters.join(', ')}`]),
  ];
}

/** Who moved a channel. For a build, this is the kind of its trigger. */
const inWords = (by: string): string => (Object.hasOwn(TRIGGERS, by) ? (TRIGGERS[by] ?? by) : by);

const TRIGGERS: Readonly<Record<string, string>> = {
  schedule: 'the schedule',
  image: 'a new image',
  parameter: 'a changed parameter',
  base: 'a new base',
  custom: 'an event',
};

/** The channels of a recipe, its releases, and the moves of its channels. */
export function historyLines({
  channels = [],
  releases = [],
  history = [],
  waiting,
  ended,
}: ChannelReport): string[] {
  const namedBy = (version: string) =>
    channels.flatMap((channel) => (channel.version === version ? [channel.name] : [])).join(', ');
  const someApproved = releases.some(({ approval }) => approval !== undefined);
  return [
    ...(waiting === undefined
      ? []
      : [`${waiting.version} waits for approval until ${waiting.deadline}: ${waiting.execution}`]),
    ...(ended === undefined ? [] : [describeEnded(ended)]),
    ...(waiting === undefined && ended === undefined ? [] : ['']),
    ...table(
      ['Channel', 'Version', 'Since', 'By'],
      channels.map(({ name, version = 'no release', since = '', by = '' }) => [
        name,
        version,
        since,
        inWords(by),
      ]),
    ),
    '',
    ...(releases.length === 0
      ? ['No releases yet.']
      : table(
          ['Release', 'Published', 'Channels', 'Regions', ...(someApproved ? ['Approved by'] : [])],
          releases.map(({ version, at, images, approval }) => [
            version,
            at,
            namedBy(version),
            Object.keys(images).join(', '),
            ...(someApproved ? [approval?.by ?? ''] : []),
          ]),
        )),
    ...(history.length === 0
      ? []
      : [
          '',
          ...table(
            ['Time', 'Channel', 'Move', 'From', 'To', 'By'],
            history.map(({ at, channel, how, from = '', to = '', by }) => [
              at,
              channel,
              how,
              from,
              to,
              inWords(by),
            ]),
          ),
        ]),
  ];
}

/** How a question for approval ended. */
function describeEnded({
  version,
  state,
  at,
  by,
  comment,
  supersededBy,
  execution,
}: NonNullable<ChannelReport['ended']>): string {
  const how = {
    approved: `was approved by ${by} at ${at}`,
    rejected: `was rejected by ${by} at ${at}`,
    superseded: `waited for approval until ${supersededBy} superseded it`,
    expired: `was not approved before ${at}`,
  }[state];
  return `${version} ${how}${comment === undefined ? '' : ` (${comment})`}: ${execution}`;
}

/** A person's answer to a build that waits for approval. */
export function answerLines({ recipe, answer, outcome, world }: ChannelReport): string[] {
  if (answer === undefined) return [];
  const { decision, version, by, comment, execution } = answer;
  const verb = decision === 'approve' ? 'Approved' : 'Rejected';
  return [
    `✔ ${verb} ${recipe} ${version} as ${by}${comment === undefined ? '' : `: ${comment}`}`,
    ...(outcome === undefined ? [] : [outcome]),
    ...(world === 'aws'
      ? [`The build sees the answer within ten minutes. To watch it: golden watch ${execution}`]
      : []),
  ];
}
