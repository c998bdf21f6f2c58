import type { Fault, ImageRecord } from 'embedded-aws';
import { describe, expect, test } from 'vitest';
import { deploy } from '../../local/pipeline.ts';
import { readChannels } from '../../shared/aws/channels-table.ts';
import type { Distribute } from '../../shared/build/distribution.ts';
import type { Published, Release } from '../../shared/build/execution-document.ts';
import { plainRecipe, recipeFile } from '../simulated-build.ts';
import { launchAs } from '../simulated-consumer.ts';
import { simulateLeftovers } from '../simulated-leftovers.ts';

const OPTIONAL = 'ap-southeast-2';
const [LISTED, FURTHER, STRANGER] = ['111122223333', '222233334444', '333344445555'] as const;
const recipe = { ...plainRecipe, optionalRegions: [OPTIONAL] };
const [versions, candidate, stable] = ['versions/', 'candidate', 'stable'].map(
  (name) => `/golden-images/plain/${name}`,
) as [string, string, string];

function simulateReleases(faults: Fault[] = [], options: { triggers?: boolean } = {}, of = recipe) {
  const simulation = simulateLeftovers({ recipes: [recipeFile(of)], faults, ...options });
  const { world, pipeline, run } = simulation;
  const { dynamodb, settings } = pipeline.deps;
  const channels = () => run(readChannels({ dynamodb, table: settings.table }, 'plain'));
  const bake = async (): Promise<Release> => {
    const { status, cause, output } = await run(pipeline.start('plain').result);
    expect([status, cause]).toEqual(['SUCCEEDED', undefined]);
    return (output as { release: Release }).release;
  };
  /** `meanwhile` happens right before ShareImages: hours after the plan, if copies are slow. */
  const distribute = async (what: Distribute, meanwhile?: () => void) => {
    let left = meanwhile;
    const { status, error, cause, output } = await run(
      pipeline.distribute({ recipe: 'plain', distribute: what }, ({ type, state }) => {
        if (type !== 'StateEntered' || state?.name !== 'ShareImages') return;
        left?.();
        left = undefined;
      }).result,
    );
    return {
      status,
      error,
      cause,
      ...(output as { release: Release; publication: Published } | undefined),
    };
  };
  /** The image that each parameter of a region names: `candidate`, `stable` or the version. */
  const parametersIn = (region: string): Record<string, string> =>
    Object.fromEntries(
      world.parameters
        .all()
        .filter((one) => one.region === region && one.name.startsWith('/golden-images/'))
        .map(({ name, value }) => [name, value]),
    );
  const launch = (account: string, image: { region?: string; imageId?: string }) =>
    launchAs(simulation, account, image);
  const imagesIn = (region: string) =>
    world.images.all().filter((one) => one.region === region && 'golden-image:version' in one.tags);
  const change = ({ imageId }: { imageId: string }, to: Partial<ImageRecord>) => {
    const image = world.images.get(imageId);
    if (image === undefined) throw new Error(`there is no image ${imageId}`);
    world.images.put({ ...image, ...to }, world.now(), 0);
  };
  const usersOf = ({ imageId }: { imageId: string }) => world.images.get(imageId)?.launchPermissions;
  return { ...simulation, bake, distribute, channels, parametersIn, launch, imagesIn, change, usersOf };
}

const noCopies: Fault = { image: 'fails', by: 'CopyImage', region: OPTIONAL, times: 3, message: 'No.' };
const HOUR_SECONDS = 3600;

