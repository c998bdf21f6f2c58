import { InvalidInput } from '../errors.ts';
import { type CheckedRecipe, checkRecipe } from './check-recipe.ts';
import { describeProblem, quote } from './problem.ts';
import type { Recipe } from './recipe.ts';

/** The part of an execution's input that selects the recipe. */
export interface RecipeRequest {
  /** The name of a deployed recipe, or a complete recipe. */
  readonly recipe: string | Readonly<Record<string, unknown>>;
  /** Changes to the recipe for this execution. */
  readonly overrides?: Readonly<Record<string, unknown>> | undefined;
}

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
  const isNamed = typeof recipe === 'string';
  if (isNamed && !Object.hasOwn(recipes, recipe)) {
    const names = Object.keys(recipes).toSorted().join(', ') || 'none';
    throw new InvalidInput(
      `The deployment has no recipe ${quote(recipe)}; it has ${names}. To add a recipe, add a file to recipes/ and deploy again`,
    );
  }
  const base = isNamed ? recipes[recipe] : recipe;
  const isChanged = Object.keys(overrides).length > 0;
  // The recipes of the deployment were checked when they were packaged.
  if (isNamed && !isChanged) return recipes[recipe] as Recipe;
  const place = isNamed ? `recipes/${recipe}.yml` : 'the inline recipe';
  const checked = isChanged
    ? checkOverridden(base, overrides, `${place} with the overrides`, now)
    : checkRecipe(base, place, now);
  if ('problems' in checked) throw new InvalidInput(checked.problems.map(describeProblem).join('\n'));
  return checked.recipe;
}

/** Checks a recipe after merging the overrides. The problems use the name `file`. */
export function checkOverridden(recipe: unknown, overrides: Fields, file: string, now: Date): CheckedRecipe {
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
