import { type ImageRecord, inventory, type World } from 'embedded-aws';
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

describe('a build that fails when it protects its images', () => {
  const failed = async (deregistrationProtection: string) => {
    const simulation = simulate({
      recipes: [
        recipeFile({
          ...plainRecipe,
          share: { ...plainRecipe.share, copyable: true },
          image: { deregistrationProtection },
        }),
      ],
      faults: [
        {
          call: 'EnableImageDeregistrationProtection',
          region: 'eu-west-1',
          error: 'UnauthorizedOperation',
          times: 'always',
        },
      ],
    });
    const { pipeline, run } = simulation;
    const { status, output } = await run(pipeline.start('plain').result);
    expect(status).toBe('FAILED');
    return { ...simulation, output };
  };

  it('leaves nothing', async () => {
    const { pipeline } = await failed('on');
    expect(inventory(pipeline, HOME.account)).toEqual([]);
  });

  it('leaves only the image whose protection lasts another day, which no other account can launch or copy', async () => {
    const { world, pipeline } = await failed('with-cooldown');
    const left = inventory(pipeline, HOME.account).filter(({ kind }) => kind === 'image');
    expect(left.map(({ region }) => region)).toEqual(['us-east-1']);
    expect(world.images.get(left[0]?.id ?? '')).toMatchObject({
      launchPermissions: [],
      deregistrationProtection: { endsAt: expect.any(Number) },
    });
    const snapshots = world.snapshots.all().filter(({ account }) => account === HOME.account);
    expect(snapshots.map(({ sharedWith = [] }) => sharedWith)).toEqual([[]]);
  });
});
