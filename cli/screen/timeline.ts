import type { ExecutionEvent } from 'embedded-aws';
import type {
  Candidate,
  Cleanup,
  Copies,
  Decision,
  Patches,
  PendingPatches,
  Published,
  Release,
  Scan,
} from '../../shared/build/execution-document.ts';
import type { Spent } from '../../shared/build/spent.ts';

/** The state of a running build: its stages so far, and the execution document after the last state. */
export interface Timeline {
  readonly stages: readonly Stage[];
  readonly document: BuildDocument;
  /** The first stage that failed; `undefined`: no stage failed. */
  readonly failedStage: string | undefined;
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
export interface BuildDocument {
  readonly decision?: Partial<Omit<Decision, 'status'>>;
  readonly plan?: {
    readonly base: Base;
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
  readonly release?: Partial<Release>;
  readonly publication?: Partial<Omit<Published, 'status'>>;
  /** What clean-up reported, or why clean-up failed. */
  readonly cleanup?: Partial<Cleanup> & { readonly Error?: string; readonly Cause?: string };
}

export const emptyTimeline: Timeline = { stages: [], document: {}, failedStage: undefined };

/** The field of the document that each stage writes (`ResultPath` in statemachines/bake.yml). */
export const fieldOf: Readonly<Record<string, string>> = {
  Decide: 'decision',
  Plan: 'plan',
  Scan: 'scan',
  RegisterBase: 'base',
  Launch: 'builder',
  Patch: 'patches',
  Stop: 'shutdown',
  CreateImage: 'candidate',
  CopyImages: 'copies',
  ShareImages: 'release',
  Publish: 'publication',
  CleanUp: 'cleanup',
  Record: 'record',
};

function spentBy(stage: string | undefined, document: object): Spent | undefined {
  const result = (document as Readonly<Record<string, { spent?: Spent } | undefined>>)[
    fieldOf[stage ?? ''] ?? ''
  ];
  return result?.spent;
}

/** Returns the timeline after one more event. A stage lasts until the next stage starts, including its waits. */
export function advance(timeline: Timeline, { type, timestamp, state }: ExecutionEvent): Timeline {
  const { stages, document } = timeline;
  const current = stages.at(-1);
  const close = (stage: Stage): Stage => ({ ...stage, ended: timestamp });
  if (type === 'StateEntered' && state?.type === 'Task' && state.name !== current?.name) {
    const began = { name: state.name, began: timestamp, failed: false };
    return { ...timeline, stages: [...stages.slice(0, -1), ...(current ? [close(current)] : []), began] };
  }
  if (type === 'StateExited' && state?.output) {
    const spent = spentBy(current?.name, state.output);
    const last = current && spent ? [{ ...current, spent }] : stages.slice(-1);
    return { ...timeline, stages: [...stages.slice(0, -1), ...last], document: state.output };
  }
  if (type === 'StateCaught' && current !== undefined) {
    const failed = { ...close(current), failed: true };
    return {
      stages: [...stages.slice(0, -1), failed],
      document,
      failedStage: timeline.failedStage ?? current.name,
    };
  }
  if (
    type.startsWith('Execution') &&
    type !== 'ExecutionStarted' &&
    current?.ended === undefined &&
    current
  ) {
    // The stage was cut off, or the execution failed in this stage and no Catch applied.
    const failed = type !== 'ExecutionSucceeded' && (type !== 'ExecutionFailed' || !timeline.failedStage);
    const last = { ...close(current), failed };
    return { ...timeline, stages: [...stages.slice(0, -1), last] };
  }
  return timeline;
}

/** The seconds that a stage took, to the millisecond. For a running stage: the seconds until `now`. */
export function secondsOf(stage: Stage, now: number): number {
  return Math.round((stage.ended ?? Math.max(now, stage.began)) - stage.began) / 1000;
}
