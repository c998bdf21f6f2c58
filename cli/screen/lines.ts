import type { styleText } from 'node:util';
import type { Disk } from 'embedded-aws';
import type { Copy, Share } from '../../shared/build/execution-document.ts';
import { describeSeconds } from '../../shared/build/waiting.ts';
import { originalScript } from '../../shared/recipe/strict-script.ts';
import { madeNothing, type Report } from './report.ts';
import { type BuildDocument, type Stage, secondsOf } from './timeline.ts';

/** How the lines are written: in which colours, and how wide they may be. */
export interface Pen {
  paint(colour: Parameters<typeof styleText>[0], text: string): string;
  readonly columns: number;
}

const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

/** Stages that only look, or write down: done in a moment, and alike in every build. */
const QUIET = new Set(['Decide', 'Record']);
/** The least that a stage waits for anything. */
const WAIT_SECONDS_MIN = 5;

/** Whether a stage that has ended is worth a line: one of the quiet ones where it waited, failed, or had to find out what to do. */
export function isWorthALine(stage: Stage, { decision }: BuildDocument): boolean {
  if (!QUIET.has(stage.name) || stage.failed) return true;
  const isOpen = stage.name === 'Decide' && decision?.rule !== undefined && decision.rule !== 'asked';
  return isOpen || secondsOf(stage, stage.began) >= WAIT_SECONDS_MIN;
}

/** A stage that has ended. */
export function stageLine(stage: Stage, document: BuildDocument, { paint }: Pen): string {
  const mark = stage.failed ? paint('red', '✘') : paint('green', '✔');
  const took = describeSeconds(secondsOf(stage, stage.began));
  const outcome = stage.failed ? '' : outcomeOf(stage.name, document);
  return `${mark} ${stage.name.padEnd(12)}${paint('dim', took.padStart(10))}  ${outcome}`.trimEnd();
}

/** The warnings of the plan, under its stage. They are not cut short: the end of each says what to do. */
export const warningLines = ({ plan }: BuildDocument, { paint }: Pen): string[] =>
  (plan?.warnings ?? []).map((warning) => paint('yellow', `    ! ${warning}`));

/** The stage that is running, on one line of the terminal and no more: it is redrawn. */
export function liveLine(
  stage: Stage,
  document: BuildDocument,
  now: number,
  frame: number,
  { paint, columns }: Pen,
): string {
  const spin = paint('cyan', SPINNER[frame % SPINNER.length] ?? '');
  const took = describeSeconds(secondsOf(stage, now)).padStart(10);
  const awaiting = shorten(awaitingOf(stage.name, document), columns - 28);
  return `${spin} ${stage.name.padEnd(12)}${paint('dim', took)}  ${paint('dim', awaiting)}`;
}

/** The copy to one region; also redrawn, so also one line. */
export function copyLine(
  { region, state, imageId = '', attempt, failures }: Copy,
  { paint, columns }: Pen,
  isOver = false,
): string {
  const isCopied = state === 'available';
  const shown = isOver && !isCopied ? 'not copied' : state;
  const colour = isCopied ? 'green' : isOver ? 'red' : 'dim';
  const line = `    to ${region.padEnd(15)}${imageId.padEnd(23)}`;
  const again = attempt > 1 ? `  attempt ${attempt}, after ${failures.at(-1)}` : '';
  return `${line}${paint(colour, shown)}${paint('yellow', shorten(again, columns - line.length - shown.length - 1))}`;
}

/** What happened on the guest: the packages that changed, and the scripts that were recorded. */
export function guestLines(
  before: Disk,
  after: Disk,
  steps: Readonly<Record<string, string>>,
  { paint, columns }: Pen,
): string[] {
  const packages = Object.entries(after.packages);
  const listed = (some: typeof packages) => some.map(([name, version]) => `${name} ${version}`).join(', ');
  const updated = packages.filter(([name, version]) => (before.packages[name] ?? version) !== version);
  const added = packages.filter(([name]) => !(name in before.packages));
  const lines: [label: string, text: string][] = [];
  const room = columns - 24;
  if (updated.length > 0) lines.push([`updated ${updated.length}`, listed(updated)]);
  if (added.length > 0) lines.push([`added ${added.length}`, listed(added)]);
  for (const { document, step, script } of after.journal) {
    // Patching is no script of anybody's, and shows in the packages.
    if (document === 'AWS-RunPatchBaseline') continue;
    const name = steps[step] ?? (document === 'user-data' ? 'user data' : 'sanitise');
    lines.push(['recorded, not run', `${name}: ${firstLine(script, room - name.length - 2)}`]);
  }
  return lines.map(([label, text]) => paint('dim', `    ${label.padEnd(18)} ${shorten(text, room)}`));
}

