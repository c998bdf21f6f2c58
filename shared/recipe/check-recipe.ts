import { withoutPatch } from './merged-recipe.ts';
import { fieldName, type Problem } from './problem.ts';
import { type Recipe, recipeSchema } from './recipe.ts';
import { checkRules } from './recipe-rules.ts';
import { type Checked, checkAgainst, type Finding, type Written } from './schema-check.ts';
import { stepsDocument } from './steps-document.ts';

// Apart from recipe-file.ts, so that a function that checks inline recipes does not carry the YAML parser.

export type CheckedRecipe = { recipe: Recipe } | { problems: Problem[] };

/**
 * Checks a recipe that was given inline, as JSON. The rules are those of a file, save that
 * there is no name of a file to agree with, and that an empty list of steps is none; the problems have line 0 and column 0.
 */
export function checkRecipe(value: unknown, file: string, now: Date): CheckedRecipe {
  const { result, findings } = check(value, now, () => undefined);
  if (result !== undefined) return { recipe: result };
  return {
    problems: findings.map(({ path, found, allowed, fix }) => {
      return { file, line: 0, column: 0, field: fieldName(path), found, allowed, fix };
    }),
  };
}

/** The recipe, or what is wrong with the value. `more` are findings that the caller has of its own. */
export function check(
  value: unknown,
  now: Date,
  written: Written,
  more: readonly Finding[] = [],
): Checked<Recipe> {
  const { result, findings } = checkAgainst(recipeSchema, value, written, [
    ...more,
    ...checkRules(value, now),
  ]);
  if (result === undefined) return { findings };
  // That either kind has what it needs is among the rules.
  const recipe = withoutPatch(result as Recipe);
  return { result: recipe, findings, ...refuseTooLarge(recipe) };
}

/** The most that an SSM document may hold, in bytes (SSM API reference, CreateDocument). All steps of a recipe are one. */
const DOCUMENT_BYTES_MAX = 65_536;

function refuseTooLarge(recipe: Recipe): Partial<Checked<Recipe>> {
  const bytes = Buffer.byteLength(JSON.stringify(stepsDocument(recipe)?.content ?? ''));
  if (bytes <= DOCUMENT_BYTES_MAX) return {};
  const found = `steps of ${Math.ceil(bytes / 1024)} KiB in all, which together are one SSM document`;
  const fix =
    'keep long scripts in a package or in S3, and let a step fetch and run them; join short powershell steps, each of which has 3 KiB added';
  return { result: undefined, findings: [{ path: ['steps'], found, allowed: 'at most 64 KiB', fix }] };
}
