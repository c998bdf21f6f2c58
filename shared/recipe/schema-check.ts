import * as z from 'zod/mini';
import { nearest } from './nearest.ts';
import { fieldName, quote } from './problem.ts';
import { type Words, wordsOf } from './schema-field.ts';

/** Something wrong at a place in a file, before it is known where in a file that place is. */
export interface Finding {
  readonly path: readonly PropertyKey[];
  /** The key itself is wrong, not its value. */
  readonly atKey?: boolean;
  readonly found: string;
  readonly allowed: string;
  readonly fix: string;
  /** The field that an unknown one was most likely meant to be. */
  readonly meant?: string | undefined;
}

/** How a value was written in the file, where that says more than the value: 012 is the number 12. */
export type Written = (path: readonly PropertyKey[]) => string | undefined;

/** A result, if there is nothing wrong. */
export interface Checked<T> {
  readonly result?: T;
  readonly findings: Finding[];
}

type Path = readonly PropertyKey[];
type Fields = Readonly<Record<string, unknown>>;
type Shape = Readonly<Record<string, z.core.$ZodType>>;

/**
 * Everything in which `value` does not satisfy `schema`, in this project's words and not in zod's.
 *
 * Unions are explained by the alternative that the user evidently meant, since a list of all that would have made
 * each alternative match says nothing. They are told apart by their own keys: `imageId`, `shell`, …
 */
export function explain(
  schema: z.core.$ZodType,
  value: unknown,
  written: Written,
  prefix: Path = [],
): Finding[] {
  const result = z.safeParse(schema, value);
  if (result.success) return [];
  // One finding for each place and kind: a text that is too long and of the wrong form is wrong once.
  const findings = new Map<string, Finding[]>();
  for (const issue of result.error.issues.toSorted(formBeforeLength)) {
    // What is wrong with a key is a matter of the map that has it.
    const owner = issue.code === 'invalid_key' ? issue.path.slice(0, -1) : issue.path;
    const union = unionOn(schema, owner);
    const kind = union !== undefined ? 'union' : issue.code === 'unrecognized_keys' ? 'keys' : 'value';
    const key = JSON.stringify([kind, ...(union ?? issue.path).map(String)]);
    if (findings.has(key)) continue;
    const path = [...prefix, ...(union ?? issue.path)];
    const found = valueAt(value, union ?? issue.path);
    const at = schemaAt(schema, union ?? owner);
    findings.set(
      key,
      union === undefined
        ? explainIssue(at, issue, found, path, written)
        : explainUnion(at, found, path, written),
    );
  }
  return withoutMeant([...findings.values()].flat());
}

/**
 * A value that is too long and of the wrong form too is explained by its form: an id with one digit too many is no id. What is only
 * too long breaks another rule, and has a message of its own.
 */
const formBeforeLength = (a: z.core.$ZodIssue, b: z.core.$ZodIssue): number =>
  Number(a.code === 'too_big') - Number(b.code === 'too_big');

/** A field that is missing because its name is misspelt is one mistake, not two. */
function withoutMeant(findings: readonly Finding[]): Finding[] {
  const meant = new Set(
    findings.flatMap(({ path, meant }) => (meant ? [fieldName([...path.slice(0, -1), meant])] : [])),
  );
  return findings.filter(({ path, found }) => found !== nothing || !meant.has(fieldName(path)));
}

/**
 * What the schema makes of the value, or what is wrong with it. `more` are findings of the caller's own rules; a field is
 * explained once, by what is most basically wrong with it.
 */
export function checkAgainst<S extends z.core.$ZodType>(
  schema: S,
  value: unknown,
  written: Written,
  more: readonly Finding[] = [],
): Checked<z.output<S>> {
  const explained = explain(schema, value, written);
  const wrong = new Set(explained.map(({ path }) => fieldName(path)));
  const findings = withoutMeant([...explained, ...more.filter(({ path }) => !wrong.has(fieldName(path)))]);
  if (findings.length > 0) return { findings };
  return { result: z.parse(schema, value), findings };
}

