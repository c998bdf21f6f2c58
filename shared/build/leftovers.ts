import type { Cleanup, Leftover } from './execution-document.ts';
import {
  type FoundResource,
  isMadeByPipeline,
  markedIds,
  planRemovals,
  type ReleaseMarks,
} from './removal-plan.ts';
import { describeSeconds } from './waiting.ts';

/** Something that an execution made, and since when it is there (ms since the epoch). */
export interface DatedResource extends FoundResource {
  readonly createdAt: number;
}

/** How an execution stands, as Step Functions tells it. */
export interface ExecutionDetails {
  readonly status: string;
  /** The name of the error that it failed with. */
  readonly error?: string | undefined;
  /** When it began, and ended (ms since the epoch). */
  readonly startedAt?: number | undefined;
  readonly endedAt?: number | undefined;
}

/**
 * What is known of an execution. `elsewhere`: the state machine of another region knows it, whose own clean-up sees to it. `namesake`:
 * both do, and both are over. `unknown`: no Step Functions does: it is too new to be seen, or was forgotten, 90 days after its end.
 * `unreadable`: nobody could be asked.
 */
export type ExecutionLookup =
  | ({ readonly is: 'known' } & ExecutionDetails)
  | { readonly is: 'elsewhere'; readonly region: string }
  | { readonly is: 'namesake'; readonly region: string }
  | { readonly is: 'unknown' }
  | { readonly is: 'unreadable'; readonly why: string };

/** Whether something of an execution is left over, and why. */
export interface LeftoverDecision {
  readonly leftovers: readonly FoundResource[];
  /** For clean-up, which decides by the tags as they are then. */
  readonly marks: ReleaseMarks;
  readonly reason: string;
}

/** Its fate, by what the state machine of its own region knows of it and those of the others. */
export function combineLookups(own: ExecutionLookup, elsewhere: readonly ExecutionLookup[]): ExecutionLookup {
  const first = (kind: ExecutionLookup['is']) => elsewhere.find(({ is }) => is === kind);
  return first('elsewhere') ?? first('unreadable') ?? first('namesake') ?? own;
}

/** Of so many executions clean-up removes the leftovers in one run; a test holds it against the 25,000 events of a history. */
export const EXECUTIONS_MAX = 20;

const HOUR_MS = 3_600_000;
/** For so long an execution is asked after though all that stands of it is marked: it may have failed after its last mark. */
const SUSPECT_MS = 7 * 24 * HOUR_MS;

/**
 * What of an execution's things belongs neither to a running execution nor to a release. What is not certain is left: for an hour
 * whoever has just begun or ended may still be at work, and clean up itself.
 */
export function decideLeftovers(
  things: readonly DatedResource[],
  fate: ExecutionLookup,
  now: Date,
): LeftoverDecision {
  const { marks, reason, endedLongAgo } = decisionFor(fate, things, now);
  if (!endedLongAgo) return { leftovers: [], marks, reason };
  const known = { marks, released: [], tagsAreSettled: true, sawAllImages: true };
  const { remove } = planRemovals(things, known);
  if (remove.length > 0) return { leftovers: remove, marks, reason };
  const all = things.some(isMadeByPipeline)
    ? 'all that stands of it is released'
    : 'the pipeline made none of it';
  return { leftovers: [], marks, reason: `${reason}, and ${all}` };
}

function decisionFor(
  fate: ExecutionLookup,
  things: readonly DatedResource[],
  now: Date,
): { endedLongAgo: boolean; marks: ReleaseMarks; reason: string } {
  const left = (reason: string) => ({ endedLongAgo: false, marks: 'valid' as const, reason });
  switch (fate.is) {
    case 'unreadable':
      return left(`whether it is running cannot be seen: ${fate.why}`);
    case 'elsewhere':
      return left(`it belongs to the deployment in ${fate.region}`);
    case 'namesake':
      // Whose things are whose cannot be told; what either released is marked.
      return {
        endedLongAgo: true,
        marks: 'valid',
        reason: `it is over, as is one of its name in ${fate.region}`,
      };
    case 'unknown': {
      const ageMs = now.getTime() - Math.max(...things.map(({ createdAt }) => createdAt));
      if (ageMs < HOUR_MS) return left('Step Functions does not know it, and what it made is new');
      return {
        endedLongAgo: true,
        marks: 'valid',
        reason: 'Step Functions knows no such execution (any more)',
      };
    }
    case 'known':
      return ending(fate, now, left);
  }
}

