import type { styleText } from 'node:util';
import type { Disk } from 'embedded-aws';
import type { Copy, Leftover, Share } from '../../shared/build/execution-document.ts';
import { isDeleted, isPutBack } from '../../shared/build/leftovers.ts';
import { describeSeconds } from '../../shared/build/waiting.ts';
import { originalScript } from '../../shared/recipe/strict-script.ts';
import { createdNothing, type Report, type ReportedStage } from './report.ts';
import { type BuildDocument, fieldOf, type Stage, secondsOf } from './timeline.ts';

/** The colours and the maximum width of the lines. */
export interface Pen {
  paint(colour: Parameters<typeof styleText>[0], text: string): string;
  readonly columns: number;
}

const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

/** Stages that only read, record or announce. These stages are short, and the same in every build. */
const QUIET = new Set(['Decide', 'Announce', 'Record']);
/** A stage that takes at least this long has waited for something. */
const WAIT_SECONDS_MIN = 5;

/** The longest name of a stage has this number of characters. */
const STAGE_WIDTH = 16;

/**
 * Whether to print a line for a stage that has ended. A quiet stage gets a line only if it waited, failed, or made a real decision.
 * RefreshInstances gets a line only if it did something.
 */
export function hasLine(stage: Stage, { decision, refreshes }: BuildDocument): boolean {
  if (stage.name === 'RefreshInstances' && !stage.failed)
    return (
      (refreshes?.started ?? []).length > 0 ||
      refreshes?.warnings !== undefined ||
      refreshes?.Error !== undefined
    );
  if (!QUIET.has(stage.name) || stage.failed) return true;
  const hasDecided = stage.name === 'Decide' && decision?.rule !== undefined && decision.rule !== 'asked';
  return hasDecided || secondsOf(stage, stage.began) >= WAIT_SECONDS_MIN;
}

/** The line of a stage that has ended. */
export function stageLine(stage: Stage, document: BuildDocument, { paint }: Pen): string {
  const mark = stage.failed ? paint('red', '✘') : paint('green', '✔');
  const took = describeSeconds(secondsOf(stage, stage.began));
  const outcome = stage.failed ? '' : outcomeOf(stage.name, document);
  return `${mark} ${stage.name.padEnd(STAGE_WIDTH)}${paint('dim', took.padStart(10))}  ${outcome}`.trimEnd();
}

/** The warnings of a stage, below the stage. Warnings are not shortened, because the end of a warning says what to do. */
export const warningLines = (warnings: readonly string[] = [], { paint }: Pen): string[] =>
  warnings.map((warning) => paint('yellow', `    ! ${warning}`));

/** The line of the running stage. It must fit on one line of the terminal, because it is redrawn. */
export function liveLine(
  stage: Stage,
  document: BuildDocument,
  now: number,
  frame: number,
  { paint, columns }: Pen,
): string {
  const spin = paint('cyan', SPINNER[frame % SPINNER.length] ?? '');
  const took = describeSeconds(secondsOf(stage, now)).padStart(10);
  const awaiting = shorten(awaitingOf(stage.name, document), columns - STAGE_WIDTH - 16);
  return `${spin} ${stage.name.padEnd(STAGE_WIDTH)}${paint('dim', took)}  ${paint('dim', awaiting)}`;
}

/** The line of the copy to one region. It must also fit on one line, because it is redrawn. */
export function copyLine(
  { region, state, imageId = '', attempt, failures, said }: Copy,
  { paint, columns }: Pen,
  hasEnded = false,
): string {
  const isCopied = state === 'available';
  const isLost = state === 'failed';
  const shown = hasEnded && !isCopied ? 'not copied' : isLost ? 'failed, optional' : state;
  const colour = isCopied ? 'green' : hasEnded || isLost ? 'red' : 'dim';
  const line = `    to ${region.padEnd(15)}${imageId.padEnd(23)}`;
  const retry = isLost ? `  ${said}` : attempt > 1 ? `  attempt ${attempt}, after ${failures.at(-1)}` : '';
  return `${line}${paint(colour, shown)}${paint('yellow', shorten(retry, columns - line.length - shown.length - 1))}`;
}

/** The changes on the guest: the packages that changed, and the scripts that were recorded. */
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
  // A base that was built itself has a journal, too. Journals only grow.
  for (const { document, step, script } of after.journal.slice(before.journal.length)) {
    // The patches already show in the packages.
    if (document === 'AWS-RunPatchBaseline') continue;
    const name = steps[step] ?? (document === 'user-data' ? 'user data' : 'sanitise');
    lines.push(['recorded, not run', `${name}: ${firstLine(script, room - name.length - 2)}`]);
  }
  return lines.map(([label, text]) => paint('dim', `    ${label.padEnd(18)} ${shorten(text, room)}`));
}

