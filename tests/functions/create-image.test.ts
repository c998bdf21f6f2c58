import { describe, expect, it } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import type { Builder, Candidate, PendingCandidate, Plan } from '../../shared/domain/build.ts';
import { failureOf, plainRecipe, simulateBuild } from '../simulated-build.ts';

describe('CreateImage', () => {
  it("makes an image whose snapshots hold the builder's disk, tagged throughout and shared with nobody", async () => {
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

  it('calls the image intermediate where the home region is no target', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, regions: ['eu-west-1'] } });
    const { imageId } = await build.through<Candidate>('createImage');
    expect(build.world.images.get(imageId)?.tags['golden-image:role']).toBe('intermediate');
  });

  it('makes one image however often it is called, also when the answer to the first call was lost', async () => {
    const build = simulateBuild({
      faults: [{ call: 'CreateImage', error: 'InternalError', status: 500, afterEffect: true }],
    });
    await build.through('stop');
    await build.turn('createImage');
    delete build.document.candidate;
    await build.turn('createImage');
    delete build.document.candidate;
    await build.finish('createImage');
    expect(build.standing().filter((one) => one.startsWith('image'))).toEqual(['image us-east-1']);
  });

  it('removes an attempt that EC2 failed, and makes another', async () => {
    const build = simulateBuild({ faults: [{ image: 'fails', times: 2, message: 'Client.InternalError' }] });
    const { name } = await build.through<Candidate>('createImage');
    expect(name).toMatch(/-3$/);
    expect(build.standing().filter((one) => /image|snapshot/.test(one))).toEqual([
      'image us-east-1',
      'snapshot us-east-1',
    ]);
  });

  it('gives up after three attempts, with what EC2 said to each', async () => {
    const build = simulateBuild({
      faults: [{ image: 'fails', times: 'always', message: 'Snapshot went wrong.' }],
    });
    const { name, message } = await failureOf(build.through('createImage'));
    expect(name).toBe('BuildFailed');
    expect(message).toMatch(/3 times; it said each time failed: Snapshot went wrong\.$/);
  });

  it('waits a day before it gives an image up, and says what it awaited', async () => {
    const build = simulateBuild({ faults: [{ image: 'hangs' }] });
    await build.through('stop');
    const began = build.world.now();
    const { name, message } = await failureOf(build.finish('createImage'));
    expect(name).toBe('DeadlinePassed');
    expect(message).toMatch(/^Waited 24 h for the image ami-[0-9a-f]+ of i-[0-9a-f]+, and it did not happen/);
    expect((build.world.now() - began) / 3600_000).toBeGreaterThanOrEqual(24);
  });

  it('does not adopt an image of the same name that somebody else made', async () => {
    const build = simulateBuild();
    await build.through('stop');
    await build.turn('createImage');
    for (const image of build.world.images.all()) {
      if (image.account === HOME.account) {
        build.world.images.put(
          { ...image, tags: { 'golden-image:execution': 'other' } },
          build.world.now(),
          0,
        );
      }
    }
    expect(await failureOf(build.finish('createImage'))).toMatchObject({
      name: 'Conflict',
      message: expect.stringContaining('was not made by this execution'),
    });
  });

  it('asks again when EC2 is throttling, and passes a refusal on', async () => {
    const build = simulateBuild({
      faults: [
        { call: 'CreateImage', times: 5, error: 'RequestLimitExceeded', status: 503 },
        { call: 'CreateImage', error: 'UnauthorizedOperation', message: 'No.', status: 403 },
      ],
    });
    await build.through('stop');
    expect(await failureOf(build.turn('createImage'))).toMatchObject({ name: 'Transient' });
    expect(await failureOf(build.turn('createImage'))).toMatchObject({ name: 'Denied' });
    expect(await build.turn<PendingCandidate>('createImage')).toMatchObject({
      status: 'pending',
      attempt: 1,
    });
  });

  it('refuses a document without a builder', async () => {
    const build = simulateBuild();
    await build.through('plan');
    expect(await failureOf(build.turn('createImage'))).toMatchObject({ name: 'Defect' });
  });
});
