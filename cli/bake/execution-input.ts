import type { BuildRequest } from '../../shared/build/execution-document.ts';
import { withoutPositions } from '../../shared/recipe/check-recipe.ts';
import type { Problem } from '../../shared/recipe/problem.ts';
import type { Recipe } from '../../shared/recipe/recipe.ts';
import { checkOverriddenFields } from '../../shared/recipe/requested-recipe.ts';
import { type FieldProblem, isFields } from '../../shared/recipe/schema-check.ts';
import { checkYamlFile, type FileKind } from '../../shared/recipe/yaml-file.ts';
import { readOptionFile } from '../option-file.ts';
import type { BakeOptions } from './options.ts';

const kind: FileKind = {
  name: 'a map of overrides',
  noun: 'map of overrides',
  levels: 'ten',
  begin: 'write the fields of the recipe to override, such as regions: [us-east-1]',
  starred: '"* 3 ? * SUN *"',
};

/** The recipe that the overrides change. */
export interface OverriddenRecipe {
  readonly recipe: Recipe;
  /** The path, as messages name it. */
  readonly path: string;
  readonly now: Date;
}

/**
 * The input of an execution. The input names no trigger, so the execution counts as started by hand. With `base`, the overrides are
 * merged into this recipe and checked. Without `base`, only the deployment knows the recipe, so the overrides are only read.
 */
export function readExecutionInput(
  recipe: BuildRequest['recipe'],
  { overrides: path, force, ifChanged }: Pick<BakeOptions, 'overrides' | 'force' | 'ifChanged'>,
  base?: OverriddenRecipe,
): { request: BuildRequest } | { problems: Problem[] } {
  const overrides = path === undefined ? { result: undefined } : openOverrides(path, base);
  if ('problems' in overrides) return overrides;
  return {
    request: {
      recipe,
      ...(overrides.result && { overrides: overrides.result }),
      ...(force && { force }),
      ...(ifChanged && { ifChanged }),
    },
  };
}

/** A problem has the position of its field in the file. A field that is only in the recipe has no position there. */
function openOverrides(
  path: string,
  base: OverriddenRecipe | undefined,
): { result: Record<string, unknown> } | { problems: Problem[] } {
  const tooLargeFix = 'is this a file of overrides? If it is, write a recipe instead';
  const source = readOptionFile('--overrides', path, tooLargeFix);
  if ('problems' in source) return source;
  const inRecipe: FieldProblem[] = [];
  const read = checkYamlFile(source.bytes, path, kind, (value, sourceTextOf) => {
    if (!isFields(value)) {
      const problem = { path: [], found: 'a value that is not a map', allowed: kind.name, fix: kind.begin };
      return { problems: [problem] };
    }
    const overrides = { ...value };
    if (base === undefined) return { result: overrides, problems: [] };
    const { problems } = checkOverriddenFields(base.recipe, overrides, base.now, sourceTextOf);
    const { here = [], there = [] } = Object.groupBy(problems, ({ path: [field = ''] }) =>
      Object.hasOwn(overrides, field) ? 'here' : 'there',
    );
    inRecipe.push(...there);
    return here.length > 0 ? { problems: here } : { result: overrides, problems: [] };
  });
  if (base === undefined || inRecipe.length === 0) return read;
  const combined = withoutPositions({ problems: inRecipe }, `${base.path} with the overrides ${path}`);
  return {
    problems: [read, combined].flatMap((one) => ('problems' in one ? one.problems : [])),
  };
}