/** How the build ended: a table of the images, or the reason for the failure and what clean-up removed. */
export function summary(report: Report, realSeconds: number, pen: Pen): string[] {
  const { status, world, images, cleanup, seconds, recipe, version } = report;
  const { paint } = pen;
  const real = world === 'embedded' ? ` simulated, ${realSeconds.toFixed(1)} s real` : '';
  const named = status === 'skipped' ? recipe : `${recipe} ${version}`;
  const build = `${named} (${describeSeconds(seconds)}${real}${howToRepeat(report)})`;
  const remaining = (cleanup?.remaining ?? []).map(({ region, kind, id, putBack, reason }) =>
    paint(
      'red',
      kind === 'region'
        ? `Could not check ${region}: ${reason}`
        : `Could not ${kind === 'parameter' && putBack !== undefined ? 'put back' : 'remove'} ${kind} ${id} in ${region}: ${reason}`,
    ),
  );
  const released = images.length === 0 ? [] : [...imageTable(images, pen), ''];
  switch (status) {
    case 'succeeded':
      return [
        ...released,
        ...remaining,
        `${paint('green', 'Baked')} ${build}`,
        paint('dim', criticalPath(report)),
      ];
    case 'skipped':
      return [...remaining, `${paint('yellow', 'Skipped:')} ${report.decision?.reason ?? ''}`, build];
    case 'waiting':
      return waitingForApproval(report, build, pen);
    case 'running':
      return stillRunning(report, build, pen);
  }
  return [
    ...failure(report, pen),
    '',
    ...(released.length > 0 ? ['These images were already released and remain available:', ...released] : []),
    ...cleanedUp(report),
    ...remaining,
    build,
  ];
}

/** The stages that take most of the time: the build can become faster only there. */
const LONGEST_STAGES = 3;

/** A stage is not on the critical path if another stage runs at the same time and ends later. */
export const isOnPath = (stage: ReportedStage, _index: number, stages: readonly ReportedStage[]): boolean => {
  const end = stage.startSeconds + stage.seconds;
  return !stages.some(
    (other) => other.startSeconds < end - 0.01 && other.startSeconds + other.seconds > end + 0.01,
  );
};

/** Where the time of a build went, and how much of it was lost between AWS being ready and the next check. */
function criticalPath({ stages, seconds }: Report): string {
  const path = stages.filter(isOnPath);
  const longest = path.toSorted((one, other) => other.seconds - one.seconds).slice(0, LONGEST_STAGES);
  const named = longest.map(({ name, seconds }) => `${name} ${describeSeconds(seconds)}`).join(', ');
  const lost = path.reduce((total, { lostSeconds = 0 }) => total + lostSeconds, 0);
  const allCalls = stages.reduce((total, { calls = 0 }) => total + calls, 0);
  const percent = ((100 * lost) / Math.max(seconds, 1)).toFixed(1);
  return `Critical path: ${named}; at most ${describeSeconds(lost)} (${percent} %) lost between checks; ${allCalls} API calls`;
}

/** Why a build failed or was stopped. */
function failure({ status, world, error }: Report, { paint }: Pen): string[] {
  const isLimited = world === 'embedded' && error?.stage === 'Plan' && NOT_FOUND.test(error.message);
  return [
    paint('red', `${status === 'aborted' ? 'Stopped' : 'Failed'} at ${error?.stage}: ${error?.name}`),
    error?.message ?? '',
    ...(error?.trace ?? []).slice(1).map((line) => paint('dim', line)),
    ...(isLimited ? [paint('dim', EMBEDDED_LIMITS)] : []),
  ];
}

function cleanedUp({ cleanup, status, stages, error }: Report): string[] {
  if (cleanup === undefined) {
    const hasCreatedNothing = status !== 'aborted' && createdNothing({ stages, failedStage: error?.stage });
    return [hasCreatedNothing ? 'Nothing was created, so no clean-up was needed.' : CLEANED_UP_LATER];
  }
  const { removed, remaining } = cleanup;
  const byRegion = Map.groupBy(removed.filter(isDeleted), ({ region }) => region);
  const deleted = [...byRegion].map(
    ([region, resources]) =>
      `  ${region.padEnd(14)} ${resources.map(({ kind, id }) => `${kind} ${id}`).join(', ')}`,
  );
  const restored = removed.filter(isPutBack);
  const lines = [
    ...(deleted.length > 0 ? ['Clean-up removed:', ...deleted] : []),
    ...restored.map((one) => `Clean-up put back: ${one.region} ${restoration(one)}`),
  ];
  return lines.length > 0 || remaining.length > 0 ? lines : ['Clean-up found nothing to remove.'];
}

