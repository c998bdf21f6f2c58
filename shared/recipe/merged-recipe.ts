import * as z from 'zod/mini';
import { InvalidInput } from '../errors.ts';
import { type Fields, isAsDeployed, isFields } from './as-deployed.ts';
import { fieldPath, quote } from './problem.ts';
import { isBuilt, type Recipe, recipeSchema } from './recipe.ts';

// Separate from requested-recipe.ts, so that Plan does not bundle the rules. Decide has checked the same input with the rules.

/** The part of an execution's input that selects the recipe. */
export interface RecipeRequest {
  /** The name of a deployed recipe, or a complete recipe. */
  readonly recipe: string | Readonly<Record<string, unknown>>;
  /** Changes to the recipe for this execution. */
  readonly overrides?: Readonly<Record<string, unknown>> | undefined;
}

/** The recipe of a request without its overrides. Throws `InvalidInput` if the deployment has no recipe with this name. */
export function namedRecipe({ recipe }: RecipeRequest, recipes: Fields): unknown {
  if (typeof recipe !== 'string') return recipe;
  if (Object.hasOwn(recipes, recipe)) return recipes[recipe];
  const names = Object.keys(recipes).toSorted().join(', ') || 'none';
  throw new InvalidInput(
    `The deployment has no recipe ${quote(recipe)}; it has ${names}. To add a recipe, add a file to recipes/ and deploy again`,
  );
}

/**
 * The recipe of a request that Decide has checked. This function checks the recipe against the schema again and adds the defaults, but
 * does not check the rules again.
 */
export function resolveRecipe(request: RecipeRequest, recipes: Fields): Recipe {
  const base = namedRecipe(request, recipes);
  if (isAsDeployed(request)) return base as Recipe;
  const parsed = z.safeParse(recipeSchema, overridden(base, request.overrides));
  if (!parsed.success) {
    const fields = parsed.error.issues.map(({ path }) => fieldPath(path as (string | number)[]) || 'recipe');
    throw new InvalidInput(
      `The recipe changed after Decide checked it; these fields are wrong: ${fields.join(', ')}`,
    );
  }
  return withoutPatch(parsed.data as Recipe);
}

/** Removes the default of `patch` if the build launches no builder, because such a build does not patch. */
export function withoutPatch(recipe: Recipe): Recipe {
  if (isBuilt(recipe)) return recipe;
  const { patch: _, ...rest } = recipe;
  return rest;
}

/**
 * A recipe with overrides. It does not take over what follows the releases of the recipe: launch templates, instance refreshes and fast launches,
 * which a trial never gets because it enters no channel, and the parameters in consumer accounts. So a trial can leave out regions and accounts
 * without naming these fields, and is visible only to the accounts that it is shared with. What the overrides name themselves counts.
 */
export function overridden(recipe: unknown, overrides: Fields = {}): unknown {
  if (Object.keys(overrides).length === 0) return recipe;
  return merge(merge(recipe, isFields(recipe) ? notTakenOver(recipe) : {}), overrides);
}

/** Removes these fields from the maps that the recipe has. */
function notTakenOver(recipe: Fields): Fields {
  return {
    ...(isFields(recipe.publish) && {
      publish: { roles: null, launchTemplates: null, instanceRefresh: null },
    }),
    ...(isFields(recipe.image) && { image: { fastSnapshotRestore: null, fastLaunch: null } }),
  };
}

/** RFC 7396, JSON Merge Patch: maps are merged, `null` removes a field, and every other value replaces the former value. */
function merge(value: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const merged: Record<string, unknown> = { ...(isFields(value) ? value : {}) };
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) delete merged[key];
    else merged[key] = merge(merged[key], change);
  }
  return merged;
}
