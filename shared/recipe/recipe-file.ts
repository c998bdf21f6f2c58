import { type CheckedRecipe, checkRecipeFields } from './check-recipe.ts';
import { quote } from './problem.ts';
import { type FieldProblem, isFields } from './schema-check.ts';
import { checkYamlFile, type FileKind } from './yaml-file.ts';

export { type CheckedRecipe, checkRecipe } from './check-recipe.ts';

const kind: FileKind = {
  name: 'a recipe',
  noun: 'recipe',
  levels: 'five',
  begin: 'start with name: and description:, or copy another recipe',
  starred: '"* 3 ? * SUN *"',
};

/**
 * Reads a recipe from the content of a file.
 *
 * Messages use the name `file`. If the name ends in .yml or .yaml, the recipe must have the same name. `now` decides whether the
 * schedule can still fire. This function never throws. It returns a recipe, or at least one problem, sorted by line.
 */
export function parseRecipe(source: string | Uint8Array, file: string, now: Date): CheckedRecipe {
  const checked = checkYamlFile(source, file, kind, (value, sourceTextOf) =>
    checkRecipeFields(value, now, sourceTextOf, fileRules(value, file)),
  );
  return 'problems' in checked ? checked : { recipe: checked.result };
}

/**
 * The rules for files only. `golden bake <name>` finds a recipe by its file name, and the resources of a build have the name in the
 * recipe, so the names must match. An empty list of steps in a file is probably a mistake. A recipe as JSON has such a list by default.
 */
function fileRules(value: unknown, file: string): FieldProblem[] {
  const { name, steps } = isFields(value) ? value : {};
  const problems: FieldProblem[] = [];
  const [base = file] = file.split(/[\\/]/).slice(-1);
  const stem = /^(.*)\.ya?ml$/.exec(base)?.[1];
  if (stem !== undefined && typeof name === 'string' && name !== stem) {
    problems.push({
      path: ['name'],
      found: `${quote(name)}, but the file name is ${quote(base)}`,
      allowed: 'the file name without its extension',
      fix: `write name: ${stem}, or rename the file`,
    });
  }
  if (Array.isArray(steps) && steps.length === 0) {
    problems.push({
      path: ['steps'],
      found: 'an empty list',
      allowed: 'a list of 1 to 50 steps, or no field steps',
      fix: 'remove steps if the recipe needs no steps',
    });
  }
  return problems;
}
