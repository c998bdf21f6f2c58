import { expect, test } from 'vitest';
import { Table } from '../../src/core/table.ts';
import { makeWorld } from '../../src/core/world.ts';
import { services } from '../../src/services.ts';

const options = { seed: 7, now: () => 0 };

const tablesOf = (world: object) =>
  Object.entries(world)
    .filter(([, field]) => field instanceof Table)
    .map(([name]) => name);

test('a world has only the tables of its services: the core has none', () => {
  expect(tablesOf(makeWorld([], options))).toEqual([]);
  expect(tablesOf(makeWorld([services.sts], options))).toEqual(['sessions']);
});

test('two services cannot declare the same field', () => {
  expect(() => makeWorld([services.sts, services.sts], options)).toThrow(
    'two services declare the field sessions of the world',
  );
});
