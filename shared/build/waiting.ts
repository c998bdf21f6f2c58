import { DeadlinePassed } from '../errors.ts';

/** The report of a stage that waits. `since` and `awaiting` are also shown to people. */
export interface Pending {
  status: 'pending';
  /** When the stage began to wait (ISO 8601). */
  since: string;
  /** After how many seconds the stage checks again. */
  waitSeconds: number;
  /** What the stage waits for, as the end of the sentence "Waiting for …": "i-0123 to start". */
  awaiting: string;
}

/** How long an operation usually takes, and how long a stage waits for it at most. */
export interface WaitTimes {
  readonly usualSeconds: number;
  readonly deadlineSeconds: number;
}

const minute = 60;
const hour = 60 * minute;

/**
 * The wait times of each stage. Image creation and copies get a day: EC2 documents "sometimes up to 24 hours", and users of other tools
 * complain most about a tool that gives up on work that later succeeds.
 */
export const waitTimes = {
  registerBase: { usualSeconds: 5, deadlineSeconds: hour },
  launch: { usualSeconds: 10, deadlineSeconds: 15 * minute },
  // About as long as the state machine retries other temporary errors.
  launchFault: { usualSeconds: 15, deadlineSeconds: 5 * minute },
  // The same time as in the build documents: an agent that gets its first credentials late sleeps for half an hour.
  scanAgent: { usualSeconds: 45, deadlineSeconds: hour },
  // The delivery, the two hours after which AWS-RunPatchBaseline stops its script, and some reserve.
  scanCommand: { usualSeconds: 40, deadlineSeconds: 3 * hour },
  scanResult: { usualSeconds: 5, deadlineSeconds: 30 * minute },
  // The sum of the timeouts of all steps in the build documents, and some reserve.
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
 * Reports that a stage waits. The first wait lasts for the rest of the usual duration. After that, each wait is a tenth of the time waited
 * so far, to save calls without losing much time. After the deadline, it throws `DeadlinePassed` with what the stage waited for, for how
 * long, and AWS's last answer.
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
    throw new DeadlinePassed(`Timed out after waiting ${describeSeconds(waited)} for ${awaiting}${last}`);
  }
  const left = usualSeconds - waited;
  const poll = Math.min(Math.max(waited / 10, POLL_SECONDS_MIN), POLL_SECONDS_MAX);
  const waitSeconds = Math.ceil(Math.min(Math.max(left, poll), deadlineSeconds - waited));
  return { status: 'pending', since: began, waitSeconds, awaiting };
}

/** Whether a wait that began at `since` has passed its deadline. */
export function isPastDeadline(
  { deadlineSeconds }: WaitTimes,
  since: string | undefined,
  now: Date,
): boolean {
  return since !== undefined && now.getTime() - new Date(since).getTime() >= deadlineSeconds * 1000;
}

/** A duration for people: `45 s`, `12 min`, `3 h 20 min`. */
export function describeSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 2 * minute) return `${whole} s`;
  if (whole < hour) return `${Math.round(whole / minute)} min`;
  const hours = Math.floor(whole / hour);
  const minutes = Math.round((whole - hours * hour) / minute);
  return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
}
