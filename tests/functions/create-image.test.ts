import type { Fault } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import type { Builder, Candidate, PendingCandidate, Plan } from '../../shared/build/execution-document.ts';
import { instanceNow, instanceRecipe, ownInstance } from '../simulated-bases.ts';
import { AT, failureOf, plainRecipe, recipeFile, simulate, simulateBuild } from '../simulated-build.ts';
import { createKey, forConsumers, leftToIam } from '../simulated-keys.ts';
import { VENDOR, VENDOR_IMAGE, vendorImage, vendorRecipe } from '../simulated-vendor.ts';

/** The image of Debian does not require IMDSv2. */
const debianRecipe = {
  ...plainRecipe,
  base: { filter: { name: 'debian-12-amd64-*', owner: '136693071363', architecture: 'x86_64' } },
  build: { ...plainRecipe.build, ssmAgent: 'install' },
};

describe('CreateImage', () => {
  it("creates a private image from the builder's disk, with tags on the image and its snapshots", async () => {
    const build = simulateBuild();
    const { imageId, name, snapshotIds } = await build.through<Candidate>('createImage');

    const { version } = build.document.plan as Plan;
    expect(name).toBe(`plain-${version}`);
    expect(build.world.images.get(imageId)).toMatchObject({
      name,
      account: HOME.account,
      region: HOME.region,
      state: 'available',
      launchPermissions: [],
      sourceInstanceId: (build.document.builder as Builder).instanceId,
      tags: {
        'golden-image:execution': build.execution,
        'golden-image:role': 'candidate',
        'golden-image:version': version,
      },
    });
    expect(snapshotIds).toHaveLength(1);
    expect(build.world.snapshots.get(snapshotIds[0] ?? '')).toMatchObject({
      state: 'completed',
      tags: { 'golden-image:execution': build.execution },
      disk: { os: 'amazon-linux-2023' },
    });
  });

  it('makes the image require IMDSv2, if the image of the base does not require it', async () => {
    const build = simulateBuild({ recipe: debianRecipe });
    const { imageId } = await build.through<Candidate>('createImage');
    const { imageId: baseId } = (build.document.plan as { base: { imageId: string } }).base;
    expect(build.world.images.get(baseId)?.imdsSupport).toBeUndefined();
    expect(build.world.images.get(imageId)?.imdsSupport).toBe('v2.0');
  });

  it('leaves IMDSv2 optional if the recipe says so', async () => {
    const build = simulateBuild({ recipe: { ...debianRecipe, image: { imds: 'optional' } } });
    const { imageId } = await build.through<Candidate>('createImage');
    expect(build.world.images.get(imageId)?.imdsSupport).toBeUndefined();
  });

  it('tags the image as intermediate when the home region is not a target', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, regions: ['eu-west-1'] } });
    const { imageId } = await build.through<Candidate>('createImage');
    expect(build.world.images.get(imageId)?.tags['golden-image:role']).toBe('intermediate');
  });

  it('creates one image when it is called repeatedly, also when the answer to the first call was lost', async () => {
    const build = simulateBuild({
      faults: [{ call: 'CreateImage', error: 'InternalError', status: 500, afterEffect: true }],
    });
    await build.through('stop');
    await build.invoke('createImage');
    delete build.document.candidate;
    await build.invoke('createImage');
    delete build.document.candidate;
    await build.finish('createImage');
    expect(build.resources().filter((one) => one.startsWith('image'))).toEqual(['image us-east-1']);
  });

  it('removes a failed image and makes another attempt', async () => {
    const build = simulateBuild({ faults: [{ image: 'fails', times: 2, message: 'Client.InternalError' }] });
    const { name } = await build.through<Candidate>('createImage');
    expect(name).toMatch(/-3$/);
    expect(build.resources().filter((one) => /image|snapshot/.test(one))).toEqual([
      'image us-east-1',
      'snapshot us-east-1',
    ]);
  });

  it("fails after three attempts, with EC2's answers", async () => {
    const build = simulateBuild({
      faults: [{ image: 'fails', times: 'always', message: 'Snapshot went wrong.' }],
    });
    const { name, message } = await failureOf(build.through('createImage'));
    expect(name).toBe('BuildFailed');
    expect(message).toMatch(/3 times: failed: Snapshot went wrong\.$/);
  });

  it('fails after a day, and says what it waited for', async () => {
    const build = simulateBuild({ faults: [{ image: 'hangs' }] });
    await build.through('stop');
    const began = build.world.now();
    const { name, message } = await failureOf(build.finish('createImage'));
    expect(name).toBe('DeadlinePassed');
    expect(message).toMatch(
      /^Timed out after waiting 24 h for the image plain-\S+ of i-[0-9a-f]+; AWS last said: pending$/,
    );
    expect((build.world.now() - began) / 3600_000).toBeGreaterThanOrEqual(24);
  });

  it('does not adopt an image of the same name that another execution created', async () => {
    const build = simulateBuild();
    await build.through('stop');
    const { version } = build.document.plan as Plan;
    const [any] = build.world.images.all();
    if (any === undefined) throw new Error('there are no images');
    const taken = {
      id: 'ami-0123456789abcdef0',
      name: `plain-${version}`,
      account: HOME.account,
      region: HOME.region,
    };
    build.world.images.put({ ...any, ...taken, tags: {} }, build.world.now(), 0);
    expect(await failureOf(build.finish('createImage'))).toMatchObject({
      name: 'Conflict',
      message: expect.stringContaining('this execution did not create it'),
    });
  });

  it('uses another name when EC2 says for minutes that the name is taken, but lists no image with the name', async () => {
    const build = simulateBuild({
      faults: [
        {
          call: 'CreateImage',
          times: 30,
          error: 'InvalidAMIName.Duplicate',
          message: 'AMI name x is already in use',
        },
      ],
    });
    const { name } = await build.through<Candidate>('createImage');
    expect(name).toMatch(/-2$/);
    expect(build.resources().filter((one) => one.startsWith('image'))).toHaveLength(1);
  });

  it('does not remove the image of a newer invocation when it is called with an old document', async () => {
    const build = simulateBuild({ faults: [{ image: 'fails' }] });
    await build.through('stop');
    await build.invoke('createImage');
    const old = structuredClone(build.document.candidate);
    const { imageId } = await build.finish<Candidate>('createImage');
    build.document.candidate = old;
    await build.invoke('createImage');
    expect(build.world.images.get(imageId)?.state).toBe('available');
  });

  it("waits when EC2's limit on snapshots is reached", async () => {
    const build = simulateBuild({
      faults: [{ call: 'CreateImage', times: 3, error: 'ConcurrentSnapshotLimitExceeded' }],
    });
    expect((await build.through<Candidate>('createImage')).name).not.toMatch(/-2$/);
  });

  it.each([0, 1, 2, 3, 4, 5])(
    'continues when an attempt fails and the function is killed at invocation %i',
    async (skip) => {
      const { world, pipeline, run } = simulate({
        recipes: [recipeFile(plainRecipe)],
        faults: [
          { image: 'fails', by: 'CreateImage' },
          { lambda: 'CreateImage', happens: 'killed after', skip },
        ],
      });
      const { status } = await run(pipeline.start('plain').result);
      expect(status).toBe('SUCCEEDED');
      // The build did not wait a day for an image that no longer exists.
      expect((world.now() - AT.getTime()) / 3600_000).toBeLessThan(3);
    },
  );

  it('retries when EC2 throttles, and reports a refusal', async () => {
    const build = simulateBuild({
      faults: [
        { call: 'CreateImage', times: 5, error: 'RequestLimitExceeded', status: 503 },
        { call: 'CreateImage', error: 'UnauthorizedOperation', message: 'No.', status: 403 },
      ],
    });
    await build.through('stop');
    expect(await failureOf(build.invoke('createImage'))).toMatchObject({ name: 'Throttled' });
    expect(await failureOf(build.invoke('createImage'))).toMatchObject({ name: 'Denied' });
    expect(await build.invoke<PendingCandidate>('createImage')).toMatchObject({
      status: 'pending',
      attempt: 1,
    });
  });

  it('refuses a document without a builder', async () => {
    const build = simulateBuild();
    await build.through('plan');
    expect(await failureOf(build.invoke('createImage'))).toMatchObject({ name: 'Defect' });
  });
});

