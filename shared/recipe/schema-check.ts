import * as z from 'zod/mini';
import { inline } from './inline-yaml.ts';
import { nearest } from './nearest.ts';
import { fieldPath, quote } from './problem.ts';
import { type FieldMessage, messageOf } from './schema-field.ts';

/** A problem at a field. Its position in the file is not known yet. */
export interface FieldProblem {
  readonly path: readonly PropertyKey[];
  /** The key is wrong, not its value. */
  readonly atKey?: boolean;
  readonly found: string;
  readonly allowed: string;
  readonly fix: string;
  /** The known field that an unknown field is probably a misspelling of. */
  readonly suggestion?: string | undefined;
}

/**
 * The text of a value in the file, if the text and the value differ: the text 012 has the value 12. `undefined` if the value is not a
 * number or boolean.
 */
export type SourceTextOf = (path: readonly PropertyKey[]) => string | undefined;

/** `result` is missing if there are problems. */
export interface CheckResult<T> {
  readonly result?: T;
  readonly problems: FieldProblem[];
}

type Path = readonly PropertyKey[];
type Fields = Readonly<Record<string, unknown>>;
type Shape = Readonly<Record<string, z.core.$ZodType>>;

/**
 * Every violation of `schema` in `value`, with this project's messages instead of zod's.
 *
 * For a union, the problems are those of the alternative that the user probably intended. The keys of the value identify that
 * alternative: `imageId`, `shell`, … The violations of all alternatives together would not help the user.
 */
export function explain(
  schema: z.core.$ZodType,
  value: unknown,
  sourceTextOf: SourceTextOf,
  prefix: Path = [],
): FieldProblem[] {
  const result = z.safeParse(schema, value);
  if (result.success) return [];
  // One problem for each path and kind. A string that is too long and has the wrong form is reported once.
  const problems = new Map<string, FieldProblem[]>();
  for (const issue of result.error.issues.toSorted(formBeforeLength)) {
    // An invalid key is a problem of the map that contains the key.
    const owner = issue.code === 'invalid_key' ? issue.path.slice(0, -1) : issue.path;
    const union = unionOn(schema, owner);
    const kind = union !== undefined ? 'union' : issue.code === 'unrecognized_keys' ? 'keys' : 'value';
    const key = JSON.stringify([kind, ...(union ?? issue.path).map(String)]);
    if (problems.has(key)) continue;
    const path = [...prefix, ...(union ?? issue.path)];
    const found = valueAt(value, union ?? issue.path);
    const at = schemaAt(schema, union ?? owner);
    problems.set(
      key,
      union === undefined
        ? explainIssue(at, issue, found, path, sourceTextOf)
        : explainUnion(at, found, path, sourceTextOf),
    );
  }
  return withoutMisspelled([...problems.values()].flat());
}

/**
 * Sorts a violation of the form before a violation of the length. An id with one digit too many is reported as "not an id", not as
 * too long. The length is reported only if the form is right.
 */
const formBeforeLength = (a: z.core.$ZodIssue, b: z.core.$ZodIssue): number =>
  Number(a.code === 'too_big') - Number(b.code === 'too_big');

/** A misspelled field is also a missing field. Only the misspelling is reported. */
function withoutMisspelled(problems: readonly FieldProblem[]): FieldProblem[] {
  const suggested = new Set(
    problems.flatMap(({ path, suggestion }) =>
      suggestion ? [fieldPath([...path.slice(0, -1), suggestion])] : [],
    ),
  );
  return problems.filter(({ path, found }) => found !== NO_VALUE || !suggested.has(fieldPath(path)));
}

/**
 * The parsed value, or the problems. `more` contains the problems that the caller found with its own rules. If the schema also finds a
 * problem at the same field, only the schema's problem is reported.
 */
export function checkSchema<S extends z.core.$ZodType>(
  schema: S,
  value: unknown,
  sourceTextOf: SourceTextOf,
  more: readonly FieldProblem[] = [],
): CheckResult<z.output<S>> {
  const explained = explain(schema, value, sourceTextOf);
  const wrong = new Set(explained.map(({ path }) => fieldPath(path)));
  const problems = withoutMisspelled([
    ...explained,
    ...more.filter(({ path }) => !wrong.has(fieldPath(path))),
  ]);
  if (problems.length > 0) return { problems };
  return { result: z.parse(schema, value), problems };
}

/** The value at a path, or `undefined` if there is none. Inherited properties do not count. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, part) => {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    return (at as Record<PropertyKey, unknown>)[part];
  }, value);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as error messages show it. */
