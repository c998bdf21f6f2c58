/** What is known about a wait when a stage decides when to check again. */
export interface WaitFacts {
  /** How long the wait has lasted. */
  readonly waitedSeconds: number;
  /** How long the current step of the awaited work has lasted; absent: the work is one step, or its steps are not known. */
  readonly stepSeconds?: number | undefined;
  /** How often the stage may ask. */
  readonly api: Api;
  /** The shortest interval; default: that of the API. */
  readonly minSeconds?: number | undefined;
  /** How long the same wait took in the last builds of the recipe; empty: not known. */
  readonly earlierSeconds?: readonly number[] | undefined;
  /** The progress that AWS reports, from 0 to 100; absent: AWS reports none. */
  readonly progressPercent?: number | undefined;
}

/**
 * How scarce the calls of a poll are. `describe`: one or two describe calls in a region, which are cheap. `automation`: Systems Manager
 * answers three reads of automations a second for a whole account (Systems Manager quotas). `search`: four lists in every region.
 * `visible`: as `describe`, for a write that most reads see at once. `person`: two cheap reads of the table, for days.
 */
export type Api = 'describe' | 'automation' | 'search' | 'visible' | 'person';

interface Rhythm {
  /** The shortest and the longest interval between two polls. */
  readonly minSeconds: number;
  readonly maxSeconds: number;
  /** The interval as a share of the time waited so far. */
  readonly share: number;
  /** The same, for a wait whose usual duration is known. The stage polls less often at first, so it can poll more often later. */
  readonly shareIfKnown: number;
}

const rhythms: Readonly<Record<Api, Rhythm>> = {
  describe: { minSeconds: 5, maxSeconds: 600, share: 0.09, shareIfKnown: 0.065 },
  automation: { minSeconds: 10, maxSeconds: 1800, share: 0.12, shareIfKnown: 0.11 },
  visible: { minSeconds: 1, maxSeconds: 30, share: 0.5, shareIfKnown: 0.5 },
  person: { minSeconds: 15, maxSeconds: 600, share: 0.05, shareIfKnown: 0.05 },
  search: { minSeconds: 15, maxSeconds: 300, share: 0.15, shareIfKnown: 0.15 },
};

/** Before the time at which the wait can end, each interval is at most this share of the time waited: a failure must not stay unseen. */
const EARLY_SHARE = 0.5;

/** With progress, an interval is at most this share of the time waited, because progress does not grow evenly on AWS. */
const PROGRESS_SHARE = 0.12;

/** Close to the end, progress makes an interval shorter, but not shorter than this: the last percent may take long. */
const PROGRESS_SECONDS_MIN = 3;
const PROGRESS_SHARE_MIN = 0.02;

/**
 * After how many seconds a stage checks again. The interval grows with the time waited, so a long wait costs few calls and a short wait
 * loses little time. If the awaited work has steps, each step begins with short intervals, because the last step may be short. If earlier
 * builds show when the wait can end at the earliest, the stage polls rarely before that time. If AWS reports progress, the stage checks
 * again when half of the remaining time has passed. `tests/build/poll-interval.test.ts` holds the bounds.
 */
export function pollSeconds(facts: WaitFacts): number {
  const { waitedSeconds, stepSeconds = waitedSeconds, api, earlierSeconds = [], progressPercent = 0 } = facts;
  const { maxSeconds, share, shareIfKnown } = rhythms[api];
  const { minSeconds = rhythms[api].minSeconds } = facts;
  const usual = Math.max(minSeconds, stepSeconds * (earlierSeconds.length > 0 ? shareIfKnown : share));
  const untilEarliest = earliestSeconds(earlierSeconds) - waitedSeconds;
  const early = Math.min(untilEarliest, waitedSeconds * EARLY_SHARE);
  const interval = Math.min(Math.max(usual, early), maxSeconds);
  if (progressPercent <= 0) return Math.ceil(interval);
  const remaining = (waitedSeconds * (100 - progressPercent)) / progressPercent;
  const longest = Math.min(Math.max(interval, waitedSeconds * PROGRESS_SHARE), maxSeconds);
  const shortest = Math.max(PROGRESS_SECONDS_MIN, waitedSeconds * PROGRESS_SHARE_MIN);
  return Math.ceil(Math.min(Math.max(remaining / 2, shortest), longest));
}

/** When the wait can end at the earliest, by the shortest of the earlier waits. The more are known, the more the shortest says. */
function earliestSeconds(earlierSeconds: readonly number[]): number {
  if (earlierSeconds.length === 0) return 0;
  const certainty = earlierSeconds.length >= 5 ? 0.6 : earlierSeconds.length >= 3 ? 0.5 : 0.35;
  return Math.min(...earlierSeconds) * certainty;
}

/** The number of earlier builds whose waits are kept. */
export const EARLIER_BUILDS_MAX = 5;
