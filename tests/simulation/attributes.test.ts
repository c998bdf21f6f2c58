import { type Fault, type ImageRecord, inventory, type World } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import { example } from '../example-project.ts';
import { ownSnapshot, snapshotRecipe } from '../simulated-bases.ts';
import { AT, plainRecipe, recipeFile, simulate, type TestRecipe } from '../simulated-build.ts';

/** Bakes a recipe, and returns the images that the account has afterwards: one in each target region. */
async function imagesOf(
  recipe: TestRecipe,
  prepare: (world: World) => unknown = () => {},
): Promise<ImageRecord[]> {
  const { world, pipeline, run } = simulate({ recipes: [recipeFile(recipe)] });
  prepare(world);
  const { status, cause } = await run(pipeline.start(recipe.name).result);
  expect([status, cause]).toEqual(['SUCCEEDED', undefined]);
  const ids = inventory(pipeline, HOME.account).flatMap(({ kind, id }) => (kind === 'image' ? [id] : []));
  const images = ids.flatMap((id) => world.images.get(id) ?? []);
  expect(images.map(({ region }) => region).toSorted()).toEqual((recipe.regions as string[]).toSorted());
  return images;
}

const devicesOf = ({ blockDeviceMappings }: ImageRecord) =>
  blockDeviceMappings.map(({ DeviceName }) => DeviceName);

/** Debian, whose image requires nothing. */
const { recipe: debian } = example('debian12');

describe('the images of every region', () => {
  it('require IMDSv2, although the base does not', async () => {
    const images = await imagesOf({ ...debian });
    expect(images.map(({ imdsSupport }) => imdsSupport)).toEqual(images.map(() => 'v2.0'));
  });

  it('do not require IMDSv2 if the recipe says so', async () => {
    const images = await imagesOf({ ...debian, image: { imds: 'optional' } });
    expect(images.map(({ imdsSupport }) => imdsSupport)).toEqual(images.map(() => undefined));
  });

  it.each(['ubuntu2404', 'windows2022'])(
    'of %s have no instance stores, although the base has',
    async (name) => {
      const { recipe } = example(name);
      const images = await imagesOf({ ...recipe });
      expect(images.map(devicesOf)).toEqual(images.map(() => ['/dev/sda1']));
    },
  );

  it('do not have the volumes that are not part of the image', async () => {
    const build = {
      ...debian.build,
      volumes: [
        { device: '/dev/xvda', sizeGiB: 10, type: 'gp3' },
        { device: '/dev/sdf', sizeGiB: 100, type: 'gp3', inImage: false },
        { device: '/dev/sdg', sizeGiB: 20, type: 'gp3', inImage: true },
      ],
    };
    const images = await imagesOf({ ...debian, build });
    expect(images.map(devicesOf)).toEqual(images.map(() => ['/dev/xvda', '/dev/sdg']));
  });

  it('are deprecated at the same time, and protected, if the recipe says so', async () => {
    const image = { deprecateAfterDays: 90, deregistrationProtection: 'with-cooldown' };
    const images = await imagesOf({ ...debian, image });
    const wanted = {
      deprecationTime: AT.getTime() + 90 * 86_400_000,
      deregistrationProtection: { withCooldown: true },
      tags: { 'golden-image:role': 'release' },
    };
    expect(images).toMatchObject(images.map(() => wanted));
  });

  it('are not deprecated and not protected by default', async () => {
    for (const image of await imagesOf({ ...debian })) {
      expect(image).not.toHaveProperty('deprecationTime');
      expect(image).not.toHaveProperty('deregistrationProtection');
    }
  });
});

describe('the boot mode and the TPM of every image', () => {
  it('boots only with UEFI, although the base also boots with BIOS', async () => {
    const images = await imagesOf({ ...plainRecipe, image: { bootMode: 'uefi' } });
    expect(images.map(({ bootMode }) => bootMode)).toEqual(['uefi', 'uefi']);
  });

  it('is the mode of the base by default', async () => {
    const images = await imagesOf({ ...plainRecipe });
    expect(images.map(({ bootMode }) => bootMode)).toEqual(['uefi-preferred', 'uefi-preferred']);
  });

  it('has a TPM if the recipe has one for its snapshot', async () => {
    const base = { ...snapshotRecipe.base, bootMode: 'uefi' };
    const images = await imagesOf({ ...snapshotRecipe, base, image: { tpm: 'v2' } }, ownSnapshot);
    const wanted = { bootMode: 'uefi', tpmSupport: 'v2.0', imdsSupport: 'v2.0' };
    expect(images).toMatchObject([wanted, wanted]);
  });
});

describe('a build whose publication fails', () => {
  const denied = { error: 'UnauthorizedOperation', times: 'always' } as const;
  const failing = [
    { call: 'PutParameter', region: 'eu-west-1', error: 'ValidationException', times: 'always' },
  ] as const;
  const protecting = (faults: readonly Fault[]) =>
    simulate({
      recipes: [
        recipeFile({
          ...plainRecipe,
          share: { ...plainRecipe.share, copyable: true },
          image: { deregistrationProtection: 'with-cooldown' },
        }),
      ],
      faults: [...faults],
    });

  it('leaves nothing, because no image is protected before it is published', async () => {
    const { pipeline, run } = protecting(failing);
    expect((await run(pipeline.start('plain').result)).status).toBe('FAILED');
    expect(inventory(pipeline, HOME.account)).toEqual([]);
  });

  it('leaves only an image that a person has protected for another day, which no other account can launch or copy', async () => {
    const { world, pipeline, run } = protecting(failing);
    const execution = pipeline.start('plain', ({ type, state }) => {
      if (type !== 'StateEntered' || state?.name !== 'Publish') return;
      const image = world.images
        .all()
        .find(({ region, tags }) => region === 'us-east-1' && 'golden-image:role' in tags);
      if (image !== undefined)
        world.images.put({ ...image, deregistrationProtection: { withCooldown: true } }, world.now(), 0);
    });
    expect((await run(execution.result)).status).toBe('FAILED');
    const left = inventory(pipeline, HOME.account).filter(({ kind }) => kind === 'image');
    expect(left.map(({ region }) => region)).toEqual(['us-east-1']);
    expect(world.images.get(left[0]?.id ?? '')).toMatchObject({
      launchPermissions: [],
      deregistrationProtection: { endsAt: expect.any(Number) },
    });
    const snapshots = world.snapshots.all().filter(({ account }) => account === HOME.account);
    expect(snapshots.map(({ sharedWith = [] }) => sharedWith)).toEqual([[]]);
  });

  it('is released with a warning if only the protection is refused', async () => {
    const { pipeline, run } = protecting([{ call: 'EnableImageDeregistrationProtection', ...denied }]);
    const { status, output } = await run(pipeline.start('plain').result);
    expect(status).toBe('SUCCEEDED');
    expect(output).toMatchObject({ protection: { warnings: [expect.any(String), expect.any(String)] } });
  });
});
