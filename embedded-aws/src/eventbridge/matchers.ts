import { BlockList, isIP } from 'node:net';
import { isObject, PatternError } from './pattern-error.ts';

/** The condition of one entry in the array of a field: the field is absent, or its value passes a test. */
export type Matcher = 'absent' | ((value: unknown) => boolean);
type Test = (value: unknown) => boolean;

/** Parses one entry of an array in a pattern: a value, or an object with one match type. */
export function matcherOf(entry: unknown): Matcher {
  if (Array.isArray(entry))
    throw new PatternError('Match value must be String, number, true, false, or null');
  if (!isObject(entry)) return exactly(entry);
  const [type, operand] = onlyEntry(
    entry,
    'Match expression name not found',
    'Only one key allowed in match expression',
  );
  if (type === 'exists') {
    if (typeof operand !== 'boolean')
      throw new PatternError('exists match pattern must be either true or false.');
    return operand ? () => true : 'absent';
  }
  const read = Object.hasOwn(matchTypes, type) ? matchTypes[type] : undefined;
  if (read === undefined) throw new PatternError(`Unrecognized match type ${type}`);
  return read(operand);
}

function onlyEntry(
  object: Readonly<Record<string, unknown>>,
  ifNone: string,
  ifMore: string,
): [string, unknown] {
  const [entry, second] = Object.entries(object);
  if (entry === undefined) throw new PatternError(ifNone);
  if (second !== undefined) throw new PatternError(ifMore);
  return entry;
}

/** Different texts can be the same IP address. */
function exactly(expected: unknown): Test {
  if (typeof expected !== 'string' || isIP(expected) === 0) return (value) => value === expected;
  const addresses = new BlockList();
  addresses.addAddress(expected, family(expected));
  return (value) => value === expected || isListed(addresses, value);
}

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
const isListed = (addresses: BlockList, value: unknown) =>
  typeof value === 'string' && isIP(value) !== 0 && addresses.check(value, family(value));

const onText =
  (test: (text: string) => boolean): Test =>
  (value) =>
    typeof value === 'string' && test(value);

function text(operand: unknown, type: string): string {
  if (typeof operand !== 'string') throw new PatternError(`${type} match pattern must be a string`);
  return operand;
}

const matchTypes: Readonly<Record<string, (operand: unknown) => Test>> = {
  exactly: (operand) => exactly(text(operand, 'exact')),
  prefix: affix('prefix', 'Prefix', (value, part) => value.startsWith(part)),
  suffix: affix('suffix', 'Suffix', (value, part) => value.endsWith(part)),
  'equals-ignore-case': (operand) => {
    const expected = text(operand, 'equals-ignore-case').toLowerCase();
    return onText((value) => value.toLowerCase() === expected);
  },
  wildcard: (operand) => wildcard(text(operand, 'wildcard')),
  cidr: (operand) => cidr(text(operand, 'prefix')),
  numeric,
  'anything-but': anythingBut,
};

/** `prefix` and `suffix`. Both may contain `equals-ignore-case`. */
function affix(type: string, title: string, has: (value: string, part: string) => boolean) {
  return (operand: unknown): Test => {
    if (!isObject(operand)) {
      const part = text(operand, type);
      return onText((value) => has(value, part));
    }
    const [inner, value] = onlyEntry(
      operand,
      `${title} expression name not found`,
      'Only one key allowed in match expression',
    );
    if (inner !== 'equals-ignore-case') throw new PatternError(`Unsupported ${type} pattern: ${inner}`);
    const part = text(value, 'equals-ignore-case').toLowerCase();
    return onText((candidate) => has(candidate.toLowerCase(), part));
  };
}

/**
 * AWS does not publish how complex a wildcard may be. Patterns with six wildcards have been refused; here five are
 * allowed.
 */
const wildcardsMax = 5;

function wildcard(pattern: string): Test {
  let source = '';
  let stars = 0;
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    const next = pattern.charAt(index + 1);
    // Ruler counts bytes, starting at the opening quotation mark.
    const position = () => Buffer.byteLength(pattern.slice(0, index)) + 1;
    if (character === '*') {
      if (next === '*') throw new PatternError(`Consecutive wildcard characters at pos ${position()}`);
      source += '.*';
      stars++;
    } else if (character === '\\') {
      if (next !== '*' && next !== '\\')
        throw new PatternError(`Invalid escape character at pos ${position()}`);
      source += `\\${next}`;
      index++;
    } else {
      source += character.replace(/[.+?^${}()|[\]]/, '\\$&');
    }
  }
  if (stars > wildcardsMax) {
    throw new PatternError(
      'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character',
    );
  }
  const expression = new RegExp(`^${source}$`, 's');
  return onText((value) => expression.test(value));
}

