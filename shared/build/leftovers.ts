import type { Cleanup, Leftover } from './execution-document.ts';
import {
  type FoundResource,
  isMadeByPipeline,
  markedIds,
  planRemovals,
  type ReleaseMarks,
} from './removal-plan.ts';
import { describeSeconds } from './waiting.ts';

/** A resource of an execution, with its creation time (milliseconds since 1970). */
export interface DatedResource extends FoundResource {
  readonly createdAt: number;
}

/** Step Functions' description of an execution. */
export interface ExecutionDetails {
  readonly status: string;
  /** The name of the error, if the execution failed. */
  readonly error?: string | undefined;
  /** When the execution started and ended (milliseconds since 1970). */
  readonly startedAt?: number | undefined;
  readonly endedAt?: number | undefined;
}

/**
 * The result of looking up an execution in Step Functions. `known`: the state machine of this region has the execution. `elsewhere`: the
 * state machine of another region has it, and clean-up in that region removes its resources. `namesake`: both have an execution of this
 * name, and both have ended. `unknown`: no state machine has it; the execution is too new to be visible, or ended more than 90 days ago.
 * `unreadable`: Step Functions could not be called.
 */
export type ExecutionLookup =
  | ({ readonly is: 'known' } & ExecutionDetails)
  | { readonly is: 'elsewhere'; readonly region: string }
  | { readonly is: 'namesake'; readonly region: string }
  | { readonly is: 'unknown' }
  | { readonly is: 'unreadable'; readonly why: string };

/** The resources of an execution to clean up, and the reason. */
export interface LeftoverDecision {
  readonly leftovers: readonly FoundResource[];
  /** How far clean-up can trust the release tags. Clean-up reads the tags again. */
  readonly marks: ReleaseMarks;
  readonly reason: string;
}

/** Combines the lookup in this region with the lookups in other regions. */
export function combineLookups(own: ExecutionLookup, elsewhere: readonly ExecutionLookup[]): ExecutionLookup {
  const first = (kind: ExecutionLookup['is']) => elsewhere.find(({ is }) => is === kind);
  return first('elsewhere') ?? first('unreadable') ?? first('namesake') ?? own;
}

/** The maximum number of executions in one run of clean-up. A test checks that their events fit into a history of 25,000 events. */
export const EXECUTIONS_MAX = 20;

const HOUR_MS = 3_600_000;
/** How long an execution is checked although all its resources are tagged as released: it may have failed after it wrote the tags. */
const CHECKED_MS = 7 * 24 * HOUR_MS;

/**
 * Decides which resources of an execution belong neither to a running execution nor to a release. It returns a resource only if this
 * is certain. An execution that started or ended less than an hour ago may still be working, or cleaning up after itself.
 */
export function decideLeftovers(
  resources: readonly DatedResource[],
  lookup: ExecutionLookup,
  now: Date,
): LeftoverDecision {
  const { marks, reason, hasEnded } = decisionFor(lookup, resources, now);
  if (!hasEnded) return { leftovers: [], marks, reason };
  const known = { marks, released: [], tagsAreSettled: true, sawAllImages: true };
  const { remove } = planRemovals(resources, known);
  if (remove.length > 0) return { leftovers: remove, marks, reason };
  const all = resources.some(isMadeByPipeline)
    ? 'all its resources are released'
    : 'the pipeline created none of its resources';
  return { leftovers: [], marks, reason: `${reason}, and ${all}` };
}

function decisionFor(
  lookup: ExecutionLookup,
  resources: readonly DatedResource[],
  now: Date,
): { hasEnded: boolean; marks: ReleaseMarks; reason: string } {
  const keep = (reason: string) => ({ hasEnded: false, marks: 'valid' as const, reason });
  switch (lookup.is) {
    case 'unreadable':
      return keep(`could not check whether the execution is running: ${lookup.why}`);
    case 'elsewhere':
      return keep(`the execution belongs to the deployment in ${lookup.region}`);
    case 'namesake':
      // It is unknown which execution created which resource. The releases of both have the release tag.
      return {
        hasEnded: true,
        marks: 'valid',
        reason: `the execution has ended, and so has the execution of the same name in ${lookup.region}`,
      };
    case 'unknown': {
      const ageMs = now.getTime() - Math.max(...resources.map(({ createdAt }) => createdAt));
      if (ageMs < HOUR_MS)
        return keep('Step Functions does not know the execution, and one of its resources is new');
      return {
        hasEnded: true,
        marks: 'valid',
        reason: 'Step Functions does not know the execution, or no longer knows it',
      };
    }
    case 'known':
      return decideEnded(lookup, now, keep);
  }
}

/** Errors that no Catch handles, so the execution's own clean-up did not run (Step Functions developer guide, "Error names"). */
const UNCAUGHT = ['States.Runtime', 'States.DataLimitExceeded'];

const ENDED_EXECUTION_STATUSES = ['SUCCEEDED', 'FAILED', 'ABORTED', 'TIMED_OUT'];

