import type { OpenedRecipe } from '../shared/recipe/open-recipe.ts';
import { type Problem, quote } from '../shared/recipe/problem.ts';
import { problemAt } from './recipe-problem.ts';

/**
 * The problems of recipes that follow the same launch template or Auto Scaling group. Each release of one recipe would replace the image of
 * the other. The check of a recipe finds entries of the same recipe.
 */
export function checkTargets(recipes: readonly OpenedRecipe[]): Problem[] {
  const first = new Map<string, Target>();
  return recipes.flatMap(targetsOf).flatMap((target) => {
    const key = [target.kind, target.region, target.name].join(' ');
    const other = first.get(key);
    if (other !== undefined && other.opened !== target.opened) return [sharedProblem(target, other)];
    first.set(key, target);
    return [];
  });
}

interface Target {
  readonly opened: OpenedRecipe;
  readonly field: readonly (string | number)[];
  readonly kind: 'launch template' | 'Auto Scaling group';
  readonly region: string;
  readonly name: string;
}

function targetsOf(opened: OpenedRecipe): Target[] {
  const { launchTemplates, instanceRefresh = [] } = opened.recipe.publish;
  return [
    ...launchTemplates.map(({ region, id }, index): Target => {
      const field = ['publish', 'launchTemplates', index, 'id'];
      return { opened, field, kind: 'launch template', region, name: id };
    }),
    ...instanceRefresh.map(({ region, autoScalingGroup }, index): Target => {
      const field = ['publish', 'instanceRefresh', index, 'autoScalingGroup'];
      return { opened, field, kind: 'Auto Scaling group', region, name: autoScalingGroup };
    }),
  ];
}

function sharedProblem({ opened, field, kind, region, name }: Target, other: Target): Problem {
  const at = problemAt(other.opened, other.field);
  return problemAt(opened, field, {
    found: `${quote(name)} in ${region}, which the recipe ${other.opened.recipe.name} also names (${at.file}:${at.line}:${at.column} ${at.field})`,
    allowed: `each ${kind} in one recipe: otherwise it would change with the releases of both recipes`,
    fix: `remove it from ${opened.recipe.name} or from ${other.opened.recipe.name}`,
  });
}