describe('a further region', () => {
  test('completes a release: the copy is shared and published like the other images', async () => {
    const { bake, distribute, channels, parametersIn, launch, pipeline, run, imagesIn } = simulateReleases([
      noCopies,
    ]);
    expect((await bake()).failedRegions?.map(({ region }) => region)).toEqual([OPTIONAL]);
    await run(pipeline.moveChannel({ action: 'promote', recipe: 'plain' }).result);
    const before = await channels();
    const version = before.releases[0]?.version ?? '';

    const { status, cause, release, publication } = await distribute({ regions: [OPTIONAL] });
    expect([status, cause]).toEqual(['SUCCEEDED', undefined]);
    const [copy] = release?.images ?? [];
    expect(release?.images).toHaveLength(1);
    expect(publication?.channels?.map(({ name }) => name)).toEqual(['candidate', 'stable']);
    const named = {
      [`${versions}${version}`]: copy?.imageId,
      [candidate]: copy?.imageId,
      [stable]: copy?.imageId,
    };
    expect(parametersIn(OPTIONAL)).toEqual(named);
    expect(await launch(LISTED, copy ?? {})).toBe('allowed');
    expect(await launch(STRANGER, copy ?? {})).toBe('InvalidAMIID.NotFound');
    const after = await channels();
    expect(Object.keys(after.releases[0]?.images ?? {})).toEqual([...plainRecipe.regions, OPTIONAL]);
    expect({ ...after, releases: [] }).toEqual({ ...before, releases: [] });
    const tags = {
      'golden-image:version': version,
      'golden-image:role': 'release',
      'golden-image:recipe': 'plain',
    };
    expect(imagesIn(OPTIONAL)).toMatchObject([{ tags }]);
  });

  test('gets an older release only by its version, and no channel then', async () => {
    const { bake, distribute, channels, parametersIn } = simulateReleases([noCopies]);
    await bake();
    const [{ version } = { version: '' }] = (await channels()).releases;
    const second = await bake();
    const now = parametersIn(OPTIONAL)[candidate];
    expect(second.images.map(({ imageId }) => imageId)).toContain(now);
    const { release, publication } = await distribute({ regions: [OPTIONAL], version });
    expect(publication?.reason).toBe('no channel names the release');
    expect(parametersIn(OPTIONAL)).toMatchObject({
      [candidate]: now,
      [`${versions}${version}`]: release?.images[0]?.imageId,
    });
  });

  test('has the permissions of the release, and loses them with the release', async () => {
    const { bake, distribute, launch, pipeline, run } = simulateReleases([noCopies]);
    const [image] = (await bake()).images;
    await distribute({ accounts: [FURTHER] });
    const [copy] = (await distribute({ regions: [OPTIONAL] })).release?.images ?? [];
    expect(await launch(FURTHER, copy ?? {})).toBe('allowed');
    // The recipe does not list the account.
    expect((await run(pipeline.start('plain').result)).status).toBe('SUCCEEDED');
    for (const one of [image, copy]) expect(await launch(FURTHER, one ?? {})).toBe('InvalidAMIID.NotFound');
    expect(await launch(LISTED, copy ?? {})).toBe('allowed');
  });

  test.each([
    ['a copy that fails', { ...noCopies, times: 'always' } as Fault],
    [
      'a parameter that cannot be written',
      {
        call: 'PutParameter',
        region: OPTIONAL,
        skip: 1,
        times: 'always',
        error: 'AccessDeniedException',
        message: 'An explicit deny.',
        status: 400,
      } as Fault,
    ],
  ])('that fails because of %s leaves the release as it was', async (_, fault) => {
    const faults: Fault[] = [noCopies];
    const { bake, distribute, channels, parametersIn, imagesIn, resources } = simulateReleases(faults);
    await bake();
    const before = [await channels(), resources()];
    faults.push(fault);
    expect((await distribute({ regions: [OPTIONAL] })).status).toBe('FAILED');
    expect(imagesIn(OPTIONAL)).toEqual([]);
    expect(parametersIn(OPTIONAL)).toEqual({});
    expect([await channels(), resources()]).toEqual(before);
  });

  test.each(['CopyImages', 'ShareImages', 'Publish'])(
    'that is stopped in %s leaves nothing',
    async (state) => {
      const { bake, channels, parametersIn, imagesIn, pipeline, run, pass, cleanUp } = simulateReleases(
        [noCopies],
        {
          triggers: true,
        },
      );
      await bake();
      const before = await channels();
      const execution = pipeline.distribute(
        { recipe: 'plain', distribute: { regions: [OPTIONAL] } },
        ({ type, state: entered }) => {
          if (type === 'StateEntered' && entered?.name === state) setTimeout(execution.stop, 2000);
        },
      );
      expect((await run(execution.result)).status).toBe('ABORTED');
      await pass(HOUR_SECONDS);
      await cleanUp();
      expect(parametersIn(OPTIONAL)).toEqual({});
      expect(await channels()).toEqual(before);
      expect(imagesIn(OPTIONAL)).toEqual([]);
      for (const region of plainRecipe.regions) expect(imagesIn(region)).toHaveLength(1);
    },
  );
});