/** A failure that no Catch sees, so that the machine's own clean-up did not run (Step Functions developer guide, "Error names"). */
const UNCAUGHT = ['States.Runtime', 'States.DataLimitExceeded'];

const OVER = ['SUCCEEDED', 'FAILED', 'ABORTED', 'TIMED_OUT'];

const endedAgoMs = ({ endedAt = 0 }: ExecutionDetails, now: Date): number => now.getTime() - endedAt;

/** Whether it has ended, and so long ago that nothing of it can be at work. */
export const endedLongAgo = (standing: ExecutionDetails, now: Date): boolean =>
  OVER.includes(standing.status) && endedAgoMs(standing, now) >= HOUR_MS;

function ending<T>(standing: ExecutionDetails, now: Date, left: (reason: string) => T) {
  const { status, error = '' } = standing;
  if (!OVER.includes(status)) return left(`it is ${status}`);
  const reason = `it ended ${status}`;
  if (!endedLongAgo(standing, now))
    return left(`${reason} only ${describeSeconds(endedAgoMs(standing, now) / 1000)} ago`);
  const marks: ReleaseMarks =
    status === 'SUCCEEDED' ? 'valid' : status === 'FAILED' && !UNCAUGHT.includes(error) ? 'void' : 'doubtful';
  return { endedLongAgo: true, marks, reason };
}

/**
 * Whether an execution must be asked after. Of one that released all that stands a week of looks has told all that there is to learn,
 * and there are more of them every week.
 */
export function needsCheck(things: readonly DatedResource[], now: Date): boolean {
  const marked = markedIds(things);
  const youngest = Math.max(...things.map(({ createdAt }) => createdAt));
  return (
    things.some((one) => isMadeByPipeline(one) && !marked.has(one.id)) ||
    now.getTime() - youngest < SUSPECT_MS
  );
}

/** What the janitor found, and where it could not look, for people. */
export function describeLeftovers(
  over: readonly Pick<LeftoverDecision, 'leftovers'>[],
  unseen: readonly { readonly region: string; readonly reason: string }[],
): string {
  const all = over.flatMap(({ leftovers }) => leftovers);
  const found =
    all.length === 0
      ? 'Nothing is left over.'
      : `Left over: ${describeThings(all)}, of ${over.length} execution${over.length === 1 ? '' : 's'}.`;
  const later = over.length - EXECUTIONS_MAX;
  const rest = later > 0 ? ` ${later} of them are left to the next run.` : '';
  const [first] = unseen;
  if (first === undefined) return found + rest;
  const dark = [...new Set(unseen.map(({ region }) => region))];
  return `${found}${rest} Not to be seen: ${dark.join(', ')} (${first.reason.slice(0, UNSEEN_LENGTH_MAX)}).`;
}

/** So much is told of the first of what could not be seen. */
const UNSEEN_LENGTH_MAX = 300;

/** So many things are named; a state machine's cause has room for 32,768 characters. */
const NAMED_MAX = 5;
const REASON_LENGTH_MAX = 150;

/** What clean-up removed and what remains, for people. */
export function describeCleanup(execution: string, { removed, remaining }: Omit<Cleanup, 'status'>): string {
  const gone = removed.length === 0 ? 'removed nothing' : `removed ${describeThings(removed)}`;
  if (remaining.length === 0) return `${execution}: ${gone}, nothing remains`;
  const named = remaining.slice(0, NAMED_MAX).map(({ kind, id, region, reason }) => {
    const thing = kind === 'region' ? `what is in ${region}` : `${kind} ${id} in ${region}`;
    return `${thing} (${cut(reason)})`;
  });
  const more = remaining.length - named.length;
  return `${execution}: ${gone}; not certain to be gone: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** `1 instance and 2 volumes in us-east-1, eu-west-1`. */
export function describeThings(things: readonly Leftover[]): string {
  const counts = Object.entries(Object.groupBy(things, ({ kind }) => kind)).map(
    ([kind, { length }]) => `${length} ${kind}${length === 1 ? '' : 's'}`,
  );
  const regions = [...new Set(things.map(({ region }) => region))];
  const where = regions.length > NAMED_MAX ? `${regions.length} regions` : regions.join(', ');
  return `${[counts.slice(0, -1).join(', '), counts.at(-1)].filter(Boolean).join(' and ')} in ${where}`;
}

const cut = (text: string): string =>
  text.length > REASON_LENGTH_MAX ? `${text.slice(0, REASON_LENGTH_MAX - 1)}…` : text;
