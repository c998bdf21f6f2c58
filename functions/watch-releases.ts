import * as z from 'zod/mini';
import { readHistory } from '../shared/aws/builds-table.ts';
import { readChannels } from '../shared/aws/channels-table.ts';
import { dynamodb, sfn } from '../shared/aws/clients.ts';
import { startOnce } from '../shared/aws/executions.ts';
import { scheduleSince } from '../shared/aws/schedules-table.ts';
import { overdueReason } from '../shared/build/overdue.ts';
import { soakedReleases } from '../shared/build/soak.ts';
import { soakExecution, soakRequest } from '../shared/build/soak-request.ts';
import { metrics } from '../shared/lambda/metrics.ts';
import { recipes } from '../shared/lambda/packaged-recipes.ts';
import { type DepsWith, step } from '../shared/lambda/step.ts';
import type { Recipe } from '../shared/recipe/recipe.ts';

const needs = { dynamodb, metrics, recipes, sfn };
type WatchReleasesDeps = DepsWith<typeof needs>;

/** By recipe: the executions that move releases on, and why the newest release is too old. */
export interface WatchedReleases {
  readonly promotions: Readonly<Record<string, readonly string[]>>;
  readonly overdue: Readonly<Record<string, string>>;
}

/**
 * WatchReleases: starts the promotion of each release that has been in a channel for as long as its recipe says, and counts the recipes whose
 * newest release is older than their schedule allows. A schedule calls the function. It ignores its input.
 * Safe to repeat: the name of an execution follows from the release. It moves no channel itself.
 */
export const handler = step(
  z.unknown(),
  async (_, deps): Promise<WatchedReleases> => {
    const [promotions, overdue] = await Promise.all([
      eachRecipe(promote, deps),
      eachRecipe(whyOverdue, deps),
    ]);
    const count = Object.keys(overdue.found).length;
    if (count > 0) {
      deps.log.warn('releases are older than their schedules allow', { overdue: overdue.found });
      deps.metrics.put('ReleasesOverdue', count);
    }
    // Lambda repeats a check that failed, and later sends it to the dead-letter queue.
    for (const failure of [...promotions.failures, ...overdue.failures]) throw failure;
    return { promotions: promotions.found, overdue: overdue.found };
  },
  needs,
);

/** Checks all recipes. One recipe that cannot be checked must not stop the check of the others. */
async function eachRecipe<Found>(
  check: (recipe: Recipe, deps: WatchReleasesDeps) => Promise<Found | undefined>,
  deps: WatchReleasesDeps,
): Promise<{ found: Record<string, Found>; failures: unknown[] }> {
  const found: Record<string, Found> = {};
  const failures: unknown[] = [];
  const checkOne = async (recipe: Recipe): Promise<void> => {
    try {
      const one = await check(recipe, deps);
      if (one !== undefined) found[recipe.name] = one;
    } catch (error) {
      failures.push(error);
    }
  };
  await Promise.all(Object.values(deps.recipes).map(checkOne));
  return { found, failures };
}

const tableOf = ({ dynamodb, settings }: WatchReleasesDeps) => ({ dynamodb, table: settings.table });

/** The executions that promote releases of a recipe now; `undefined`: there are none. */
async function promote({ name, publish }: Recipe, deps: WatchReleasesDeps): Promise<string[] | undefined> {
  if (publish.promoteAfterHours === undefined) return undefined;
  const { sfn, settings } = deps;
  const now = deps.now();
  const started: string[] = [];
  for (const soaked of soakedReleases(publish, await readChannels(tableOf(deps), name), now)) {
    const execution = soakExecution(name, soaked, settings.channelsMachine, now);
    await startOnce({ sfn, stateMachine: settings.channelsMachine }, execution, soakRequest(name, soaked));
    started.push(execution);
  }
  return started.length === 0 ? undefined : started;
}

async function whyOverdue(recipe: Recipe, deps: WatchReleasesDeps): Promise<string | undefined> {
  if (recipe.schedule === undefined) return undefined;
  const now = deps.now();
  const since = await scheduleSince(tableOf(deps), recipe, now);
  return overdueReason(recipe, await readHistory(tableOf(deps), recipe.name), since, now);
}
