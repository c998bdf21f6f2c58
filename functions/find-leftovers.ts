import type { SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod/mini';
import { ec2, sfnIn, ssm } from '../shared/aws/clients.ts';
import { executionDetails, stateMachineInRegion } from '../shared/aws/executions.ts';
import { enabledRegions } from '../shared/aws/facts.ts';
import { createdByAny } from '../shared/aws/find-resources.ts';
import { findTagged } from '../shared/aws/find-tagged.ts';
import { listStepsDocuments, retireDocuments } from '../shared/aws/steps-documents.ts';
import { isClosedRegion } from '../shared/build/clean-up-report.ts';
import { sortFormerDocuments } from '../shared/build/former-documents.ts';
import {
  combineLookups,
  type DatedResource,
  decideLeftovers,
  describeLeftovers,
  EXECUTIONS_MAX,
  type ExecutionLookup,
  endedLongAgo,
  type LeftoverDecision,
  needsCheck,
} from '../shared/build/leftovers.ts';
import { excludeOtherReleases, type ReleaseMarks } from '../shared/build/removal-plan.ts';
import { EXECUTION } from '../shared/build/tags.ts';
import { metrics } from '../shared/lambda/metrics.ts';
import { recipes } from '../shared/lambda/packaged-recipes.ts';
import { type DepsWith, step } from '../shared/lambda/step.ts';
import { stepsDocument } from '../shared/recipe/steps-document.ts';

const needs = { ec2, metrics, recipes, sfnIn, ssm };
type FindDeps = DepsWith<typeof needs>;

export interface Leftovers {
  /** For clean-up, the youngest first. */
  readonly executions: readonly {
    execution: string;
    marks: ReleaseMarks;
    reason: string;
    startTime?: number;
  }[];
  /** All of it, for people. */
  readonly summary: string;
  /** `left`: there may be more that could not be seen. */
  readonly outcome: 'clean' | 'left';
}

/**
 * FindLeftovers: looks in every enabled region for what executions made, and names those of which something stands that belongs neither
 * to a running execution nor to a release.
 * It also removes documents of steps that no build can need any more; a deployment leaves the former ones to builds under way.
 * Safe to repeat: of what executions made it only reads. What carries no tag of an execution it does not look at; what is not certain
 * it leaves.
 */
export const handler = step(
  z.object({}),
  async (_, deps): Promise<Leftovers> => {
    const now = deps.now();
    const home = deps.settings.region;
    await retireFormerDocuments(deps);
    const regions = await enabledRegions(deps.ec2(home));
    const { found, unseen } = await findTagged(regions, deps, createdByAny);
    const made = Map.groupBy(found, ({ tags }) => tags[EXECUTION] ?? '');
    // A region that is closed to the account has no deployment.
    const dark = [...new Set(unseen.map(({ region }) => region))];
    const open = regions.filter((region) => !dark.includes(region) || !isClosedRegion(region, unseen, home));
    const judged: Judged[] = [];
    for (const [execution, things] of made) {
      if (!needsCheck(things, now)) continue;
      judged.push({ execution, ...(await judgeOne(execution, things, open, deps)) });
    }
    for (const { execution, leftovers, reason } of judged)
      deps.log.info('found what an execution made', { of: execution, leftovers, reason });

    const over = judged.filter(({ leftovers }) => leftovers.length > 0).toSorted(youngestFirst);
    deps.metrics.put('LeftoversFound', over.flatMap(({ leftovers }) => leftovers).length);
    const executions = over.slice(0, EXECUTIONS_MAX).map(({ execution, marks, reason, startedAt }) => ({
      execution,
      marks,
      reason,
      ...(startedAt !== undefined && { startTime: startedAt }),
    }));
    const isBlind =
      dark.some((region) => !isClosedRegion(region, unseen, home)) || judged.some(({ isUnread }) => isUnread);
    return { executions, summary: describeLeftovers(over, unseen), outcome: isBlind ? 'left' : 'clean' };
  },
  needs,
);

/** That a document cannot be removed must not keep the leftovers: it costs nothing, and the next run tries again. */
async function retireFormerDocuments(deps: FindDeps): Promise<void> {
  const digests = Object.values(deps.recipes).flatMap((recipe) => stepsDocument(recipe)?.digest ?? []);
  const client = deps.ssm(deps.settings.region);
  try {
    const former = sortFormerDocuments(await listStepsDocuments(client), new Set(digests), deps.now());
    await retireDocuments(client, former, deps.now());
    deps.log.info('removed documents of former steps', { documents: former.remove.map(({ name }) => name) });
  } catch (error) {
    deps.log.warn('could not remove the documents of former steps', { why: String(error) });
  }
}

interface Judged extends LeftoverDecision {
  readonly execution: string;
  readonly things: readonly DatedResource[];
  readonly startedAt?: number | undefined;
  /** Whether nobody could be asked for it. */
  readonly isUnread: boolean;
}

async function judgeOne(
  execution: string,
  all: readonly DatedResource[],
  regions: readonly string[],
  deps: FindDeps,
): Promise<Omit<Judged, 'execution'>> {
  const { region: home, stateMachine } = deps.settings;
  const standing = await executionDetails({ sfn: deps.sfnIn(home), stateMachine }, execution);
  const own: ExecutionLookup = standing === undefined ? { is: 'unknown' } : { is: 'known', ...standing };
  const startedAt = standing?.startedAt;
  const things = excludeOtherReleases(all, execution, startedAt);
  const judgement = decideLeftovers(things, own, deps.now());
  if (judgement.leftovers.length === 0) return { ...judgement, things, startedAt, isUnread: false };
  // Before anything goes: the name may be that of another deployment's, whose executions bear the same tag.
  const others = regions.filter((region) => region !== home);
  const fate = await lookupInOtherRegions(execution, own, others, deps);
  return {
    ...decideLeftovers(things, fate, deps.now()),
    things,
    startedAt,
    isUnread: fate.is === 'unreadable',
  };
}

/** What becomes of its fate by what the state machines of other regions know. */
async function lookupInOtherRegions(
  execution: string,
  own: ExecutionLookup,
  regions: readonly string[],
  { sfnIn, settings, now }: FindDeps,
): Promise<ExecutionLookup> {
  const fates = await Promise.all(
    regions.map(async (region): Promise<ExecutionLookup> => {
      const stateMachine = stateMachineInRegion(settings.stateMachine, region);
      const standing = await detailsInRegion(sfnIn(region), stateMachine, execution);
      if (typeof standing === 'string') return { is: 'unreadable', why: standing };
      if (standing === undefined) return own;
      return { is: own.is === 'known' && endedLongAgo(standing, now()) ? 'namesake' : 'elsewhere', region };
    }),
  );
  return combineLookups(own, fates);
}

async function detailsInRegion(client: SFNClient, stateMachine: string, execution: string) {
  try {
    return await executionDetails({ sfn: client, stateMachine }, execution);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const bornAt = ({ things }: Judged): number => Math.max(...things.map(({ createdAt }) => createdAt));
/** Those that nobody can remove must not keep newer ones waiting. */
const youngestFirst = (a: Judged, b: Judged): number => bornAt(b) - bornAt(a);