describe('a further region in which the recipe tests the copy', () => {
  /** The region is in `regions` and `test.regions` of the recipe since the release. */
  async function releasedEarlier(faults: Fault[] = [], options: { triggers?: boolean } = {}) {
    const simulation = simulateReleases(faults, options, plainRecipe as typeof recipe);
    await simulation.bake();
    const tested = {
      ...plainRecipe,
      regions: [...plainRecipe.regions, OPTIONAL],
      test: { regions: [OPTIONAL] },
    };
    const later = deploy(simulation.world, [recipeFile(tested)]);
    const testers = () =>
      simulation.world.instances
        .all()
        .filter(({ region, tags }) => region === OPTIONAL && tags['golden-image:role'] === 'tester');
    /** Adds the region, and looks each second who may launch an image there. */
    const add = async () => {
      const seenBy = new Set<string>();
      const testersAtShare: string[] = [];
      const look = () => {
        for (const { launchPermissions } of simulation.imagesIn(OPTIONAL))
          for (const { UserId = 'others' } of launchPermissions) seenBy.add(UserId);
      };
      const ticks = setInterval(look, 1000);
      const request = { recipe: 'plain', distribute: { regions: [OPTIONAL] as [typeof OPTIONAL] } };
      const execution = later.distribute(request, ({ type, state }) => {
        look();
        if (type === 'StateEntered' && state?.name === 'ShareImages' && testersAtShare.length === 0)
          testersAtShare.push(...testers().map((one) => one.state));
      });
      const { status, error, cause = '', output } = await simulation.run(execution.result);
      clearInterval(ticks);
      look();
      return { status, error, cause, output, seenBy: [...seenBy], testersAtShare };
    };
    return { ...simulation, later, add, testers };
  }

  test('is shared only after the copy has booted there, and nothing else is launched', async () => {
    const { add, launch, world, parametersIn, testers } = await releasedEarlier();
    const before = world.instances.all().length;
    const { status, cause, output, testersAtShare } = await add();
    expect([status, cause]).toEqual(['SUCCEEDED', '']);
    const { release } = output as { release: Release };
    expect(output).toMatchObject({
      copyVerdicts: { regions: [{ region: OPTIONAL, imageId: release.images[0]?.imageId, phase: 'passed' }] },
      verdict: { tested: false },
    });
    expect(testersAtShare).toEqual([expect.stringMatching(/shutting-down|terminated/)]);
    expect(world.instances.all()).toHaveLength(before + testers().length);
    expect(await launch(LISTED, release.images[0] ?? {})).toBe('allowed');
    expect(parametersIn(OPTIONAL)[candidate]).toBe(release.images[0]?.imageId);
  });

  test('leaves nothing if it is stopped while the copy is tested', async () => {
    const simulation = await releasedEarlier([], { triggers: true });
    const { later, channels, testers, imagesIn, parametersIn, run, pass, cleanUp } = simulation;
    const before = await channels();
    const request = { recipe: 'plain', distribute: { regions: [OPTIONAL] as [typeof OPTIONAL] } };
    const execution = later.distribute(request, ({ type, state }) => {
      if (type === 'StateEntered' && state?.name === 'TestCopies') setTimeout(execution.stop, 30_000);
    });
    expect((await run(execution.result)).status).toBe('ABORTED');
    expect(testers().map(({ state }) => state)).toEqual([expect.stringMatching(/pending|running/)]);
    await pass(HOUR_SECONDS);
    await cleanUp();
    expect(testers().filter(({ state }) => state !== 'terminated')).toEqual([]);
    expect([imagesIn(OPTIONAL), parametersIn(OPTIONAL)]).toEqual([[], {}]);
    expect(await channels()).toEqual(before);
    for (const region of plainRecipe.regions) expect(imagesIn(region)).toHaveLength(1);
  });

  test('is never visible to another account if the copy does not boot, and leaves the release as it was', async () => {
    const faults: Fault[] = [];
    const { add, channels, resources, imagesIn, parametersIn } = await releasedEarlier(faults);
    const before = [await channels(), resources()];
    faults.push({ agent: 'silent', region: OPTIONAL });
    const { status, cause, seenBy } = await add();
    expect(status).toBe('FAILED');
    expect(cause).toMatch(new RegExp(`of ami-\\w+ in ${OPTIONAL} to boot and reach Systems Manager`));
    expect(seenBy).toEqual([]);
    expect(imagesIn(OPTIONAL)).toEqual([]);
    expect(parametersIn(OPTIONAL)).toEqual({});
    expect([await channels(), resources()]).toEqual(before);
  });
});

