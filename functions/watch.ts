import * as z from 'zod/mini';
import { readHistory, readSeenBase, writeSeenBase } from '../shared/aws/builds-table.ts';
import { dynamodb, ec2, events, ssm } from '../shared/aws/clients.ts';
import { resolveBase } from '../shared/aws/facts.ts';
import { putEvent } from '../shared/aws/put-event.ts';
import { BASE_CHANGED } from '../shared/build/build-event.ts';
import { NO_BASE, reasonToAnnounce } from '../shared/build/new-base.ts';
import { metrics } from '../shared/lambda/metrics.ts';
import { recipes } from '../shared/lambda/packaged-recipes.ts';
import { type DepsWith, step } from '../shared/lambda/step.ts';
import type { Recipe } from '../shared/recipe/recipe.ts';

const needs = { dynamodb, ec2, events, metrics, recipes, ssm };
type WatchDeps = DepsWith<typeof needs>;

/** By recipe: the base that was found, why it was announced, and why the check failed. */
export interface Watched {
  readonly bases: Readonly<Record<string, string>>;
  readonly announced: Readonly<Record<string, string>>;
  readonly failed: Readonly<Record<string, string>>;
}

/**
 * Watch: resolves the base of every recipe with `rebuildOnNewBase`, and puts an event on the bus if the base changed. This is necessary
 * because EventBridge has no events for public images. A schedule and Amazon Linux's topic call the function. It ignores its input.
 * Safe to repeat: the table contains the bases that it saw. An event that is put twice starts one build. It starts no builds itself.
 */
export const handler = step(
  z.unknown(),
  async (_, deps): Promise<Watched> => {
    const watched = await Promise.all(Object.values(deps.recipes).map((recipe) => watchBase(recipe, deps)));
    const pick = (key: 'base' | 'reason' | 'failure') =>
      Object.fromEntries(
        watched.flatMap((one) => (one[key] === undefined ? [] : [[one.recipe, one[key]] as const])),
      );
    const failed = pick('failure');
    const unreadable = Object.keys(failed).length;
    if (unreadable > 0) deps.metrics.put('BasesUnseen', unreadable);
    return { bases: pick('base'), announced: pick('reason'), failed };
  },
  needs,
);

/** The result for one recipe. */
interface WatchedBase {
  readonly recipe: string;
  readonly base?: string;
  readonly reason?: string;
  readonly failure?: string;
}

/** Checks one recipe. An error is returned, not thrown: it must not stop the check of the other recipes. */
async function watchBase(recipe: Recipe, deps: WatchDeps): Promise<WatchedBase> {
  const { name } = recipe;
  try {
    return recipe.rebuildOnNewBase ? { recipe: name, ...(await announce(recipe, deps)) } : { recipe: name };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    deps.log.warn('could not resolve the base', { recipe: name, reason: failure });
    return { recipe: name, failure };
  }
}

async function announce(recipe: Recipe, deps: WatchDeps): Promise<Omit<WatchedBase, 'recipe'>> {
  const { dynamodb, events, settings } = deps;
  const base = (await resolveBase(recipe, { ...deps, ...settings }))?.imageId ?? NO_BASE;
  const table = { dynamodb, table: settings.table };
  const [seen, { release }] = await Promise.all([
    readSeenBase(table, recipe.name),
    readHistory(table, recipe.name),
  ]);
  const now = deps.now();
  const reason = reasonToAnnounce(base, seen, release, now);
  if (reason !== undefined) await putEvent(events, BASE_CHANGED, { recipe: recipe.name, base, reason });
  if (reason !== undefined || seen?.base !== base) {
    const announcedAt = reason === undefined ? seen?.announcedAt : now.toISOString();
    await writeSeenBase(table, recipe.name, { base, announcedAt });
  }
  return reason === undefined ? { base } : { base, reason };
}