/** What clean-up put back, and what it names again. */
const restoration = ({ kind, id, putBack }: Leftover): string =>
  kind === 'parameter'
    ? `${id.replace(/^arn:.*:parameter/, '')} → ${putBack}`
    : `launch template ${id.split(':')[0]} → default version ${putBack}`;

/** An execution that was stopped or timed out does not run its own clean-up. */
export const CLEANED_UP_LATER =
  'A rule of the deployment now starts the clean-up, which removes everything that the build created and did not release.';

/** A build that waits for approval, and the commands to answer it. */
function waitingForApproval({ recipe, approval }: Report, build: string, { paint }: Pen): string[] {
  return [
    paint(
      'yellow',
      `Waiting for approval until ${approval?.deadline}. No other account can see the image yet.`,
    ),
    `  to release it:  golden approve ${recipe} --local`,
    `  to refuse it:   golden reject ${recipe} --local --reason "..."`,
    build,
  ];
}

/** A build that continues after the watch ended, and the commands to watch and stop the build. */
function stillRunning({ error, executionArn }: Report, build: string, { paint }: Pen): string[] {
  const why =
    error === undefined
      ? 'Stopped watching. The build continues.'
      : 'The watch ended with an error. The build continues.';
  return [
    paint('yellow', why),
    ...(error === undefined ? [] : [error.message]),
    `  to watch:  golden watch ${executionArn}`,
    `  to stop:   golden stop ${executionArn}`,
    build,
  ];
}

/** No option repeats the history of a world, so only a build in a fresh world can be repeated. */
const howToRepeat = ({ state, seed, startTime, faults }: Report): string =>
  state?.fresh
    ? `; to repeat: --fresh --seed ${seed} --at ${startTime}${faults === undefined ? '' : ` --faults ${faults}`}`
    : '';

/** Plan's refusals that name something which does not exist (shared/build/*-refusals.ts). */
const NOT_FOUND = / has no (instance type|SSM document|subnet)| does not exist in |(finds|names) no image/;

/** Tells users that the cause may be a limit of the emulation and not their mistake. */
const EMBEDDED_LIMITS =
  'The embedded AWS has only some of the instance types, public images and documents of AWS, and nothing from your account. ' +
  'See embedded-aws/docs/operations.md.';

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

/** The accounts that may launch an image, as many as fit. */
function describeShare(share: Share, room: number): string {
  const all = [
    ...(share.public ? ['everyone'] : []),
    ...share.organizations.map(lastPart),
    ...share.organizationalUnits.map(lastPart),
    ...share.accounts,
  ];
  if (all.length === 0) return 'no other account';
  for (let count = all.length; count > 1; count--) {
    const rest = all.length - count;
    const text = all.slice(0, count).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
    if (text.length <= room) return text;
  }
  return all.length === 1 ? (all[0] ?? '') : `${all[0]} and ${all.length - 1} more`;
}

const lastPart = (arn: string) => arn.split('/').at(-1) ?? arn;

/** What the running stage waits for. The copies have their own lines. */
function awaitingOf(stage: string, document: object): string {
  if (stage === 'CopyImages') return '';
  const reported = (document as Record<string, { awaiting?: string } | undefined>)[fieldOf[stage] ?? ''];
  return reported?.awaiting ? `waiting for ${reported.awaiting}` : '';
}