/** How the build ended: the images as a table, or why there are none and what clean-up did. */
export function summary(report: Report, realSeconds: number, pen: Pen): string[] {
  const { status, world, images, cleanup, seconds, recipe, version } = report;
  const { paint } = pen;
  const ofReal = world === 'embedded' ? ` simulated, ${realSeconds.toFixed(1)} s real` : '';
  const named = status === 'skipped' ? recipe : `${recipe} ${version}`;
  const build = `${named} (${describeSeconds(seconds)}${ofReal}${howAgain(report)})`;
  const remaining = (cleanup?.remaining ?? []).map(({ region, kind, id, reason }) =>
    paint(
      'red',
      kind === 'region'
        ? `Not known of ${region}: ${reason}`
        : `Left behind: ${kind} ${id} in ${region}: ${reason}`,
    ),
  );
  const released = images.length === 0 ? [] : [...imageTable(images, pen), ''];
  switch (status) {
    case 'succeeded':
      return [...released, ...remaining, `${paint('green', 'Baked')} ${build}`];
    case 'skipped':
      return [...remaining, `${paint('yellow', 'Skipped:')} ${report.decision?.reason ?? ''}`, build];
    case 'running':
      return goingOn(report, build, pen);
  }
  return [
    ...failure(report, pen),
    '',
    ...(released.length > 0 ? ['What was released before stands:', ...released] : []),
    ...cleanedUp(report),
    ...remaining,
    build,
  ];
}

/** Why a build has no images. */
function failure({ status, world, error }: Report, { paint }: Pen): string[] {
  const isLimited = world === 'embedded' && error?.stage === 'Plan' && error.name === 'InvalidInput';
  return [
    paint('red', `${status === 'aborted' ? 'Stopped' : 'Failed'} at ${error?.stage}: ${error?.name}`),
    error?.message ?? '',
    ...(error?.trace ?? []).slice(1).map((line) => paint('dim', line)),
    ...(isLimited ? [paint('dim', EMBEDDED_LIMITS)] : []),
  ];
}

function cleanedUp({ cleanup, status, stages, error }: Report): string[] {
  if (cleanup === undefined) {
    const isNothing = status !== 'aborted' && madeNothing({ stages, failedStage: error?.stage });
    return [isNothing ? 'Nothing was made, so there was nothing to clean up.' : CLEANED_UP_LATER];
  }
  const byRegion = Map.groupBy(cleanup.removed, ({ region }) => region);
  const removed = [...byRegion].map(
    ([region, things]) => `  ${region.padEnd(15)}${things.map(({ kind, id }) => `${kind} ${id}`).join(', ')}`,
  );
  if (removed.length > 0) return ['Clean-up removed', ...removed];
  return cleanup.remaining.length === 0 ? ['Clean-up found nothing to remove.'] : [];
}

/** An execution that was stopped or timed out runs no clean-up of its own. */
export const CLEANED_UP_LATER =
  'What it made and did not release is removed by the deployment, whose rule on stopped executions starts clean-up.';

/** A build that is watched no longer, and what can be done with it. */
function goingOn({ error, executionArn }: Report, build: string, { paint }: Pen): string[] {
  const why =
    error === undefined ? 'Detached: the build goes on.' : 'The watch has ended, and the build goes on:';
  return [
    paint('yellow', why),
    ...(error === undefined ? [] : [error.message]),
    `  golden watch ${executionArn}`,
    `  golden stop ${executionArn}`,
    build,
  ];
}

/** What a world has been through is in no option, so only what began with a fresh one can be had again. */
const howAgain = ({ state, seed, startTime, faults }: Report): string =>
  state?.fresh
    ? `; the same again: --fresh --seed ${seed} --at ${startTime}${faults === undefined ? '' : ` --faults ${faults}`}`
    : '';

/** So that nobody takes an edge of the emulation for a mistake of theirs. */
const EMBEDDED_LIMITS =
  'The embedded AWS has some of the instance types, public images and documents of AWS, and nothing of your account: ' +
  'see embedded-aws/docs/operations.md.';

