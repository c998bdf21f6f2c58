import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import * as z from 'zod/mini';
import { readHistory, readSeenBase, writeSeenBase } from '../shared/aws/builds-table.ts';
import { dynamodb, ec2, events, ssm } from '../shared/aws/clients.ts';
import { resolveBase } from '../shared/aws/facts.ts';
import { BASE_CHANGED } from '../shared/build/build-event.ts';
import { NO_BASE, reasonToAnnounce } from '../shared/build/new-base.ts';
import { Transient } from '../shared/errors.ts';
import { metrics } from '../shared/lambda/metrics.ts';
import { recipes } from '../shared/lambda/packaged-recipes.ts';
import { type DepsWith, step } from '../shared/lambda/step.ts';
import type { Recipe } from '../shared/recipe/recipe.ts';

const needs = { dynamodb, ec2, events, metrics, recipes, ssm };
type WatchDeps = DepsWith<typeof needs>;

/** The bases that were looked at, what was announced of them, and where that was not possible. */
export interface Watched {
  readonly bases: Readonly<Record<string, string>>;
  readonly announced: Readonly<Record<string, string>>;
  readonly failed: Readonly<Record<string, string>>;
}

/**
 * Watch: resolves the base of every recipe that is to be rebuilt on a new one, and puts an event of our own on the bus when it changed:
 * public images announce themselves to nobody on EventBridge. It is called by a schedule, and by Amazon Linux's topic; what it is called
 * with does not matter.
 * Safe to repeat: what it has seen is in the table. An event that was put twice starts one build. It starts none itself.
 */
export const handler = step(
  z.unknown(),
  async (_, deps): Promise<Watched> => {
    const watched = await Promise.all(Object.values(deps.recipes).map((recipe) => watchBase(recipe, deps)));
    const pick = (key: 'base' | 'news' | 'failure') =>
      Object.fromEntries(
        watched.flatMap((one) => (one[key] === undefined ? [] : [[one.recipe, one[key]] as const])),
      );
    const failed = pick('failure');
    const unseen = Object.keys(failed).length;
    if (unseen > 0) deps.metrics.put('BasesUnseen', unseen);
    return { bases: pick('base'), announced: pick('news'), failed };
  },
  needs,
);

/** What came of one recipe. */
interface WatchedBase {
  readonly recipe: string;
  readonly base?: string;
  readonly news?: string;
  readonly failure?: string;
}

/** Looks after one recipe. That one base cannot be resolved must not keep the others. */
async function watchBase(recipe: Recipe, deps: WatchDeps): Promise<WatchedBase> {
  const { name } = recipe;
  try {
    return recipe.rebuildOnNewBase ? { recipe: name, ...(await announce(recipe, deps)) } : { recipe: name };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    deps.log.warn('could not see the base', { recipe: name, reason: failure });
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
  const news = reasonToAnnounce(base, seen, release, now);
  if (news !== undefined) {
    const entry = {
      Source: BASE_CHANGED.source,
      DetailType: BASE_CHANGED.detailType,
      Detail: JSON.stringify({ recipe: recipe.name, base, reason: news }),
    };
    const { Entries } = await events.send(new PutEventsCommand({ Entries: [entry] }));
    const refused = Entries?.find(({ ErrorCode }) => ErrorCode !== undefined);
    if (refused) throw new Transient(`events:PutEvents: ${refused.ErrorCode}: ${refused.ErrorMessage}`);
  }
  if (news !== undefined || seen?.base !== base) {
    const announcedAt = news === undefined ? seen?.announcedAt : now.toISOString();
    await writeSeenBase(table, recipe.name, { base, announcedAt });
  }
  return news === undefined ? { base } : { base, news };
}
