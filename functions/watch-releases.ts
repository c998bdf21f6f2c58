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
    const recipes = Object.values(deps.recipes);
    const watched = await Promise.allSettled(recipes.map((recipe) => watchRecipe(recipe, deps)));
    const found = watched.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const overdue = Object.fromEntries(
      found.flatMap(({ recipe, overdue }) => (overdue === undefined ? [] : [[recipe, overdue]])),
    );
    const count = Object.keys(overdue).length;
    if (count > 0) {
      deps.log.warn('releases are older than their schedules allow', { overdue });
      deps.metrics.put('ReleasesOverdue', count);
    }
    // One recipe that cannot be read must not stop the check of the others. Lambda repeats the failed check.
    const failed = watched.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    const promotions = found.flatMap(({ recipe, promotions }) =>
      promotions.length === 0 ? [] : [[recipe, promotions] as const],
    );
    return { promotions: Object.fromEntries(promotions), overdue };
  },
  needs,
);

async function watchRecipe(
  recipe: Recipe,
  deps: WatchReleasesDeps,
): Promise<{ recipe: string; promotions: string[]; overdue: string | undefined }> {
  const { name } = recipe;
  return { recipe: name, promotions: await promote(recipe, deps), overdue: await overdue(recipe, deps) };
}

const tableOf = ({ dynamodb, settings }: WatchReleasesDeps) => ({ dynamodb, table: settings.table });

async function promote({ name, publish }: Recipe, deps: WatchReleasesDeps): Promise<string[]> {
  if (publish.promoteAfterHours === undefined) return [];
  const { sfn, settings } = deps;
  const now = deps.now();
  const started: string[] = [];
  for (const soaked of soakedReleases(publish, await readChannels(tableOf(deps), name), now)) {
    const execution = soakExecution(name, soaked, settings.channelsMachine, now);
    await startOnce({ sfn, stateMachine: settings.channelsMachine }, execution, soakRequest(name, soaked));
    started.push(execution);
  }
  return started;
}

async function overdue(recipe: Recipe, deps: WatchReleasesDeps): Promise<string | undefined> {
  if (recipe.schedule === undefined) return undefined;
  const now = deps.now();
  const since = await scheduleSince(tableOf(deps), recipe, now);
  return overdueReason(recipe, await readHistory(tableOf(deps), recipe.name), since, now);
}