describe('CreateImage of a base that is an instance', () => {
  it.each([
    { stopped: false, reboot: true, reboots: 1 },
    { stopped: false, reboot: false, reboots: 0 },
    { stopped: true, reboot: true, reboots: 0 },
  ])('stopped: $stopped, reboot: $reboot', async ({ stopped, reboot, reboots }) => {
    const build = simulateBuild();
    const id = await ownInstance(build, { open: '*', stopped });
    build.document.recipe = instanceRecipe(id, reboot);
    const before = instanceNow(build, id);
    const bootsBefore = build.world.instances.get(id)?.boots ?? 0;
    const { imageId } = await build.through<Candidate>('createImage');
    await build.pass(600);

    expect(build.document).not.toHaveProperty('builder');
    expect(build.world.images.get(imageId)).toMatchObject({
      state: 'available',
      sourceInstanceId: id,
      launchPermissions: [],
      tags: { 'golden-image:role': 'candidate', 'golden-image:execution': build.execution },
    });
    expect(instanceNow(build, id)).toEqual(before);
    expect((build.world.instances.get(id)?.boots ?? 0) - bootsBefore).toBe(reboots);
  });

  it('creates one image when it is called repeatedly', async () => {
    const build = simulateBuild({
      faults: [{ call: 'CreateImage', error: 'InternalError', status: 500, afterEffect: true }],
    });
    const id = await ownInstance(build, { open: '*' });
    build.document.recipe = instanceRecipe(id);
    await build.through('plan');
    await build.invoke('createImage');
    delete build.document.candidate;
    await build.finish('createImage');
    expect(build.resources().filter((one) => one.startsWith('image'))).toEqual(['image us-east-1']);
  });

  it("waits when EC2's limit on images of running instances is reached", async () => {
    const build = simulateBuild({
      faults: [{ call: 'CreateImage', times: 3, error: 'ConcurrentCreateImageNoRebootLimitExceeded' }],
    });
    const id = await ownInstance(build, { open: '*' });
    build.document.recipe = instanceRecipe(id, false);
    expect((await build.through<Candidate>('createImage')).name).not.toMatch(/-2$/);
  });

  it('refuses a plan with a builder when there is no builder', async () => {
    const build = simulateBuild();
    await build.through('plan');
    expect(await failureOf(build.invoke('createImage'))).toMatchObject({
      name: 'Defect',
      message: expect.stringContaining('there is no instance to create an image from'),
    });
  });
});

