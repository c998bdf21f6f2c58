import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { nearest } from './nearest.ts';
import { type Problem, quote } from './problem.ts';
import { type Recipe, recipeSchema } from './recipe.ts';
import { parseRecipe } from './recipe-file.ts';
import { fileProblem, readSource } from './source-file.ts';

export interface OpenedRecipe {
  /** As the user types it: relative to the current folder, or as given. */
  path: string;
  source: Uint8Array;
  recipe: Recipe;
}

/**
 * Opens the recipe that a command line argument names: a name in `<root>/recipes`, with or without .yml, or the path of a file. `now`
 * decides whether the schedule can still fire. This function returns problems instead of throwing.
 */
export function openRecipe(
  argument: string,
  root: string,
  now: Date,
): OpenedRecipe | { problems: Problem[] } {
  const path = resolvePath(argument, root);
  if (path === undefined) return { problems: [unknownRecipe(argument, root)] };
  const source = readSource(path, 'check that the file is a recipe, and move long scripts to other files');
  if ('problems' in source) return source;
  const checked = parseRecipe(source.bytes, path, now);
  return 'problems' in checked ? checked : { path, source: source.bytes, recipe: checked.recipe };
}

/** Opens all recipes in `<root>/recipes`. */
export function openRecipes(root: string, now: Date): OpenedRecipe[] | { problems: Problem[] } {
  const results = recipeFiles(root).map((file) => openRecipe(file, root, now));
  const problems = results.flatMap((result) => ('problems' in result ? result.problems : []));
  return problems.length > 0 ? { problems } : results.filter((result) => 'recipe' in result);
}

/** Opens the recipes in `<root>/recipes` that have no problems. */
export function openValidRecipes(root: string, now: Date): OpenedRecipe[] {
  return recipeFiles(root).flatMap((file) => {
    const opened = openRecipe(file, root, now);
    return 'problems' in opened ? [] : opened;
  });
}

/**
 * A name in recipes/ takes precedence over a file of the same name in the current folder. So the meaning of a name does not depend on
 * the current folder.
 */
function resolvePath(argument: string, root: string): string | undefined {
  if (/[\\/]/.test(argument)) return argument;
  const names = /\.ya?ml$/.test(argument) ? [argument] : [`${argument}.yml`, `${argument}.yaml`];
  const found = recipeFiles(root).find((file) => names.includes(file));
  if (found !== undefined) return typedPath(join(root, 'recipes', found));
  return /\.ya?ml$/.test(argument) && exists(argument) ? argument : undefined;
}

const typedPath = (path: string): string => relative(process.cwd(), path);

const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

/** The files in `<root>/recipes` in alphabetical order. Empty if the folder cannot be read. */
function recipeFiles(root: string): string[] {
  try {
    return readdirSync(join(root, 'recipes'))
      .filter((file) => /\.ya?ml$/.test(file))
      .sort();
  } catch {
    return [];
  }
}

function unknownRecipe(argument: string, root: string): Problem {
  const names = recipeFiles(root).map((file) => file.replace(/\.ya?ml$/, ''));
  const name = argument.replace(/\.ya?ml$/, '');
  const near = nearest(name, names);
  const folder = typedPath(join(root, 'recipes')) || '.';
  return fileProblem(argument, {
    found: `no recipe ${quote(argument)} in ${folder}`,
    allowed: names.length === 0 ? 'the path of a recipe' : `${names.join(', ')}, or the path of a recipe`,
    fix: near === undefined ? fixFor(name, names, folder) : `did you mean ${near}?`,
  });
}

/** A name that no recipe can have is not the name of a missing file: `.` is a folder. */
function fixFor(name: string, names: readonly string[], folder: string): string {
  const isName = recipeSchema.shape.name.safeParse(name).success;
  return isName
    ? `add the file ${join(folder, `${name}.yml`)}`
    : `name a recipe, such as ${names[0] ?? 'al2023'}`;
}
