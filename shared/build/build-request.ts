import { InvalidInput } from '../errors.ts';
import { nearest } from '../recipe/nearest.ts';
import { quote } from '../recipe/problem.ts';
import { type BuildRequest, buildRequestSchema, type Scan, scanSchema } from './execution-document.ts';

/** The allowed values of each field of the input, in words. */
const allowed: Readonly<Record<keyof typeof buildRequestSchema.shape, string>> = {
  recipe: 'the name of a deployed recipe, or a complete recipe',
  overrides: 'a map of changes for this build only',
  force: 'true or false',
  ifChanged: 'true or false',
  trigger:
    'a map with type (schedule, image, parameter, base or custom), id, and optional reason and settleUntil; leave it out to build by hand',
};

/** The fields that earlier states have added when Decide runs again. */
const ADDED_FIELDS = ['decision', 'plan', 'scan'];
/** A field that a state machine passes to another one that it starts, so that the console of Step Functions can link the two. */
const STARTED_BY = 'AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID';

/**
 * Reads the input of an execution, and the result of a scan if there is one. Throws `InvalidInput` with all mistakes: if a misspelt field
 * were ignored, the build would not be what the caller requested.
 */
export function readBuildRequest(document: Readonly<Record<string, unknown>>): {
  request: BuildRequest;
  scan?: Scan;
} {
  const fields = Object.keys(allowed);
  const unknown = Object.keys(document).filter(
    (key) => ![...fields, ...ADDED_FIELDS, STARTED_BY].includes(key),
  );
  const result = buildRequestSchema.safeParse(document);
  const wrong = new Set(result.error?.issues.map(({ path }) => String(path[0])));
  const problems = [
    ...unknown.map((key) => {
      const near = nearest(key, fields);
      const fix = near === undefined ? `allowed are ${fields.join(', ')}` : `did you mean ${near}?`;
      return `the input has the unknown field ${quote(key)}: ${fix}`;
    }),
    ...[...wrong].map((field) => {
      const found = document[field] === undefined ? 'missing' : quote(JSON.stringify(document[field]));
      return `the input's ${field} is ${found}: allowed is ${allowed[field as keyof typeof allowed]}`;
    }),
  ];
  if (problems.length > 0 || result.data === undefined)
    throw new InvalidInput(`Nothing was launched, because ${problems.join('; and ')}`);
  const { scan } = document;
  return { request: result.data, ...(scan === undefined ? {} : { scan: scanSchema.parse(scan) }) };
}

/** The name of the requested recipe; `undefined`: the input contains no valid name. */
export function requestedRecipeName({ recipe }: { readonly recipe?: unknown }): string | undefined {
  const name = typeof recipe === 'object' ? (recipe as { name?: unknown } | null)?.name : recipe;
  return typeof name === 'string' && name !== '' ? name : undefined;
}
