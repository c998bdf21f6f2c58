import type { Fault } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
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
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('makes at most 15 calls within a minute (seed %i)', async (seed) => {
    const { pipeline, run } = simulate({ recipes: [recipeFile(plainRecipe)], seed });
    const { output } = await run(pipeline.start('plain').result);
    const { spent } = (output as { cleanup: { spent: Spent } }).cleanup;
    expect(spent.calls).toBeLessThanOrEqual(15);
    expect(spent.seconds).toBeLessThanOrEqual(60);
  });
});
