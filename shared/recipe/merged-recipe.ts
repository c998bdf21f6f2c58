import * as z from 'zod/mini';
import { InvalidInput } from '../errors.ts';
import { fieldPath, quote } from './problem.ts';
import { isBuilt, type Recipe, recipeSchema } from './recipe.ts';

// Separate from requested-recipe.ts, so that Plan does not carry the rules: Decide applied them to the same input.

/** What the input of an execution says of the recipe. */
export interface RecipeRequest {
  /** The name of a recipe of the deployment, or a whole recipe. */
  readonly recipe: string | Readonly<Record<string, unknown>>;
  /** What is different this time. */
  readonly overrides?: Readonly<Record<string, unknown>> | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** The recipe that an input names or gives, without its overrides. Throws `InvalidInput` if the deployment has none of that name. */
export function namedRecipe({ recipe }: RecipeRequest, recipes: Fields): unknown {
  if (typeof recipe !== 'string') return recipe;
  if (Object.hasOwn(recipes, recipe)) return recipes[recipe];
  const names = Object.keys(recipes).toSorted().join(', ') || 'none';
  throw new InvalidInput(
    `The deployment has no recipe ${quote(recipe)}; it has ${names}. Recipes are bundled when it is packaged`,
  );
}

/** Whether an input means a recipe of the deployment as it is: those were checked when they were packaged. */
export const isAsDeployed = ({ recipe, overrides = {} }: RecipeRequest): boolean =>
  typeof recipe === 'string' && Object.keys(overrides).length === 0;

/**
 * The recipe of an input that Decide has checked. It has the fields that the schema wants, with their defaults; what the rules say of it is
 * not asked again.
 */
export function checkedRecipe(request: RecipeRequest, recipes: Fields): Recipe {
  const base = namedRecipe(request, recipes);
  if (isAsDeployed(request)) return base as Recipe;
  const parsed = z.safeParse(recipeSchema, merge(base, request.overrides ?? {}));
  if (!parsed.success) {
    const fields = parsed.error.issues.map(({ path }) => fieldPath(path as (string | number)[]) || 'recipe');
    throw new InvalidInput(
      `The recipe is not what it was when Decide checked it; these fields are wrong: ${fields.join(', ')}`,
    );
  }
  return withoutPatch(parsed.data as Recipe);
}

/** An instance is imaged as it is: the default of `patch` would say otherwise. */
export function withoutPatch(recipe: Recipe): Recipe {
  if (isBuilt(recipe)) return recipe;
  const { patch: _, ...rest } = recipe;
  return rest;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7396, JSON Merge Patch: maps are merged, `null` removes a field, all else replaces what was there. */
export function merge(value: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const merged: Record<string, unknown> = { ...(isFields(value) ? value : {}) };
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) delete merged[key];
    else merged[key] = merge(merged[key], change);
  }
  return merged;
}