describe('CreateImage of a copied base', () => {
  const options = { recipe: vendorRecipe };

  it('copies the base image with tags on the image and its snapshots, and makes the copy require IMDSv2', async () => {
    const build = simulateBuild(options);
    vendorImage(build.world);
    const { imageId, name, snapshotIds, createdAt } = await build.through<Candidate>('createImage');
    const tags = { 'golden-image:execution': build.execution, 'golden-image:role': 'candidate' };
    expect(build.world.images.get(imageId)).toMatchObject({
      name,
      account: HOME.account,
      region: HOME.region,
      state: 'available',
      description: vendorRecipe.description,
      launchPermissions: [],
      sourceImageId: VENDOR_IMAGE,
      imdsSupport: 'v2.0',
      tags,
    });
    expect(new Date(createdAt ?? '').getTime()).toBeGreaterThanOrEqual(AT.getTime());
    expect(snapshotIds).toHaveLength(1);
    expect(build.world.snapshots.get(snapshotIds[0] ?? '')).toMatchObject({ account: HOME.account, tags });
    expect(build.world.images.get(VENDOR_IMAGE)).toMatchObject({ account: VENDOR, tags: {} });
    expect(build.world.instances.all()).toEqual([]);
  });

  it('encrypts the copy with the key of the recipe', async () => {
    const build = simulateBuild();
    const keys: Record<string, string> = {};
    for (const region of vendorRecipe.regions)
      keys[region] = await createKey(build, region, {
        statements: [leftToIam, forConsumers(...vendorRecipe.share.accounts)],
      });
    vendorImage(build.world);
    build.document.recipe = { ...vendorRecipe, encryption: { keys } };
    const { snapshotIds } = await build.through<Candidate>('createImage');
    expect(build.world.snapshots.get(snapshotIds[0] ?? '')).toMatchObject({
      encrypted: true,
      kmsKeyId: keys[HOME.region],
    });
  });

  it.each(['CopyImage', 'DescribeImages'])(
    'makes one copy when it is called repeatedly (%s)',
    async (call) => {
      const build = simulateBuild({
        ...options,
        faults: [
          {
            call,
            error: 'InternalError',
            status: 500,
            afterEffect: true,
            skip: call === 'CopyImage' ? 0 : 3,
          },
        ],
      });
      vendorImage(build.world);
      await build.through('plan');
      for (let times = 0; times < 3; times++) {
        await build.invoke('createImage').catch(() => {});
        delete build.document.candidate;
      }
      await build.finish('createImage');
      expect(build.resources().filter((one) => one.startsWith('image'))).toEqual(['image us-east-1']);
    },
  );

  it('removes a failed copy and makes another attempt', async () => {
    const build = simulateBuild({ ...options, faults: [{ image: 'fails', by: 'CopyImage', times: 2 }] });
    vendorImage(build.world);
    expect((await build.through<Candidate>('createImage')).name).toMatch(/-3$/);
    expect(build.resources()).toEqual(['image us-east-1', 'snapshot us-east-1']);
  });

  it('fails after three attempts, and names the image that it copied', async () => {
    const faults: Fault[] = [{ image: 'fails', times: 'always', message: 'Given key ID is not accessible' }];
    const build = simulateBuild({ ...options, faults });
    vendorImage(build.world);
    expect(await failureOf(build.through('createImage'))).toEqual({
      name: 'BuildFailed',
      message: `EC2 failed to copy ${VENDOR_IMAGE} 3 times: failed: Given key ID is not accessible`,
    });
  });

  it('says what it waits for, waits under a limit of EC2, and reports a refusal', async () => {
    const build = simulateBuild({
      ...options,
      faults: [
        {
          call: 'CopyImage',
          error: 'ResourceLimitExceeded',
          message: 'Too many snapshot copies in progress.',
        },
        { call: 'CopyImage', error: 'UnauthorizedOperation', message: 'No.', status: 403 },
      ],
    });
    vendorImage(build.world);
    await build.through('plan');
    expect(await build.invoke<PendingCandidate>('createImage')).toMatchObject({
      status: 'pending',
      awaiting: expect.stringMatching(`^the image vendor-\\S+, a copy of ${VENDOR_IMAGE}$`),
    });
    expect(await failureOf(build.invoke('createImage'))).toMatchObject({ name: 'Denied' });
  });
});
