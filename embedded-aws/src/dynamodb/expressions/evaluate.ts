import type { Item, Value } from '../records.ts';
import { bytesOf, compareValues, elementsOf, equalValues, typeOf } from '../values.ts';
import type { Comparator, Condition } from './conditions.ts';
import type { FunctionCall, Operand } from './operands.ts';
import { valueAt } from './paths.ts';

/** Whether a condition is true for an item. An item that does not exist has no attributes. */
export function holdsFor(condition: Condition, item: Item): boolean {
  const value = (operand: Operand | undefined) => operandValue(operand, item);
  switch (condition.kind) {
    case 'and':
      return condition.conditions.every((part) => holdsFor(part, item));
    case 'or':
      return condition.conditions.some((part) => holdsFor(part, item));
    case 'not':
      return !holdsFor(condition.condition, item);
    case 'comparison': {
      const [left, right] = condition.operands;
      return compares(value(left), condition.comparator, value(right));
    }
    case 'between': {
      const [operand, lower, upper] = condition.operands;
      const tested = value(operand);
      return compares(tested, '>=', value(lower)) && compares(tested, '<=', value(upper));
    }
    case 'in': {
      const tested = value(condition.operand);
      return condition.list.some((operand) => compares(tested, '=', value(operand)));
    }
    case 'function':
      return calls(condition, item);
  }
}

/** A missing value is not equal to any value. */
export function compares(left: Value | undefined, comparator: Comparator, right: Value | undefined): boolean {
  const areEqual = left !== undefined && right !== undefined && equalValues(left, right);
  if (comparator === '=') return areEqual;
  if (comparator === '<>') return !areEqual;
  if (left === undefined || right === undefined) return false;
  const order = compareValues(left, right);
  if (order === undefined) return false;
  if (comparator === '<') return order < 0;
  if (comparator === '<=') return order <= 0;
  return comparator === '>' ? order > 0 : order >= 0;
}

function operandValue(operand: Operand | undefined, item: Item): Value | undefined {
  if (operand?.kind === 'path') return valueAt(item, operand.path);
  if (operand?.kind === 'value') return operand.value;
  // `size` is the only function that a condition may use as an operand.
  return operand?.kind === 'function' ? sizeOf(operandValue(operand.operands[0], item)) : undefined;
}

function calls({ name, operands }: FunctionCall, item: Item): boolean {
  const [first, second] = operands.map((operand) => operandValue(operand, item));
  if (name === 'attribute_not_exists') return first === undefined;
  if (first === undefined) return false;
  if (name === 'attribute_exists') return true;
  if (second === undefined) return false;
  if (name === 'attribute_type') return 'S' in second && typeOf(first) === second.S;
  return name === 'begins_with' ? beginsWith(first, second) : contains(first, second);
}

export function beginsWith(value: Value, start: Value): boolean {
  if ('S' in value && 'S' in start) return value.S.startsWith(start.S);
  if ('B' in value && 'B' in start) return hexOf(value.B).startsWith(hexOf(start.B));
  return false;
}

function contains(value: Value, part: Value): boolean {
  if ('S' in value && 'S' in part) return value.S.includes(part.S);
  if ('B' in value && 'B' in part) {
    return Buffer.from(bytesOf(value.B)).includes(Buffer.from(bytesOf(part.B)));
  }
  if ('L' in value) return value.L.some((element) => equalValues(element, part));
  const [type, content] = Object.entries(part)[0] as [string, unknown];
  return typeOf(value) === `${type}S` && elementsOf(value)?.includes(String(content)) === true;
}

function sizeOf(value: Value | undefined): Value | undefined {
  if (value === undefined) return undefined;
  const size = lengthOf(value);
  return size === undefined ? undefined : { N: String(size) };
}

function lengthOf(value: Value): number | undefined {
  if ('S' in value) return value.S.length;
  if ('B' in value) return bytesOf(value.B).length;
  if ('L' in value) return value.L.length;
  if ('M' in value) return Object.keys(value.M).length;
  return elementsOf(value)?.length;
}

const hexOf = (text: string) => Buffer.from(text, 'base64').toString('hex');
