import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { canonicalNumber, compareNumbers, numberBytes } from './numbers.ts';
import type { Item, Value } from './records.ts';
import { invalid, invalidRequest } from './refusals.ts';

export type ValueType = 'S' | 'N' | 'B' | 'BOOL' | 'NULL' | 'SS' | 'NS' | 'BS' | 'L' | 'M';

/** The maximum nesting depth of lists and maps (DynamoDB developer guide, Constraints). */
const depthMax = 32;

export function keptItem(input: Readonly<Record<string, AttributeValue>>, depth = 0): Item {
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [name, keptValue(value, depth)]));
}

/** Converts a request value to a stored value. */
export function keptValue(input: AttributeValue, depth = 0): Value {
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  const [entry] = given;
  if (entry === undefined) {
    throw invalid('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
  }
  if (given.length > 1) {
    throw invalid(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  }
  const value = Object.fromEntries([entry]) as unknown as AttributeValue;
  if (value.S !== undefined) return { S: value.S };
  if (value.N !== undefined) return { N: canonicalNumber(value.N) };
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.BOOL !== undefined) return { BOOL: value.BOOL };
  if (value.NULL !== undefined) {
    if (!value.NULL) throw wrongValue('Null attribute value types must have the value of true');
    return { NULL: true };
  }
  if (value.L !== undefined || value.M !== undefined) {
    if (depth >= depthMax) throw tooDeep();
    if (value.L !== undefined) return { L: value.L.map((element) => keptValue(element, depth + 1)) };
    return { M: keptItem(value.M ?? {}, depth + 1) };
  }
  return setOf(value);
}

const wrongValue = (message: string) =>
  invalidRequest(`One or more parameter values were invalid: ${message}`);

const tooDeep = () => invalid('Nesting Levels have exceeded supported limits');

/**
 * Refuses an updated item that exceeds the maximum nesting depth. The previous item and the
 * update's values can each be within the limit.
 */
export function checkNesting(item: Item, depth = 0): void {
  for (const value of Object.values(item)) checkValueNesting(value, depth);
}

function checkValueNesting(value: Value, depth: number): void {
  if (!('L' in value || 'M' in value)) return;
  if (depth >= depthMax) throw tooDeep();
  if ('M' in value) checkNesting(value.M, depth + 1);
  else for (const element of value.L) checkValueNesting(element, depth + 1);
}

function setOf(value: AttributeValue): Value {
  if (value.SS !== undefined) {
    if (value.SS.length === 0) throw wrongValue('An string set  may not be empty');
    if (hasDuplicates(value.SS)) {
      throw wrongValue(`Input collection [${value.SS.join(', ')}] contains duplicates.`);
    }
    return { SS: value.SS };
  }
  if (value.NS !== undefined) {
    if (value.NS.length === 0) throw wrongValue('An number set  may not be empty');
    const numbers = value.NS.map(canonicalNumber);
    if (hasDuplicates(numbers)) throw invalidRequest('Input collection contains duplicates');
    return { NS: numbers };
  }
  if (value.BS !== undefined) {
    if (value.BS.length === 0) throw wrongValue('Binary sets should not be empty');
    const elements = value.BS.map(base64);
    if (hasDuplicates(elements)) {
      throw wrongValue(`Input collection [${elements.join(', ')}]of type BS contains duplicates.`);
    }
    return { BS: elements };
  }
  throw invalid('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
}

export function itemShape(item: Item): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, valueShape(value)]));
}

/** Converts a stored value to the SDK's form. */
function valueShape(value: Value): AttributeValue {
  if ('B' in value) return { B: bytesOf(value.B) };
  if ('BS' in value) return { BS: value.BS.map(bytesOf) };
  if ('L' in value) return { L: value.L.map(valueShape) };
  if ('M' in value) return { M: itemShape(value.M) };
  return structuredClone(value) as AttributeValue;
}

export const typeOf = (value: Value): ValueType => Object.keys(value)[0] as ValueType;

export function equalValues(a: Value, b: Value): boolean {
  if ('L' in a && 'L' in b) {
    return a.L.length === b.L.length && a.L.every((element, index) => isEqual(element, b.L[index]));
  }
  if ('M' in a && 'M' in b) {
    const names = Object.keys(a.M);
    return names.length === Object.keys(b.M).length && names.every((name) => isEqual(a.M[name], b.M[name]));
  }
  const [left, right] = [elementsOf(a), elementsOf(b)];
  if (left !== undefined && right !== undefined) {
    return typeOf(a) === typeOf(b) && left.length === right.length && left.every((e) => right.includes(e));
  }
  return JSON.stringify(a) === JSON.stringify(b);
}

function isEqual(a: Value | undefined, b: Value | undefined): boolean {
  return a !== undefined && b !== undefined && equalValues(a, b);
}

/**
 * Returns a number below, equal to or above 0, or `undefined` if the values have no order. Strings
 * and binary values compare by bytes.
 */
export function compareValues(a: Value, b: Value): number | undefined {
  if ('N' in a && 'N' in b) return compareNumbers(a.N, b.N);
  if ('S' in a && 'S' in b) return Buffer.compare(Buffer.from(a.S), Buffer.from(b.S));
  if ('B' in a && 'B' in b) return Buffer.compare(bytesOf(a.B), bytesOf(b.B));
  return undefined;
}

/** The elements of a set. */
export function elementsOf(value: Value): readonly string[] | undefined {
  if ('SS' in value) return value.SS;
  if ('NS' in value) return value.NS;
  if ('BS' in value) return value.BS;
  return undefined;
}

/** The size of an item in bytes (DynamoDB developer guide, Item sizes and formats). */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  );
}

export function valueBytes(value: Value): number {
  if ('S' in value) return Buffer.byteLength(value.S);
  if ('N' in value) return numberBytes(value.N);
  if ('B' in value) return bytesOf(value.B).length;
  if ('SS' in value) return sum(value.SS, (text) => Buffer.byteLength(text));
  if ('NS' in value) return sum(value.NS, numberBytes);
  if ('BS' in value) return sum(value.BS, (text) => bytesOf(text).length);
  if ('L' in value) return 3 + sum(value.L, (element) => 1 + valueBytes(element));
  if ('M' in value) return 3 + Object.keys(value.M).length + itemBytes(value.M);
  return 1;
}

const sum = <T>(list: readonly T[], size: (element: T) => number) =>
  list.reduce((total, element) => total + size(element), 0);

const hasDuplicates = (list: readonly string[]) => new Set(list).size < list.length;

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

export const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
