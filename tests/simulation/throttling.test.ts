import { type Fault, inventory } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import type { Spent } from '../../shared/build/spent.ts';
import { plainRecipe, recipeFile, simulate } from '../simulated-build.ts';

const throttled = { error: 'ThrottlingException', message: 'Rate exceeded', status: 400 } as const;
const limited = { error: 'RequestLimitExceeded', message: 'Request limit exceeded.', status: 503 } as const;

describe('a build whose calls are throttled for a long time', () => {
  it.each<[string, Fault]>([
    ['the start of the automation', { call: 'StartAutomationExecution', times: 60, ...throttled }],
    ['the reads of the automation', { call: 'GetAutomationExecution', times: 200, ...throttled }],
    ['the reads of images', { call: 'DescribeImages', times: 200, skip: 3, ...limited }],
    ['the copies', { call: 'CopyImage', times: 60, ...limited }],
  ])('succeeds in spite of %s', async (_, fault) => {
    const { pipeline, run } = simulate({ recipes: [recipeFile(plainRecipe)], faults: [fault] });
    expect(await run(pipeline.start('plain').result)).toMatchObject({ status: 'SUCCEEDED' });
  });
});

describe('clean-up after a release', () => {
  // A builder of an image without copies is still shutting down when clean-up begins.
  const recipes = { 'two regions': plainRecipe, 'one region': { ...plainRecipe, regions: ['us-east-1'] } };
  const cases = [1, 2, 3, 4, 5, 6, 19].flatMap((seed) =>
    (['two regions', 'one region'] as const).map((regions) => ({ seed, regions })),
  );

  it.each(cases)(
    'makes at most 15 calls within a minute ($regions, seed $seed)',
    async ({ seed, regions }) => {
      const { pipeline, run, pass } = simulate({ recipes: [recipeFile(recipes[regions])], seed });
      const { output } = await run(pipeline.start('plain').result);
      const { spent, remaining } = (output as { cleanup: { spent: Spent; remaining: object[] } }).cleanup;
      expect(spent.calls).toBeLessThanOrEqual(15);
      expect(spent.seconds).toBeLessThanOrEqual(60);
      expect(remaining).toEqual([]);
      await pass(600);
      const kinds = new Set(inventory(pipeline, HOME.account).map(({ kind }) => kind));
      expect([...kinds].toSorted()).toEqual(['image', 'snapshot']);
    },
  );
});
