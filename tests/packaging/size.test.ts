import { expect, it } from 'vitest';
import { bundleFunctions, functionKeys, packagedOptions } from '../../packaging/bundles.ts';
import { describeExcess, readRecordedSizes } from '../../packaging/sizes.ts';

const bundles = await bundleFunctions(functionKeys(), await packagedOptions());

it.each(bundles)('$key is within its budget', ({ key, code, origins }) => {
  const excess = describeExcess(key, code.length, origins, readRecordedSizes()[key]);
  expect(excess ?? 'within budget').toBe('within budget');
});

it('names the origins that grew, the largest growth first', () => {
  const recorded = { yaml: 100_000, zod: 30_000, 'shared/build': 5_000 };
  const now = { yaml: 101_000, zod: 30_000, 'shared/build': 2_000, moment: 300_000 };
  const total = Object.values(now).reduce((sum, bytes) => sum + bytes, 0);
  expect(describeExcess('stop', total, now, recorded)).toBe(
    'stop has 433 kB, but the budget is 400 kB. Growth since the recorded sizes: moment 300 kB, yaml 1 kB.',
  );
  expect(describeExcess('stop', total, now, undefined)).toMatch(
    /^stop has 433 kB, but the budget is 400 kB\. Largest parts: moment 300 kB, yaml 101 kB, zod 30 kB, shared\/build 2 kB\.$/,
  );
  expect(describeExcess('stop', 400_000, now, recorded)).toBeUndefined();
  expect(describeExcess('stop', 400_000, { ...now, recipes: 40_000 }, recorded)).toBeUndefined();
});
