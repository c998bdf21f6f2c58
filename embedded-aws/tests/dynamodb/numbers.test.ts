import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addNumbers,
  canonicalNumber,
  compareNumbers,
  numberBytes,
  subtractNumbers,
} from '../../src/dynamodb/numbers.ts';

test.each([
  ['0', '0'],
  ['-0', '0'],
  ['00042', '42'],
  ['1.50', '1.5'],
  ['.5', '0.5'],
  ['1e3', '1000'],
  ['-12.5E-2', '-0.125'],
  ['1E-130', `0.${'0'.repeat(129)}1`],
  [`9.${'9'.repeat(37)}E+125`, `${'9'.repeat(38)}${'0'.repeat(88)}`],
])('%s is stored as %s', (text, kept) => {
  expect(canonicalNumber(text)).toBe(kept);
});

test.each(['', ' 1', '1 ', 'one', '1e', '.', '--1', '0x10', 'NaN', 'Infinity', '1,5'])(
  '%j is not a number',
  (text) => {
    expect(() => canonicalNumber(text)).toThrow(/cannot be converted to a numeric value/);
  },
);

describe('arithmetic', () => {
  /** Integers of up to 18 digits, and multiples of 0.1 to 0.000000001. */
  const number = fc
    .tuple(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), fc.nat(9))
    .map(([digits, places]) => ({ digits, places, text: `${digits}e-${places}` }));
  const scaled = (value: { digits: bigint; places: number }) =>
    value.digits * 10n ** BigInt(9 - value.places);

  test('is exact', () => {
    fc.assert(
      fc.property(number, number, (a, b) => {
        const [x, y] = [scaled(a), scaled(b)];
        expect(addNumbers(a.text, b.text)).toBe(canonicalNumber(`${x + y}e-9`));
        expect(subtractNumbers(a.text, b.text)).toBe(canonicalNumber(`${x - y}e-9`));
        expect(compareNumbers(a.text, b.text)).toBe(x < y ? -1 : x > y ? 1 : 0);
      }),
    );
  });

  test('refuses results that cannot be stored', () => {
    expect(() => addNumbers('1e125', `9.${'9'.repeat(37)}e125`)).toThrow(/Number overflow/);
    expect(() => addNumbers('1e38', '1e-1')).toThrow(/more than 38 significant digits/);
  });
});

test.each([
  ['0', 1],
  ['7', 2],
  ['1234', 3],
  ['-1234', 4],
  ['1e100', 2],
])('%s takes %i bytes', (text, bytes) => {
  expect(numberBytes(text)).toBe(bytes);
});
