import type { SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod/mini';
import { readDeadTurn } from '../shared/aws/channels-table.ts';
import { dynamodb, ec2, sfnIn, ssm } from '../shared/aws/clients.ts';
import { executionDetails, executionStatus, stateMachineInRegion } from '../shared/aws/executions.ts';
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
import { documentsOfRecipe } from '../shared/recipe/steps-document.ts';

const needs = { dynamodb, ec2, metrics, recipes, sfnIn, ssm };
type FindDeps = DepsWith<typeof needs>;

export interface Leftovers {
  /** The executions to clean up, the newest first. */
  readonly executions: readonly {
    execution: string;
    marks: ReleaseMarks;
    reason: string;
    startTime?: number;
    /** Of an execution that moved a channel: the recipe. */
    recipe?: string;
  }[];
  /** The result in words. */
  readonly summary: string;
  /** `left`: there may be leftovers that could not be listed. */
  readonly outcome: 'clean' | 'left';
}

/**
 * FindLeftovers: lists, in every enabled region, the resources that executions created. It returns the executions that have resources
 * which belong neither to a running execution nor to a release.
 * It also returns executions that died while they moved a channel, so that clean-up puts the channel back.
 * It also removes former documents of steps when no build can need them: a deployment keeps these documents for running builds.
 * Safe to repeat: it only reads the resources of executions. It ignores resources without the tag of an execution, and it returns only
 * executions whose state is certain.
 */
export const handler = step(
  z.object({}),
  async (_, deps): Promise<Leftovers> => {
    const now = deps.now();
    const home = deps.settings.region;
    await retireFormerDocuments(deps);
    const regions = await enabledRegions(deps.ec2(home));
    const { found, unlisted } = await findTagged(regions, deps, createdByAny);
    const created = Map.groupBy(found, ({ tags }) => tags[EXECUTION] ?? '');
    // A region that is closed to the account cannot contain a deployment.
    const unreadable = [...new Set(unlisted.map(({ region }) => region))];
    const open = regions.filter(
      (region) => !unreadable.includes(region) || !isClosedRegion(region, unlisted, home),
    );
    const checked: CheckedExecution[] = [];
    for (const [execution, resources] of created) {
      if (!needsCheck(resources, now)) continue;
      checked.push({ execution, ...(await checkExecution(execution, resources, open, deps)) });
    }
    for (const { execution, leftovers, reason } of checked)
      deps.log.info('found resources of an execution', { of: execution, leftovers, reason });

    const toCleanUp = checked.filter(({ leftovers }) => leftovers.length > 0).toSorted(newestFirst);
    deps.metrics.put('LeftoversFound', toCleanUp.flatMap(({ leftovers }) => leftovers).length);
    const unpublished = await findUnpublished(deps);
    const withResources = toCleanUp
      .slice(0, EXECUTIONS_MAX)
      .map(({ execution, marks, reason, startedAt }) => ({
        execution,
        marks,
        reason,
        ...(startedAt !== undefined && { startTime: startedAt }),
      }));
    const executions = [
      ...withResources,
      ...unpublished.filter((one) => withResources.every(({ execution }) => execution !== one.execution)),
    ].slice(0, EXECUTIONS_MAX);
    const isIncomplete =
      unreadable.some((region) => !isClosedRegion(region, unlisted, home)) ||
      checked.some(({ isUnreadable }) => isUnreadable);
    return {
      executions,
      summary: [
        describeLeftovers(toCleanUp, unlisted),
        ...unpublished.map(({ execution, reason }) => `${execution}: ${reason}.`),
      ].join(' '),
      outcome: isIncomplete ? 'left' : 'clean',
    };
  },
  needs,
);

/** A document that cannot be removed must not stop the search for leftovers: a document costs nothing, and the next run tries again. */
async function retireFormerDocuments(deps: FindDeps): Promise<void> {
  const digests = Object.values(deps.recipes)
    .flatMap(documentsOfRecipe)
    .map(({ digest }) => digest);
  const client = deps.ssm(deps.settings.region);
  try {
    const former = sortFormerDocuments(await listStepsDocuments(client), new Set(digests), deps.now());
    await retireDocuments(client, former, deps.now());
    deps.log.info('removed former documents of steps', { documents: former.remove.map(({ name }) => name) });
  } catch (error) {
    deps.log.warn('could not remove former documents of steps', { why: String(error) });
  }
}

/**
 * The executions that died while they moved a channel. Their images may look released, because Publish comes after the release tags. A
 * table that cannot be read must not stop the search for leftovers.
 */
async function findUnpublished(deps: FindDeps) {
  const { region, stateMachine, channelsMachine } = deps.settings;
  const table = { dynamodb: deps.dynamodb, table: deps.settings.table };
  const found = await Promise.all(
    Object.keys(deps.recipes).map(async (recipe) => {
      try {
        const execution = await readDeadTurn(table, recipe, deps.now());
        if (execution === undefined) return [];
        // Builds and the machine that moves channels take turns. An execution that is throttled for long may not have been invoked since.
        for (const machine of [stateMachine, channelsMachine]) {
          const where = { sfn: deps.sfnIn(region), stateMachine: machine };
          if ((await executionStatus(where, execution)) === 'RUNNING') return [];
        }
        const reason = `did not finish moving a channel of ${recipe}`;
        return [{ execution, recipe, marks: 'doubtful' as const, reason }];
      } catch (error) {
        deps.log.warn('could not read the channels', { recipe, why: String(error) });
        return [];
      }
    }),
  );
  return found.flat();
}

interface CheckedExecution extends LeftoverDecision {
  readonly execution: string;
  readonly resources: readonly DatedResource[];
  readonly startedAt?: number | undefined;
  /** Whether the status of the execution could not be read. */
  readonly isUnreadable: boolean;
}

async function checkExecution(
  execution: string,
  all: readonly DatedResource[],
  regions: readonly string[],
  deps: FindDeps,
): Promise<Omit<CheckedExecution, 'execution'>> {
  const { region: home, stateMachine } = deps.settings;
  const details = await executionDetails({ sfn: deps.sfnIn(home), stateMachine }, execution);
  const own: ExecutionLookup = details === undefined ? { is: 'unknown' } : { is: 'known', ...details };
  const startedAt = details?.startedAt;
  const resources = excludeOtherReleases(all, execution, startedAt);
  const decision = decideLeftovers(resources, own, deps.now());
  if (decision.leftovers.length === 0) return { ...decision, resources, startedAt, isUnreadable: false };
  // Checks other regions before clean-up removes anything: another deployment's executions carry the same tag and may have the same name.
  const others = regions.filter((region) => region !== home);
  const lookup = await lookupInOtherRegions(execution, own, others, deps);
  return {
    ...decideLeftovers(resources, lookup, deps.now()),
    resources,
    startedAt,
    isUnreadable: lookup.is === 'unreadable',
  };
}

/** Combines what the state machine of this region knows about an execution with what the state machines of other regions know. */
async function lookupInOtherRegions(
  execution: string,
  own: ExecutionLookup,
  regions: readonly string[],
  { sfnIn, settings, now }: FindDeps,
): Promise<ExecutionLookup> {
  const lookups = await Promise.all(
    regions.map(async (region): Promise<ExecutionLookup> => {
      const stateMachine = stateMachineInRegion(settings.stateMachine, region);
      const details = await detailsInRegion(sfnIn(region), stateMachine, execution);
      if (typeof details === 'string') return { is: 'unreadable', why: details };
      if (details === undefined) return own;
      return { is: own.is === 'known' && endedLongAgo(details, now()) ? 'namesake' : 'elsewhere', region };
    }),
  );
  return combineLookups(own, lookups);
}

async function detailsInRegion(client: SFNClient, stateMachine: string, execution: string) {
  try {
    return await executionDetails({ sfn: client, stateMachine }, execution);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const newestCreation = ({ resources }: CheckedExecution): number =>
  Math.max(...resources.map(({ createdAt }) => createdAt));
/** Sorts the newest executions first, so that old leftovers that cannot be removed do not delay the removal of newer leftovers. */
const newestFirst = (a: CheckedExecution, b: CheckedExecution): number =>
  newestCreation(b) - newestCreation(a);
