import { describe, expect, it } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import type { Builder, Cleanup, Plan, RegisteredBase } from '../../shared/build/execution-document.ts';
import { ownSnapshot, snapshotRecipe } from '../simulated-bases.ts';
import { failureOf, simulateBuild } from '../simulated-build.ts';

const { region } = HOME;

describe('RegisterBase', () => {
  it("registers a private image from the snapshot, with the recipe's boot settings, and does not change the snapshot", async () => {
    const build = simulateBuild({ recipe: snapshotRecipe });
    const snapshot = ownSnapshot(build.world);
    const { imageId, name, products } = await build.through<RegisteredBase>('registerBase');

    const { version } = build.document.plan as Plan;
    expect(name).toBe(`from-snapshot-${version}-base`);
    expect(products).toEqual([]);
    expect(build.world.images.get(imageId)).toMatchObject({
      state: 'available',
      architecture: 'x86_64',
      bootMode: 'uefi-preferred',
      rootDeviceName: '/dev/xvda',
      blockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: snapshot.id, VolumeType: 'gp3' } }],
      launchPermissions: [],
      tags: {
        'golden-image:execution': build.execution,
        'golden-image:role': 'base',
        'golden-image:recipe': 'from-snapshot',
      },
    });
    expect(build.world.images.get(imageId)).not.toHaveProperty('withoutEna');
    expect(build.world.snapshots.get(snapshot.id)).toEqual(snapshot);
  });

  it("uses the recipe's properties of the system", async () => {
    const base = { ...snapshotRecipe.base, bootMode: 'legacy-bios', ena: false, rootDevice: '/dev/sda1' };
    const build = simulateBuild({ recipe: { ...snapshotRecipe, base } });
    ownSnapshot(build.world);
    const { imageId } = await build.through<RegisteredBase>('registerBase');
    expect(build.world.images.get(imageId)).toMatchObject({
      bootMode: 'legacy-bios',
      withoutEna: true,
      rootDeviceName: '/dev/sda1',
    });
  });

  it('registers once when it is called repeatedly, also when the answer to the first call was lost', async () => {
    const build = simulateBuild({
      recipe: snapshotRecipe,
      faults: [{ call: 'RegisterImage', error: 'InternalError', status: 500, afterEffect: true }],
    });
    ownSnapshot(build.world);
    await build.through('plan');
    await build.invoke('registerBase');
    delete build.document.base;
    await build.invoke('registerBase');
    delete build.document.base;
    await build.finish('registerBase');
    expect(build.resources()).toEqual([`image ${region}`, `snapshot ${region}`]);
  });

  it('registers an image from which the builder is launched', async () => {
    const build = simulateBuild({ recipe: snapshotRecipe });
    ownSnapshot(build.world);
    const { instanceId } = await build.through<Builder>('launch');
    const { imageId } = build.document.base as RegisteredBase;
    expect(build.world.instances.get(instanceId)?.imageId).toBe(imageId);
  });

  it('does not adopt an image of the same name that another execution created', async () => {
    const build = simulateBuild({ recipe: snapshotRecipe });
    ownSnapshot(build.world);
    await build.through('plan');
    const [any] = build.world.images.all();
    if (any === undefined) throw new Error('there are no images');
    const { version } = build.document.plan as Plan;
    const taken = { id: 'ami-0123456789abcdef0', name: `from-snapshot-${version}-base`, ...HOME };
    build.world.images.put({ ...any, ...taken, tags: {} }, build.world.now(), 0);
    expect(await failureOf(build.finish('registerBase'))).toMatchObject({
      name: 'Conflict',
      message: expect.stringContaining('this execution did not create it'),
    });
  });

  it('fails when EC2 says for minutes that the name is taken, but lists no image with the name', async () => {
    const build = simulateBuild({
      recipe: snapshotRecipe,
      faults: [{ call: 'RegisterImage', times: 'always', error: 'InvalidAMIName.Duplicate' }],
    });
    ownSnapshot(build.world);
    expect(await failureOf(build.through('registerBase'))).toMatchObject({
      name: 'Conflict',
      message: expect.stringMatching(/^EC2 says that the image name from-snapshot-\S+-base is taken/),
    });
  });

  it("refuses a snapshot of a platform that differs from the recipe's", async () => {
    const build = simulateBuild({ recipe: snapshotRecipe });
    ownSnapshot(build.world, { of: /^Windows_Server-2022-English-Full-Base/ });
    expect(await failureOf(build.through('registerBase'))).toMatchObject({
      name: 'InvalidInput',
      message: `Nothing was launched, because the base snapshot ${snapshotRecipe.base.snapshotId} is for windows, but the recipe says platform: linux: set platform to windows, or choose a base for linux`,
    });
  });

  it('refuses an image of AWS Marketplace that would be copied and shared', async () => {
    const build = simulateBuild({ recipe: snapshotRecipe });
    ownSnapshot(build.world);
    const { imageId } = await build.through<RegisteredBase>('registerBase');
    const image = build.world.images.get(imageId);
    if (image === undefined) throw new Error('there is no image');
    const productCodes = [{ ProductCodeId: 'abc', ProductCodeType: 'marketplace' as const }];
    build.world.images.put({ ...image, productCodes }, build.world.now(), 0);
    delete build.document.base;
    expect(await failureOf(build.invoke('registerBase'))).toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('cannot be shared and copied to other regions'),
    });
  });

  it('reports a missing permission', async () => {
    const build = simulateBuild({
      recipe: snapshotRecipe,
      faults: [{ call: 'RegisterImage', error: 'UnauthorizedOperation', status: 403 }],
    });
    ownSnapshot(build.world);
    expect(await failureOf(build.through('registerBase'))).toMatchObject({ name: 'Denied' });
  });

  it('refuses a plan without a snapshot', async () => {
    const build = simulateBuild();
    await build.through('plan');
    expect(await failureOf(build.invoke('registerBase'))).toMatchObject({
      name: 'Defect',
      message: expect.stringContaining('document.plan.base.snapshotId'),
    });
  });

  it.each(['registerBase', 'launch', 'createImage', 'copyImages'] as const)(
    'leaves only the snapshot when the build is cleaned up after %s, given only the name of the execution',
    async (stage) => {
      const build = simulateBuild({ recipe: snapshotRecipe });
      const snapshot = ownSnapshot(build.world);
      await build.through(stage);
      for (const noun of Object.keys(build.document)) delete build.document[noun];
      expect(await build.finish<Cleanup>('cleanUp')).toMatchObject({ remaining: [] });
      expect(build.resources()).toEqual([`snapshot ${region}`]);
      expect(build.world.snapshots.get(snapshot.id)).toEqual(snapshot);
    },
  );
});