function imageTable(images: Report['images'], { paint, columns }: Pen): string[] {
  const rows = images.map(
    ({ region, imageId, snapshotIds, sharedWith }) =>
      [region, imageId, snapshotIds.join(' '), sharedWith] as const,
  );
  const titles = ['Region', 'AMI', 'Snapshots'] as const;
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => String(row[column]).length)),
  );
  const left = (cells: readonly unknown[]) =>
    widths.map((width, column) => String(cells[column]).padEnd(width)).join('  ');
  const room = Math.max(columns - left(titles).length - 2, 30);
  return [
    paint('bold', `${left(titles)}  Shared with`),
    ...rows.map((row) => `${left(row)}  ${describeShare(row[3], room)}`),
  ];
}

/** Who may launch an image, as many as fit. */
function describeShare(share: Share, room: number): string {
  const all = [
    ...(share.public ? ['everyone'] : []),
    ...share.organizations.map(lastPart),
    ...share.organizationalUnits.map(lastPart),
    ...share.accounts,
  ];
  if (all.length === 0) return 'nobody';
  for (let count = all.length; count > 1; count--) {
    const rest = all.length - count;
    const text = all.slice(0, count).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
    if (text.length <= room) return text;
  }
  return all.length === 1 ? (all[0] ?? '') : `${all[0]} and ${all.length - 1} more`;
}

const lastPart = (arn: string) => arn.split('/').at(-1) ?? arn;

/** The noun that each stage adds to the document. */
const nouns: Readonly<Record<string, string>> = {
  Decide: 'decision',
  Scan: 'scan',
  RegisterBase: 'base',
  Launch: 'builder',
  Patch: 'patches',
  Stop: 'shutdown',
  CreateImage: 'candidate',
  ShareImages: 'release',
  CleanUp: 'cleanup',
  Record: 'record',
};

/** What a stage that goes on says that it awaits. */
function awaitingOf(stage: string, document: object): string {
  const reported = (document as Record<string, { awaiting?: string } | undefined>)[nouns[stage] ?? ''];
  return reported?.awaiting ? `awaits ${reported.awaiting}` : '';
}

function outcomeOf(stage: string, document: BuildDocument): string {
  const { decision, plan, scan, builder, candidate, release, cleanup } = document;
  if (stage === 'Decide' && decision?.verdict) {
    // Why there is no build is said at the end.
    return decision.verdict === 'skip' ? 'skip' : `${decision.verdict}: ${decision.reason ?? ''}`;
  }
  if (stage === 'Scan' && scan?.imageId !== undefined && scan.missing !== undefined) {
    const lacking = scan.missing + (scan.failed ?? 0);
    return `${scan.imageId} lacks ${lacking === 0 ? 'no' : lacking} ${lacking === 1 ? 'update' : 'updates'}`;
  }
  if (stage === 'Plan' && plan) {
    const { imageId, snapshotId, instanceId, name = '' } = plan.base;
    return `from ${imageId ?? snapshotId ?? instanceId} ${name}`.trimEnd();
  }
  if (stage === 'Launch' && builder) {
    const before = builder.refused.length > 0 ? `, after ${builder.refused.length} without capacity` : '';
    return `${builder.instanceId} ${builder.instanceType}${before}`;
  }
  if (stage === 'CreateImage' && candidate) return `${candidate.imageId} ${candidate.name}`;
  if (stage === 'ShareImages' && release?.images) {
    return release.images.length === 1 ? 'in 1 region' : `in ${release.images.length} regions`;
  }
  if (stage === 'CleanUp' && cleanup?.removed) {
    const ids = cleanup.removed.map(({ id }) => id);
    return `removed ${ids.length > 2 ? `${ids.length} things` : ids.join(', ') || 'nothing'}`;
  }
  return '';
}

/**
 * What a script does, on one line: its first command, and how many lines follow. Comments do not count, and neither does what only
 * sets the shell up, if there is anything else.
 */
function firstLine(script: string, length: number): string {
  const lines = originalScript(script)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const doing = lines.filter((line) => !/^(set -\w+|export \S+|\$ErrorActionPreference = \S+)$/.test(line));
  const [first = '', ...rest] = doing.length > 0 ? doing : lines;
  const more = rest.length === 0 ? '' : ` (+${rest.length} line${rest.length === 1 ? '' : 's'})`;
  return `${shorten(first, length - more.length)}${more}`;
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, Math.max(length - 1, 0))}…` : text;
}
