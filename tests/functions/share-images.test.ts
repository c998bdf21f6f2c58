import { describe, expect, it } from 'vitest';
import type { Copies, Release } from '../../shared/build/execution-document.ts';
import { AT, failureOf, plainRecipe, type SimulatedBuild, simulateBuild } from '../simulated-build.ts';

const organization = 'arn:aws:organizations::123456789012:organization/o-exampleorgid';
const unit = 'arn:aws:organizations::123456789012:ou/o-exampleorgid/ou-exampleroot1-exampleou1';

const ourImages = (build: SimulatedBuild) =>
  build.world.images.all().filter(({ tags }) => tags['golden-image:execution'] === build.execution);

describe('ShareImages', () => {
  it("sets exactly the recipe's launch permissions on every image, and tags the images as released", async () => {
    const share = {
      accounts: ['111122223333', '444455556666'],
      organizations: [organization],
      organizationalUnits: [unit],
    };
    const build = simulateBuild({ recipe: { ...plainRecipe, share } });
    const { images, sharedWith } = await build.through<Release>('shareImages');

    expect(images.map(({ region }) => region)).toEqual(['us-east-1', 'eu-west-1']);
    expect(sharedWith).toEqual({ ...share, public: false });
    for (const { imageId, snapshotIds } of images) {
      const image = build.world.images.get(imageId);
      expect(image?.tags['golden-image:role']).toBe('release');
      expect(image?.launchPermissions).toHaveLength(4);
      expect(image?.launchPermissions).toEqual(
        expect.arrayContaining([
          { UserId: '111122223333' },
          { UserId: '444455556666' },
          { OrganizationArn: organization },
          { OrganizationalUnitArn: unit },
        ]),
      );
      for (const id of snapshotIds)
        expect(build.world.snapshots.get(id)?.tags['golden-image:role']).toBe('release');
    }
  });

  it('removes the permissions of accounts that are not in the recipe', async () => {
    const build = simulateBuild();
    await build.through('copyImages');
    for (const image of ourImages(build)) {
      const launchPermissions = [{ UserId: '999999999999' }, { UserId: '111122223333' }];
      build.world.images.put({ ...image, launchPermissions }, build.world.now(), 0);
    }
    await build.finish('shareImages');
    for (const image of ourImages(build))
      expect(image.launchPermissions).toEqual([{ UserId: '111122223333' }]);
  });

  it('changes nothing when it is repeated', async () => {
    const build = simulateBuild();
    await build.through('shareImages');
    const before = ourImages(build);
    delete build.document.release;
    await build.finish('shareImages');
    expect(ourImages(build)).toEqual(before);
  });

  it('makes an image public only when the recipe says so and the account allows it', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, share: { public: true } } });
    for (const region of plainRecipe.regions)
      build.world.publicImages.set(`999988887777/${region}`, 'unblocked');
    await build.through('shareImages');
    for (const image of ourImages(build)) expect(image.launchPermissions).toEqual([{ Group: 'all' }]);
  });

  it('deprecates a public image before the time that EC2 chooses', async () => {
    const recipe = { ...plainRecipe, share: { public: true }, image: { deprecateAfterDays: 730 } };
    const build = simulateBuild({ recipe });
    for (const region of plainRecipe.regions)
      build.world.publicImages.set(`999988887777/${region}`, 'unblocked');
    await build.through('shareImages');
    const deprecationTime = AT.getTime() + 730 * 86_400_000;
    for (const image of ourImages(build)) {
      expect(image).toMatchObject({ launchPermissions: [{ Group: 'all' }], deprecationTime });
    }
  });

  it('protects no image before all images are tagged as released', async () => {
    const image = { deregistrationProtection: 'on' };
    const build = simulateBuild({
      recipe: { ...plainRecipe, image },
      faults: [{ call: 'CreateTags', region: 'us-east-1', error: 'UnauthorizedOperation', status: 403 }],
    });
    await build.through('copyImages');
    expect(await failureOf(build.finish('shareImages'))).toMatchObject({ name: 'Denied' });
    for (const one of ourImages(build)) expect(one).not.toHaveProperty('deregistrationProtection');
    await build.finish('shareImages');
    const protection = { deregistrationProtection: { withCooldown: false } };
    expect(ourImages(build)).toMatchObject([protection, protection]);
  });

  it('shares no image while one image is not available', async () => {
    const build = simulateBuild();
    const { regions } = await build.through<Copies>('copyImages');
    const copy = build.world.images.get(regions[0]?.imageId ?? '');
    if (copy === undefined) throw new Error('there is no copy');
    build.world.images.put({ ...copy, state: 'disabled' }, build.world.now(), 0);

    const { name, message } = await failureOf(build.finish('shareImages'));
    expect(name).toBe('BuildFailed');
    expect(message).toMatch(/is disabled, but only an available image can be shared$/);
    for (const image of ourImages(build)) expect(image.launchPermissions).toEqual([]);
  });

  it('reports a refusal, and releases nothing', async () => {
    const build = simulateBuild({
      faults: [
        {
          call: 'ModifyImageAttribute',
          region: 'eu-west-1',
          error: 'UnauthorizedOperation',
          message: 'No.',
          status: 403,
        },
      ],
    });
    expect(await failureOf(build.through('shareImages'))).toMatchObject({ name: 'Denied' });
    expect(ourImages(build).map(({ tags }) => tags['golden-image:role'])).not.toContain('release');
  });

  it('names the launch permissions that EC2 refused, and the fields to check', async () => {
    const accounts = Array.from({ length: 22 }, (_, index) => String(200_000_000_000 + index));
    const build = simulateBuild({
      recipe: { ...plainRecipe, share: { accounts, organizations: [organization] } },
      faults: [
        {
          call: 'ModifyImageAttribute',
          region: 'eu-west-1',
          error: 'InvalidAMIAttributeItemValue',
          message: 'Invalid attribute item value for userId item type.',
        },
      ],
    });
    expect(await failureOf(build.through('shareImages'))).toEqual({
      name: 'Refused',
      message:
        'ec2:ModifyImageAttribute in eu-west-1: InvalidAMIAttributeItemValue: Invalid attribute item value for userId item type. ' +
        `The call added share.accounts ${accounts.slice(0, 20).join(', ')} and 2 more; share.organizations ${organization}. ` +
        'Check share.accounts and share.organizations: each must exist and be active',
    });
    expect(ourImages(build).map(({ tags }) => tags['golden-image:role'])).not.toContain('release');
  });

  it('refuses a document without copies', async () => {
    const build = simulateBuild();
    await build.through('createImage');
    expect(await failureOf(build.invoke('shareImages'))).toMatchObject({ name: 'Defect' });
  });
});
