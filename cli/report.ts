import type { Execution, ExecutionResult } from '../local/states/execution.ts';
import type { Cleanup, Release, ReleasedImage, Share } from '../shared/domain/build.ts';
import type { Problem } from '../shared/domain/problem.ts';
import { versionOf } from '../shared/domain/version.ts';
import * as errors from '../shared/errors.ts';
import { secondsOf, type Timeline } from './timeline.ts';
import type { Origin } from './world.ts';

/** What `--json` prints. Fields may be added under the same `schemaVersion`; none is removed or given another meaning. */
export interface Report {
  readonly schemaVersion: 1;
  readonly status: 'succeeded' | 'failed' | 'skipped' | 'aborted' | 'invalid';
  /** Where it happened: `embedded`, the AWS inside the process. */
  readonly world: 'embedded';
  /** Where that is kept, whether it began with this command, and its time when this command began. */
  readonly state?: { readonly file: string; readonly fresh: boolean; readonly at: string };
  readonly recipe: string;
  readonly version?: string;
  /** The execution's name. */
  readonly execution?: string;
  readonly seed: number;
  /** The file of what went wrong, as it was given. */
  readonly faults?: string;
  /** When the execution began, simulated (ISO 8601): with a fresh world, what `--at` takes to see the same again. */
  readonly startTime?: string;
  readonly base?: { readonly imageId: string; readonly name: string };
  /** The released images, one a region. */
  readonly images: readonly (ReleasedImage & { readonly sharedWith: Share })[];
  /** The stages in order, with the simulated seconds that each took. */
  readonly stages: readonly { readonly name: string; readonly seconds: number }[];
  readonly seconds: number;
  readonly error?: {
    readonly name: string;
    readonly message: string;
    readonly stage: string;
    /** The stack of an exception that nobody foresaw. */
    readonly trace?: readonly string[];
  };
  readonly cleanup?: Pick<Cleanup, 'removed' | 'remaining'>;
  readonly problems?: readonly Problem[];
}

export const EXIT_CODES = {
  succeeded: 0,
  skipped: 0,
  failed: 1,
  invalid: 2,
  aborted: 130,
} as const satisfies Record<Report['status'], number>;

export function invalidReport(recipe: string, seed: number, problems: readonly Problem[]): Report {
  const nothing = { images: [], stages: [], seconds: 0 };
  return { schemaVersion: 1, status: 'invalid', world: 'embedded', recipe, seed, ...nothing, problems };
}

/** Sums a build up. `cleanup` is given where it ran outside the machine, after an interrupt. */
export function buildReport(
  build: {
    recipe: string;
    seed: number;
    faults: string | undefined;
    origin: Origin;
    execution: Execution;
    timeline: Timeline;
    result: ExecutionResult;
    now: number;
  },
  cleanup?: Cleanup,
): Report {
  const { recipe, seed, faults, origin, execution, timeline, result, now } = build;
  const { document, stages, failedStage } = timeline;
  const statuses = {
    SUCCEEDED: 'succeeded',
    FAILED: 'failed',
    ABORTED: 'aborted',
    TIMED_OUT: 'failed',
  } as const;
  const status = statuses[result.status];
  const swept = cleanup ?? document.cleanup;
  const startTime = new Date(execution.startTime).toISOString();
  return {
    schemaVersion: 1,
    status,
    world: 'embedded',
    state: { file: origin.file, fresh: origin.fresh, at: new Date(origin.at).toISOString() },
    recipe,
    version: versionOf(execution.name, startTime),
    execution: execution.name,
    seed,
    ...(faults !== undefined && { faults }),
    startTime,
    ...(document.plan && { base: { imageId: document.plan.base.imageId, name: document.plan.base.name } }),
    // Of a build that was interrupted in its last moments too, what was released stands.
    images: status === 'failed' ? [] : imagesOf(document.release),
    stages: stages.map((stage) => ({ name: stage.name, seconds: secondsOf(stage, now) })),
    seconds: Math.round(now - execution.startTime) / 1000,
    ...(result.status === 'FAILED' && { error: errorOf(result, failedStage ?? stages.at(-1)?.name ?? '') }),
    ...(status === 'aborted' && { error: { ...ABORTED, stage: stages.at(-1)?.name ?? '' } }),
    ...(swept && { cleanup: cleanupOf(swept) }),
  };
}

/** Clean-up that failed knows neither what it removed nor what remains; then everything may. */
function cleanupOf(swept: NonNullable<Timeline['document']['cleanup']>): NonNullable<Report['cleanup']> {
  if (swept.Error === undefined) return { removed: swept.removed ?? [], remaining: swept.remaining ?? [] };
  const reason = `clean-up itself failed: ${errorOf({ status: 'FAILED', error: swept.Error, cause: swept.Cause ?? '' }, 'CleanUp').message}`;
  return { removed: [], remaining: [{ region: 'every region', kind: 'region', id: 'unknown', reason }] };
}

function imagesOf(release: Partial<Release> | undefined): Report['images'] {
  const { images, sharedWith } = release ?? {};
  return images && sharedWith ? images.map((image) => ({ ...image, sharedWith })) : [];
}

const ABORTED = { name: 'Aborted', message: 'The build was interrupted and its execution stopped' };

/** The errors that say all there is to say in their message; any other is a surprise and keeps its stack. */
const FORESEEN = new Set(Object.keys(errors).filter((name) => name !== 'Defect'));

/** A function's exception reaches the machine as JSON; what Step Functions itself says is plain text. */
function errorOf({ error = '', cause = '' }: ExecutionResult, stage: string) {
  try {
    const { errorMessage, trace } = JSON.parse(cause) as { errorMessage?: string; trace?: string[] };
    return {
      name: error,
      message: errorMessage ?? cause,
      stage,
      ...(!FORESEEN.has(error) && trace && { trace }),
    };
  } catch {
    const died = `The function of ${stage} ended without an answer each time it was tried; AWS says: ${cause}`;
    return { name: error, message: error === 'Lambda.Unknown' ? died : cause, stage };
  }
}
