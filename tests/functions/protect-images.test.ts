import { describe, expect, it } from 'vitest';
import type { Protection } from '../../shared/build/execution-document.ts';
import { plainRecipe, type SimulatedBuild, simulateBuild, withoutSpent } from '../simulated-build.ts';

const recipe = { ...plainRecipe, image: { deregistrationProtection: 'on' } };
const denied = { error: 'UnauthorizedOperation', status: 403, message: 'An explicit deny.' } as const;

const protectionsOf = ({ world }: SimulatedBuild) =>
  world.images
    .all()
    .filter(({ tags }) => tags['golden-image:role'] === 'release')
    .map(({ region, deregistrationProtection }) => [region, deregistrationProtection?.withCooldown]);

describe('ProtectImages', () => {
  it('protects the images of every region, and only after they are published', async () => {
    const build = simulateBuild({ recipe });
    await build.through('publish');
    expect(protectionsOf(build)).toEqual([
      ['us-east-1', undefined],
      ['eu-west-1', undefined],
    ]);
    expect(withoutSpent(await build.finish<Protection>('protectImages'))).toEqual({ status: 'ready' });
    expect(protectionsOf(build)).toEqual([
      ['us-east-1', false],
      ['eu-west-1', false],
    ]);
  });

  it('with a cooldown, if the recipe says so', async () => {
    const image = { deregistrationProtection: 'with-cooldown' };
    const build = simulateBuild({ recipe: { ...recipe, image } });
    await build.through('protectImages');
    expect(protectionsOf(build)).toEqual([
      ['us-east-1', true],
      ['eu-west-1', true],
    ]);
  });

  it('protects each image once, also if the function runs again', async () => {
    const build = simulateBuild({ recipe, faults: [{ lambda: 'ProtectImages', happens: 'killed after' }] });
    await build.through('protectImages');
    const repeated = await build.invoke<Protection>('protectImages');
    expect(withoutSpent(repeated)).toEqual({ status: 'ready' });
    expect(protectionsOf(build)).toEqual([
      ['us-east-1', false],
      ['eu-west-1', false],
    ]);
  });

  it('reports a region that refuses, and protects the others', async () => {
    const call = 'EnableImageDeregistrationProtection';
    const build = simulateBuild({
      recipe,
      faults: [{ call, region: 'eu-west-1', times: 'always', ...denied }],
    });
    const { warnings } = await build.through<Protection>('protectImages');
    expect(warnings).toEqual([
      expect.stringMatching(
        /^The image ami-\w+ in eu-west-1 is not protected: .*EnableImageDeregistrationProtection/,
      ),
    ]);
    expect(protectionsOf(build)).toEqual([
      ['us-east-1', false],
      ['eu-west-1', undefined],
    ]);
  });

  it('reports an image that somebody has deregistered', async () => {
    const build = simulateBuild({ recipe });
    await build.through('publish');
    const lost = build.world.images
      .all()
      .find(({ region, tags }) => region === 'eu-west-1' && 'golden-image:role' in tags);
    build.world.images.put(
      { ...lost, state: 'deregistered' } as NonNullable<typeof lost>,
      build.world.now(),
      0,
    );
    const { warnings } = await build.finish<Protection>('protectImages');
    expect(warnings).toEqual([
      `The image ${lost?.id} in eu-west-1 was not visibly protected before the deadline`,
    ]);
  });
});
