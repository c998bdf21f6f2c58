import type { ExecutionResult } from 'embedded-aws';
import type {
  Acceleration,
  Approved,
  Cleanup,
  Decision,
  FailedRegion,
  InstanceRefreshes,
  Published,
  Release,
  ReleasedImage,
  Share,
} from '../../shared/build/execution-document.ts';
import type { Spent } from '../../shared/build/spent.ts';
import { versionOf } from '../../shared/build/version.ts';
import * as errors from '../../shared/errors.ts';
import type { Problem } from '../../shared/recipe/problem.ts';
import { afterReleaseReport, allWarningsAfterRelease } from './after-release.ts';
import { followersReport } from './followers.ts';
import { type Base, type Stage, secondsOf, type Timeline } from './timeline.ts';

/** The document that `--json` prints. Fields may be added under the same `schemaVersion`. No field is removed or changes its meaning. */
export interface Report {
  readonly schemaVersion: 1;
  /**
   * `running`: the watch ended before the build. `waiting`: the build waits for approval, and the command does not. `invalid`: the input is
   * wrong, and nothing was built.
   */
  readonly status: 'succeeded' | 'failed' | 'skipped' | 'aborted' | 'running' | 'waiting' | 'invalid';
  /** Where the build ran: `embedded` (the AWS inside the process) or `aws`. */
  readonly world: 'embedded' | 'aws';
  /** Where the embedded AWS is stored, whether this command created it, and its time when the command began. */
  readonly state?: { readonly file: string; readonly fresh: boolean; readonly at: string };
  readonly account?: string;
  readonly region?: string;
  /** The endpoint of the calls, if it is not one of AWS's own endpoints. */
  readonly endpoint?: string;
  readonly recipe: string;
  readonly version?: string;
  /** The execution's name. */
  readonly execution?: string;
  readonly executionArn?: string;
  readonly seed?: number;
  /** The file of injected faults, as given. */
  readonly faults?: string;
  /** When the execution began (ISO 8601). With a fresh embedded AWS: the value for `--at` that repeats the run. */
  readonly startTime?: string;
  /** Whether to build, and why. */
  readonly decision?: Pick<Decision, 'verdict' | 'rule' | 'reason'>;
  /** `imageId`, `snapshotId` or `instanceId`, and the name, if the base has a name. */
  readonly base?: Base & { readonly copyBase?: true };
  /** Facts about the plan and about earlier releases that the user should know. The build continues in spite of them. */
  readonly warnings?: readonly string[];
  /** The optional regions that the release does not have, and why. Absent: none. */
  readonly failedRegions?: readonly FailedRegion[];
  /** Until when people can approve the image, or who approved it and when. Absent: nobody was asked. */
  readonly approval?: Partial<Omit<Approved, 'status'>> & { readonly deadline?: string };
  /** The released images, one for each region. */
  readonly images: readonly (ReleasedImage & { readonly sharedWith: Share })[];
  /** The parameters that name the released images, or why the release entered no channel. */
  readonly publication?: Omit<Published, 'status'>;
  /** What makes launches of the releases fast that channels of the recipe name. Absent: nothing. */
  readonly fastLaunches?: Acceleration['on'];
  /** The instance refreshes that were started. Absent: none. */
  readonly instanceRefreshes?: InstanceRefreshes['started'];
  /** The stages in order. */
  readonly stages: readonly ReportedStage[];
  readonly seconds: number;
  readonly error?: {
    readonly name: string;
    readonly message: string;
    readonly stage: string;
    /** The stack of an unexpected exception. */
    readonly trace?: readonly string[];
  };
  /** Absent: clean-up did not run, or the watch ended before clean-up ended. */
  readonly cleanup?: Pick<Cleanup, 'removed' | 'remaining'>;
  /** The interrupted executions of earlier commands that this command finished before the build. Absent: there were none. */
  readonly resumed?: readonly ResumedExecution[];
  readonly problems?: readonly Problem[];
}

/** An execution that an earlier command left unfinished. */
export interface ResumedExecution {
  readonly kind: 'build' | 'clean-up' | 'channel move';
  /** The execution's name. */
  readonly execution: string;
  /** The build. For a clean-up: the build that it cleans up after. Absent: the clean-up is not for one known build. */
  readonly recipe?: string;
  readonly version?: string;
  readonly status: Report['status'];
  /** The result in words, such as `released 2 images`. */
  readonly outcome: string;
}

/** A stage of a build. Seconds are simulated on the embedded AWS. Without `calls`, the stage has not reported what it spent. */
export interface ReportedStage
  extends Partial<Pick<Spent, 'waitingSeconds' | 'lostSeconds' | 'polls' | 'calls'>> {
  readonly name: string;
  /** When the stage began, in seconds since the start of the execution. Stages may run at the same time. */
  readonly startSeconds: number;
  readonly seconds: number;
}