describe('a further account', () => {
  test('can launch the newest release in all its regions, and nobody else can', async () => {
    const { bake, distribute, launch, channels } = simulateReleases();
    const first = await bake();
    const second = await bake();
    const before = await channels();
    const { status, cause, release } = await distribute({ accounts: [FURTHER] });
    expect([status, cause]).toEqual(['SUCCEEDED', undefined]);
    expect(release?.sharedWith.accounts).toEqual([LISTED, FURTHER]);
    for (const image of second.images) {
      expect(await launch(FURTHER, image)).toBe('allowed');
      expect(await launch(LISTED, image)).toBe('allowed');
      expect(await launch(STRANGER, image)).toBe('InvalidAMIID.NotFound');
    }
    for (const image of first.images) expect(await launch(FURTHER, image)).toBe('InvalidAMIID.NotFound');
    expect(await channels()).toEqual(before);
  });
});

describe('a release whose permissions change while something is added to it', () => {
  const shared = { ...recipe, share: { accounts: [LISTED, FURTHER] } };
  const withdrawals: [string, Partial<ImageRecord>][] = [
    ['is shared with nobody any more', { launchPermissions: [] }],
    ['is disabled', { state: 'disabled', launchPermissions: [] }],
  ];

  test('does not give the copy to an account that has lost its access', async () => {
    const { bake, distribute, change, usersOf } = simulateReleases([noCopies], {}, shared);
    const { images } = await bake();
    const { status, release } = await distribute({ regions: [OPTIONAL] }, () => {
      for (const image of images) change(image, { launchPermissions: [{ UserId: LISTED }] });
    });
    expect(status).toBe('SUCCEEDED');
    expect(release?.images.map(usersOf)).toEqual([[{ UserId: LISTED }]]);
    expect(release?.sharedWith.accounts).toEqual([LISTED]);
  });

  test('does not give access back to an account in any region when it adds another account', async () => {
    const { bake, distribute, change, usersOf } = simulateReleases([], {}, shared);
    const { images } = await bake();
    const [home, other] = images;
    if (home === undefined || other === undefined) throw new Error('there are no two images');
    const { status } = await distribute({ accounts: [STRANGER] }, () => {
      change(home, { launchPermissions: [{ UserId: LISTED }] });
      change(other, { launchPermissions: [{ UserId: FURTHER }] });
    });
    expect(status).toBe('SUCCEEDED');
    expect(usersOf(home)).toEqual([{ UserId: LISTED }, { UserId: STRANGER }]);
    expect(usersOf(other)).toEqual([{ UserId: FURTHER }, { UserId: STRANGER }]);
  });

  test.each(withdrawals)('gets no copy if it %s', async (_, withdrawn) => {
    const { bake, distribute, change, imagesIn, usersOf } = simulateReleases([noCopies]);
    const { images } = await bake();
    const { status, error, cause } = await distribute({ regions: [OPTIONAL] }, () => {
      for (const image of images) change(image, withdrawn);
    });
    expect([status, error]).toEqual(['FAILED', 'Conflict']);
    expect(cause).toContain('the release was withdrawn after this addition was planned');
    expect(imagesIn(OPTIONAL)).toEqual([]);
    expect(images.flatMap(usersOf)).toEqual([]);
  });

  test.each(withdrawals)('gets no further account, nor one that it had, if it %s', async (_, withdrawn) => {
    const { bake, distribute, change, usersOf } = simulateReleases();
    const { images } = await bake();
    const { status, error } = await distribute({ accounts: [LISTED, FURTHER] }, () => {
      for (const image of images) change(image, withdrawn);
    });
    expect([status, error]).toEqual(['FAILED', 'Conflict']);
    expect(images.flatMap(usersOf)).toEqual([]);
  });
});
