import type { OpenedRecipe } from '../shared/recipe/open-recipe.ts';
import { type Problem, quote } from '../shared/recipe/problem.ts';
import { problemAt } from './recipe-problem.ts';

/**
 * The problems of recipes that follow the same launch template: each release of one recipe would replace the image of the other. The check of
 * a recipe finds entries of the same recipe. Recipes may refresh the same Auto Scaling group, because a group can have a launch template for
 * each architecture.
 */
export function checkTargets(recipes: readonly OpenedRecipe[]): Problem[] {
  const first = new Map<string, Target>();
  return recipes.flatMap(targetsOf).flatMap((target) => {
    const key = `${target.region} ${target.id}`;
    const other = first.get(key);
    if (other !== undefined && other.opened !== target.opened) return [sharedProblem(target, other)];
    first.set(key, target);
    return [];
  });
}

interface Target {
  readonly opened: OpenedRecipe;
  readonly field: readonly (string | number)[];
  readonly region: string;
  readonly id: string;
}

const targetsOf = (opened: OpenedRecipe): Target[] =>
  opened.recipe.publish.launchTemplates.map(({ region, id }, index) => ({
    opened,
    field: ['publish', 'launchTemplates', index, 'id'],
    region,
    id,
  }));

function sharedProblem({ opened, field, region, id }: Target, other: Target): Problem {
  const at = problemAt(other.opened, other.field);
  return problemAt(opened, field, {
    found: `${quote(id)} in ${region}, which the recipe ${other.opened.recipe.name} also names (${at.file}:${at.line}:${at.column} ${at.field})`,
    allowed:
      'each launch template in one recipe: otherwise it would change with the releases of both recipes',
    fix: `remove it from ${opened.recipe.name} or from ${other.opened.recipe.name}`,
  });
}
