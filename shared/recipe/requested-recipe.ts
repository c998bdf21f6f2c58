import { InvalidInput } from '../errors.ts';
import { type CheckedRecipe, checkRecipe } from './check-recipe.ts';
import { isAsDeployed, merge, namedRecipe, type RecipeRequest } from './merged-recipe.ts';
import { describeProblem } from './problem.ts';
import type { Recipe } from './recipe.ts';

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
  const base = namedRecipe(request, recipes);
  if (isAsDeployed(request)) return base as Recipe;
  const place = typeof recipe === 'string' ? `recipes/${recipe}.yml` : 'the recipe given inline';
  const checked =
    Object.keys(overrides).length > 0
      ? checkOverridden(base, overrides, `${place} with the overrides`, now)
      : checkRecipe(base, place, now);
  if ('problems' in checked) throw new InvalidInput(checked.problems.map(describeProblem).join('\n'));
  return checked.recipe;
}

/** Checks a recipe with overrides merged into it. `file` is what the problems call it. */
export function checkOverridden(
  recipe: unknown,
  overrides: Readonly<Record<string, unknown>>,
  file: string,
  now: Date,
): CheckedRecipe {
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
