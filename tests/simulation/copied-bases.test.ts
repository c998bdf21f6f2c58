import { type Fault, inventory } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import type { Release } from '../../shared/build/execution-document.ts';
import { recipeFile, simulate, type TestRecipe, turnOnScans } from '../simulated-build.ts';
import { launchAs } from '../simulated-consumer.ts';
import { createKey, forConsumers, leftToIam } from '../simulated-keys.ts';
import {
  VENDOR,
  VENDOR_IMAGE,
  VENDOR_SNAPSHOT,
  vendorImage,
  vendorKey,
  vendorRecipe,
} from '../simulated-vendor.ts';

const [CONSUMER, STRANGER] = ['111122223333', '333344445555'] as const;

function simulateVendor({
  recipe = vendorRecipe,
  faults = [],
  ...image
}: Parameters<typeof vendorImage>[1] & { recipe?: TestRecipe; faults?: Fault[] } = {}) {
  const simulation = simulate({ recipes: [recipeFile(recipe)], faults });
  const { world, pipeline, run } = simulation;
  vendorImage(world, image);
  const own = () => world.images.all().filter(({ account }) => account === HOME.account);
  /** Builds, and looks each simulated second, and at every change of state, who may launch an image. */
  const build = async (input: Parameters<typeof pipeline.start>[0] = 'vendor') => {
    const seenBy = new Set<string>();
    const states: string[] = [];
    let images = 0;
    const look = () => {
      images = Math.max(images, own().length);
      for (const { launchPermissions } of own())
        for (const { UserId = 'others' } of launchPermissions) seenBy.add(UserId);
    };
    const ticks = setInterval(look, 1000);
    const execution = pipeline.start(input, ({ type, state }) => {
      if (type === 'StateEntered' && state?.type === 'Task' && !states.includes(state.name))
        states.push(state.name);
      look();
    });
    const { status, error, cause = '', output } = await run(execution.result);
    clearInterval(ticks);
    look();
    return { status, error, cause, output, states, images, seenBy: [...seenBy] };
  };
  const launch = (account: string, image: { region?: string; imageId?: string }) =>
    launchAs(simulation, account, image);
  const left = () => inventory(pipeline, HOME.account).map(({ kind, region }) => `${kind} ${region}`);
  return { ...simulation, own, build, launch, left };
}

describe("a vendor's image that is taken in", () => {
  it('is copied, tested, distributed and shared like a built image, without a builder', async () => {
    const { world, build, launch, left } = simulateVendor();
    const vendors = [world.images.get(VENDOR_IMAGE), world.snapshots.get(VENDOR_SNAPSHOT)];
    const { status, cause, states, seenBy, output } = await build();
    expect([status, cause]).toEqual(['SUCCEEDED', '']);
    expect(states).toEqual([
      'Decide',
      'Plan',
      'CreateImage',
      'CopyImages',
      'TestImage',
      'ShareImages',
      'Publish',
      'Announce',
      'CleanUp',
      'Record',
    ]);
    expect(seenBy).toEqual([CONSUMER]);
    const { release, verdict } = output as { release: Release; verdict: object };
    expect(verdict).toMatchObject({ tested: true });
    expect(release.images.map(({ region }) => region)).toEqual(['us-east-1', 'eu-west-1']);
    for (const image of release.images) {
      expect(await launch(CONSUMER, image)).toBe('allowed');
      expect(await launch(STRANGER, image)).toBe('InvalidAMIID.NotFound');
    }
    expect(world.images.get(release.images[0]?.imageId ?? '')).toMatchObject({
      account: HOME.account,
      description: 'An image of a vendor',
      sourceImageId: VENDOR_IMAGE,
      imdsSupport: 'v2.0',
      tags: { 'golden-image:role': 'release', 'golden-image:recipe': 'vendor' },
    });
    expect(left().toSorted()).toEqual([
      'image eu-west-1',
      'image us-east-1',
      'snapshot eu-west-1',
      'snapshot us-east-1',
    ]);
    expect([world.images.get(VENDOR_IMAGE), world.snapshots.get(VENDOR_SNAPSHOT)]).toEqual(vendors);
  });

  it('is encrypted with the keys of the recipe, so that the consumer can launch it', async () => {
    const { world, pipeline, run, build, launch } = simulateVendor();
    const place = { world, pipeline, run };
    const keys: Record<string, string> = {};
    for (const region of vendorRecipe.regions)
      keys[region] = await createKey(place, region, { statements: [leftToIam, forConsumers(CONSUMER)] });
    const kmsKeyId = vendorKey(place, HOME.account);
    vendorImage(world, { snapshot: { encrypted: true, kmsKeyId } });
    const { status, cause, output } = await build({ recipe: { ...vendorRecipe, encryption: { keys } } });
    expect([status, cause]).toEqual(['SUCCEEDED', '']);
    for (const image of (output as { release: Release }).release.images) {
      for (const id of image.snapshotIds)
        expect(world.snapshots.get(id)).toMatchObject({ encrypted: true, kmsKeyId: keys[image.region] });
      expect(await launch(CONSUMER, image)).toBe('allowed');
    }
  });

  it('passes the tests of the recipe, the test of the copy and the CVE gate', async () => {
    const accept = ['CVE-2026-99004', 'CVE-2026-99006'].map((id) => ({
      id,
      until: '2026-12-24',
      reason: 'reported',
    }));
    const recipe = {
      ...vendorRecipe,
      tests: [{ name: 'answers', shell: 'true' }],
      test: { regions: ['eu-west-1'] },
      gates: { cve: { failFrom: 'critical', accept } },
    };
    const simulation = simulateVendor({ recipe });
    await turnOnScans(simulation);
    const { status, cause, output, states } = await simulation.build();
    expect([status, cause]).toEqual(['SUCCEEDED', '']);
    expect(states).toContain('TestCopies');
    expect(output).toMatchObject({
      verdict: { tested: true, tests: ['answers'], gates: { cve: {} } },
      copyVerdicts: { regions: [{ region: 'eu-west-1', phase: 'passed' }] },
    });
  });

  it('is not taken in again while the vendor has no newer image', async () => {
    const recipe = {
      ...vendorRecipe,
      base: { filter: { name: 'vendor-appliance-*', owner: VENDOR } },
      rebuildOnNewBase: true,
    };
    const { world, build } = simulateVendor({ recipe });
    expect((await build()).status).toBe('SUCCEEDED');
    const again = await build({ recipe: 'vendor', ifChanged: true });
    expect(again.output).toMatchObject({
      decision: { verdict: 'skip', reason: expect.stringContaining('the recipe installs no updates') },
    });
    const snapshot = { id: 'snap-0fedcba9876543211' };
    const newer = { id: 'ami-0fedcba9876543211', name: 'vendor-appliance-8', creationDate: world.now() };
    vendorImage(world, { ...newer, snapshot });
    const { status, output } = await build({ recipe: 'vendor', ifChanged: true });
    expect(status).toBe('SUCCEEDED');
    expect(output).toMatchObject({ plan: { base: { imageId: newer.id } }, decision: { verdict: 'build' } });
  });
});