function cidr(range: string): Test {
  const parts = range.split('/');
  const [address = '', mask = ''] = parts;
  if (parts.length !== 2) throw new PatternError("Malformed CIDR, one '/' required");
  if (!/^[+-]?\d+$/.test(mask)) throw new PatternError('Malformed CIDR, mask bits must be an integer');
  const bits = Number(mask);
  if (bits < 0) throw new PatternError('Malformed CIDR, mask bits must not be negative');
  const version = isIP(address);
  if (version === 0) throw new PatternError(`Nonstandard IP address: ${address}`);
  if (version === 4 && bits > 31) throw new PatternError('IPv4 mask bits must be < 32');
  if (bits > 127) throw new PatternError('IPv6 mask bits must be < 128');
  const addresses = new BlockList();
  addresses.addSubnet(address, bits, family(address));
  return (value) => isListed(addresses, value);
}

const onNumber =
  (test: (number: number) => boolean): Test =>
  (value) =>
    typeof value === 'number' && test(value);

function numeric(operand: unknown): Test {
  if (!Array.isArray(operand)) throw new PatternError('Value of numeric must be an array.');
  const [operator, value, ...rest] = operand as unknown[];
  if (typeof operator !== 'string') {
    throw new PatternError(
      `Invalid member in numeric match: ${operator === undefined ? ']' : JSON.stringify(operator)}`,
    );
  }
  const name = operator === '=' ? 'equals' : operator;
  const bound = () => {
    if (typeof value !== 'number') throw new PatternError(`Value of ${name} must be numeric`);
    return value;
  };
  switch (operator) {
    case '=':
    case '<':
    case '<=': {
      const limit = bound();
      if (rest.length > 0) throw new PatternError('Too many elements in numeric expression');
      return onNumber((number) => compares(number, operator, limit));
    }
    case '>':
    case '>=':
      return from(operator, bound(), rest);
    default:
      throw new PatternError(`Unrecognized numeric range operator: ${operator}`);
  }
}

/** A range with a lower bound and an optional upper bound. */
function from(operator: '>' | '>=', bottom: number, rest: readonly unknown[]): Test {
  if (rest.length === 0) return onNumber((number) => compares(number, operator, bottom));
  const [upper, top, ...more] = rest;
  if (typeof upper !== 'string')
    throw new PatternError(`Bad value in numeric range: ${JSON.stringify(upper)}`);
  if (upper !== '<' && upper !== '<=') throw new PatternError(`Bad numeric range operator: ${upper}`);
  if (typeof top !== 'number') throw new PatternError(`Value of ${upper} must be numeric`);
  if (more.length > 0) throw new PatternError('Too many terms in numeric range expression');
  if (bottom >= top) throw new PatternError('Bottom must be less than top');
  return onNumber((number) => compares(number, operator, bottom) && compares(number, upper, top));
}

function compares(number: number, operator: '=' | '<' | '<=' | '>' | '>=', limit: number): boolean {
  switch (operator) {
    case '=':
      return number === limit;
    case '<':
      return number < limit;
    case '<=':
      return number <= limit;
    case '>':
      return number > limit;
    case '>=':
      return number >= limit;
  }
}

/** The match types that `anything-but` may contain, and the message for operands that are not strings. */
const anythingButTypes: Readonly<Record<string, string>> = {
  'equals-ignore-case':
    'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
  prefix: 'prefix/suffix match pattern must be a string',
  suffix: 'prefix/suffix match pattern must be a string',
  wildcard: 'wildcard match pattern must be a string',
};

/** Matches every present value that is not in the list. Values of other types match as well. */
function anythingBut(operand: unknown): Test {
  if (!isObject(operand)) return anythingButValues(operand);
  const [type, inner] = onlyEntry(
    operand,
    'Anything-But expression name not found',
    'Too many elements in numeric expression',
  );
  const ifNotString = Object.hasOwn(anythingButTypes, type) ? anythingButTypes[type] : undefined;
  if (ifNotString === undefined) throw new PatternError(`Unsupported anything-but pattern: ${type}`);
  checkOperand(inner);
  const tests = [inner].flat().map((part: unknown) => {
    if (typeof part !== 'string') throw new PatternError(ifNotString);
    if (part === '' && (type === 'prefix' || type === 'suffix')) {
      throw new PatternError('Null prefix/suffix not allowed');
    }
    return matchTypes[type]?.(part);
  });
  return (value) => !tests.some((test) => test?.(value));
}

function anythingButValues(operand: unknown): Test {
  checkOperand(operand);
  const values = [operand].flat();
  if (values.some((value) => typeof value !== 'string' && typeof value !== 'number')) {
    throw new PatternError('Inside anything but list, start|null|boolean is not supported.');
  }
  const kinds = new Set(values.map((value) => typeof value));
  if (kinds.size !== 1) {
    throw new PatternError(
      'Inside anything but list, either all values are number or string, mixed type is not supported',
    );
  }
  return (value) => !values.includes(value);
}

function checkOperand(operand: unknown): void {
  if (Array.isArray(operand) || typeof operand === 'string' || typeof operand === 'number') return;
  throw new PatternError('Value of anything-but must be an array or single string/number value.');
}
