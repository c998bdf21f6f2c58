import { describe, expect, it } from 'vitest';
import { versionOf } from '../../shared/build/version.ts';
import { AT, failureOf, type SimulatedBuild, simulateBuild, withoutSpent } from '../simulated-build.ts';

const read = async ({ run, pipeline }: SimulatedBuild, document: object) =>
  withoutSpent(
    await run(pipeline.invoke('readHistory', { execution: 'read', startTime: AT.toISOString(), document })),
  );

describe('ReadHistory', () => {
  it('returns the channels in their order, the releases and the moves', async () => {
    const build = simulateBuild();
    await build.through('publish');
    const version = versionOf('test-execution', AT.toISOString());
    expect(await read(build, { recipe: 'plain' })).toMatchObject({
      status: 'ready',
      recipe: 'plain',
      channels: [
        { name: 'candidate', parameter: '/golden-images/plain/candidate', version, by: 'a person' },
        { name: 'stable', parameter: '/golden-images/plain/stable' },
      ],
      releases: [{ version, images: { 'us-east-1': expect.any(String), 'eu-west-1': expect.any(String) } }],
      history: [{ channel: 'candidate', how: 'released', to: version }],
    });
  });

  it('returns the same when it is repeated, also without a release', async () => {
    const build = simulateBuild();
    const first = await read(build, { recipe: 'plain' });
    expect(first).toMatchObject({ releases: [], history: [] });
    expect(await read(build, { recipe: 'plain' })).toEqual(first);
  });

  it('reports that the table cannot be read', async () => {
    const build = simulateBuild({
      faults: [{ call: 'GetItem', error: 'AccessDeniedException', status: 400 }],
    });
    expect(await failureOf(read(build, { recipe: 'plain' }))).toMatchObject({ name: 'Denied' });
  });

  it('refuses a recipe that is not deployed, and a document without a recipe', async () => {
    const build = simulateBuild();
    expect(await failureOf(read(build, { recipe: 'other' }))).toMatchObject({ name: 'InvalidInput' });
    expect(await failureOf(read(build, {}))).toMatchObject({ name: 'Defect' });
  });
});