export function showValue(value: unknown): string {
  if (value === undefined || value === null) return NO_VALUE;
  if (typeof value === 'string') return value === '' ? 'an empty string' : quote(value);
  if (Array.isArray(value))
    return value.length === 0 ? 'an empty list' : `a list of ${entries(value.length)}`;
  if (!isFields(value)) return String(value);
  const keys = Object.keys(value);
  if (keys.length === 0) return 'an empty map';
  const shown = keys.slice(0, 4).map((key) => fieldPath([key]));
  return `a map with ${shown.join(', ')}${keys.length > shown.length ? ', …' : ''}`;
}

const entries = (count: number): string => `${count} ${count === 1 ? 'entry' : 'entries'}`;

function explainIssue(
  schema: z.core.$ZodType,
  issue: z.core.$ZodIssue,
  value: unknown,
  path: Path,
  sourceTextOf: SourceTextOf,
): FieldProblem[] {
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(shapeOf(schema));
    const fixes = messageOf(schema)?.unknown;
    return issue.keys.map((key) =>
      unknownField(key, known, path, { ...ownerFix(schema, key, valueAt(value, [key])), ...fixes }),
    );
  }
  const message = messageOf(issue.code === 'invalid_key' ? keySchema(schema) : schema);
  if (issue.code === 'invalid_key') {
    const key = String(path.at(-1));
    const allowed = message?.allowed ?? allowedBy(keySchema(schema));
    const [first] = issue.issues.toSorted(formBeforeLength);
    const length = first === undefined ? undefined : tooLong(first, key, allowed, message);
    if (length !== undefined) return [{ path, atKey: true, ...length, found: `the key ${length.found}` }];
    return [
      {
        path,
        atKey: true,
        found: [`the key ${quote(key)}`, wrongOf(message?.wrong, key)].filter(Boolean).join(', '),
        allowed,
        fix: fixOf(message?.fix, key) ?? 'choose another key',
      },
    ];
  }
  const allowed = message?.allowed ?? allowedBy(schema);
  if (value === undefined)
    return [missingField(path, allowed, fixOf(message?.fix, value) ?? message?.otherwise)];
  if (issue.code === 'invalid_type') {
    // The type does not matter if the field is not allowed at all.
    const { type: expected } = defOf(schema);
    const isFraction = expected === 'number' && typeof value === 'number';
    const type =
      expected === 'never' ? undefined : isFraction ? 'which is not a whole number' : typeName(value);
    const found =
      type === undefined ? showValue(value) : `${sourceTextOf(path) ?? showValue(value)}, ${type}`;
    return [{ path, found, allowed, fix: typeFix(schema, value, message?.fix, sourceTextOf(path), path) }];
  }
  const length = tooLong(issue, value, allowed, message);
  if (length !== undefined) return [{ path, ...length }];
  const wrong = value === '' ? undefined : wrongOf(message?.wrong, value);
  const found = wrong === undefined ? showValue(value) : `${showValue(value)}, ${wrong}`;
  const isEnumValue = issue.code === 'invalid_value' && typeof value === 'string';
  const near = isEnumValue ? nearest(value, issue.values.map(String)) : undefined;
  const fix =
    fixOf(message?.fix, value) ??
    (near === undefined ? (message?.otherwise ?? USE_ALLOWED) : `did you mean ${near}?`);
  return [{ path, found, allowed, fix }];
}

/** The message for a string or list that is too long and otherwise valid. */
function tooLong(
  issue: z.core.$ZodIssue,
  value: unknown,
  allowed: string,
  message: FieldMessage | undefined,
): Pick<FieldProblem, 'found' | 'allowed' | 'fix'> | undefined {
  if (issue.code !== 'too_big' || (typeof value !== 'string' && !Array.isArray(value))) return undefined;
  const most = Number(issue.maximum);
  const over = value.length - most;
  const [found, limit, excess] = Array.isArray(value)
    ? [showValue(value), entries(most), entries(over)]
    : [`${showValue(value)}, which has ${characters(value.length)}`, characters(most), characters(over)];
  return {
    found,
    allowed: new RegExp(`\\b${most}\\b`).test(allowed) ? allowed : `${allowed}; at most ${limit}`,
    fix: message?.shorten ?? `remove ${excess}`,
  };
}

const characters = (count: number): string => `${count} ${count === 1 ? 'character' : 'characters'}`;

