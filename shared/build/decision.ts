import { createHash } from 'node:crypto';
import type { Recipe } from '../recipe/recipe.ts';
import type { BuildRequest, Decision, Scan } from './execution-document.ts';
import { describeSeconds } from './waiting.ts';

/** What is known of a recipe from the builds before, as the table keeps it. */
export interface RecipeHistory {
  /** Builds that failed since the last one that did not. */
  readonly failuresInRow: number;
  /** The last that failed; absent: none since the last that did not. */
  readonly lastFailure?: { readonly execution: string; readonly error: string };
  readonly release?: LastRelease;
}

/** What the last release was made of. */
export interface LastRelease {
  readonly execution: string;
  /** When it was made (ISO 8601). */
  readonly at: string;
  /** What tells its base apart from others (`baseOf`). */
  readonly base: string;
  /** The digest of its recipe. */
  readonly digest: string;
  /** The image in the region of the deployment; absent: that region is no target. */
  readonly imageId?: string;
}

/** All that a decision rests on; it is read before, and nothing is changed. */
export interface DecisionFacts {
  readonly execution: string;
  readonly request: BuildRequest;
  readonly recipe: Recipe;
  readonly now: Date;
  /** The execution that was started by the same trigger before this one. */
  readonly sameTrigger: string | undefined;
  /** Closed Change Calendars of the recipe. */
  readonly closedCalendars: readonly string[];
  readonly history: RecipeHistory;
  /** What tells the base apart that a build would begin with now; `undefined`: there is none, or it has no identity. */
  readonly base: string | undefined;
  /** Whether the recipe's image or parameter does not exist. */
  readonly baseIsGone?: boolean;
  /** The build of this recipe that is under way. */
  readonly running: string | undefined;
  /** What a scan of the last image found, if there was one. */
  readonly scan: Scan | undefined;
}

/** After so many failures in a row the triggers of a recipe pause, as the pipelines of EC2 Image Builder do by default. */
export const FAILURES_MAX = 5;

/**
 * Whether there is to be a build. The rules are asked in this order, and the first that says no decides: the same trigger once, then
 * failing, frozen, already running, no base, unchanged. A build by hand minds neither failures nor, unless it asks to (`ifChanged`), whether
 * anything has changed; only `force` builds in a freeze.
 */
export function decide(facts: DecisionFacts): Decision {
  const { request, recipe } = facts;
  const digest = digestOf(recipe);
  const skip = (rule: Decision['rule'], reason: string): Decision => ({
    status: 'ready',
    verdict: 'skip',
    rule,
    reason,
    digest,
  });
  const byHand = request.trigger === undefined;
  if (facts.sameTrigger !== undefined && facts.sameTrigger !== facts.execution) {
    return skip('same-trigger', `the same trigger has started ${facts.sameTrigger} already`);
  }
  const paused = byHand ? undefined : pausedReason(recipe.name, facts.history);
  if (paused !== undefined) return skip('failing', paused);
  const frozen = frozenReason(recipe, facts.closedCalendars, facts.now);
  if (frozen !== undefined && request.force !== true) {
    return skip('frozen', byHand ? `${frozen}; with force it is built all the same` : frozen);
  }
  if (facts.running !== undefined && facts.running !== facts.execution) {
    return skip('already-running', `${facts.running} builds ${recipe.name} already`);
  }
  if (byHand && request.ifChanged !== true) {
    return { status: 'ready', verdict: 'build', rule: 'asked', reason: 'a person asked for it', digest };
  }
  // Only what told of a base takes no for an answer. Other builds fail in Plan, where somebody learns that the recipe has no base.
  if (facts.baseIsGone === true && tellsOfABase(request)) {
    return skip('no-base', 'its trigger told of a new base, which no longer exists');
  }
  return { ...changeDecision(facts, digest), digest };
}

/** Why the triggers of a recipe pause, and how they go on; `undefined`: they do not. */
export function pausedReason(
  recipe: string,
  { failuresInRow, lastFailure }: RecipeHistory,
): string | undefined {
  if (failuresInRow < FAILURES_MAX) return undefined;
  const last = lastFailure ? `, the last one ${lastFailure.execution} with ${lastFailure.error}` : '';
  return (
    `${failuresInRow} builds of ${recipe} in a row have failed${last}; ` +
    `its triggers go on when a build that is started by hand succeeds`
  );
}

