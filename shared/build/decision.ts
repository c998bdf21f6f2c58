import { createHash } from 'node:crypto';
import type { Recipe } from '../recipe/recipe.ts';
import type { BuildRequest, Decision, Scan } from './execution-document.ts';
import type { EarlierSeconds } from './wait-history.ts';
import { describeSeconds } from './waiting.ts';

/** The results of a recipe's earlier builds, from the table. */
export interface RecipeHistory {
  /** The number of failed builds since the last release. */
  readonly failuresInRow: number;
  /** The last failed build; absent: none since the last release. */
  readonly lastFailure?: { readonly execution: string; readonly error: string };
  readonly release?: LastRelease;
  /** The last time at which no release was due, although a build was started: nothing had changed, or the recipe was frozen. */
  readonly confirmed?: Confirmed;
  /** How long the stages of the last releases took, by stage. */
  readonly earlierSeconds?: EarlierSeconds;
  /** Whether releases may have fast snapshot restore or EC2 Fast Launch. */
  readonly accelerated?: true;
}

/** A skipped build, and the rule that skipped it. */
export interface Confirmed {
  readonly execution: string;
  /** When it was skipped (ISO 8601). */
  readonly at: string;
  readonly rule: 'unchanged' | 'frozen';
}

/** The last release, and what it was built from. */
export interface LastRelease {
  readonly execution: string;
  /** When it was released (ISO 8601). */
  readonly at: string;
  /** The identity of its base (`baseIdentity`). */
  readonly base: string;
  /** The digest of its recipe. */
  readonly digest: string;
  /** The image in the region of the deployment; absent: that region is no target. */
  readonly imageId?: string;
}

/** All facts for a decision. Reading them changes nothing. */
export interface DecisionFacts {
  readonly execution: string;
  readonly request: BuildRequest;
  readonly recipe: Recipe;
  readonly now: Date;
  /** The execution that the same trigger started first. */
  readonly sameTrigger: string | undefined;
  /** The recipe's Change Calendars that are closed now. */
  readonly closedCalendars: readonly string[];
  readonly history: RecipeHistory;
  /** The identity of the base that a build would start from now; `undefined`: there is no base, or it has no identity. */
  readonly base: string | undefined;
  /** Whether the recipe's base image, or the SSM parameter with the image's id, does not exist. */
  readonly baseIsGone?: boolean;
  /** The running execution that builds this recipe. */
  readonly running: string | undefined;
  /** The result of a scan of the last image; `undefined`: there was no scan. */
  readonly scan: Scan | undefined;
}

/** After this number of failures in a row, the triggers of a recipe pause, as the pipelines of EC2 Image Builder do by default. */
export const FAILURES_MAX = 5;

