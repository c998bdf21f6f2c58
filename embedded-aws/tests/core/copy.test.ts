import fc from 'fast-check';
import { expect, it } from 'vitest';
import { copyOf } from '../../src/core/copy.ts';

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  key: fc.oneof(fc.string(), fc.constant('__proto__')),
});

/** The objects in a value, at every level. */
const objectsIn = (value: unknown): object[] =>
  typeof value === 'object' && value !== null ? [value, ...Object.values(value).flatMap(objectsIn)] : [];

it('a copy is the same as that of structuredClone', () => {
  fc.assert(
    fc.property(anything, (value) => {
      expect(copyOf(value)).toStrictEqual(structuredClone(value));
    }),
    { seed: 1 },
  );
});

it('a copy shares no object with its original', () => {
  fc.assert(
    fc.property(anything, (value) => {
      const originals = new Set(objectsIn(value));
      expect(objectsIn(copyOf(value)).filter((object) => originals.has(object))).toEqual([]);
    }),
    { seed: 1 },
  );
});

it('a function cannot be copied', () => {
  expect(() => copyOf({ waits: [() => {}] })).toThrow('could not be cloned');
});
