import type { ExecutionResult } from 'embedded-aws';
import type {
  Cleanup,
  Decision,
  Release,
  ReleasedImage,
  Share,
} from '../../shared/build/execution-document.ts';
import { versionOf } from '../../shared/build/version.ts';
import * as errors from '../../shared/errors.ts';
import type { Problem } from '../../shared/recipe/problem.ts';
import { type Base, secondsOf, type Timeline } from './timeline.ts';

/** What `--json` prints. Fields may be added under the same `schemaVersion`; none is removed or given another meaning. */
export interface Report {
  readonly schemaVersion: 1;
  /** `running`: the watch ended before the build did. `invalid`: what was asked for is wrong, and nothing was built. */
  readonly status: 'succeeded' | 'failed' | 'skipped' | 'aborted' | 'running' | 'invalid';
  /** Where it happened: `embedded`, the AWS inside the process, or `aws`. */
  readonly world: 'embedded' | 'aws';
  /** Where that is kept, whether it began with this command, and its time when this command began. */
  readonly state?: { readonly file: string; readonly fresh: boolean; readonly at: string };
  readonly account?: string;
  readonly region?: string;
  /** Where AWS was asked, if not at its own addresses. */
  readonly endpoint?: string;
  readonly recipe: string;
  readonly version?: string;
  /** The execution's name. */
  readonly execution?: string;
  readonly executionArn?: string;
  readonly seed?: number;
  /** The file of what went wrong, as it was given. */
  readonly faults?: string;
  /** When the execution began (ISO 8601): with a fresh embedded world, what `--at` takes to see the same again. */
  readonly startTime?: string;
  /** Whether there was to be a build, and why. */
  readonly decision?: Pick<Decision, 'verdict' | 'rule' | 'reason'>;
  /** `imageId`, `snapshotId` or `instanceId`, and the name of what has one. */
  readonly base?: Base;
  /** What is worth knowing of the plan, though it was carried out. */
  readonly warnings?: readonly string[];
  /** The released images, one a region. */
  readonly images: readonly (ReleasedImage & { readonly sharedWith: Share })[];
  /** The stages in order, with the seconds that each took, as the world has it. */
  readonly stages: readonly { readonly name: string; readonly seconds: number }[];
  readonly seconds: number;
  readonly error?: {
    readonly name: string;
    readonly message: string;
    readonly stage: string;
    /** The stack of an exception that nobody foresaw. */
    readonly trace?: readonly string[];
  };
  /** Absent: it did not run, or was not seen to its end. */
  readonly cleanup?: Pick<Cleanup, 'removed' | 'remaining'>;
  readonly problems?: readonly Problem[];
}

/** Where a build happens. */
export type BuildPlace = Pick<Report, 'world' | 'state' | 'account' | 'region' | 'endpoint'>;

const EXIT_CODES = {
  succeeded: 0,
  skipped: 0,
  failed: 1,
  invalid: 2,
  aborted: 130,
  running: 130,
} as const satisfies Record<Report['status'], number>;

/** What the shell is told. A watch that was lost is no success; one that was ended by Ctrl-C was interrupted. */
export const exitCodeOf = ({ status, error }: Report): number =>
  status === 'running' && error !== undefined ? 1 : EXIT_CODES[status];

export const INTERRUPTED = EXIT_CODES.aborted;

export function invalidReport(
  given: BuildPlace & Pick<Report, 'recipe' | 'seed'>,
  problems: readonly Problem[],
): Report {
  const nothing = { images: [], stages: [], seconds: 0 };
  return { schemaVersion: 1, status: 'invalid', ...given, ...nothing, problems };
}

/** A build that has ended, or that is watched no longer. */
export interface SeenBuild {
  readonly place: BuildPlace;
  readonly recipe: string;
  readonly execution: { readonly name: string; readonly startTime: number };
  /** How it can be found, or had again. */
  readonly origin: Pick<Report, 'executionArn' | 'seed' | 'faults'>;
  readonly timeline: Timeline;
  /** `undefined`: it goes on. */
  readonly result: ExecutionResult | undefined;
  /** When it ended, or was last seen. */
  readonly now: number;
  /** Why it could be watched no longer. */
  readonly lost?: { readonly name: string; readonly message: string } | undefined;
}