describe("a vendor's image that must not be trusted is never visible to another account, and leaves nothing,", () => {
  it.each([
    [
      'if it contains credentials',
      { files: ['/root/.aws/credentials'] },
      /The check of what is left in the image failed with exit code 1.*\/root\/\.aws\/credentials.*remove build.copyBase/,
    ],
    [
      'if all its instances would have the same host key',
      { files: ['/etc/ssh/ssh_host_ed25519_key'] },
      /ssh_host_ed25519_key.*. The base ami-0fedcba9876543210 was copied unchanged: use a base without host keys, histories and credentials \(its owner is 234567890123\), remove build.copyBase so that the build sanitises the image, or set test.boot: false to take it in untested$/,
    ],
    ['if it does not boot', { unbootable: true as const }, /The image ami-\w+ does not boot/],
  ])('%s', async (_, disk, says) => {
    const { world, build, left } = simulateVendor();
    const { disk: found } = world.snapshots.get(VENDOR_SNAPSHOT) ?? {};
    const files = [...(found?.files ?? []), ...('files' in disk ? disk.files : [])];
    vendorImage(world, { disk: { ...disk, files } });
    const { status, error, cause, images, states, seenBy } = await build();
    expect([status, error]).toEqual(['FAILED', 'BuildFailed']);
    expect(JSON.parse(cause).errorMessage).toMatch(says);
    // The image and its private copy existed.
    expect(images).toBe(2);
    expect(seenBy).toEqual([]);
    expect(states).not.toContain('ShareImages');
    expect(left()).toEqual([]);
    expect(world.parameters.all().filter(({ name }) => name.startsWith('/golden-images/'))).toEqual([]);
  });

  it('if it has a vulnerability that the gate does not allow', async () => {
    const recipe = { ...vendorRecipe, gates: { cve: { failFrom: 'critical' } } };
    const simulation = simulateVendor({ recipe });
    await turnOnScans(simulation);
    const { status, cause, images, seenBy } = await simulation.build();
    expect([status, images, seenBy]).toEqual(['FAILED', 2, []]);
    expect(cause).toContain('CVE-2026-99006 (critical) in sudo');
    expect(simulation.left()).toEqual([]);
  });

  it('if its owner has not shared the snapshot: Plan refuses it before anything is made', async () => {
    const { build, left } = simulateVendor({ snapshot: { sharedWith: [] } });
    const { status, error, images, states } = await build();
    expect([status, error, images]).toEqual(['FAILED', 'InvalidInput', 0]);
    expect(states).toEqual(['Decide', 'Plan', 'Record']);
    expect(left()).toEqual([]);
  });
});

describe('a build that copies its base leaves only the base when it fails at', () => {
  const refused = { error: 'UnauthorizedOperation' } as const;
  const failures: [string, Fault][] = [
    ['CreateImage', { call: 'CopyImage', region: HOME.region, ...refused }],
    [
      'CreateImage, after the effect',
      { call: 'CopyImage', region: HOME.region, ...refused, afterEffect: true },
    ],
    ['CreateImage, every time', { image: 'fails', region: HOME.region, times: 'always' }],
    ['CopyImages', { call: 'CopyImage', region: 'eu-west-1', ...refused }],
    ['ShareImages', { call: 'ModifyImageAttribute', region: 'eu-west-1', ...refused }],
  ];
  it.each(failures)('%s', async (_, fault) => {
    const { world, build, left } = simulateVendor({ faults: [fault] });
    const before = [world.images.get(VENDOR_IMAGE), world.snapshots.get(VENDOR_SNAPSHOT)];
    expect((await build()).status).toBe('FAILED');
    expect(left()).toEqual([]);
    expect([world.images.get(VENDOR_IMAGE), world.snapshots.get(VENDOR_SNAPSHOT)]).toEqual(before);
  });

  const killed = (['killed before', 'killed after', 'invoked twice'] as const).flatMap((happens) =>
    [0, 1, 2].map((skip) => ({ happens, skip })),
  );
  it.each(killed)('nothing if CreateImage is $happens at invocation $skip', async ({ happens, skip }) => {
    const { build, left } = simulateVendor({ faults: [{ lambda: 'CreateImage', happens, skip }] });
    expect((await build()).status).toBe('SUCCEEDED');
    expect(left().filter((one) => one.startsWith('image'))).toHaveLength(2);
  });
});
