import { AwsError } from '../errors.ts';

/**
 * What the API model of SSM asks of one member of a request. The service looks at all of them before anything else, and names
 * every one that fails in one message.
 */
export interface Constraint {
  readonly required?: true;
  /** Characters of a text, or items of a list: at least, at most. */
  readonly length?: readonly [least: number, most: number];
  /** Of a number: at least, at most. */
  readonly range?: readonly [least: number, most: number];
  readonly pattern?: RegExp;
  readonly oneOf?: readonly string[];
  /** What each text of a list has to be. */
  readonly each?: Constraint;
  /** The members of a structure, or of each structure in a list. */
  readonly members?: Constraints;
}

export type Constraints = Readonly<Record<string, Constraint>>;

/** Refuses a request that the model rules out. */
export function check(input: object, constraints: Constraints): void {
  const failures = failuresOf(input, constraints, '');
  if (failures.length === 0) return;
  const errors = failures.length === 1 ? 'error' : 'errors';
  throw new AwsError(
    'ValidationException',
    `${failures.length} validation ${errors} detected: ${failures.join('; ')}`,
  );
}

/** One failure, for what is refused by hand. */
export function validationError(value: unknown, path: string, constraint: string): AwsError {
  return new AwsError(
    'ValidationException',
    `1 validation error detected: ${failure(value, path, constraint)}`,
  );
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
  const failures = broken(value, constraint).map((text) => failure(value, path, text));
  const { each, members } = constraint;
  if (!Array.isArray(value)) {
    return members === undefined ? failures : [...failures, ...failuresOf(value, members, `${path}.`)];
  }
  if (each !== undefined && value.some((item) => broken(item, each).length > 0)) {
    failures.push(failure(value, path, `Member must satisfy constraint: [${textsOf(each).join(', ')}]`));
  }
  if (members === undefined) return failures;
  const inner = value.flatMap((item, index) =>
    failuresOf(item as object, members, `${path}.${index + 1}.member.`),
  );
  return [...failures, ...inner];
}

/** The texts of all that a constraint asks, in the order in which AWS lists them. */
function textsOf({ length, range, pattern, oneOf }: Constraint): string[] {
  return [
    ...(length === undefined ? [] : [atMost('length', length[1]), atLeast('length', length[0])]),
    ...(range === undefined ? [] : [atMost('value', range[1]), atLeast('value', range[0])]),
    ...(pattern === undefined ? [] : [`Member must satisfy regular expression pattern: ${pattern.source}`]),
    ...(oneOf === undefined ? [] : [`Member must satisfy enum value set: [${oneOf.join(', ')}]`]),
  ];
}

function broken(value: unknown, { length, range, pattern, oneOf }: Constraint): string[] {
  const size = typeof value === 'string' || Array.isArray(value) ? value.length : undefined;
  return [
    ...(length === undefined || size === undefined ? [] : outside(size, length, 'length')),
    ...(range === undefined || typeof value !== 'number' ? [] : outside(value, range, 'value')),
    ...(pattern === undefined || new RegExp(`^(?:${pattern.source})$`, pattern.flags).test(String(value))
      ? []
      : textsOf({ pattern })),
    ...(oneOf === undefined || oneOf.includes(String(value)) ? [] : textsOf({ oneOf })),
  ];
}

function outside(size: number, [least, most]: readonly [number, number], what: 'length' | 'value'): string[] {
  if (size < least) return [atLeast(what, least)];
  return size > most ? [atMost(what, most)] : [];
}

const atLeast = (what: string, least: number) => `Member must have ${what} greater than or equal to ${least}`;
const atMost = (what: string, most: number) => `Member must have ${what} less than or equal to ${most}`;

const failure = (value: unknown, path: string, constraint: string) =>
  `Value ${shown(value)} at '${path}' failed to satisfy constraint: ${constraint}`;

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (Array.isArray(value)) return `'[${value.map(inside).join(', ')}]'`;
  return `'${inside(value)}'`;
}

const inside = (value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value);

const lowered = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);

/** Constraints that several operations share (botocore, the service model of SSM). */
export const parameterName = { length: [1, 2048] } as const satisfies Constraint;
export const tagList = {
  length: [0, 1000],
  members: {
    Key: { required: true, length: [1, 128], pattern: /^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$/u },
    Value: { required: true, length: [0, 256], pattern: /^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$/u },
  },
} as const satisfies Constraint;
/** Of a document of one's own, and of any: with its ARN, when it is another account's. */
export const documentName = { pattern: /^[a-zA-Z0-9_\-.]{3,128}$/ } as const satisfies Constraint;
export const documentArn = { pattern: /^[a-zA-Z0-9_\-.:/]{3,128}$/ } as const satisfies Constraint;
export const documentVersion = {
  pattern: /([$]LATEST|[$]DEFAULT|^[1-9][0-9]*$)/,
} as const satisfies Constraint;
export const versionName = { pattern: /^[a-zA-Z0-9_\-.]{1,128}$/ } as const satisfies Constraint;
export const instanceId = { pattern: /(^i-(\w{8}|\w{17})$)|(^mi-\w{17}$)/ } as const satisfies Constraint;
export const id = { length: [36, 36] } as const satisfies Constraint;
