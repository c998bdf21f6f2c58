import * as z from 'zod/mini';

/** What a stage has spent so far: time, and calls to AWS. Every result of a stage contains it. */
export const spentSchema = z.object({
  /** The start of the first invocation and the end of the last one (ISO 8601). */
  since: z.string(),
  until: z.string(),
  /** The seconds between the two. */
  seconds: z.number(),
  /** The part of these seconds between invocations, while the stage waited for AWS. */
  waitingSeconds: z.number(),
  /**
   * The part of the waiting after AWS was ready. It is exact where AWS reports when it was ready. Elsewhere it is the most that the stage
   * can have lost: the whole interval before the invocation that saw AWS ready.
   */
  lostSeconds: z.number(),
  /** The invocations after the first one. */
  polls: z.number(),
  /** The calls to AWS, including the retries of the SDK. Calls of invocations that failed are not included. */
  calls: z.number(),
});
export type Spent = z.infer<typeof spentSchema>;

/** One invocation of a stage. */
export interface Invocation {
  readonly began: Date;
  readonly ended: Date;
  readonly calls: number;
  /** What the previous invocation and this one reported. */
  readonly before: StageResult | undefined;
  readonly result: StageResult;
}

/** The fields of a stage's result that say how its wait stands. */
export interface StageResult {
  readonly status?: string | undefined;
  /** When the current wait began (ISO 8601). A new wait begins at another time. */
  readonly since?: string | undefined;
  /** When the awaited was ready, or will be (ISO 8601); absent: this is not known. */
  readonly readyAt?: string | undefined;
  readonly spent?: Spent | undefined;
}

/** Adds an invocation to what the stage has spent before. */
export function addInvocation({ began, ended, calls, before, result }: Invocation): Spent {
  const former = before?.spent;
  const interval = former === undefined ? 0 : secondsFrom(former.until, began);
  const isOver = result.status !== 'pending' || result.since !== before?.since;
  const readyAt = result.readyAt ?? before?.readyAt;
  const late = readyAt === undefined ? interval : secondsFrom(readyAt, began);
  const lost = isOver ? Math.min(Math.max(late, 0), interval) : 0;
  const since = former?.since ?? began.toISOString();
  return {
    since,
    until: ended.toISOString(),
    seconds: secondsFrom(since, ended),
    waitingSeconds: rounded((former?.waitingSeconds ?? 0) + interval),
    lostSeconds: rounded((former?.lostSeconds ?? 0) + lost),
    polls: former === undefined ? 0 : former.polls + 1,
    calls: (former?.calls ?? 0) + calls,
  };
}

const secondsFrom = (time: string, until: Date): number =>
  rounded((until.getTime() - new Date(time).getTime()) / 1000);

/** To the millisecond: sums of fractions are not exact. */
const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;
