import { invalid } from './refusals.ts';

/** A decimal number: `digits` × 10^`exponent`. The digits have no trailing zeros. */
interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

const digitsMax = 38;
const magnitudeMax = 125;
const magnitudeMin = -130;

/** A number in DynamoDB's canonical form. Refuses a number that DynamoDB cannot store exactly. */
export function canonicalNumber(text: string): string {
  return written(kept(parsed(text)));
}

export function compareNumbers(a: string, b: string): number {
  const [left, right] = aligned(parsed(a), parsed(b));
  return left < right ? -1 : left > right ? 1 : 0;
}

export function addNumbers(a: string, b: string): string {
  return combined(a, b, (left, right) => left + right);
}

export function subtractNumbers(a: string, b: string): string {
  return combined(a, b, (left, right) => left - right);
}

/**
 * The size of a number in bytes: about one byte per two digits (DynamoDB developer guide, Item
 * sizes and formats).
 */
export function numberBytes(text: string): number {
  const { digits } = parsed(text);
  if (digits === 0n) return 1;
  return Math.ceil(lengthOf(digits) / 2) + 1 + (digits < 0n ? 1 : 0);
}

function combined(a: string, b: string, combine: (left: bigint, right: bigint) => bigint): string {
  const [x, y] = [parsed(a), parsed(b)];
  const [left, right] = aligned(x, y);
  return written(kept(normal(combine(left, right), Math.min(x.exponent, y.exponent))));
}

function parsed(text: string): Decimal {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match ?? [];
  if (match === null || whole + fraction === '') {
    throw invalid(`The parameter cannot be converted to a numeric value${text === '' ? '' : `: ${text}`}`);
  }
  const digits = BigInt(`${whole}${fraction}`);
  return normal(sign === '-' ? -digits : digits, Number(exponent) - fraction.length);
}

function normal(digits: bigint, exponent: number): Decimal {
  if (digits === 0n) return { digits, exponent: 0 };
  const [, zeros = ''] = /(0*)$/.exec(digits.toString()) ?? [];
  return { digits: digits / 10n ** BigInt(zeros.length), exponent: exponent + zeros.length };
}

function kept(number: Decimal): Decimal {
  if (number.digits === 0n) return number;
  const magnitude = lengthOf(number.digits) - 1 + number.exponent;
  if (magnitude > magnitudeMax) {
    throw invalid('Number overflow. Attempting to store a number with magnitude larger than supported range');
  }
  if (magnitude < magnitudeMin) {
    throw invalid(
      'Number underflow. Attempting to store a number with magnitude smaller than supported range',
    );
  }
  if (lengthOf(number.digits) > digitsMax) {
    throw invalid('Attempting to store more than 38 significant digits in a Number');
  }
  return number;
}

function written({ digits, exponent }: Decimal): string {
  const sign = digits < 0n ? '-' : '';
  const text = (digits < 0n ? -digits : digits).toString();
  if (exponent >= 0) return `${sign}${text}${'0'.repeat(exponent)}`;
  const padded = text.padStart(1 - exponent, '0');
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

function aligned(a: Decimal, b: Decimal): [bigint, bigint] {
  const exponent = Math.min(a.exponent, b.exponent);
  const scaled = (number: Decimal) => number.digits * 10n ** BigInt(number.exponent - exponent);
  return [scaled(a), scaled(b)];
}

const lengthOf = (digits: bigint) => digits.toString().replace('-', '').length;
