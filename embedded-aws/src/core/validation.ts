import { AwsError } from './errors.ts';

/**
 * The checks that AWS's service framework makes of a request by the service's model, before the service sees it, in its words: it
 * looks at all members, and names those that fail in one message.
 */
export interface Constraint {
  readonly required?: true;
  /** Characters of a text, items of a list, keys of a map: at least, at most. */
  readonly length?: readonly [least: number, most: number];
  /** Of a number: at least, at most. */
  readonly range?: readonly [least: number, most: number];
  /** What the whole of a text has to match. */
  readonly pattern?: RegExp;
  readonly oneOf?: readonly string[];
  /** What each text of a list has to be. */
  readonly each?: Constraint;
  /** The members of a structure, or of each structure in a list. */
  readonly members?: Constraints;
  /** How AWS writes the value in a message, where not as it writes others; `undefined`: it does not repeat it. */
  readonly shown?: ((value: never) => unknown) | undefined;
}

export type Constraints = Readonly<Record<string, Constraint>>;

/** So many failures are named at the most. */
const failuresMax = 10;

interface Words {
  /** What the service calls such an error; one that speaks AWS query calls it `ValidationError`. */
  readonly code?: string;
  /** Where the checked structure stands in the request: `transactItems.1.member.put`. */
  readonly at?: string;
}

/** Refuses a request, or a structure in it, that the model rules out. Members are checked in the order of their constraints. */
export function check(input: object, constraints: Constraints, { code, at }: Words = {}): void {
  refuse(failuresOf(input, constraints, at === undefined ? '' : `${at}.`), code);
}

/** Refuses a single value that the model rules out. */
export function checkValue(value: unknown, path: string, constraint: Constraint): void {
  refuse(failuresAt(value, constraint, path));
}

/** The refusal of a value for something that constraints cannot say. */
export function validationError(value: unknown, path: string, constraint: string): AwsError {
  return refusal([failure(value, path, constraint)]);
}

function refuse(failures: readonly string[], code?: string): void {
  if (failures.length > 0) throw refusal(failures.slice(0, failuresMax), code);
}

function refusal(failures: readonly string[], code = 'ValidationException'): AwsError {
  const errors = failures.length === 1 ? 'error' : 'errors';
  return new AwsError(code, `${failures.length} validation ${errors} detected: ${failures.join('; ')}`);
}

function failuresOf(input: object, constraints: Constraints, prefix: string): string[] {
  return Object.entries(constraints).flatMap(([name, constraint]) =>
    failuresAt((input as Record<string, unknown>)[name], constraint, `${prefix}${lowered(name)}`),
  );
}

function failuresAt(value: unknown, constraint: Constraint, path: string): string[] {
  if (value === undefined || value === null) {
    return constraint.required ? [failure(value, path, 'Member must not be null')] : [];
  }
  const { each, members } = constraint;
  const texts = broken(value, constraint);
  if (each !== undefined && Array.isArray(value) && value.some((item) => broken(item, each).length > 0)) {
    texts.push(`Member must satisfy constraint: [${textsOf(each).join(', ')}]`);
  }
  const own = texts.map((text) => failure(value, path, text, constraint));
  if (members === undefined) return own;
  const inner = Array.isArray(value)
    ? value.flatMap((item, index) => failuresOf(item ?? {}, members, `${path}.${index + 1}.member.`))
    : failuresOf(value, members, `${path}.`);
  return [...own, ...inner];
}

/** What a value breaks, in the order in which the constraint lists it. */
function broken(value: unknown, constraint: Constraint): string[] {
  return Object.keys(constraint).flatMap((name) => {
    const { length, range, pattern, oneOf } = constraint;
    const size = sizeOf(value);
    if (name === 'length' && length !== undefined && size !== undefined) {
      return outside(size, length, 'length');
    }
    if (name === 'range' && range !== undefined && typeof value === 'number') {
      return outside(value, range, 'value');
    }
    if (name === 'pattern' && pattern !== undefined && !isMatch(pattern, value)) return textsOf({ pattern });
    if (name === 'oneOf' && oneOf !== undefined && !oneOf.includes(String(value))) return textsOf({ oneOf });
    return [];
  });
}

function sizeOf(value: unknown): number | undefined {
  if (typeof value === 'string' || Array.isArray(value) || value instanceof Uint8Array) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : undefined;
}

const isMatch = ({ source, flags }: RegExp, value: unknown): boolean =>
  new RegExp(`^(?:${source})$`, flags).test(String(value));

/** The texts of all that a constraint asks, in the order in which AWS lists them. */
function textsOf({ length, range, pattern, oneOf }: Constraint): string[] {
  return [
    ...(length === undefined ? [] : [atMost('length', length[1]), atLeast('length', length[0])]),
    ...(range === undefined ? [] : [atMost('value', range[1]), atLeast('value', range[0])]),
    ...(pattern === undefined ? [] : [`Member must satisfy regular expression pattern: ${pattern.source}`]),
    ...(oneOf === undefined ? [] : [`Member must satisfy enum value set: [${oneOf.join(', ')}]`]),
  ];
}

function outside(size: number, [least, most]: readonly [number, number], what: 'length' | 'value'): string[] {
  if (size < least) return [atLeast(what, least)];
  return size > most ? [atMost(what, most)] : [];
}

const atLeast = (what: string, least: number) => `Member must have ${what} greater than or equal to ${least}`;
const atMost = (what: string, most: number) => `Member must have ${what} less than or equal to ${most}`;

function failure(value: unknown, path: string, text: string, constraint: Constraint = {}): string {
  const shownValue = 'shown' in constraint ? constraint.shown?.(value as never) : (value ?? null);
  const shown = shownValue === null ? ' null' : shownValue === undefined ? '' : ` '${written(shownValue)}'`;
  return `Value${shown} at '${path}' failed to satisfy constraint: ${text}`;
}

/** A value as the framework, which is Java, writes it. */
function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return String(value);
  const entries = Object.entries(value).map(([key, item]) => `${key}=${written(item)}`);
  return `{${entries.join(', ')}}`;
}

const lowered = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);
