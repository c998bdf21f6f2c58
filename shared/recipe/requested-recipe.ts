import { InvalidInput } from '../errors.ts';
import { type CheckedRecipe, checkRecipe } from './check-recipe.ts';
import { describeProblem, quote } from './problem.ts';
import type { Recipe } from './recipe.ts';

/** What the input of an execution says of the recipe. */
export interface RecipeRequest {
  /** The name of a recipe of the deployment, or a whole recipe. */
  readonly recipe: string | Readonly<Record<string, unknown>>;
  /** What is different this time. */
  readonly overrides?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * The recipe that an execution is to build: one of the deployment or one given inline, with the overrides merged into it as RFC 7396
 * (JSON Merge Patch) says: maps are merged, `null` removes a field, all else replaces what was there. Throws `InvalidInput` with
 * everything that is wrong with it.
 */
export function requestedRecipe(
  request: RecipeRequest,
  recipes: Readonly<Record<string, unknown>>,
  now: Date,
): Recipe {
  const { recipe, overrides = {} } = request;
  const isNamed = typeof recipe === 'string';
  if (isNamed && !Object.hasOwn(recipes, recipe)) {
    const names = Object.keys(recipes).toSorted().join(', ') || 'none';
    throw new InvalidInput(
      `The deployment has no recipe ${quote(recipe)}; it has ${names}. Recipes are bundled when it is packaged`,
    );
  }
  const base = isNamed ? recipes[recipe] : recipe;
  const isChanged = Object.keys(overrides).length > 0;
  // Those of the deployment were checked when they were packaged.
  if (isNamed && !isChanged) return recipes[recipe] as Recipe;
  const place = isNamed ? `recipes/${recipe}.yml` : 'the recipe given inline';
  const checked = isChanged
    ? checkOverridden(base, overrides, `${place} with the overrides`, now)
    : checkRecipe(base, place, now);
  if ('problems' in checked) throw new InvalidInput(checked.problems.map(describeProblem).join('\n'));
  return checked.recipe;
}

/** Checks a recipe with overrides merged into it. `file` is what the problems call it. */
export function checkOverridden(recipe: unknown, overrides: Fields, file: string, now: Date): CheckedRecipe {
  if (!Object.hasOwn(overrides, 'name')) return checkRecipe(merge(recipe, overrides), file, now);
  return {
    problems: [
      {
        ...{ file, line: 0, column: 0, field: 'name' },
        found: 'another name in the overrides',
        allowed: 'no name: what is built carries the name of its recipe',
        fix: 'leave name out, or give a whole recipe inline',
      },
    ],
  };
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function merge(value: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const merged: Record<string, unknown> = { ...(isFields(value) ? value : {}) };
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) delete merged[key];
    else merged[key] = merge(merged[key], change);
  }
  return merged;
}