/** Sums a build up. `cleanup` is given where it ran outside the machine, after an interrupt. */
export function buildReport(build: SeenBuild, cleanup?: Cleanup): Report {
  const { place, recipe, origin, execution, timeline, now } = build;
  const { document, stages } = timeline;
  const { executionArn, seed, faults } = origin;
  const status = statusOf(build);
  const swept: Timeline['document']['cleanup'] = cleanup ?? document.cleanup;
  const startTime = new Date(execution.startTime).toISOString();
  const { verdict, rule, reason } = document.decision ?? {};
  const error = errorOf(build);
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
    ...(document.plan && { base: baseOf(document.plan.base) }),
    ...(document.plan?.warnings && { warnings: document.plan.warnings }),
    // Of a build that was interrupted in its last moments too, what was released stands.
    images: status === 'failed' ? [] : imagesOf(document.release),
    stages: stages.map((stage) => ({ name: stage.name, seconds: secondsOf(stage, now) })),
    seconds: Math.max(Math.round(now - execution.startTime), 0) / 1000,
    ...(error && { error }),
    ...(swept && (swept.removed || swept.Error !== undefined) && { cleanup: cleanupOf(swept) }),
  };
}

const STATUSES = {
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  ABORTED: 'aborted',
  TIMED_OUT: 'failed',
} as const satisfies Record<ExecutionResult['status'], Report['status']>;

function statusOf({ result, timeline }: SeenBuild): Report['status'] {
  if (result === undefined) return 'running';
  if (result.status === 'FAILED' && result.error === 'InvalidInput' && madeNothing(timeline))
    return 'invalid';
  const isSkipped = result.status === 'SUCCEEDED' && timeline.document.decision?.verdict === 'skip';
  return isSkipped ? 'skipped' : STATUSES[result.status];
}

interface FailedStages {
  readonly stages: readonly { readonly name: string }[];
  readonly failedStage: string | undefined;
}

/** Whether a build that failed had made nothing: Decide and Plan only read, and only a scan can come before them. */
export function madeNothing({ stages, failedStage }: FailedStages): boolean {
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
      const message = result.cause || 'Somebody stopped its execution';
      return { name: result.error || ABORTED.name, message, stage };
    }
  }
  return undefined;
}

/** Clean-up that failed knows neither what it removed nor what remains; then everything may. */
function cleanupOf(swept: NonNullable<Timeline['document']['cleanup']>): NonNullable<Report['cleanup']> {
  if (swept.Error === undefined) return { removed: swept.removed ?? [], remaining: swept.remaining ?? [] };
  const reason = `clean-up itself failed: ${failureOf({ error: swept.Error, cause: swept.Cause ?? '' }, 'CleanUp').message}`;
  return { removed: [], remaining: [{ region: 'every region', kind: 'region', id: 'unknown', reason }] };
}

const baseOf = ({ imageId, snapshotId, instanceId, name }: Base): Base => ({
  ...(imageId !== undefined && { imageId }),
  ...(snapshotId !== undefined && { snapshotId }),
  ...(instanceId !== undefined && { instanceId }),
  ...(name !== undefined && { name }),
});

function imagesOf(release: Partial<Release> | undefined): Report['images'] {
  const { images, sharedWith } = release ?? {};
  return images && sharedWith ? images.map((image) => ({ ...image, sharedWith })) : [];
}

const ABORTED = { name: 'Aborted', message: 'The build was interrupted and its execution stopped' };
const TIMED_OUT = 'The execution took longer than its machine allows';

/** The errors that say all there is to say in their message; any other is a surprise and keeps its stack. */
const FORESEEN = new Set(Object.keys(errors).filter((name) => name !== 'Defect'));

/** A function's exception reaches the machine as JSON; what Step Functions itself says is plain text. */
function failureOf({ error = '', cause = '' }: Pick<ExecutionResult, 'error' | 'cause'>, stage: string) {
  try {
    const { errorMessage, trace } = JSON.parse(cause) as { errorMessage?: string; trace?: string[] };
    return {
      name: error,
      message: errorMessage ?? cause,
      stage,
      ...(!FORESEEN.has(error) && trace && { trace }),
    };
  } catch {
    const died = `The function of ${stage} ended without an answer each time it was callAws; AWS says: ${cause}`;
    return { name: error, message: error === 'Lambda.Unknown' ? died : cause, stage };
  }
}
