import { type CheckedRecipe, check } from './check-recipe.ts';
import { quote } from './problem.ts';
import { type Finding, isFields } from './schema-check.ts';
import { checkYamlFile, type FileKind } from './yaml-file.ts';

export { type CheckedRecipe, checkRecipe } from './check-recipe.ts';

const kind: FileKind = {
  name: 'a recipe',
  noun: 'recipe',
  levels: 'five',
  begin: 'begin with name: and description:, or copy another recipe',
  starred: '"* 3 ? * SUN *"',
};

/**
 * Reads a recipe from the content of a file.
 *
 * `file` is what messages call the file; if it ends in .yml or .yaml, the recipe must have its name. `now` decides
 * whether the schedule can still fire. It never throws: there is a recipe, or at least one problem, in order of lines.
 */
export function parseRecipe(source: string | Uint8Array, file: string, now: Date): CheckedRecipe {
  const checked = checkYamlFile(source, file, kind, (value, written) =>
    check(value, now, written, fileRules(value, file)),
  );
  return 'problems' in checked ? checked : { recipe: checked.result };
}

/**
 * What concerns files only: `golden bake <name>` finds a recipe by the name of its file, and all that is made from it
 * carries the name inside; and an empty list of steps in a file is forgotten work, while the JSON of a recipe whose
 * defaults are filled in rightly has one.
 */
function fileRules(value: unknown, file: string): Finding[] {
  const { name, steps } = isFields(value) ? value : {};
  const findings: Finding[] = [];
  const [base = file] = file.split(/[\\/]/).slice(-1);
  const stem = /^(.*)\.ya?ml$/.exec(base)?.[1];
  if (stem !== undefined && typeof name === 'string' && name !== stem) {
    findings.push({
      path: ['name'],
      found: `${quote(name)}, in a file named ${quote(base)}`,
      allowed: "the file's name without its extension",
      fix: `write name: ${stem}, or rename the file`,
    });
  }
  if (Array.isArray(steps) && steps.length === 0) {
    findings.push({
      path: ['steps'],
      found: 'an empty list',
      allowed: 'a list of 1 to 50 steps, or no field steps at all',
      fix: 'remove steps if there is nothing to do',
    });
  }
  return findings;
}