function explainUnion(
  union: z.core.$ZodType,
  value: unknown,
  path: Path,
  sourceTextOf: SourceTextOf,
): FieldProblem[] {
  const message = messageOf(union);
  const options = optionsOf(union) ?? [];
  const allowed = message?.allowed ?? 'one of several forms';
  const fix = fixOf(message?.fix, value);
  if (value === undefined) return [missingField(path, allowed, fix)];
  const maps = options.filter((option) => defOf(option).type === 'object');
  if (!isFields(value) || maps.length === 0) {
    const list = options.find((option) => defOf(option).type === 'array');
    if (Array.isArray(value) && list !== undefined) return explain(list, value, sourceTextOf, path);
    const record = options.find((option) => defOf(option).type === 'record');
    if (isFields(value) && record !== undefined) return explain(record, value, sourceTextOf, path);
    const type = typeName(value);
    const found =
      type === undefined ? showValue(value) : `${sourceTextOf(path) ?? showValue(value)}, ${type}`;
    return [
      { path, found, allowed, fix: value === null ? ADD_VALUE : (fix ?? 'use one of the allowed forms') },
    ];
  }
  const shapes = maps.map(shapeOf);
  const known = [...new Set(shapes.flatMap((shape) => Object.keys(shape)))];
  const all = shapes.map((shape) => Object.keys(shape).filter((key) => isUniqueKey(shape, key, shapes)));
  // The first unique key is the name of the alternative. The other unique keys count only if the value contains none of the names.
  const names = all.map((keys) => keys.slice(0, 1));
  const unique = names.flat().some((name) => Object.hasOwn(value, name)) ? names : all;
  const intended = maps.filter((_, index) => unique[index]?.some((key) => Object.hasOwn(value, key)));
  const [only] = maps.length === 1 ? maps : intended;
  if (only !== undefined && intended.length < 2) return explain(only, value, sourceTextOf, path);

  const unknown = Object.keys(value).filter((key) => !known.includes(key));
  const fixes = message?.unknown;
  const problems = unknown.map((key) => unknownField(key, known, path, fixes));
  if (intended.length > 1) {
    const given = unique.flatMap((keys) => keys.filter((key) => Object.hasOwn(value, key)));
    const both =
      given.length === 2
        ? `both ${given.join(' and ')}`
        : `${given.slice(0, -1).join(', ')} and ${given.at(-1)}`;
    problems.push({
      path,
      found: both,
      allowed,
      fix: `keep one of these fields and remove the ${given.length === 2 ? 'other' : 'others'}`,
    });
  } else if (!unknown.some((key) => fixOfUnknown(key, fixes) ?? nearest(key, unique.flat()))) {
    problems.push({ path, found: showValue(value), allowed, fix: fix ?? USE_ALLOWED });
  }
  return problems;
}

/** Whether a key identifies an alternative: the alternative requires the key, and no other alternative has the key. */
function isUniqueKey(shape: Shape, key: string, shapes: readonly Shape[]): boolean {
  const isOptional = (shape[key] as z.core.$ZodTypes | undefined)?._zod.def.type === 'optional';
  return !isOptional && shapes.every((other) => other === shape || !(key in other));
}

const NO_VALUE = 'no value';
const ADD_VALUE = 'add a value, or remove the line';
const USE_ALLOWED = 'use one of the allowed values';

function missingField(path: Path, allowed: string, fix: string | undefined): FieldProblem {
  const add = `add the field ${String(path.at(-1))}`;
  return { path, found: NO_VALUE, allowed, fix: fix === undefined ? add : `${add}: ${fix}` };
}

const fixOfUnknown = (key: string, fixes: FieldMessage['unknown'] = {}): string | undefined =>
  Object.hasOwn(fixes, key) ? fixes[key] : undefined;

function unknownField(
  key: string,
  known: readonly string[],
  path: Path,
  fixes: FieldMessage['unknown'],
): FieldProblem {
  const fix = fixOfUnknown(key, fixes);
  const near = fix === undefined ? nearest(key, known) : undefined;
  return {
    path: [...path, key],
    atKey: true,
    found: `the unknown field ${quote(key)}`,
    allowed: known.join(', '),
    fix: fix ?? (near === undefined ? 'remove the field' : `did you mean ${near}?`),
    suggestion: near,
  };
}

function typeFix(
  schema: z.core.$ZodType,
  value: unknown,
  fix: FieldMessage['fix'],
  sourceText: string | undefined,
  path: Path,
): string {
  if (value === null) return ADD_VALUE;
  const { type } = defOf(schema);
  const scalar = typeof value !== 'object';
  const ownFix = typeof fix === 'function' ? fix(value) : undefined;
  if (ownFix !== undefined) return ownFix;
  if (type === 'string' && scalar) return `put the value in quotes: "${sourceText ?? String(value)}"`;
  if (type === 'array' && scalar) return `write a list: [${sourceText ?? showValue(value)}]`;
  if (isFields(value) && isEntryOf(schema, value))
    return `write a list: ${fieldPath(path.slice(-1))}: [${inline(value)}]`;
  if (type === 'boolean') return 'write true or false, without quotes: in YAML 1.2, yes and no are strings';
  if (type === 'object') return 'write each field as name: value';
  return typeof fix === 'string' ? fix : `write ${allowedBy(schema)}`;
}

