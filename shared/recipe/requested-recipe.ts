import { InvalidInput } from '../errors.ts';
import { isAsDeployed } from './as-deployed.ts';
import { type CheckedRecipe, checkRecipe } from './check-recipe.ts';
import { merge, namedRecipe, type RecipeRequest } from './merged-recipe.ts';
import { describeProblem } from './problem.ts';
import type { Recipe } from './recipe.ts';

/**
 * The recipe that an execution builds: a deployed recipe or an inline recipe, with the overrides merged as in RFC 7396 (JSON Merge
 * Patch). Maps are merged, `null` removes a field, and every other value replaces the former value. Throws `InvalidInput` with all
 * problems.
 */
export function requestedRecipe(
  request: RecipeRequest,
  recipes: Readonly<Record<string, unknown>>,
  now: Date,
): Recipe {
  const { recipe, overrides = {} } = request;
  const base = namedRecipe(request, recipes);
  if (isAsDeployed(request)) return base as Recipe;
  const place = typeof recipe === 'string' ? `recipes/${recipe}.yml` : 'the inline recipe';
  const checked =
    Object.keys(overrides).length > 0
      ? checkOverridden(base, overrides, `${place} with the overrides`, now)
      : checkRecipe(base, place, now);
  if ('problems' in checked) throw new InvalidInput(checked.problems.map(describeProblem).join('\n'));
  return checked.recipe;
}

/** Checks a recipe after merging the overrides. The problems use the name `file`. */
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
        found: 'the field name in the overrides',
        allowed: 'overrides without the field name',
        fix: 'remove name, or pass a complete inline recipe',
      },
    ],
  };
}
