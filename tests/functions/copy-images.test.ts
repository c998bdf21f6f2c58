import type { Fault } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import type { Candidate, Copies, PendingCopies } from '../../shared/build/execution-document.ts';
import { failureOf, plainRecipe, simulateBuild } from '../simulated-build.ts';

const threeRegions = { ...plainRecipe, regions: ['us-east-1', 'eu-west-1', 'ap-southeast-2'] };

describe('CopyImages', () => {
  it('copies to all target regions at the same time, with tags on images and snapshots', async () => {
    const build = simulateBuild({ recipe: threeRegions });
    const { regions } = await build.through<Copies>('copyImages');

    expect(regions.map(({ region }) => region)).toEqual(['eu-west-1', 'ap-southeast-2']);
    for (const { region, imageId, snapshotIds, state } of regions) {
      expect(state).toBe('available');
      const image = build.world.images.get(imageId ?? '');
      expect(image).toMatchObject({
        region,
        state: 'available',
        launchPermissions: [],
        sourceImageId: (build.document.candidate as Candidate).imageId,
        tags: { 'golden-image:execution': build.execution, 'golden-image:role': 'copy' },
      });
      expect(build.world.snapshots.get(snapshotIds[0] ?? '')).toMatchObject({
        region,
        tags: { 'golden-image:execution': build.execution },
      });
    }
  });

  it('makes a copy require IMDSv2 that does not require it like its source', async () => {
    const build = simulateBuild({ recipe: threeRegions });
    await build.through('createImage');
    await build.invoke('copyImages');
    const copies = build.world.images.all().filter(({ tags }) => tags['golden-image:role'] === 'copy');
    for (const { imdsSupport: _, ...copy } of copies) build.world.images.put(copy, build.world.now(), 0);
    const { regions } = await build.finish<Copies>('copyImages');
    expect(regions.map(({ imageId = '' }) => build.world.images.get(imageId)?.imdsSupport)).toEqual([
      'v2.0',
      'v2.0',
    ]);
  });

  it("has the copies completed within the recipe's time, and Plan shows the price", async () => {
    const build = simulateBuild({ recipe: { ...threeRegions, copy: { completionMinutes: 30 } } });
    const { regions } = await build.through<Copies>('copyImages');
    for (const { snapshotIds, seconds } of regions) {
      const snapshots = snapshotIds.map((id) => build.world.snapshots.get(id)?.copy);
      expect(snapshots).toEqual([{ by: 'CopyImage', completionMinutes: 30 }]);
      expect(seconds).toBeLessThan(31 * 60);
    }
    expect(build.document.plan).toMatchObject({ warnings: [expect.stringContaining('$0.018')] });
  });

  it('does nothing when the home region is the only target', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, regions: ['us-east-1'] } });
    expect(await build.through('copyImages')).toEqual({ status: 'ready', regions: [] });
  });

  it('copies once when it is called repeatedly, also when the answer to the first call was lost', async () => {
    const build = simulateBuild({
      faults: [{ call: 'CopyImage', error: 'InternalError', status: 500, afterEffect: true }],
    });
    await build.through('createImage');
    await build.invoke('copyImages');
    delete build.document.copies;
    await build.invoke('copyImages');
    delete build.document.copies;
    await build.finish('copyImages');
    expect(build.resources().filter((one) => one.startsWith('image'))).toEqual([
      'image eu-west-1',
      'image us-east-1',
    ]);
  });

  it('restarts the copy to one region without effect on the others', async () => {
    const build = simulateBuild({
      recipe: threeRegions,
      faults: [
        {
          image: 'fails',
          by: 'CopyImage',
          region: 'eu-west-1',
          message: 'Copy image failed with an internal error.',
        },
      ],
    });
    const { regions } = await build.through<Copies>('copyImages');
    expect(regions).toMatchObject([
      { region: 'eu-west-1', attempt: 2, failures: ['failed: Copy image failed with an internal error.'] },
      { region: 'ap-southeast-2', attempt: 1, failures: [] },
    ]);
    expect(build.resources().filter((one) => one.startsWith('image'))).toHaveLength(3);
  });

  it("fails after three attempts in one region, with EC2's answers", async () => {
    const build = simulateBuild({
      recipe: threeRegions,
      faults: [{ image: 'fails', by: 'CopyImage', region: 'eu-west-1', times: 'always', message: 'No.' }],
    });
    expect(await failureOf(build.through('copyImages'))).toMatchObject({
      name: 'BuildFailed',
      message: expect.stringMatching(/to eu-west-1 3 times: failed: No\.$/),
    });
  });

  it("waits when EC2's limit on copies is reached", async () => {
    const build = simulateBuild({
      faults: [
        {
          call: 'CopyImage',
          times: 2,
          error: 'ResourceLimitExceeded',
          message: 'Too many snapshot copies in progress. The limit is 20 for this destination region.',
        },
      ],
    });
    await build.through('createImage');
    expect(await build.invoke<PendingCopies>('copyImages')).toMatchObject({
      status: 'pending',
      regions: [{ region: 'eu-west-1', state: 'waiting' }],
    });
    expect(await build.finish<Copies>('copyImages')).toMatchObject({
      regions: [{ attempt: 1, state: 'available' }],
    });
  });

  it('names the regions that it waited for when a copy never ends', async () => {
    const build = simulateBuild({
      recipe: threeRegions,
      faults: [{ image: 'hangs', by: 'CopyImage', region: 'eu-west-1' }],
    });
    const { name, message } = await failureOf(build.through('copyImages'));
    expect(name).toBe('DeadlinePassed');
    expect(message).toMatch(
      /^Timed out after waiting 24 h for the copies of ami-[0-9a-f]+ to eu-west-1; AWS last said: /,
    );
  });

  it('finishes its calls in all regions before it reports a refusal in one region', async () => {
    const build = simulateBuild({
      recipe: threeRegions,
      faults: [
        {
          call: 'CopyImage',
          region: 'eu-west-1',
          error: 'UnauthorizedOperation',
          message: 'No.',
          status: 403,
        },
      ],
    });
    await build.through('createImage');
    expect(await failureOf(build.invoke('copyImages'))).toMatchObject({ name: 'Denied' });
    expect(build.resources()).toContain('image ap-southeast-2');
  });

  describe('to an optional region', () => {
    const recipe = { ...plainRecipe, optionalRegions: ['ap-southeast-2'] };
    const region = 'ap-southeast-2';
    const statesOf = ({ regions }: Copies) => regions.map((copy) => [copy.region, copy.state]);
    const withoutIt = [
      ['eu-west-1', 'available'],
      [region, 'failed'],
    ];

    it('marks the copy as one that a complete release may lack', async () => {
      const build = simulateBuild({ recipe });
      expect(statesOf(await build.through<Copies>('copyImages'))).toEqual([
        ['eu-west-1', 'available'],
        [region, 'available'],
      ]);
      const marked = build.world.images.all().filter(({ tags }) => 'golden-image:optional' in tags);
      expect(marked.map((image) => image.region)).toEqual([region]);
    });

    it('goes on without the region after three attempts', async () => {
      const build = simulateBuild({
        recipe,
        faults: [{ image: 'fails', by: 'CopyImage', region, times: 'always', message: 'No.' }],
      });
      const copies = await build.through<Copies>('copyImages');
      expect(statesOf(copies)).toEqual(withoutIt);
      expect(copies.regions[1]?.said).toMatch(/to ap-southeast-2 3 times: failed: No\.$/);
      const before = build.resources();
      delete (build.document.copies as { spent?: unknown }).spent;
      expect(await build.invoke('copyImages')).toEqual(copies);
      expect(build.resources()).toEqual(before);
    });

    it('goes on at once without a region that is closed', async () => {
      const error = { error: 'UnauthorizedOperation', status: 403, message: 'An explicit deny.' };
      const faults: Fault[] = [];
      const build = simulateBuild({ recipe, faults });
      await build.through('createImage');
      faults.push({ call: 'CopyImage', region, times: 'always', ...error });
      expect(statesOf(await build.finish<Copies>('copyImages'))).toEqual(withoutIt);
    });

    it('waits for a region with an outage, but not for ever', async () => {
      const error = { error: 'InternalError', status: 500 };
      const faults: Fault[] = [];
      const build = simulateBuild({ recipe, faults });
      await build.through('createImage');
      const calls = { call: 'DescribeImages', region, ...error };
      faults.push({ ...calls, times: 30 });
      expect(statesOf(await build.finish<Copies>('copyImages'))).toEqual([
        ['eu-west-1', 'available'],
        [region, 'available'],
      ]);
      delete build.document.copies;
      faults.push({ ...calls, times: 'always' });
      const { regions } = await build.finish<Copies>('copyImages');
      expect(regions[1]).toMatchObject({
        state: 'failed',
        said: expect.stringMatching(/^the calls have failed for/),
      });
    });

    it('goes on without a copy that never ends', async () => {
      const build = simulateBuild({ recipe, faults: [{ image: 'hangs', by: 'CopyImage', region }] });
      const copies = await build.through<Copies>('copyImages');
      expect(statesOf(copies)).toEqual(withoutIt);
    });

    it('fails if a required region fails, too', async () => {
      const build = simulateBuild({
        recipe,
        faults: [{ image: 'fails', by: 'CopyImage', times: 'always', message: 'No.' }],
      });
      expect(await failureOf(build.through('copyImages'))).toMatchObject({ name: 'BuildFailed' });
    });
  });

  it('refuses a document without a candidate', async () => {
    const build = simulateBuild();
    await build.through('plan');
    expect(await failureOf(build.invoke('copyImages'))).toMatchObject({ name: 'Defect' });
  });
});
