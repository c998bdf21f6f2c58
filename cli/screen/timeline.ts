import type { ExecutionEvent } from 'embedded-aws';
import type {
  Approved,
  Candidate,
  Cleanup,
  Copies,
  CopyVerdicts,
  Decision,
  Patches,
  PendingPatches,
  Published,
  Release,
  Scan,
  Verdict,
} from '../../shared/build/execution-document.ts';
import type { Spent } from '../../shared/build/spent.ts';
import type { AfterReleaseFields } from './after-release.ts';

/** The state of a running build: its stages so far, and the execution document after the last state. */
export interface Timeline {
  readonly stages: readonly Stage[];
  readonly document: BuildDocument;
  /** The first stage that failed; `undefined`: no stage failed. */
  readonly failedStage: string | undefined;
  /** Whether the execution is in a Parallel state, whose stages run at the same time. */
  readonly isParallel: boolean;
}

export interface Stage {
  /** The name of the Task state. */
  readonly name: string;
  /** Milliseconds since the epoch (embedded: simulated). */
  readonly began: number;
  readonly ended?: number;
  /** Whether the stage failed or was cut off. */
  readonly failed: boolean;
  /** What the stage has spent; absent: it has not reported yet. */
  readonly spent?: Spent;
}

/** What an image is made from: exactly one of the three ids is set. */
export interface Base {
  readonly imageId?: string;
  readonly snapshotId?: string;
  readonly instanceId?: string;
  readonly name?: string;
}

/** The fields that the states have added so far. Only fields that are shown are listed. */
export interface BuildDocument extends AfterReleaseFields {
  readonly approval?: Partial<Approved> & { readonly deadline?: string };
  readonly decision?: Partial<Omit<Decision, 'status'>>;
  readonly plan?: {
    readonly base: Base;
    readonly copyBase?: true;
    readonly distribution?: string;
    readonly steps?: Readonly<Record<string, string>>;
    readonly warnings?: readonly string[];
  };
  readonly scan?: Partial<Omit<Scan, 'status'>>;
  readonly patches?: Patches | PendingPatches;
  readonly builder?: {
    status: string;
    instanceId: string;
    instanceType: string;
    subnetId: string;
    refused: unknown[];
  };
  readonly candidate?: Partial<Candidate>;
  readonly copies?: Pick<Copies, 'regions'>;
  readonly copyVerdicts?: Pick<CopyVerdicts, 'regions'>;
  readonly verdict?: Partial<Omit<Verdict, 'status'>>;
  readonly release?: Partial<Release>;
  readonly publication?: Partial<Omit<Published, 'status'>>;
  /** Only if the release could not be announced. */
  readonly announcement?: { readonly Error?: string; readonly Cause?: string };
  /** What clean-up reported, or why clean-up failed. */
  readonly cleanup?: Partial<Cleanup> & { readonly Error?: string; readonly Cause?: string };
}

export const emptyTimeline: Timeline = {
  stages: [],
  document: {},
  failedStage: undefined,
  isParallel: false,
};

/** The field of the document that each stage writes (`ResultPath` in statemachines/bake.yml). */
export const fieldOf: Readonly<Record<string, string>> = {
  Decide: 'decision',
  Plan: 'plan',
  PlanDistribution: 'distribution',
  Scan: 'scan',
  RegisterBase: 'base',
  Launch: 'builder',
  Patch: 'patches',
  Stop: 'shutdown',
  CreateImage: 'candidate',
  CopyImages: 'copies',
  TestCopies: 'copyVerdicts',
  TestImage: 'verdict',
  Approve: 'approval',
  ShareImages: 'release',
  Publish: 'publication',
  ProtectImages: 'protection',
  Announce: 'announcement',
  Accelerate: 'acceleration',
  RefreshInstances: 'refreshes',
  CleanUp: 'cleanup',
  Record: 'record',
};

/** Returns the timeline after one more event. A stage lasts until the next stage starts, including its waits. */
export function advance(timeline: Timeline, { type, timestamp, state }: ExecutionEvent): Timeline {
  const { stages, isParallel } = timeline;
  const end = (stage: Stage, change: Partial<Stage> = {}): Stage =>
    stage.ended === undefined ? { ...stage, ended: timestamp, ...change } : stage;
  const update = (name: string, change: (stage: Stage) => Stage): Stage[] =>
    stages.map((stage) => (stage.name === name && stage.ended === undefined ? change(stage) : stage));

  switch (type) {
    case 'StateEntered': {
      if (state?.type === 'Parallel')
        return { ...timeline, stages: stages.map((stage) => end(stage)), isParallel: true };
      if (state?.type !== 'Task') return timeline;
      if (stages.some((stage) => stage.name === state.name && stage.ended === undefined)) return timeline;
      const others = isParallel ? stages : stages.map((stage) => end(stage));
      return { ...timeline, stages: [...others, { name: state.name, began: timestamp, failed: false }] };
    }
    case 'StateFailed':
      return { ...timeline, stages: update(state?.name ?? '', (stage) => ({ ...stage, failed: true })) };
    case 'StateRetried':
      return { ...timeline, stages: update(state?.name ?? '', (stage) => ({ ...stage, failed: false })) };
    case 'StateExited': {
      if (!state?.output) return timeline;
      // A branch of a Parallel state knows only its own fields.
      const document = { ...timeline.document, ...state.output };
      if (state.type === 'Parallel')
        return { ...timeline, document, stages: stages.map((stage) => end(stage)), isParallel: false };
      if (state.type !== 'Task') return { ...timeline, document };
      const { spent, status } = resultOf(state.name, state.output) ?? {};
      const isOver = isParallel && status === 'ready';
      const exited = (stage: Stage): Stage => ({ ...stage, failed: false, ...(spent && { spent }) });
      return {
        ...timeline,
        document,
        stages: update(state.name, (stage) => (isOver ? end(exited(stage)) : exited(stage))),
      };
    }
    case 'StateCaught': {
      const failed = stages.find((stage) => stage.ended === undefined && stage.failed) ?? stages.at(-1);
      return {
        ...timeline,
        // If one branch of a Parallel state fails, the others are cut off.
        stages: stages.map((stage) => end(stage, { failed: true })),
        failedStage: timeline.failedStage ?? failed?.name,
        isParallel: false,
      };
    }
    case 'ExecutionSucceeded':
      return { ...timeline, stages: stages.map((stage) => end(stage)) };
    case 'ExecutionFailed':
    case 'ExecutionAborted':
    case 'ExecutionTimedOut': {
      // The open stages were cut off, or the execution failed in one of them and no Catch applied.
      const failed = type !== 'ExecutionFailed' || !timeline.failedStage;
      return { ...timeline, stages: stages.map((stage) => end(stage, { failed })) };
    }
  }
  return timeline;
}

/** The result of a stage in the document. */
function resultOf(stage: string, document: object): { spent?: Spent; status?: string } | undefined {
  const results = document as Readonly<Record<string, { spent?: Spent; status?: string } | undefined>>;
  return results[fieldOf[stage] ?? ''];
}

/** The seconds that a stage took, to the millisecond. For a running stage: the seconds until `now`. */
export function secondsOf(stage: Stage, now: number): number {
  return Math.round((stage.ended ?? Math.max(now, stage.began)) - stage.began) / 1000;
}
