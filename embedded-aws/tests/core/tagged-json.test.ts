import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromTaggedJson, toTaggedJson } from '../../src/core/tagged-json.ts';

const again = (value: unknown): unknown => fromTaggedJson(toTaggedJson(value));

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  key: fc.oneof(
    fc.string(),
    fc.constantFrom('$bytes', '$$bytes', '$map', '$undefined', '$date', '$', '__proto__'),
  ),
  values: [
    fc.boolean(),
    fc.integer(),
    fc.double(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(null, undefined),
    fc.uint8Array(),
  ],
});

it('returns plain data unchanged', () => {
  fc.assert(
    fc.property(anything, (value) => {
      expect(again(value)).toStrictEqual(value);
    }),
    { seed: 42, numRuns: 2000 },
  );
});

it.each([
  ['bytes', { body: new Uint8Array([0, 1, 255]) }, '{"body":{"$bytes":"AAH/"}}'],
  ['numbers that are not finite', [Number.NaN, Number.NEGATIVE_INFINITY, -0], undefined],
  ['a key that looks like a tag', { $bytes: 'AAH/' }, '{"$$bytes":"AAH/"}'],
  ['a key that looks like an escaped tag', { $$set: [{ $map: 1 }] }, undefined],
  ['a tag with another key', { $bytes: 'AAH/', more: 1 }, '{"$bytes":"AAH/","more":1}'],
  ['a map in a set', new Set([new Map([['a', new Date(5)]])]), undefined],
  ['undefined values', { a: undefined, b: [undefined, null] }, undefined],
])('writes %s', (_, value, json) => {
  expect(again(value)).toStrictEqual(value);
  if (json !== undefined) expect(toTaggedJson(value)).toBe(json);
});

it('leaves JSON values unchanged', () => {
  const value = { text: '{"$bytes":1}', list: [1, 'a', null, { deep: { deeper: true } }] };
  expect(toTaggedJson(value)).toBe(JSON.stringify(value));
});

class Thing {}

it.each([
  ['a function', { run: () => 1 }, 'a function is not plain data and cannot be written'],
  ['a symbol', [Symbol('s')], 'a symbol is not plain data'],
  ['an instance of a class', { deep: [new Thing()] }, 'a Thing is not plain data'],
])('refuses %s instead of losing it', (_, value, message) => {
  expect(() => toTaggedJson(value)).toThrow(message);
});
