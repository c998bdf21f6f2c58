import { AwsError } from './errors.ts';

/**
 * The checks of AWS's service framework, with AWS's texts. The framework checks a request against the
 * service's model before the service gets the request. One message names the failures of all members.
 */
export interface Constraint {
  readonly required?: true;
  /** Number of characters of a text, items of a list, or keys of a map: minimum, maximum. */
  readonly length?: readonly [least: number, most: number];
  /** For a number: minimum, maximum. */
  readonly range?: readonly [least: number, most: number];
  /** Pattern that the whole text must match. */
  readonly pattern?: RegExp;
  readonly oneOf?: readonly string[];
  /** Constraint for each text in a list. */
  readonly each?: Constraint;
  /** The members of a structure, or of each structure in a list. */
  readonly members?: Constraints;
  /** How AWS writes the value in a message, if not in the usual form; `undefined`: AWS does not repeat the value. */
  readonly shown?: ((value: never) => unknown) | undefined;
}

export type Constraints = Readonly<Record<string, Constraint>>;

/** The maximum number of failures in a message. */
const failuresMax = 10;

interface Words {
  /** The service's code for such an error. Services with AWS query use `ValidationError`. */
  readonly code?: string;
  /** The path of the checked structure in the request: `transactItems.1.member.put`. */
  readonly at?: string;
}

/**
 * Refuses a request, or a structure in it, that violates the model. Checks members in the order of their constraints.
 */
export function check(input: object, constraints: Constraints, { code, at }: Words = {}): void {
  refuse(failuresOf(input, constraints, at === undefined ? '' : `${at}.`), code);
}

/** Refuses a single value that violates the model. */
export function checkValue(value: unknown, path: string, constraint: Constraint): void {
  refuse(failuresAt(value, constraint, path));
}

/** The error for a value that violates a rule that constraints cannot express. */
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
    failuresAt((input as Record<string, unknown>)[name], constraint, `${prefix}${lowerFirst(name)}`),
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

/** The violations of a value, in the order in which the constraint lists them. */
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

/** The texts of all parts of a constraint, in the order in which AWS lists them. */
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

/** A value as the framework writes it; the framework is written in Java. */
function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return String(value);
  const entries = Object.entries(value).map(([key, item]) => `${key}=${written(item)}`);
  return `{${entries.join(', ')}}`;
}

const lowerFirst = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);
