import { DeadlinePassed } from '../errors.ts';

/** What a stage reports while it awaits something. `since` and `awaiting` are for people too. */
export interface Pending {
  status: 'pending';
  /** When the stage began to wait (ISO 8601). */
  since: string;
  /** After how many seconds it wants to look again. */
  waitSeconds: number;
  /** What is awaited, as the end of a sentence: "i-0123 to start". */
  awaiting: string;
}

/** How long something usually takes, and how long a stage awaits it before it gives up. Seconds. */
export interface WaitTimes {
  readonly usualSeconds: number;
  readonly deadlineSeconds: number;
}

const minute = 60;
const hour = 60 * minute;

/**
 * The waitTimes of each stage. Image creation and copies get a day: EC2 documents "sometimes up to 24 hours", and giving up on
 * work that then succeeds is what users of other tools complain of most.
 */
export const waitTimes = {
  registerBase: { usualSeconds: 5, deadlineSeconds: hour },
  launch: { usualSeconds: 10, deadlineSeconds: 15 * minute },
  // As long as the build documents wait for an agent: one that is late for its first credentials sleeps half an hour.
  scanAgent: { usualSeconds: 45, deadlineSeconds: hour },
  // The delivery, the two hours after which AWS-RunPatchBaseline stops its script, and a little more.
  scanCommand: { usualSeconds: 40, deadlineSeconds: 3 * hour },
  scanResult: { usualSeconds: 5, deadlineSeconds: 30 * minute },
  // As long as the build documents allow their steps in all, and a little more.
  patchLinux: { usualSeconds: 5 * minute, deadlineSeconds: 10 * hour },
  patchWindows: { usualSeconds: 30 * minute, deadlineSeconds: 11 * hour },
  stop: { usualSeconds: 40, deadlineSeconds: hour },
  sysprep: { usualSeconds: 3 * minute, deadlineSeconds: hour },
  createImage: { usualSeconds: 3 * minute, deadlineSeconds: 24 * hour },
  copyImages: { usualSeconds: 6 * minute, deadlineSeconds: 24 * hour },
  shareImages: { usualSeconds: 5, deadlineSeconds: hour },
  cleanUp: { usualSeconds: 40, deadlineSeconds: hour },
} as const satisfies Record<string, WaitTimes>;

const POLL_SECONDS_MIN = 5;
const POLL_SECONDS_MAX = 5 * minute;

/**
 * Reports that something is awaited: first for what is left of its usual duration, then in polls that grow with the time already
 * waited (a tenth of it), so that few calls are spent and little time is lost. Past the deadline it throws `DeadlinePassed`,
 * which says what was awaited, for how long, and what AWS last said.
 */
export function pending(
  { usualSeconds, deadlineSeconds }: WaitTimes,
  {
    since,
    now,
    awaiting,
    said,
  }: { since: string | undefined; now: Date; awaiting: string; said?: string | undefined },
): Pending {
  const began = since ?? now.toISOString();
  const waited = (now.getTime() - new Date(began).getTime()) / 1000;
  if (waited >= deadlineSeconds) {
    const last = said ? `; AWS last said: ${said}` : '';
    throw new DeadlinePassed(
      `Waited ${describeSeconds(waited)} for ${awaiting}, and it did not happen${last}`,
    );
  }
  const left = usualSeconds - waited;
  const poll = Math.min(Math.max(waited / 10, POLL_SECONDS_MIN), POLL_SECONDS_MAX);
  const waitSeconds = Math.ceil(Math.min(Math.max(left, poll), deadlineSeconds - waited));
  return { status: 'pending', since: began, waitSeconds, awaiting };
}

/** Whether a wait that began at `since` is over its deadline. */
export function isPastDeadline(
  { deadlineSeconds }: WaitTimes,
  since: string | undefined,
  now: Date,
): boolean {
  return since !== undefined && now.getTime() - new Date(since).getTime() >= deadlineSeconds * 1000;
}

/** A duration as people say it: `45 s`, `12 min`, `3 h 20 min`. */
export function describeSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 2 * minute) return `${whole} s`;
  if (whole < hour) return `${Math.round(whole / minute)} min`;
  const hours = Math.floor(whole / hour);
  const minutes = Math.round((whole - hours * hour) / minute);
  return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
}
