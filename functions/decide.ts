import { GetCalendarStateCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { claimTrigger, readHistory, takeLease } from '../shared/aws/builds-table.ts';
import { dynamodb, ec2, sfn, ssm } from '../shared/aws/clients.ts';
import { executionStatus } from '../shared/aws/executions.ts';
import { resolveBase } from '../shared/aws/facts.ts';
import { baseIdentity } from '../shared/build/base.ts';
import { readBuildRequest } from '../shared/build/build-request.ts';
import { type DecisionFacts, decide } from '../shared/build/decision.ts';
import { anyEvent, type Decision, type PendingDecision } from '../shared/build/execution-document.ts';
import { InvalidInput, NotFound } from '../shared/errors.ts';
import { recipes } from '../shared/lambda/packaged-recipes.ts';
import { stage } from '../shared/lambda/stage.ts';
import type { DepsWith } from '../shared/lambda/step.ts';
import type { Recipe } from '../shared/recipe/recipe.ts';
import { requestedRecipe } from '../shared/recipe/requested-recipe.ts';

const needs = { dynamodb, ec2, recipes, sfn, ssm };
type DecideDeps = DepsWith<typeof needs>;

/**
 * Decide: decides whether to build, and gives the reason. For a build, it takes the recipe's lease and claims the trigger. All its other
 * calls only read.
 * Safe to repeat: in a repeated invocation, the lease and the trigger already belong to this execution. It launches nothing.
 */
export const handler = stage(
  'decision',
  anyEvent,
  async ({ execution, startTime, document }, deps): Promise<Decision | PendingDecision> => {
    const { request, scan } = readBuildRequest(document);
    const now = deps.now();
    const recipe = requestedRecipe(request, deps.recipes, now);
    const sameTrigger = await claim(recipe, request.trigger?.id, execution, deps);
    const left = settlingSeconds(request.trigger?.settleUntil, { startTime, now });
    if (left > 0 && sameTrigger === execution) {
      const awaiting = `more triggers for the build of ${recipe.name}`;
      const readyAt = new Date(now.getTime() + left * 1000).toISOString();
      return { status: 'pending', since: now.toISOString(), waitSeconds: left, awaiting, readyAt };
    }
    const [history, base, closedCalendars] = await Promise.all([
      readHistory(tableOf(deps), recipe.name),
      baseOf(recipe, deps),
      closedOf(recipe, deps.ssm(deps.settings.region)),
    ]);
    const facts = { execution, request, recipe, now, sameTrigger, history, ...base, closedCalendars, scan };
    const decision = decide({ ...facts, running: undefined });
    if (decision.verdict === 'skip') return decision;
    const running = await lease(recipe.name, execution, deps);
    // The history is read again: the previous holder may have changed it, and then returned the lease, since the first read.
    const settled = await readHistory(tableOf(deps), recipe.name);
    const { earlierSeconds, accelerated } = settled;
    return {
      ...decide({ ...facts, running, history: settled }),
      ...(earlierSeconds && { earlierSeconds }),
      ...(accelerated && { accelerated }),
    };
  },
  needs,
);

const tableOf = ({ dynamodb, settings }: DecideDeps) => ({ dynamodb, table: settings.table });

/** How long a trigger is remembered. EventBridge and Scheduler stop delivery after one day (their retry policies). */
const TRIGGER_DAYS = 3;

/** The first execution that this trigger started. */
async function claim(
  recipe: Recipe,
  trigger: string | undefined,
  execution: string,
  deps: DecideDeps,
): Promise<string | undefined> {
  if (trigger === undefined) return undefined;
  const expires = new Date(deps.now().getTime() + TRIGGER_DAYS * 86_400_000);
  return claimTrigger(tableOf(deps), recipe.name, trigger, execution, expires);
}

/** A longer wait than one day is a mistake in the input. */
const SETTLE_SECONDS_MAX = 86_400;

/** How many more seconds to wait for further triggers. 0 or less: the wait has ended. */
function settlingSeconds(
  until: string | undefined,
  { startTime, now }: { startTime: string; now: Date },
): number {
  if (until === undefined) return 0;
  const last = new Date(startTime).getTime() + SETTLE_SECONDS_MAX * 1000;
  return Math.ceil((Math.min(new Date(until).getTime(), last) - now.getTime()) / 1000);
}

/** The identity of the base that a build would start from, and whether the base exists. Plan refuses a base that is wrong. */
async function baseOf(recipe: Recipe, deps: DecideDeps): Promise<Pick<DecisionFacts, 'base' | 'baseIsGone'>> {
  const { base } = recipe;
  if ('snapshotId' in base || 'instanceId' in base) return { base: baseIdentity(base) };
  try {
    const image = await resolveBase(recipe, { ...deps, ...deps.settings });
    return { base: baseIdentity(image), baseIsGone: image === undefined };
  } catch (error) {
    if (error instanceof InvalidInput) return { base: undefined };
    throw error;
  }
}

async function closedOf({ name, freeze }: Recipe, ssm: SSMClient): Promise<string[]> {
  const calendars = freeze?.changeCalendars ?? [];
  const states = await Promise.all(
    calendars.map(async (calendar) => {
      try {
        const { State } = await ssm.send(new GetCalendarStateCommand({ CalendarNames: [calendar] }));
        return State;
      } catch (error) {
        if (!(error instanceof NotFound)) throw error;
        throw new InvalidInput(
          `The recipe ${name} names the Change Calendar ${calendar} in freeze.changeCalendars, but Systems Manager has no such calendar`,
        );
      }
    }),
  );
  return calendars.filter((_, index) => states[index] === 'CLOSED');
}

/** How long a new execution may not be visible in Step Functions. During this time, the lease of an unknown execution is not taken over. */
const EXECUTION_INVISIBLE_SECONDS_MAX = 300;

/** Takes the recipe's lease if the lease is free, or if its holder has ended. Returns the holder if another execution holds the lease. */
async function lease(recipe: string, execution: string, deps: DecideDeps): Promise<string | undefined> {
  const table = tableOf(deps);
  const now = deps.now();
  const holder = await takeLease(table, recipe, execution, now);
  if (holder.execution === execution) return undefined;
  const status = await executionStatus(
    { sfn: deps.sfn, stateMachine: deps.settings.stateMachine },
    holder.execution,
  );
  const heldSeconds = (now.getTime() - new Date(holder.since).getTime()) / 1000;
  const endedLongAgo =
    status === undefined ? heldSeconds > EXECUTION_INVISIBLE_SECONDS_MAX : status !== 'RUNNING';
  if (!endedLongAgo) return holder.execution;
  deps.log.info('took over the lease of an execution that has ended', {
    recipe,
    from: holder.execution,
    status,
  });
  const next = await takeLease(table, recipe, execution, now, holder.execution);
  return next.execution === execution ? undefined : next.execution;
}