/** The value at a path, or undefined where the path leaves what is there. Inherited properties are not there. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, part) => {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    return (at as Record<PropertyKey, unknown>)[part];
  }, value);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as a message shows it. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return nothing;
  if (typeof value === 'string') return value === '' ? 'an empty text' : quote(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (!isFields(value)) return String(value);
  const keys = Object.keys(value);
  if (keys.length === 0) return 'an empty map';
  const shown = keys.slice(0, 4).map((key) => fieldName([key]));
  return `a map with ${shown.join(', ')}${keys.length > shown.length ? ', …' : ''}`;
}

function explainIssue(
  schema: z.core.$ZodType,
  issue: z.core.$ZodIssue,
  value: unknown,
  path: Path,
  written: Written,
): Finding[] {
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(shapeOf(schema));
    return issue.keys.map((key) => unknownField(key, known, path));
  }
  const told = wordsOf(issue.code === 'invalid_key' ? keySchema(schema) : schema);
  if (issue.code === 'invalid_key') {
    const key = String(path.at(-1));
    const allowed = told?.allowed ?? 'a key of 1 to 128 characters';
    const [first] = issue.issues.toSorted(formBeforeLength);
    const length = first === undefined ? undefined : tooLong(first, key, told);
    if (length !== undefined)
      return [{ path, atKey: true, allowed, ...length, found: `the key ${length.found}` }];
    return [
      {
        path,
        atKey: true,
        found: [`the key ${quote(key)}`, wrongOf(told?.wrong, key)].filter(Boolean).join(', '),
        allowed,
        fix: fixOf(told?.fix, key) ?? 'choose another key',
      },
    ];
  }
  const allowed = told?.allowed ?? allowedBy(schema);
  if (value === undefined) return [missingField(path, allowed, fixOf(told?.fix, value) ?? told?.otherwise)];
  if (issue.code === 'invalid_type') {
    // Of a field that is not allowed at all, the type says nothing.
    const kind = defOf(schema).type === 'never' ? undefined : kindOf(value);
    const found = kind === undefined ? show(value) : `${written(path) ?? show(value)}, ${kind}`;
    return [{ path, found, allowed, fix: typeFix(schema, value, told?.fix, written(path)) }];
  }
  const length = tooLong(issue, value, told);
  if (length !== undefined) return [{ path, allowed, ...length }];
  const wrong = value === '' ? undefined : wrongOf(told?.wrong, value);
  const found = wrong === undefined ? show(value) : `${show(value)}, ${wrong}`;
  const isWord = issue.code === 'invalid_value' && typeof value === 'string';
  const near = isWord ? nearest(value, issue.values.map(String)) : undefined;
  const fix =
    fixOf(told?.fix, value) ??
    (near === undefined ? (told?.otherwise ?? 'choose one of these') : `did you mean ${near}?`);
  return [{ path, found, allowed, fix }];
}

/** What is said of a text or a list that is too long and otherwise right. */
function tooLong(
  issue: z.core.$ZodIssue,
  value: unknown,
  told: Words | undefined,
): Pick<Finding, 'found' | 'fix'> | undefined {
  if (issue.code !== 'too_big' || (typeof value !== 'string' && !Array.isArray(value))) return undefined;
  const over = value.length - Number(issue.maximum);
  if (Array.isArray(value)) {
    return { found: show(value), fix: told?.shorten ?? `remove ${over === 1 ? 'one' : over} of them` };
  }
  const by = `shorten it by ${over} character${over === 1 ? '' : 's'}`;
  return { found: `${show(value)}, which has ${value.length} characters`, fix: told?.shorten ?? by };
}

function explainUnion(union: z.core.$ZodType, value: unknown, path: Path, written: Written): Finding[] {
  const told = wordsOf(union);
  const options = optionsOf(union) ?? [];
  const allowed = told?.allowed ?? 'one of several forms';
  const fix = fixOf(told?.fix, value);
  if (value === undefined) return [missingField(path, allowed, fix)];
  const maps = options.filter((option) => defOf(option).type === 'object');
  if (!isFields(value) || maps.length === 0) {
    const list = options.find((option) => defOf(option).type === 'array');
    if (Array.isArray(value) && list !== undefined) return explain(list, value, written, path);
    const kind = kindOf(value);
    const found = kind === undefined ? show(value) : `${written(path) ?? show(value)}, ${kind}`;
    return [{ path, found, allowed, fix: value === null ? emptyFix : (fix ?? 'write it as one of these') }];
  }
  const shapes = maps.map(shapeOf);
  const known = [...new Set(shapes.flatMap((shape) => Object.keys(shape)))];
  const all = shapes.map((shape) => Object.keys(shape).filter((key) => isWay(shape, key, shapes)));
  // The first field of its own is what an alternative is named after; the others tell only where no such name is given.
  const names = all.map((keys) => keys.slice(0, 1));
  const ways = names.flat().some((name) => Object.hasOwn(value, name)) ? names : all;
  const meant = maps.filter((_, index) => ways[index]?.some((way) => Object.hasOwn(value, way)));
  const [only] = maps.length === 1 ? maps : meant;
  if (only !== undefined && meant.length < 2) return explain(only, value, written, path);

  const unknown = Object.keys(value).filter((key) => !known.includes(key));
  const findings = unknown.map((key) => unknownField(key, known, path));
  if (meant.length > 1) {
    const given = ways.flatMap((keys) => keys.filter((key) => Object.hasOwn(value, key)));
    const both =
      given.length === 2
        ? `both ${given.join(' and ')}`
        : `${given.slice(0, -1).join(', ')} and ${given.at(-1)}`;
    findings.push({
      path,
      found: both,
      allowed,
      fix: `keep one and remove ${given.length === 2 ? 'the other' : 'the others'}`,
    });
  } else if (!unknown.some((key) => nearest(key, ways.flat()) !== undefined)) {
    findings.push({ path, found: show(value), allowed, fix: fix ?? 'choose one of these' });
  }
  return findings;
}

