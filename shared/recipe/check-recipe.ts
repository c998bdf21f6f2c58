import { withoutPatch } from './merged-recipe.ts';
import { fieldPath, type Problem } from './problem.ts';
import { type Recipe, recipeSchema } from './recipe.ts';
import { checkRecipeRules } from './recipe-rules.ts';
import { type CheckResult, checkSchema, type FieldProblem, type SourceTextOf } from './schema-check.ts';
import { stepsDocumentBytes } from './steps-document.ts';

// Separate from recipe-file.ts, so that functions that check inline recipes do not bundle the YAML parser.

export type CheckedRecipe = { recipe: Recipe } | { problems: Problem[] };

/**
 * Checks a recipe that is given inline, as JSON. The rules for recipe files apply, with two exceptions: no file name has to match the
 * recipe name, and an empty list of steps is allowed. All problems have line 0 and column 0.
 */
export function checkRecipe(value: unknown, file: string, now: Date): CheckedRecipe {
  return withoutPositions(
    checkRecipeFields(value, now, () => undefined),
    file,
  );
}

/** The result of a check of a value without lines: JSON, or a recipe merged with overrides. */
export function withoutPositions({ result, problems }: CheckResult<Recipe>, file: string): CheckedRecipe {
  if (result !== undefined) return { recipe: result };
  return {
    problems: problems.map(({ path, found, allowed, fix }) => {
      return { file, line: 0, column: 0, field: fieldPath(path), found, allowed, fix };
    }),
  };
}

/** The recipe, or its problems. `more` contains the problems that the caller found with its own rules. */
export function checkRecipeFields(
  value: unknown,
  now: Date,
  sourceTextOf: SourceTextOf,
  more: readonly FieldProblem[] = [],
): CheckResult<Recipe> {
  const { result, problems } = checkSchema(recipeSchema, value, sourceTextOf, [
    ...more,
    ...checkRecipeRules(value, now),
  ]);
  if (result === undefined) return { problems };
  // checkRecipeRules checks that both kinds of recipes have their required fields.
  const recipe = withoutPatch(result as Recipe);
  return { result: recipe, problems, ...refuseTooLarge(recipe) };
}

/** The maximum size of an SSM document in bytes (SSM API reference, CreateDocument). All steps of a recipe are in one document, and all tests in another. */
const DOCUMENT_BYTES_MAX = 65_536;

function refuseTooLarge(recipe: Recipe): Partial<CheckResult<Recipe>> {
  const problems = (['steps', 'tests'] as const).flatMap((list): FieldProblem[] => {
    const bytes = stepsDocumentBytes(recipe, list);
    if (bytes <= DOCUMENT_BYTES_MAX) return [];
    const found = `${list} of ${Math.ceil(bytes / 1024)} KiB in total`;
    const allowed = `at most 64 KiB, the size limit of the SSM document that contains all ${list}`;
    const fix =
      'store long scripts in a package or in S3, and download and run them in a step; join short powershell steps, because 3 KiB are added to each';
    return [{ path: [list], found, allowed, fix }];
  });
  return problems.length === 0 ? {} : { result: undefined, problems };
}