/** Where a build runs. */
export type BuildPlace = Pick<Report, 'world' | 'state' | 'account' | 'region' | 'endpoint'>;

const EXIT_CODES = {
  succeeded: 0,
  skipped: 0,
  waiting: 0,
  failed: 1,
  invalid: 2,
  aborted: 130,
  running: 130,
} as const satisfies Record<Report['status'], number>;

/** The exit code. A watch that ended with an error has failed; a watch that Ctrl-C ended was interrupted. */
export const exitCodeOf = ({ status, error }: Report): number =>
  status === 'running' && error !== undefined ? 1 : EXIT_CODES[status];

export const INTERRUPTED = EXIT_CODES.aborted;

export function invalidReport(
  given: BuildPlace & Pick<Report, 'recipe' | 'seed'>,
  problems: readonly Problem[],
): Report {
  const empty = { images: [], stages: [], seconds: 0 };
  return { schemaVersion: 1, status: 'invalid', ...given, ...empty, problems };
}

/** A build that has ended, or a build whose watch has ended. */
export interface SeenBuild {
  readonly place: BuildPlace;
  readonly recipe: string;
  readonly execution: { readonly name: string; readonly startTime: number };
  /** How to find the build, or how to repeat it. */
  readonly origin: Pick<Report, 'executionArn' | 'seed' | 'faults'>;
  readonly timeline: Timeline;
  /** `undefined`: the build continues. */
  readonly result: ExecutionResult | undefined;
  /** When the build ended, or was last seen. */
  readonly now: number;
  /** The error that ended the watch. */
  readonly lost?: { readonly name: string; readonly message: string } | undefined;
  readonly resumed?: readonly ResumedExecution[];
}

/** Reports a build. `cleanup` is given if the clean-up ran outside the state machine, after an interrupt. */
export function buildReport(build: SeenBuild, cleanup?: Cleanup): Report {
  const { place, recipe, origin, execution, timeline, now, resumed = [] } = build;
  const { document, stages } = timeline;
  const { release } = document;
  const { executionArn, seed, faults } = origin;
  const status = statusOf(build);
  const cleaned: Timeline['document']['cleanup'] = cleanup ?? document.cleanup;
  const startTime = new Date(execution.startTime).toISOString();
  const { verdict, rule, reason } = document.decision ?? {};
  const error = errorOf(build);
  const warnings = [
    ...new Set([
      ...[document.plan, document.verdict, release].flatMap((one) => one?.warnings ?? []),
      ...unannounced(document.announcement),
      ...allWarningsAfterRelease(document),
    ]),
  ];
  return {
    schemaVersion: 1,
    status,
    ...place,
    recipe,
    version: versionOf(execution.name, startTime),
    execution: execution.name,
    ...(executionArn !== undefined && { executionArn }),
    ...(seed !== undefined && { seed }),
    ...(faults !== undefined && { faults }),
    startTime,
    ...(verdict && rule && reason !== undefined && { decision: { verdict, rule, reason } }),
    ...(document.plan && { base: baseOf(document.plan) }),
    ...(warnings.length > 0 && { warnings }),
    ...(status !== 'failed' && release?.failedRegions && { failedRegions: release.failedRegions }),
    ...approvalOf(document.approval),
    // A build that was interrupted after the release keeps its released images.
    images: status === 'failed' ? [] : imagesOf(release),
    ...(status !== 'failed' && publicationOf(document.publication)),
    ...(status !== 'failed' && afterReleaseReport(document)),
    stages: stages.map((stage) => reportedStage(stage, execution.startTime, now)),
    seconds: Math.max(Math.round(now - execution.startTime), 0) / 1000,
    ...(error && { error }),
    ...(cleaned && (cleaned.removed || cleaned.Error !== undefined) && { cleanup: cleanupOf(cleaned) }),
    ...(resumed.length > 0 && { resumed }),
  };
}

function reportedStage(stage: Stage, start: number, now: number): ReportedStage {
  const startSeconds = Math.max(Math.round(stage.began - start), 0) / 1000;
  const named = { name: stage.name, startSeconds, seconds: secondsOf(stage, now) };
  if (stage.spent === undefined) return named;
  const { waitingSeconds, lostSeconds, polls, calls } = stage.spent;
  return { ...named, waitingSeconds, lostSeconds, polls, calls };
}

const STATUSES = {
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  ABORTED: 'aborted',
  TIMED_OUT: 'failed',
} as const satisfies Record<ExecutionResult['status'], Report['status']>;

function statusOf({ result, timeline, place }: SeenBuild): Report['status'] {
  // On the embedded AWS, time passes only while a command runs, so a command does not wait for people.
  if (result === undefined) return place.world === 'embedded' ? 'waiting' : 'running';
  if (result.status === 'FAILED' && result.error === 'InvalidInput' && createdNothing(timeline))
    return 'invalid';
  const isSkipped = result.status === 'SUCCEEDED' && timeline.document.decision?.verdict === 'skip';
  return isSkipped ? 'skipped' : STATUSES[result.status];
}

