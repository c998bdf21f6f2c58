import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { drawerOf, type Latencies, type Latency, latencies as shared } from '../../src/core/latency.ts';
import { services } from '../../src/services.ts';

/** The latency tables of all services. */
const latencies: Latencies = Object.assign(
  {},
  shared,
  ...Object.values(services).map((one) => one.latencies),
);
const drawSeconds = drawerOf(latencies);

const entries = Object.entries(latencies);

test('docs/latency.md shows the latency tables', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/latency.md'), 'utf8');
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| what '))
    .map((line) => line.slice(2, -2).split(' | '));
  expect(rows.toSorted()).toEqual(
    entries
      .map(([name, { min, typical, p99, basis }]) => [name, `${min}`, `${typical}`, `${p99}`, basis])
      .toSorted(),
  );
});

test.each(entries)('%s: min, typical and p99 are in order', (_, { min, typical, p99 }) => {
  expect(min).toBeLessThanOrEqual(typical);
  expect(typical).toBeLessThan(p99);
});

test('a draw is between the minimum and twice p99, and is repeatable', () => {
  fc.assert(
    fc.property(fc.constantFrom(...entries), fc.integer(), fc.string(), ([name, { min, p99 }], seed, key) => {
      const seconds = drawSeconds(seed, name, key);
      expect(seconds).toBeGreaterThanOrEqual(min);
      expect(seconds).toBeLessThanOrEqual(2 * p99);
      expect(drawSeconds(seed, name, key)).toBe(seconds);
    }),
  );
});

test('half of the draws are above the typical value, and one in a hundred is above p99', () => {
  const { typical, p99 } = latencies['agent.online'] as Latency;
  const drawn = Array.from({ length: 10_000 }, (_, index) => drawSeconds(1, 'agent.online', index));
  expect(drawn.filter((seconds) => seconds > typical).length / 10_000).toBeCloseTo(0.5, 1);
  expect(drawn.filter((seconds) => seconds > p99).length / 10_000).toBeCloseTo(0.01, 2);
});
