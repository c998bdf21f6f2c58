import { DeadlinePassed } from '../errors.ts';
import { CVE_DEADLINE_MINUTES_MAX } from '../recipe/gate-limits.ts';
import { type Api, pollSeconds, type WaitFacts } from './poll-interval.ts';

/** The report of a stage that waits. `since` and `awaiting` are also shown to people. */
export interface Pending {
  status: 'pending';
  /** When the stage began to wait (ISO 8601). */
  since: string;
  /** After how many seconds the stage checks again. */
  waitSeconds: number;
  /** What the stage waits for, as the end of the sentence "Waiting for …": "i-0123 to start". */
  awaiting: string;
  /** When the wait will be over (ISO 8601), if this is known. */
  readyAt?: string;
}

/** How long a stage waits for something at most, and which API it asks. */
export interface WaitTimes {
  readonly deadlineSeconds: number;
  readonly api: Api;
  /** The shortest interval between two polls, if the wait is usually shorter or longer than others; default: that of the API. */
  readonly minSeconds?: number;
}

/** The shortest interval of a test beside copies. Copies usually take longer, so fewer polls lose nothing, and cost less. */
export const BESIDE_COPIES_SECONDS = 15;

const minute = 60;
const hour = 60 * minute;

/**
 * The wait times of each stage. Image creation and copies get a day: EC2 documents "sometimes up to 24 hours", and users of other tools
 * complain most about a tool that gives up on work that later succeeds.
 */
export const waitTimes = {
  registerBase: { deadlineSeconds: hour, api: 'describe' },
  launch: { deadlineSeconds: 15 * minute, api: 'describe', minSeconds: 3 },
  // About as long as the state machine retries other temporary errors.
  launchFault: { deadlineSeconds: 5 * minute, api: 'describe', minSeconds: 15 },
  // The same time as in the build documents: an agent that gets its first credentials late sleeps for half an hour.
  scanAgent: { deadlineSeconds: hour, api: 'describe' },
  // The delivery, the two hours after which AWS-RunPatchBaseline stops its script, and some reserve.
  scanCommand: { deadlineSeconds: 3 * hour, api: 'describe' },
  scanResult: { deadlineSeconds: 30 * minute, api: 'describe' },
  // The sum of the timeouts of all steps in the build documents, and some reserve.
  patchLinux: { deadlineSeconds: 10 * hour, api: 'automation' },
  patchWindows: { deadlineSeconds: 11 * hour, api: 'automation', minSeconds: 30 },
  stop: { deadlineSeconds: hour, api: 'describe', minSeconds: 4 },
  sysprep: { deadlineSeconds: hour, api: 'describe', minSeconds: 10 },
  createImage: { deadlineSeconds: 24 * hour, api: 'describe' },
  // A boot of Windows takes up to half an hour. An agent that gets its first credentials late sleeps for half an hour.
  testBootLinux: { deadlineSeconds: 40 * minute, api: 'describe' },
  testBootWindows: { deadlineSeconds: 75 * minute, api: 'describe', minSeconds: 10 },
  // Two deliveries, the two hours of the scan, the sum of the timeouts of all tests, and some reserve.
  testCommands: { deadlineSeconds: 9 * hour, api: 'describe', minSeconds: 3 },
  // The recipe has its own deadline, which is not longer.
  cveScan: { deadlineSeconds: CVE_DEADLINE_MINUTES_MAX * minute, api: 'describe', minSeconds: 15 },
  copyImages: { deadlineSeconds: 24 * hour, api: 'describe' },
  // For how long the calls to an optional region may fail. Faults of a whole region last longer, and most others are over sooner.
  optionalRegion: { deadlineSeconds: 30 * minute, api: 'describe', minSeconds: 30 },
  // The longest deadline that a recipe can have. Plans name their own.
  approve: { deadlineSeconds: 7 * 24 * hour, api: 'person', minSeconds: 15 },
  shareImages: { deadlineSeconds: hour, api: 'visible' },
  // Longer than an execution that died keeps its turn.
  publishTurn: { deadlineSeconds: hour, api: 'describe' },
  publish: { deadlineSeconds: 15 * minute, api: 'visible' },
  protectImages: { deadlineSeconds: 10 * minute, api: 'visible' },
  accelerate: { deadlineSeconds: 15 * minute, api: 'visible' },
  cleanUp: { deadlineSeconds: hour, api: 'search', minSeconds: 20 },
} as const satisfies Record<string, WaitTimes>;

/** What a stage waits for, and what is known about the wait. */
export interface Awaited extends Pick<WaitFacts, 'stepSeconds' | 'earlierSeconds' | 'progressPercent'> {
  /** When the wait began (ISO 8601); absent: it begins now. */
  readonly since: string | undefined;
  readonly now: Date;
  /** As the end of the sentence "Waiting for …". */
  readonly awaiting: string;
  /** AWS's last answer. */
  readonly said?: string | undefined;
  /** The interval, if the stage decides it; default: `pollSeconds` of this wait. */
  readonly intervalSeconds?: number | undefined;
}

/**
 * Reports that a stage waits, and when the stage checks again (`pollSeconds`). After the deadline, it throws `DeadlinePassed` with what the
 * stage waited for, for how long, and AWS's last answer.
 */
export function pending({ deadlineSeconds, api, minSeconds }: WaitTimes, awaited: Awaited): Pending {
  const { since, now, awaiting, said, intervalSeconds, ...known } = awaited;
  const began = since ?? now.toISOString();
  const waitedSeconds = secondsBetween(began, now);
  if (waitedSeconds >= deadlineSeconds) {
    const last = said ? `; AWS last said: ${said}` : '';
    throw new DeadlinePassed(
      `Timed out after waiting ${describeSeconds(waitedSeconds)} for ${awaiting}${last}`,
    );
  }
  const interval = intervalSeconds ?? pollSeconds({ waitedSeconds, api, minSeconds, ...known });
  const waitSeconds = Math.ceil(Math.min(interval, deadlineSeconds - waitedSeconds));
  return { status: 'pending', since: began, waitSeconds, awaiting };
}

/** The seconds since a time (ISO 8601). */
export function secondsBetween(since: string, now: Date): number {
  return (now.getTime() - new Date(since).getTime()) / 1000;
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
