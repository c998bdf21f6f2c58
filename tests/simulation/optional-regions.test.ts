import type { Fault } from 'embedded-aws';
import { describe, expect, test } from 'vitest';
import type { Published, Release } from '../../shared/build/execution-document.ts';
import { plainRecipe, recipeFile } from '../simulated-build.ts';
import { simulateLeftovers } from '../simulated-leftovers.ts';

const OPTIONAL = 'ap-southeast-2';
const required = plainRecipe.regions;
const recipe = { ...plainRecipe, optionalRegions: [OPTIONAL] };
const denied = { error: 'UnauthorizedOperation', status: 403, message: 'An explicit deny.' } as const;

const failures: [what: string, faults: Fault[]][] = [
  [
    'every copy fails',
    [{ image: 'fails', by: 'CopyImage', region: OPTIONAL, times: 'always', message: 'No.' }],
  ],
  ['a copy never ends', [{ image: 'hangs', by: 'CopyImage', region: OPTIONAL }]],
  ['copies are denied', [{ call: 'CopyImage', region: OPTIONAL, times: 'always', ...denied }]],
  [
    'the permissions are denied',
    [{ call: 'ModifyImageAttribute', region: OPTIONAL, times: 'always', ...denied }],
  ],
];

describe('an optional region in which', () => {
  test.each(failures)('%s: the release goes on without it, and nothing is left there', async (_, faults) => {
    const { pipeline, run, world, resources } = simulateLeftovers({ recipes: [recipeFile(recipe)], faults });
    const { status, cause, output } = await run(pipeline.start('plain').result);
    expect([status, cause]).toEqual(['SUCCEEDED', undefined]);
    const { release, publication } = output as { release: Release; publication: Published };
    expect(release.images.map(({ region }) => region)).toEqual(required);
    expect(release.failedRegions?.map(({ region }) => region)).toEqual([OPTIONAL]);
    expect(resources().filter(({ region }) => region === OPTIONAL)).toEqual([]);
    expect(resources().filter(({ kind }) => kind === 'image')).toHaveLength(required.length);
    const parameters = world.parameters.all().filter(({ name }) => name === publication.channel?.parameter);
    expect(parameters.map(({ region }) => region).toSorted()).toEqual(required.toSorted());
  });
});

test('an outage in an optional region with a launch template does not fail the build', async () => {
  const launchTemplates = [{ region: OPTIONAL, id: 'lt-0123456789abcdef0' }];
  const { pipeline, run } = simulateLeftovers({
    recipes: [recipeFile({ ...recipe, publish: { launchTemplates } })],
    faults: [
      {
        call: 'DescribeLaunchTemplateVersions',
        region: OPTIONAL,
        times: 'always',
        error: 'InternalError',
        status: 500,
        message: 'An internal error has occurred',
      },
    ],
  });
  const { status, cause, output } = await run(pipeline.start('plain').result);
  expect([status, cause]).toEqual(['SUCCEEDED', undefined]);
  const { release } = output as { release: Release };
  expect(release.images.map(({ region }) => region)).toEqual(required);
  expect(release.failedRegions).toMatchObject([
    { region: OPTIONAL, reason: expect.stringContaining('An internal error has occurred') },
  ]);
});

test('a build that is stopped after the release keeps it, although a copy to an optional region is left', async () => {
  const { run, pass, world, stopped, cleanUp } = simulateLeftovers({
    recipes: [recipeFile(recipe)],
    faults: [{ call: 'ModifyImageAttribute', region: OPTIONAL, times: 'always', ...denied }],
  });
  const { name, outcome } = await stopped('CleanUp');
  expect(outcome.status).toBe('ABORTED');
  await pass(3600);
  expect((await cleanUp({ executions: [{ execution: name }] })).status).toBe('SUCCEEDED');
  const left = world.images.all().filter(({ tags }) => tags['golden-image:execution'] === name);
  expect(left.map(({ region }) => region).toSorted()).toEqual(required.toSorted());
  await run(Promise.resolve());
});
