import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { addDefaultNetwork, answerFrom, type Fault, inventory, services } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import type { Release } from '../../shared/build/execution-document.ts';
import { recipeFile, simulate, type TestRecipe } from '../simulated-build.ts';
import { VENDOR_IMAGE, vendorImage, vendorRecipe } from '../simulated-vendor.ts';

const [CONSUMER, STRANGER] = ['111122223333', '333344445555'] as const;

function simulateVendor({
  recipe = vendorRecipe,
  faults = [],
  ...image
}: Parameters<typeof vendorImage>[1] & { recipe?: TestRecipe; faults?: Fault[] } = {}) {
  const { world, pipeline, run, pass } = simulate({ recipes: [recipeFile(recipe)], faults });
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
  const launch = async (account: string, { region = '', imageId = '' }) => {
    // Changed permissions are visible a moment later.
    await pass(60);
    const client = new EC2Client({ region, maxAttempts: 1, retryMode: 'standard', defaultsMode: 'standard' });
    answerFrom(world, services, client, account);
    const [subnet] = addDefaultNetwork(world, account, region).subnets;
    const input = { ImageId: imageId, InstanceType: 'm7i.large', MinCount: 1, MaxCount: 1 } as const;
    return run(
      client.send(new RunInstancesCommand({ ...input, SubnetId: subnet?.id })).then(
        () => 'allowed',
        (error: Error) => error.name,
      ),
    );
  };
  const left = () => inventory(pipeline, HOME.account).map(({ kind, region }) => `${kind} ${region}`);
  return { world, pipeline, run, pass, own, build, launch, left };
}

describe("a vendor's image that is taken in", () => {
  it('is copied, tested, distributed and shared like a built image, without a builder', async () => {
    const { world, build, launch, left } = simulateVendor();
    const vendors = [world.images.get(VENDOR_IMAGE), world.snapshots.get('snap-0fedcba9876543210')];
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
    expect([world.images.get(VENDOR_IMAGE), world.snapshots.get('snap-0fedcba9876543210')]).toEqual(vendors);
  });
});
