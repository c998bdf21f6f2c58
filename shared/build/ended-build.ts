import { type BaseId, baseIdentity } from './base.ts';
import { FAILURES_MAX, type LastRelease, pausedReason, type RecipeHistory } from './decision.ts';
import type {
  BuildRecord,
  Decision,
  PendingDecision,
  PendingRelease,
  Release,
} from './execution-document.ts';

/** A build that has ended, as far as Record reads its document. */
export interface EndedBuild {
  readonly recipe?: unknown;
  readonly overrides?: unknown;
  readonly trigger?: unknown;
  readonly decision?: Decision | PendingDecision | undefined;
  readonly plan?: { readonly region: string; readonly base: BaseId } | undefined;
  readonly failure?: { readonly Error?: string | undefined } | undefined;
  readonly release?: Release | PendingRelease | undefined;
}

/** How a build ended, and what that says of its recipe. */
export interface BuildOutcome {
  readonly outcome: BuildRecord['outcome'];
  /** Whether the outcome is measured. A mistyped name would be a metric of its own, which costs. */
  readonly isMeasured: boolean;
  /** The error that counts as a failure of the recipe; absent: none does. */
  readonly failure?: string;
}

/** `name`: of the recipe that was asked for, if there is one. `deployed`: the recipes of the deployment by their names. */
export function buildOutcome(build: EndedBuild, name: string | undefined, deployed: object): BuildOutcome {
  const { decision, trigger, failure } = build;
  const isSkipped = decision?.status === 'ready' && decision.verdict === 'skip';
  const outcome = failure !== undefined ? 'failed' : isSkipped ? 'skipped' : 'released';
  // What a person mistyped is no failure of the recipe: nothing was decided.
  const isMeasured = decision !== undefined || trigger !== undefined;
  const counts = failure !== undefined && isMeasured && usesDeployedRecipe(build, name, deployed);
  return { outcome, isMeasured, ...(counts && { failure: failure.Error ?? 'Unknown' }) };
}

/** A trial with a recipe that nobody deployed says nothing of the one that triggers build, whether it goes well or not. */
const usesDeployedRecipe = (
  { recipe, overrides }: EndedBuild,
  name: string | undefined,
  deployed: object,
): boolean =>
  typeof recipe === 'string' &&
  overrides === undefined &&
  name !== undefined &&
  Object.hasOwn(deployed, name);

/** What the next decisions compare with; `undefined`: nothing was released, or it was a trial. */
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

/** What people are told when the triggers of a recipe pause; `undefined`: they did not pause now. */
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