/** Whether a map has only fields of the entries of a list, so that only the list around it is missing. */
function isEntryOf(list: z.core.$ZodType, value: Fields): boolean {
  const def = defOf(list);
  if (def.type !== 'array') return false;
  const keys = Object.keys(value);
  const shapes = (optionsOf(def.element) ?? [def.element]).map(shapeOf);
  return keys.length > 0 && shapes.some((shape) => keys.every((key) => Object.hasOwn(shape, key)));
}

/** The fix for a field that belongs to one of the maps in this map: the map, with the field in it. */
function ownerFix(schema: z.core.$ZodType, key: string, value: unknown): Record<string, string> {
  const owners = Object.entries(shapeOf(schema)).flatMap(([name, owner]) =>
    Object.hasOwn(shapeOf(owner), key) ? [name] : [],
  );
  const [owner] = owners;
  if (owner === undefined || owners.length > 1) return {};
  return { [key]: `move it under ${owner}: ${owner}: { ${key}: ${inline(value)} }` };
}

const wrongOf = (wrong: FieldMessage['wrong'], found: unknown): string | undefined =>
  typeof wrong === 'function' ? wrong(found) : wrong;

const fixOf = (fix: FieldMessage['fix'], found: unknown): string | undefined =>
  typeof fix === 'function' ? fix(found) : fix;

/** The type of a value of the wrong type. `undefined` if `showValue` already names the type. */
function typeName(value: unknown): string | undefined {
  if (typeof value === 'number') return 'a number';
  if (typeof value === 'boolean') return 'a boolean';
  return typeof value === 'string' ? 'a string' : undefined;
}

function allowedBy(schema: z.core.$ZodType): string {
  const def = defOf(schema);
  switch (def.type) {
    case 'string':
      return `a string${describeLimits(schema, characters)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list${describeLimits(schema, entries)}`;
    case 'record':
      return 'a map';
    case 'object':
      return `a map with the fields ${Object.keys(def.shape).join(', ')}`;
    case 'enum':
      return Object.values(def.entries).join(', ');
    default:
      return 'a number';
  }
}

/** The limits of a length or of a number of entries, as words after "a string" or "a list". */
function describeLimits(schema: z.core.$ZodType, describeCount: (count: number) => string): string {
  const checks = (defOf(schema).checks ?? []).map((check) => (check as z.core.$ZodChecks)._zod.def);
  const [least = 0] = checks.flatMap((check) => (check.check === 'min_length' ? [check.minimum] : []));
  const [most] = checks.flatMap((check) => (check.check === 'max_length' ? [check.maximum] : []));
  if (most === undefined) return least === 0 ? '' : ` of at least ${describeCount(least)}`;
  return least === 0 ? ` of at most ${describeCount(most)}` : ` of ${least} to ${describeCount(most)}`;
}

/** The definition of a schema without the `optional`, `default` and `prefault` around it. */
function defOf(schema: z.core.$ZodType): z.core.$ZodTypes['_zod']['def'] {
  return unwrapped(schema)._zod.def;
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodTypes {
  const known = schema as z.core.$ZodTypes;
  const def = known._zod.def;
  const wraps = def.type === 'optional' || def.type === 'default' || def.type === 'prefault';
  return wraps ? unwrapped(def.innerType) : known;
}

function shapeOf(schema: z.core.$ZodType): Shape {
  const def = defOf(schema);
  return def.type === 'object' ? def.shape : {};
}

function optionsOf(schema: z.core.$ZodType): readonly z.core.$ZodType[] | undefined {
  const def = defOf(schema);
  return def.type === 'union' ? (def.options as readonly z.core.$ZodType[]) : undefined;
}

function keySchema(schema: z.core.$ZodType): z.core.$ZodType {
  const def = defOf(schema);
  return def.type === 'record' ? def.keyType : schema;
}

/** The path of the first union on the path. */
function unionOn(schema: z.core.$ZodType, path: Path): Path | undefined {
  const parts = [...path.map((_, index) => path.slice(0, index)), path];
  return parts.find((part) => optionsOf(schemaAt(schema, part)) !== undefined);
}

/** The schema at a path without unions. */
function schemaAt(schema: z.core.$ZodType, path: Path): z.core.$ZodType {
  return path.reduce<z.core.$ZodType>((at, part) => {
    const def = defOf(at);
    if (def.type === 'object') return unwrapped(def.shape[String(part)] ?? at);
    if (def.type === 'array') return unwrapped(def.element);
    if (def.type === 'record') return unwrapped(def.valueType);
    return at;
  }, unwrapped(schema));
}