function outcomeOf(stage: string, document: BuildDocument): string {
  const {
    decision,
    plan,
    scan,
    builder,
    candidate,
    copyVerdicts,
    verdict,
    approval,
    release,
    publication,
    acceleration,
    refreshes,
    cleanup,
  } = document;
  if (stage === 'Decide' && decision?.verdict) {
    // The reason for a skipped build is printed at the end.
    return decision.verdict === 'skip' ? 'skip' : `${decision.verdict}: ${decision.reason ?? ''}`;
  }
  if (stage === 'Scan' && scan?.imageId !== undefined && scan.missing !== undefined) {
    const missing = scan.missing + (scan.failed ?? 0);
    if (missing === 0) return `${scan.imageId} is up to date`;
    return `${scan.imageId} is missing ${missing === 1 ? '1 update' : `${missing} updates`}`;
  }
  if (stage === 'Plan' && plan) {
    const { imageId, snapshotId, instanceId, name = '' } = plan.base;
    const from = plan.copyBase ? 'a copy of' : 'from';
    return `${from} ${imageId ?? snapshotId ?? instanceId} ${name}`.trimEnd();
  }
  if (stage === 'Launch' && builder) {
    const { length } = builder.refused;
    const refused = length > 0 ? `, after ${length} failed ${length === 1 ? 'attempt' : 'attempts'}` : '';
    return `${builder.instanceId} ${builder.instanceType}${refused}`;
  }
  if (stage === 'CreateImage' && candidate) return `${candidate.imageId} ${candidate.name}`;
  if (stage === 'TestImage' && verdict?.tests)
    return testedOutcome(verdict, plan?.distribution !== undefined);
  if (stage === 'TestCopies' && copyVerdicts)
    return `a fresh instance booted in ${copyVerdicts.regions.map(({ region }) => region).join(', ')}`;
  if (stage === 'Approve' && approval?.by) return `approved by ${approval.by}`;
  if (stage === 'ShareImages' && release?.images) {
    const { images, failedRegions = [] } = release;
    const missing =
      failedRegions.length === 0 ? '' : `, not in ${failedRegions.map(({ region }) => region).join(', ')}`;
    return `${images.length === 1 ? 'in 1 region' : `in ${images.length} regions`}${missing}`;
  }
  if (stage === 'Publish' && publication?.parameter) {
    const { channel, parameter, reason } = publication;
    if (channel === undefined) return `${parameter}, in no channel: ${reason}`;
    return `${channel.parameter}${channel.from === undefined ? '' : ` (was ${channel.from})`}`;
  }
  if (stage === 'Accelerate' && acceleration?.on) return acceleratedOutcome(acceleration.on);
  if (stage === 'RefreshInstances' && refreshes?.started) {
    const groups = refreshes.started.map(
      ({ autoScalingGroup, region }) => `${autoScalingGroup} in ${region}`,
    );
    return groups.length === 0 ? 'started no instance refresh' : `started for ${groups.join(', ')}`;
  }
  if (stage === 'CleanUp' && cleanup?.removed) {
    const ids = cleanup.removed.filter(isDeleted).map(({ id }) => id);
    const restored = cleanup.removed.filter(isPutBack).length;
    const done = [
      ...(ids.length > 0 ? [`removed ${ids.length > 2 ? `${ids.length} resources` : ids.join(', ')}`] : []),
      ...(restored > 0 ? [`put back ${restored === 1 ? '1 resource' : `${restored} resources`}`] : []),
    ];
    return done.join(', ') || 'found nothing to remove';
  }
  return '';
}

function acceleratedOutcome(on: readonly { fastSnapshotRestore?: string[]; fastLaunch?: number }[]): string {
  const zones = on.reduce((sum, { fastSnapshotRestore = [] }) => sum + fastSnapshotRestore.length, 0);
  const launches = on.filter(({ fastLaunch }) => fastLaunch !== undefined).length;
  const parts = [
    ...(zones === 0 ? [] : [`fast snapshot restore in ${zones === 1 ? '1 zone' : `${zones} zones`}`]),
    ...(launches === 0 ? [] : [`EC2 Fast Launch of ${launches === 1 ? '1 image' : `${launches} images`}`]),
  ];
  return parts.length === 0 ? 'nothing is on' : parts.join(', ');
}

function testedOutcome(
  { tested, tests = [], gates }: NonNullable<BuildDocument['verdict']>,
  isAddition: boolean,
): string {
  if (tested !== true) return isAddition ? 'tested when it was built' : 'not tested (test.boot is false)';
  const accepted = gates?.cve.accepted.length ?? 0;
  const passed = [
    'all checks',
    ...(tests.length === 0 ? [] : [tests.length === 1 ? '1 test' : `${tests.length} tests`]),
    ...(gates === undefined ? [] : [`the CVE gate${accepted === 0 ? '' : ` (${accepted} accepted)`}`]),
  ];
  return `a fresh instance passed ${passed.join(', ').replace(/, ([^,]+)$/, ' and $1')}`;
}

/**
 * A script on one line: the first command, and the number of lines that follow. Comments do not count. Lines that only set up the shell
 * do not count if there are other lines.
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
