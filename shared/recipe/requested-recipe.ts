import { InvalidInput } from '../errors.ts';
import { isAsDeployed } from './as-deployed.ts';
import { type CheckedRecipe, checkRecipe, checkRecipeFields, withoutPositions } from './check-recipe.ts';
import { namedRecipe, overridden, type RecipeRequest } from './merged-recipe.ts';
import { describeProblem } from './problem.ts';
import type { Recipe } from './recipe.ts';
import type { CheckResult, SourceTextOf } from './schema-check.ts';

/**
 * The recipe that an execution builds: a deployed recipe or an inline recipe, with the overrides merged as in RFC 7396 (JSON Merge
 * Patch). Maps are merged, `null` removes a field, and every other value replaces the former value. Throws `InvalidInput` with all
 * problems. `overridden` says what the recipe does not pass on.
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
const checkOverridden = (recipe: unknown, overrides: Overrides, file: string, now: Date): CheckedRecipe =>
  withoutPositions(
    checkOverriddenFields(recipe, overrides, now, () => undefined),
    file,
  );

type Overrides = Readonly<Record<string, unknown>>;

/** The recipe after merging the overrides, or its problems. */
export function checkOverriddenFields(
  recipe: unknown,
  overrides: Overrides,
  now: Date,
  sourceTextOf: SourceTextOf,
): CheckResult<Recipe> {
  if (!Object.hasOwn(overrides, 'name'))
    return checkRecipeFields(overridden(recipe, overrides), now, sourceTextOf);
  return {
    problems: [
      {
        path: ['name'],
        atKey: true,
        found: 'the field name in the overrides',
        allowed: 'overrides without the field name',
        fix: 'remove name, or pass a complete inline recipe',
      },
    ],
  };
}