interface FailedStages {
  readonly stages: readonly { readonly name: string }[];
  readonly failedStage: string | undefined;
}

/** Whether a failed build created nothing: Decide and Plan only read, and only a scan can come before them. */
export function createdNothing({ stages, failedStage }: FailedStages): boolean {
  const isEarly = failedStage === 'Decide' || failedStage === 'Plan';
  return isEarly && !stages.some(({ name }) => name === 'Scan');
}

function errorOf({ result, timeline, place, lost }: SeenBuild): Report['error'] {
  const { stages, failedStage } = timeline;
  const stage = stages.at(-1)?.name ?? '';
  if (lost !== undefined) return { ...lost, stage };
  switch (result?.status) {
    case 'FAILED':
      return failureOf(result, failedStage ?? stage);
    case 'TIMED_OUT':
      return failureOf({ error: 'States.Timeout', cause: TIMED_OUT, ...result }, stage);
    case 'ABORTED': {
      if (place.world === 'embedded') return { ...ABORTED, stage };
      const message = result.cause || 'The execution was stopped';
      return { name: result.error || ABORTED.name, message, stage };
    }
  }
  return undefined;
}

/** A clean-up that failed does not report what it removed and what remains, so every resource may remain. */
function cleanupOf(cleaned: NonNullable<Timeline['document']['cleanup']>): NonNullable<Report['cleanup']> {
  const { Error: error, Cause: cause = '', removed = [], remaining = [] } = cleaned;
  if (error === undefined) return { removed, remaining };
  const reason = `clean-up failed: ${failureOf({ error, cause }, 'CleanUp').message}`;
  return { removed: [], remaining: [{ region: 'all regions', kind: 'region', id: 'unknown', reason }] };
}

/** The warning about a release or a move that could not be announced. Such a failure does not change its outcome. */
export function unannounced({ Error: error, Cause: cause = '' }: Announcement = {}): string[] {
  if (error === undefined) return [];
  return [`Not announced, or only in part: ${error}: ${failureOf({ error, cause }, 'Announce').message}`];
}
type Announcement = NonNullable<Timeline['document']['announcement']>;

const baseOf = ({
  base: { imageId, snapshotId, instanceId, name },
  copyBase,
}: NonNullable<Timeline['document']['plan']>): Base & { readonly copyBase?: true } => ({
  ...(imageId !== undefined && { imageId }),
  ...(snapshotId !== undefined && { snapshotId }),
  ...(instanceId !== undefined && { instanceId }),
  ...(name !== undefined && { name }),
  ...(copyBase && { copyBase }),
});

function imagesOf(release: Partial<Release> | undefined): Report['images'] {
  const { images, sharedWith } = release ?? {};
  return images && sharedWith ? images.map((image) => ({ ...image, sharedWith })) : [];
}

function approvalOf(approval: Timeline['document']['approval']): Pick<Report, 'approval'> {
  const { by, at, comment, automation, deadline } = approval ?? {};
  if (by === undefined) return deadline === undefined ? {} : { approval: { deadline } };
  return {
    approval: { by, ...(at && { at }), ...(comment && { comment }), ...(automation && { automation }) },
  };
}

function publicationOf(publication: Partial<Published> = {}): Pick<Report, 'publication'> {
  const { parameter, channel, reason } = publication;
  // Until the release is published, the field has only what the stage waits for.
  if (parameter === undefined) return {};
  return {
    publication: {
      parameter,
      ...(channel && { channel }),
      ...(reason !== undefined && { reason }),
      ...followersReport(publication),
    },
  };
}

const ABORTED = { name: 'Aborted', message: 'The build was interrupted, and its execution was stopped' };
const TIMED_OUT = 'The execution exceeded the time limit of its state machine';

/** The errors whose message says everything. Every other error is unexpected and keeps its stack. */
const EXPECTED = new Set(Object.keys(errors).filter((name) => name !== 'Defect'));

/** The exception of a function reaches the state machine as JSON. The messages of Step Functions itself are plain text. */
function failureOf({ error = '', cause = '' }: Pick<ExecutionResult, 'error' | 'cause'>, stage: string) {
  try {
    const { errorMessage, trace } = JSON.parse(cause) as { errorMessage?: string; trace?: string[] };
    return {
      name: error,
      message: errorMessage ?? cause,
      stage,
      ...(!EXPECTED.has(error) && trace && { trace }),
    };
  } catch {
    const died = `The function of ${stage} ended without an answer every time it was invoked; AWS says: ${cause}`;
    return { name: error, message: error === 'Lambda.Unknown' ? died : cause, stage };
  }
}
