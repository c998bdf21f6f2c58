import { publishBaseImage } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import type { AnyPlan, Release } from '../../shared/build/execution-document.ts';
import { plainRecipe, recipeFile, simulate } from '../simulated-build.ts';

const HOUR_SECONDS = 3600;
const AMAZON_LINUX = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64';

/** A recipe whose base is the newest release of another recipe. Its channel is an SSM parameter, as AWS's public images have. */
const on = (name: string, base: string) =>
  recipeFile({
    ...plainRecipe,
    name,
    base: { ssmParameter: base },
    regions: ['us-east-1'],
    share: {},
    rebuildOnNewBase: true,
  });

const candidate = (recipe: string) => `/golden-images/${recipe}/candidate`;

describe('a chain of three recipes', () => {
  it('is rebuilt in order after one change of the first base, and then rests', async () => {
    const recipes = [
      on('base', AMAZON_LINUX),
      on('runtime', candidate('base')),
      on('web', candidate('runtime')),
    ];
    const { world, pipeline, run, pass } = simulate({ recipes, triggers: true });
    const pointer = (recipe: string) =>
      world.parameters
        .all()
        .find(({ account, name }) => account === HOME.account && name === candidate(recipe))?.value;
    const built = () =>
      world.executions
        .all()
        .flatMap(({ output, startDate, status }) => {
          const { plan, release } = JSON.parse(output ?? '{}') as { plan?: AnyPlan; release?: Release };
          return plan === undefined || release === undefined ? [] : [{ plan, release, startDate, status }];
        })
        .toSorted((one, other) => one.startDate - other.startDate);
    for (const { recipe } of recipes)
      expect(await run(pipeline.start(recipe.name).result)).toMatchObject({ status: 'SUCCEEDED' });
    await pass(6 * HOUR_SECONDS);
    const before = built().length;

    publishBaseImage(world, { os: 'amazon-linux-2023' });
    await pass(8 * HOUR_SECONDS);
    const chain = built().slice(before);
    expect(chain.map(({ plan, status }) => `${plan.recipe} ${status}`)).toEqual([
      'base SUCCEEDED',
      'runtime SUCCEEDED',
      'web SUCCEEDED',
    ]);
    // Each recipe is built on the new release of the one before it.
    const made = chain.map(({ release }) => release.images[0]?.imageId);
    expect(chain.map(({ plan }) => plan.base).slice(1)).toMatchObject(
      made.slice(0, 2).map((imageId) => ({ imageId })),
    );
    expect(['base', 'runtime', 'web'].map(pointer)).toEqual(made);

    await pass(24 * HOUR_SECONDS);
    expect(built()).toHaveLength(before + 3);
  });
});