function frozenReason(recipe: Recipe, closedCalendars: readonly string[], now: Date): string | undefined {
  const { freeze } = recipe;
  if (freeze === undefined) return undefined;
  const wallClock = wallClockOf(now, freeze.timezone);
  const window = freeze.windows.find(({ from, until }) => from <= wallClock && wallClock < until);
  if (window !== undefined) {
    const why = window.reason === undefined ? '' : ` (${window.reason})`;
    return `the recipe is frozen from ${window.from} until ${window.until} in ${freeze.timezone}${why}`;
  }
  if (closedCalendars.length > 0) return `the Change Calendar ${closedCalendars.join(', ')} is closed`;
  return undefined;
}

/** What a clock on the wall shows: `2026-12-18T18:00`. Days alone (`2026-12-18`) are ordered rightly before it. */
function wallClockOf(now: Date, timeZone: string): string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  return format.format(now).replace(' ', 'T');
}

type Change = Pick<Decision, 'verdict' | 'rule' | 'reason' | 'status'> & { imageId?: string };

/**
 * Whether anything has changed since the last release. Updates of packages show only in a scan: without one a scheduled build is made,
 * since they may be pending; a build for a new base is not, if the base turns out to be the same.
 */
function changeDecision(
  { request, recipe, history, base, scan, now }: DecisionFacts,
  digest: string,
): Change {
  const build = (reason: string): Change => ({ status: 'ready', verdict: 'build', rule: 'changed', reason });
  const skip = (reason: string): Change => ({ status: 'ready', verdict: 'skip', rule: 'unchanged', reason });
  const { release } = history;
  if (release === undefined) return build('there is no release of this recipe yet');
  if ('instanceId' in recipe.base) {
    return build(
      `the base is the instance ${recipe.base.instanceId}, and nobody knows what has changed on it`,
    );
  }
  if (base === undefined || base !== release.base) {
    return build(`the base is ${base ?? 'unknown'}, and the last release was made from ${release.base}`);
  }
  if (digest !== release.digest) return build('the recipe is not the one of the last release');
  const ageSeconds = (now.getTime() - new Date(release.at).getTime()) / 1000;
  const age = `the last release, ${release.execution}, is ${describeAge(ageSeconds)} old`;
  const { rebuildAfterDays, patch, scanForUpdates } = recipe;
  if (rebuildAfterDays !== undefined && ageSeconds >= rebuildAfterDays * DAY_SECONDS) {
    return build(`${age}, and the recipe asks for a rebuild after ${rebuildAfterDays} days`);
  }
  const same = `base ${base} and recipe are those of ${release.execution}`;
  if (patch?.install === false) return skip(`${same}, and the recipe installs no updates`);
  if (tellsOfABase(request)) {
    return skip(`${same}, so that the base is not new after all`);
  }
  if (scan?.gone) return build(`the image of the last release, ${scan.imageId}, is not available any more`);
  if (scan !== undefined) {
    const missing = scan.missing + scan.failed;
    if (missing === 0) return skip(`${same}, and ${scan.imageId} lacks no updates`);
    return build(
      `the image of the last release, ${scan.imageId}, lacks ${missing === 1 ? 'one update' : `${missing} updates`}`,
    );
  }
  if (!scanForUpdates) return build('updates may be pending: the recipe does not ask for a scan');
  if (release.imageId === undefined) {
    return build(
      'updates may be pending: the last release has no image in this region that could be scanned',
    );
  }
  const { imageId } = release;
  return {
    ...build(`${same}; a scan of ${imageId} tells whether updates are pending`),
    verdict: 'scan',
    imageId,
  };
}

/** Triggers that claim that the base is new. */
const BASE_TRIGGERS: ReadonlySet<string> = new Set(['image', 'parameter', 'base']);

const tellsOfABase = ({ trigger }: BuildRequest): boolean =>
  trigger !== undefined && BASE_TRIGGERS.has(trigger.type);

const DAY_SECONDS = 86_400;

const describeAge = (seconds: number): string =>
  seconds < 2 * DAY_SECONDS ? describeSeconds(seconds) : `${Math.floor(seconds / DAY_SECONDS)} days`;

/** The digest of a recipe as far as it makes the image, or decides where the image goes: not of when it is built. */
export function digestOf(recipe: Recipe): string {
  const { schedule, rebuildOnNewBase, scanForUpdates, rebuildAfterDays, freeze, ...makes } = recipe;
  return createHash('sha256')
    .update(JSON.stringify(sorted(makes)))
    .digest('hex')
    .slice(0, 16);
}

/** The same with the keys of all maps in order, so that the order of a file's fields does not matter. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]),
  );
}