const endedAgoMs = ({ endedAt = 0 }: ExecutionDetails, now: Date): number => now.getTime() - endedAt;

/** Whether the execution ended so long ago that none of its functions can still be running. */
export const endedLongAgo = (execution: ExecutionDetails, now: Date): boolean =>
  ENDED_EXECUTION_STATUSES.includes(execution.status) && endedAgoMs(execution, now) >= HOUR_MS;

function decideEnded<T>(execution: ExecutionDetails, now: Date, keep: (reason: string) => T) {
  const { status, error = '' } = execution;
  if (!ENDED_EXECUTION_STATUSES.includes(status)) return keep(`the execution is ${status}`);
  const reason = `the execution ended with status ${status}`;
  if (!endedLongAgo(execution, now))
    return keep(`${reason} only ${describeSeconds(endedAgoMs(execution, now) / 1000)} ago`);
  const marks: ReleaseMarks =
    status === 'SUCCEEDED' ? 'valid' : status === 'FAILED' && !UNCAUGHT.includes(error) ? 'void' : 'doubtful';
  return { hasEnded: true, marks, reason };
}

/**
 * Whether to look up an execution in Step Functions. If all its resources are released, the execution is looked up only during the first
 * week, because the number of such executions grows every week.
 */
export function needsCheck(resources: readonly DatedResource[], now: Date): boolean {
  const marked = markedIds(resources);
  const newest = Math.max(...resources.map(({ createdAt }) => createdAt));
  return (
    resources.some((one) => isMadeByPipeline(one) && !marked.has(one.id)) ||
    now.getTime() - newest < CHECKED_MS
  );
}

/** What the janitor found, and which regions it could not check, in words. */
export function describeLeftovers(
  toCleanUp: readonly Pick<LeftoverDecision, 'leftovers'>[],
  unlisted: readonly { readonly region: string; readonly reason: string }[],
): string {
  const all = toCleanUp.flatMap(({ leftovers }) => leftovers);
  const found =
    all.length === 0
      ? 'No leftovers found.'
      : `Found leftovers of ${toCleanUp.length} execution${toCleanUp.length === 1 ? '' : 's'}: ${describeResources(all)}.`;
  const later = toCleanUp.length - EXECUTIONS_MAX;
  const rest = later > 0 ? ` The next run cleans up ${later} of these executions.` : '';
  const [first] = unlisted;
  if (first === undefined) return found + rest;
  const regions = [...new Set(unlisted.map(({ region }) => region))];
  return `${found}${rest} Could not check ${regions.join(', ')} (${first.reason.slice(0, UNLISTED_LENGTH_MAX)}).`;
}

/** The maximum length of the reason why a region could not be checked. */
const UNLISTED_LENGTH_MAX = 300;

/** The maximum number of resources or regions that are listed: the cause of a failed execution can have 32,768 characters. */
const NAMED_MAX = 5;
const REASON_LENGTH_MAX = 150;

/** Whether clean-up changed something back: a parameter, or the default version of a launch template. */
export const isPutBack = ({ putBack }: Leftover): boolean => putBack !== undefined;

/** Whether clean-up deleted a resource. A parameter that names its former image again was not deleted. */
export const isDeleted = (one: Leftover): boolean => one.kind !== 'parameter' || !isPutBack(one);

/** What clean-up removed, what it put back, and what remains, in words. */
export function describeCleanup(execution: string, { removed, remaining }: Omit<Cleanup, 'status'>): string {
  const [deleted, restored] = [removed.filter(isDeleted), removed.filter(isPutBack)];
  const gone = [
    ...(deleted.length > 0 || restored.length === 0
      ? [`removed ${deleted.length === 0 ? 'nothing' : describeResources(deleted)}`]
      : []),
    ...(restored.length > 0 ? [`put back ${describeResources(restored)}`] : []),
  ].join(', ');
  if (remaining.length === 0) return `${execution}: ${gone}, nothing remains`;
  const named = remaining.slice(0, NAMED_MAX).map(({ kind, id, region, reason }) => {
    const thing = kind === 'region' ? `resources in ${region}` : `${kind} ${id} in ${region}`;
    return `${thing} (${cut(reason)})`;
  });
  const more = remaining.length - named.length;
  return `${execution}: ${gone}; may still exist: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** `1 instance and 2 volumes in us-east-1, eu-west-1`. */
export function describeResources(resources: readonly Leftover[]): string {
  const counts = Object.entries(Object.groupBy(resources, ({ kind }) => kind)).map(
    ([kind, { length }]) => `${length} ${kind}${length === 1 ? '' : 's'}`,
  );
  const regions = [...new Set(resources.map(({ region }) => region))];
  const where = regions.length > NAMED_MAX ? `${regions.length} regions` : regions.join(', ');
  return `${[counts.slice(0, -1).join(', '), counts.at(-1)].filter(Boolean).join(' and ')} in ${where}`;
}

const cut = (text: string): string =>
  text.length > REASON_LENGTH_MAX ? `${text.slice(0, REASON_LENGTH_MAX - 1)}…` : text;
