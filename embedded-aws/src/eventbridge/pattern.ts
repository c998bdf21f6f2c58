import { AwsError } from '../core/errors.ts';
import { isDeeperThan, jsonLevelsMax } from '../core/nesting.ts';
import { type Matcher, matcherOf } from './matchers.ts';
import { isObject, PatternError } from './pattern-error.ts';

/**
 * A parsed event pattern: a list of alternatives. One alternative must match. `$or` creates several
 * alternatives. Each alternative has matchers by field path. The rules and messages come from event-ruler,
 * the library that EventBridge runs (aws/event-ruler, JsonRuleCompiler).
 */
export type Pattern = readonly Fields[];
type Fields = ReadonlyMap<string, readonly Matcher[]>;

/** Reads a pattern. Refuses an invalid pattern as PutRule and TestEventPattern do. */
export function readPattern(text: string): Pattern {
  try {
    const pattern = parse(text);
    if (!isObject(pattern)) throw new PatternError('Filter is not an object');
    return alternativesOf(pattern, '', [new Map()]);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const reason = error.message === '' ? '' : ` Reason: ${error.message}`;
    throw new AwsError('InvalidEventPatternException', `Event pattern is not valid.${reason}`);
  }
}

function parse(text: string): unknown {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch {
    throw new PatternError();
  }
  if (isDeeperThan(pattern, jsonLevelsMax)) throw new PatternError();
  return pattern;
}

/** Adds an object of the pattern to each of the existing alternatives. */
function alternativesOf(
  pattern: Readonly<Record<string, unknown>>,
  prefix: string,
  alternatives: readonly Fields[],
  isInOr = false,
): readonly Fields[] {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw new PatternError('Empty objects are not allowed');
  let result = alternatives;
  for (const [name, value] of entries) {
    if (name === '$or') {
      result = alternativesOfOr(value, prefix, result);
      continue;
    }
    if (isInOr && reservedInOr.has(name)) {
      throw new PatternError(`${name} is Ruler reserved fieldName which cannot be used inside $or.`);
    }
    const path = prefix === '' ? name : `${prefix}.${name}`;
    if (Array.isArray(value)) {
      const matchers = value.map(matcherOf);
      if (matchers.length === 0) throw new PatternError('Empty arrays are not allowed');
      result = result.map((fields) => new Map([...fields, [path, matchers]]));
    } else if (isObject(value)) {
      result = alternativesOf(value, path, result, isInOr);
    } else {
      throw new PatternError(`"${name}" must be an object or an array`);
    }
  }
  return result;
}

function alternativesOfOr(
  value: unknown,
  prefix: string,
  alternatives: readonly Fields[],
): readonly Fields[] {
  if (!Array.isArray(value)) throw new PatternError('It must be an Array followed with $or.');
  const found = value.flatMap((branch: unknown) => {
    if (!isObject(branch)) {
      throw new PatternError('Only JSON object is allowed in array of $or relationship.');
    }
    return alternativesOf(branch, prefix, alternatives, true);
  });
  if (value.length < 2) throw new PatternError('There must have at least 2 Objects in $or relationship.');
  if (found.length > alternativesMax) throw new PatternError();
  return found;
}

/** The alternatives of several `$or`s multiply. AWS's limit is assumed. */
const alternativesMax = 1000;

const reservedInOr: ReadonlySet<string> = new Set([
  ...[
    'exactly',
    'equals-ignore-case',
    'prefix',
    'suffix',
    'anything-but',
    'exists',
    'wildcard',
    'numeric',
    'cidr',
  ],
  ...['=', '<', '<=', '>', '>=', 'regex', 'not-wildcard', 'not-equals-ignore-case'],
  ...['date-after', 'date-on-or-after', 'date-before', 'date-on-or-before', 'in-date-range'],
  ...['ip-address-in-range', 'ip-address-not-in-range'],
]);

/** A scalar value of the event, with its position: an element index for each array that contains it. */
interface Leaf {
  readonly value: unknown;
  readonly elements: ReadonlyMap<number, number>;
}

export function matches(pattern: Pattern, event: unknown): boolean {
  const leaves = new Map<string, Leaf[]>();
  collect(event, '', new Map(), leaves, { arrays: 0 });
  return pattern.some((fields) => holdsFrom([...fields], 0, new Map(), leaves));
}

function collect(
  value: unknown,
  path: string,
  elements: ReadonlyMap<number, number>,
  leaves: Map<string, Leaf[]>,
  counts: { arrays: number },
): void {
  if (Array.isArray(value)) {
    const array = counts.arrays++;
    for (const [index, item] of value.entries()) {
      collect(item, path, new Map([...elements, [array, index]]), leaves, counts);
    }
  } else if (isObject(value)) {
    for (const [name, item] of Object.entries(value)) {
      collect(item, path === '' ? name : `${path}.${name}`, elements, leaves, counts);
    }
  } else {
    const there = leaves.get(path);
    if (there === undefined) leaves.set(path, [{ value, elements }]);
    else there.push({ value, elements });
  }
}

/** Whether the fields from `index` on match leaves. Fields below the same array must match in the same element. */
function holdsFrom(
  fields: readonly (readonly [string, readonly Matcher[]])[],
  index: number,
  elements: ReadonlyMap<number, number>,
  leaves: ReadonlyMap<string, readonly Leaf[]>,
): boolean {
  const field = fields[index];
  if (field === undefined) return true;
  const [path, matchers] = field;
  const candidates = leaves.get(path) ?? [];
  if (candidates.length === 0) {
    return matchers.includes('absent') && holdsFrom(fields, index + 1, elements, leaves);
  }
  return candidates.some((leaf) => {
    const agrees = [...leaf.elements].every(
      ([array, element]) => (elements.get(array) ?? element) === element,
    );
    if (!agrees || !matchers.some((matcher) => matcher !== 'absent' && matcher(leaf.value))) return false;
    return holdsFrom(fields, index + 1, new Map([...elements, ...leaf.elements]), leaves);
  });
}
