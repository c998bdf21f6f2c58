import { InvalidInput } from '../errors.ts';
import { nearest } from '../recipe/nearest.ts';
import { quote } from '../recipe/problem.ts';
import { type BuildRequest, buildRequestSchema, type Scan, scanSchema } from './execution-document.ts';

/** What each field of the input may be, in words. */
const allowed: Readonly<Record<keyof typeof buildRequestSchema.shape, string>> = {
  recipe: 'the name of a recipe of the deployment, or a whole recipe',
  overrides: 'a map of what is different this time',
  force: 'true or false',
  ifChanged: 'true or false',
  trigger:
    'left out by people; else a map with type (schedule, image, parameter, base or custom), id, and perhaps reason and settleUntil',
};

/** What the states before have added, when it is decided once more. */
const NOUNS = ['decision', 'plan', 'scan'];
/** What Step Functions asks a state machine that starts another to hand on, so that the console can show the two together. */
const STARTED_BY = 'AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID';

/**
 * Reads what an execution was started with, and what a scan has found since. Throws `InvalidInput` with everything that is wrong: a
 * misspelt field that nobody minded would build something else than what was asked for.
 */
export function readBuildRequest(document: Readonly<Record<string, unknown>>): {
  request: BuildRequest;
  scan?: Scan;
} {
  const fields = Object.keys(allowed);
  const unknown = Object.keys(document).filter((key) => ![...fields, ...NOUNS, STARTED_BY].includes(key));
  const result = buildRequestSchema.safeParse(document);
  const wrong = new Set(result.error?.issues.map(({ path }) => String(path[0])));
  const problems = [
    ...unknown.map((key) => {
      const near = nearest(key, fields);
      const fix = near === undefined ? `it may have ${fields.join(', ')}` : `did you mean ${near}?`;
      return `the input has the unknown field ${quote(key)}: ${fix}`;
    }),
    ...[...wrong].map((field) => {
      const found = document[field] === undefined ? 'missing' : quote(JSON.stringify(document[field]));
      return `the input's ${field} is ${found}; allowed is ${allowed[field as keyof typeof allowed]}`;
    }),
  ];
  if (problems.length > 0 || result.data === undefined)
    throw new InvalidInput(`Nothing was launched, because ${problems.join('; and ')}`);
  const { scan } = document;
  return { request: result.data, ...(scan === undefined ? {} : { scan: scanSchema.parse(scan) }) };
}

/** The name of the recipe that is asked for; `undefined`: there is none that could be one. */
export function requestedRecipeName({ recipe }: { readonly recipe?: unknown }): string | undefined {
  const name = typeof recipe === 'object' ? (recipe as { name?: unknown } | null)?.name : recipe;
  return typeof name === 'string' && name !== '' ? name : undefined;
}