/**
 * Decides whether to build. The rules are checked in this order, and the first rule that says no decides: same trigger, failing, frozen,
 * already running, no base, unchanged. A build by hand ignores failures. It also ignores whether anything has changed, unless `ifChanged`
 * is set. Only `force` builds in a freeze.
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
    return skip('same-trigger', `the same trigger already started ${facts.sameTrigger}`);
  }
  const paused = byHand ? undefined : pausedReason(recipe.name, facts.history);
  if (paused !== undefined) return skip('failing', paused);
  const frozen = frozenReason(recipe, facts.closedCalendars, facts.now);
  if (frozen !== undefined && request.force !== true) {
    return skip('frozen', byHand ? `${frozen}; set force to build anyway` : frozen);
  }
  if (facts.running !== undefined && facts.running !== facts.execution) {
    return skip('already-running', `${facts.running} is already building ${recipe.name}`);
  }
  if (byHand && request.ifChanged !== true) {
    return { status: 'ready', verdict: 'build', rule: 'asked', reason: 'a person started the build', digest };
  }
  // Only triggers that report a new base are skipped. Other builds fail in Plan, so that people see that the recipe has no base.
  if (facts.baseIsGone === true && reportsNewBase(request)) {
    return skip('no-base', 'the trigger reported a new base, but the base no longer exists');
  }
  return { ...changeDecision(facts, digest), digest };
}

/** Why the triggers of a recipe are paused, and how to resume them; `undefined`: they are not paused. */
export function pausedReason(
  recipe: string,
  { failuresInRow, lastFailure }: RecipeHistory,
): string | undefined {
  if (failuresInRow < FAILURES_MAX) return undefined;
  const last = lastFailure ? `, most recently ${lastFailure.execution} with ${lastFailure.error}` : '';
  return (
    `the last ${failuresInRow} builds of ${recipe} failed${last}; ` +
    `its triggers are paused until a build that is started by hand succeeds`
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

/** The wall-clock time in a time zone: `2026-12-18T18:00`. A date without a time (`2026-12-18`) sorts before all times of that day. */
function wallClockOf(now: Date, timeZone: string): string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  return format.format(now).replace(' ', 'T');
}

type Change = Pick<Decision, 'verdict' | 'rule' | 'reason' | 'status'> & { imageId?: string };

/**
 * Decides whether anything has changed since the last release. Only a scan can find package updates. Without a scan, a scheduled build is
 * made, because updates may be pending. A build for a new base is skipped if the base is not new.
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
    return build(`the base is the instance ${recipe.base.instanceId}, whose changes are unknown`);
  }
  if (base === undefined || base !== release.base) {
    return build(`the base is ${base ?? 'unknown'}, but the last release was built from ${release.base}`);
  }
  if (digest !== release.digest) return build('the recipe has changed since the last release');
  const ageSeconds = (now.getTime() - new Date(release.at).getTime()) / 1000;
  const age = `the last release, ${release.execution}, is ${describeAge(ageSeconds)} old`;
  const { rebuildAfterDays, patch, scanForUpdates } = recipe;
  if (rebuildAfterDays !== undefined && ageSeconds >= rebuildAfterDays * DAY_SECONDS) {
    return build(`${age}, and rebuildAfterDays is ${rebuildAfterDays}`);
  }
  const same = `the base ${base} and the recipe are unchanged since ${release.execution}`;
  if (patch?.install !== true) return skip(`${same}, and the recipe installs no updates`);
  if (reportsNewBase(request)) {
    return skip(`${same}, so the base is not new`);
  }
  if (scan?.gone) return build(`the image of the last release, ${scan.imageId}, is no longer available`);
  if (scan !== undefined) {
    const missing = scan.missing + scan.failed;
    if (missing === 0) return skip(`${same}, and ${scan.imageId} is up to date`);
    return build(
      `the image of the last release, ${scan.imageId}, is missing ${missing === 1 ? '1 update' : `${missing} updates`}`,
    );
  }
  if (!scanForUpdates) return build('updates may be pending: the recipe does not set scanForUpdates');
  if (release.imageId === undefined) {
    return build('updates may be pending: the last release has no image in this region to scan');
  }
  const { imageId } = release;
  return {
    ...build(`${same}; a scan checks ${imageId} for missing updates`),
    verdict: 'scan',
    imageId,
  };
}

/** Triggers that report a new base. */
export const BASE_TRIGGERS: ReadonlySet<string> = new Set(['image', 'parameter', 'base']);

const reportsNewBase = ({ trigger }: BuildRequest): boolean =>
  trigger !== undefined && BASE_TRIGGERS.has(trigger.type);

const DAY_SECONDS = 86_400;

const describeAge = (seconds: number): string =>
  seconds < 2 * DAY_SECONDS ? describeSeconds(seconds) : `${Math.floor(seconds / DAY_SECONDS)} days`;

/**
 * The digest of a recipe. It covers what is in the image and where the image goes, but not when the image is built, how fast it is copied, or
 * which channels name it.
 */
export function digestOf(recipe: Recipe): string {
  const { schedule, rebuildOnNewBase, scanForUpdates, rebuildAfterDays, freeze, copy, publish, ...makes } =
    recipe;
  return createHash('sha256')
    .update(JSON.stringify(sorted(makes)))
    .digest('hex')
    .slice(0, 16);
}

/** The same value with the keys of all maps sorted, so that the order of fields in a recipe file does not matter. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]),
  );
}
