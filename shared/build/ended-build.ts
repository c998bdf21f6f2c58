import { isAsDeployed } from '../recipe/as-deployed.ts';
import { type BaseId, baseIdentity } from './base.ts';
import {
  BASE_TRIGGERS,
  type Confirmed,
  FAILURES_MAX,
  type LastRelease,
  pausedReason,
  type RecipeHistory,
} from './decision.ts';
import type {
  BuildRecord,
  Decision,
  PendingDecision,
  PendingRelease,
  Release,
} from './execution-document.ts';

/** A build that has ended: the fields of its document that Record reads. */
export interface EndedBuild {
  readonly recipe?: unknown;
  readonly overrides?: unknown;
  readonly trigger?: unknown;
  readonly decision?: Decision | PendingDecision | undefined;
  readonly plan?: { readonly region: string; readonly base: BaseId } | undefined;
  readonly failure?: { readonly Error?: string | undefined } | undefined;
  readonly release?: Release | PendingRelease | undefined;
}

/** How a build ended, and whether its outcome counts for the recipe. */
export interface BuildOutcome {
  readonly outcome: BuildRecord['outcome'];
  /** Whether the outcome is counted in a metric. Each mistyped recipe name would create its own metric, which costs money. */
  readonly isMeasured: boolean;
  /** The error that counts as a failure of the recipe; absent: no failure counts. */
  readonly failure?: string;
}

/** `name`: of the requested recipe, if there is one. `deployed`: the recipes of the deployment by name. */
export function buildOutcome(build: EndedBuild, name: string | undefined, deployed: object): BuildOutcome {
  const { decision, trigger, failure } = build;
  const isSkipped = decision?.status === 'ready' && decision.verdict === 'skip';
  const outcome = failure !== undefined ? 'failed' : isSkipped ? 'skipped' : 'released';
  // A person's typing mistake is not a failure of the recipe: there was no decision.
  const isMeasured = decision !== undefined || trigger !== undefined;
  const counts =
    failure !== undefined &&
    isMeasured &&
    !isMistakeByHand(build) &&
    !wasDecidedByPeople(build) &&
    usesDeployedRecipe(build, name, deployed);
  return { outcome, isMeasured, ...(counts && { failure: failure.Error ?? 'Unknown' }) };
}

/**
 * Whether a person started a build that the input or the account does not allow. The person sees the error, so the failure neither pauses
 * triggers nor raises an alarm (stack/observability.yml, BuildFailedRule). No person sees the same error of a triggered build.
 */
const isMistakeByHand = ({ trigger, failure }: EndedBuild): boolean =>
  trigger === undefined && failure?.Error === 'InvalidInput';

/**
 * The errors of builds whose image was good, but was not released because of what people did or did not decide. Such a build is no reason to
 * pause triggers. Rejected and Superseded raise no alarm either (stack/observability.yml, BuildFailedRule).
 */
const BY_PEOPLE: ReadonlySet<string | undefined> = new Set(['Rejected', 'NotApproved', 'Superseded']);

const wasDecidedByPeople = ({ failure }: EndedBuild): boolean => BY_PEOPLE.has(failure?.Error);

/** Whether the build used a deployed recipe without overrides. Any other build is a trial: its outcome does not count for the recipe. */
const usesDeployedRecipe = (
  { recipe, overrides }: EndedBuild,
  name: string | undefined,
  deployed: object,
): boolean => isAsDeployed({ recipe, overrides }) && name !== undefined && Object.hasOwn(deployed, name);

/** The release that later decisions compare with; `undefined`: nothing was released, or the build was a trial. */
export function newRelease(
  build: EndedBuild,
  name: string,
  deployed: object,
): Omit<LastRelease, 'execution' | 'at'> | undefined {
  const { plan, decision, release, failure } = build;
  if (failure !== undefined || !usesDeployedRecipe(build, name, deployed)) return undefined;
  if (plan === undefined || decision?.status !== 'ready' || release?.status !== 'ready') return undefined;
  const image = release.images.find(({ region }) => region === plan.region);
  return {
    base: baseIdentity(plan.base) ?? '',
    digest: decision.digest ?? '',
    ...(image === undefined ? {} : { imageId: image.imageId }),
  };
}

/**
 * The rule because of which a skipped build shows that no release was due; `undefined`: it does not show this. A trigger for a new base is
 * skipped if the base is not new, without a look at updates. A freeze excuses only the schedule.
 */
export function confirmedRule(
  build: EndedBuild,
  name: string,
  deployed: object,
): Confirmed['rule'] | undefined {
  const { decision, trigger, failure } = build;
  if (failure !== undefined || !usesDeployedRecipe(build, name, deployed)) return undefined;
  if (decision?.status !== 'ready' || decision.verdict !== 'skip') return undefined;
  const type = String((trigger as { type?: unknown } | undefined)?.type);
  if (decision.rule === 'unchanged') return BASE_TRIGGERS.has(type) ? undefined : 'unchanged';
  return decision.rule === 'frozen' && type === 'schedule' ? 'frozen' : undefined;
}

/** The message to people when the triggers of a recipe pause; `undefined`: this build did not pause them. */
export function pauseNotice(
  recipe: string,
  history: RecipeHistory,
  { region, stateMachine }: { readonly region: string; readonly stateMachine: string },
): { Subject: string; Message: string } | undefined {
  const { failuresInRow } = history;
  const paused = pausedReason(recipe, history);
  if (failuresInRow !== FAILURES_MAX || paused === undefined) return undefined;
  const command =
    `aws stepfunctions start-execution --region ${region} --state-machine-arn ${stateMachine} ` +
    `--input '${JSON.stringify({ recipe })}'`;
  return {
    Subject: `Golden image ${recipe}: triggers paused after ${failuresInRow} failures`,
    Message: `${paused}.\n\nFix the cause, then start a build by hand:\n\n  ${command}\n`,
  };
}