/** A field by which one tells which alternative is meant: it must be there, and no other alternative has it. */
function isWay(shape: Shape, key: string, shapes: readonly Shape[]): boolean {
  const isOptional = (shape[key] as z.core.$ZodTypes | undefined)?._zod.def.type === 'optional';
  return !isOptional && shapes.every((other) => other === shape || !(key in other));
}

const nothing = 'nothing';
const emptyFix = 'give it a value, or remove the line';

function missingField(path: Path, allowed: string, fix: string | undefined): Finding {
  const add = `add the field ${String(path.at(-1))}`;
  return { path, found: nothing, allowed, fix: fix === undefined ? add : `${add}: ${fix}` };
}

function unknownField(key: string, known: readonly string[], path: Path): Finding {
  const near = nearest(key, known);
  return {
    path: [...path, key],
    atKey: true,
    found: `the unknown field ${quote(key)}`,
    allowed: known.join(', '),
    fix: near === undefined ? 'remove it' : `did you mean ${near}?`,
    meant: near,
  };
}

function typeFix(
  schema: z.core.$ZodType,
  value: unknown,
  told: Words['fix'],
  written: string | undefined,
): string {
  if (value === null) return emptyFix;
  const { type } = defOf(schema);
  const scalar = typeof value !== 'object';
  const special = typeof told === 'function' ? told(value) : undefined;
  if (special !== undefined) return special;
  if (type === 'string' && scalar) return `put it in quotes: "${written ?? String(value)}"`;
  if (type === 'array' && scalar) return `write it as a list: [${written ?? show(value)}]`;
  if (type === 'boolean') return 'write true or false, without quotes: yes and no are texts in YAML 1.2';
  if (type === 'object') return 'write each field as name: value';
  return typeof told === 'string' ? told : `write ${allowedBy(schema)}`;
}

const wrongOf = (wrong: Words['wrong'], found: unknown): string | undefined =>
  typeof wrong === 'function' ? wrong(found) : wrong;

const fixOf = (fix: Words['fix'], found: unknown): string | undefined =>
  typeof fix === 'function' ? fix(found) : fix;

/** Of a value of the wrong type: which type it is, where showing it does not say so already. */
function kindOf(value: unknown): string | undefined {
  if (typeof value === 'number') return 'a number';
  if (typeof value === 'boolean') return 'true or false';
  return typeof value === 'string' ? 'a text' : undefined;
}

function allowedBy(schema: z.core.$ZodType): string {
  const def = defOf(schema);
  switch (def.type) {
    case 'string':
      return 'a text';
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list';
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

/** The definition of what a schema is about, without `optional` and `default` around it. */
function defOf(schema: z.core.$ZodType): z.core.$ZodTypes['_zod']['def'] {
  return bare(schema)._zod.def;
}

function bare(schema: z.core.$ZodType): z.core.$ZodTypes {
  const known = schema as z.core.$ZodTypes;
  const def = known._zod.def;
  const wraps = def.type === 'optional' || def.type === 'default' || def.type === 'prefault';
  return wraps ? bare(def.innerType) : known;
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

/** The path of the first union that `path` leads to or through. */
function unionOn(schema: z.core.$ZodType, path: Path): Path | undefined {
  const parts = [...path.map((_, index) => path.slice(0, index)), path];
  return parts.find((part) => optionsOf(schemaAt(schema, part)) !== undefined);
}

/** The schema at a path that leads through no union. */
function schemaAt(schema: z.core.$ZodType, path: Path): z.core.$ZodType {
  return path.reduce<z.core.$ZodType>((at, part) => {
    const def = defOf(at);
    if (def.type === 'object') return bare(def.shape[String(part)] ?? at);
    if (def.type === 'array') return bare(def.element);
    if (def.type === 'record') return bare(def.valueType);
    return at;
  }, bare(schema));
}
