import { CopyImageCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { addDefaultNetwork, answerFrom, services, type World } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { deploy, type Pipeline } from '../../local/pipeline.ts';
import type { Release, ReleasedImage } from '../../shared/build/execution-document.ts';
import { plainRecipe, recipeFile, simulate, type TestRecipe } from '../simulated-build.ts';

const [STAYS, LEAVES, JOINS, STRANGER] = [
  '111122223333',
  '444455556666',
  '777788889999',
  '123456789012',
] as const;
const organization = 'arn:aws:organizations::210987654321:organization/o-exampleorgid';

/** A client of an account. Its calls return an error's code instead of throwing. */
function consumer(world: World, account: string) {
  const clientIn = (region: string) => {
    const client = new EC2Client({ region, maxAttempts: 1, retryMode: 'standard', defaultsMode: 'standard' });
    answerFrom(world, services, client, account);
    return client;
  };
  const outcomeOf = (work: Promise<object>) =>
    work.then(
      () => 'allowed',
      (error: Error) => error.name,
    );
  return {
    launch: ({ region, imageId }: ReleasedImage) => {
      const [subnet] = addDefaultNetwork(world, account, region).subnets;
      const input = { ImageId: imageId, InstanceType: 'm7i.large', MinCount: 1, MaxCount: 1 } as const;
      return outcomeOf(clientIn(region).send(new RunInstancesCommand({ ...input, SubnetId: subnet?.id })));
    },
    copy: ({ region, imageId }: ReleasedImage) => {
      const input = { SourceImageId: imageId, SourceRegion: region, Name: `copy of ${imageId}` };
      return outcomeOf(clientIn('eu-central-1').send(new CopyImageCommand(input)));
    },
  };
}

const UNSEEN = 'InvalidAMIID.NotFound';

describe('the accounts of a recipe', () => {
  const simulation = (recipe: TestRecipe) => {
    const { world, pipeline, run, pass } = simulate({ recipes: [recipeFile(recipe)] });
    const release = async (by: Pipeline = pipeline): Promise<ReleasedImage[]> => {
      const { status, cause, output } = await run(by.start('plain').result);
      expect([status, cause]).toEqual(['SUCCEEDED', undefined]);
      // Changed permissions are visible a moment later.
      await pass(60);
      return (output as { release: Release }).release.images;
    };
    /** What an account may do with each image. */
    const of = async (account: string, images: readonly ReleasedImage[], what: 'launch' | 'copy') =>
      run(Promise.all(images.map((image) => consumer(world, account)[what](image))));
    const redeploy = (changed: object) => deploy(world, [recipeFile({ ...recipe, ...changed })]);
    return { world, release, of, redeploy };
  };

  it('can launch every release while they are listed, in regions that have left the recipe, too', async () => {
    const { release, of, redeploy } = simulation({ ...plainRecipe, share: { accounts: [STAYS, LEAVES] } });
    const first = await release();
    const second = await release();
    expect(await of(LEAVES, [...first, ...second], 'launch')).toEqual(Array(4).fill('allowed'));

    const later = redeploy({ share: { accounts: [STAYS, JOINS] }, regions: ['us-east-1'] });
    const all = [...first, ...second, ...(await release(later))];
    expect(all).toHaveLength(5);
    expect(await of(LEAVES, all, 'launch')).toEqual(Array(5).fill(UNSEEN));
    expect(await of(STRANGER, all, 'launch')).toEqual(Array(5).fill(UNSEEN));
    expect(await of(STAYS, all, 'launch')).toEqual(Array(5).fill('allowed'));
    expect(await of(JOINS, all, 'launch')).toEqual(Array(5).fill('allowed'));
  });

  it('can copy the releases only if the recipe is copyable', async () => {
    const { release, of, redeploy } = simulation(plainRecipe);
    const first = await release();
    expect(await of(STAYS, first, 'launch')).toEqual(['allowed', 'allowed']);
    expect(await of(STAYS, first, 'copy')).toEqual(['InvalidRequest', 'InvalidRequest']);

    const second = await release(redeploy({ share: { accounts: [STAYS], copyable: true } }));
    expect(await of(STAYS, [...first, ...second], 'copy')).toEqual(Array(4).fill('allowed'));
    expect(await of(STRANGER, [...first, ...second], 'copy')).toEqual(Array(4).fill(UNSEEN));

    const third = await release(redeploy({}));
    expect(await of(STAYS, [...first, ...second, ...third], 'copy')).toEqual(Array(6).fill('InvalidRequest'));
    expect(await of(STAYS, [...first, ...second, ...third], 'launch')).toEqual(Array(6).fill('allowed'));
  });

  it('do not get a withdrawn release back', async () => {
    const { world, release, of } = simulation(plainRecipe);
    const [disabled, hidden] = await release();
    const withdraw = (image: ReleasedImage | undefined, state: 'available' | 'disabled') => {
      const found = world.images.get(image?.imageId ?? '');
      if (found === undefined) throw new Error('there is no image');
      world.images.put({ ...found, state, launchPermissions: [] }, world.now(), 0);
    };
    withdraw(disabled, 'disabled');
    withdraw(hidden, 'available');
    await release();
    expect(await of(STAYS, [disabled, hidden] as ReleasedImage[], 'launch')).toEqual([UNSEEN, UNSEEN]);
  });

  it('lose an organization that left the list', async () => {
    const share = { accounts: [STAYS], organizations: [organization] };
    const { world, release, of, redeploy } = simulation({ ...plainRecipe, share });
    world.organizations.set(JOINS, { organization, units: [] });
    const first = await release();
    expect(await of(JOINS, first, 'launch')).toEqual(['allowed', 'allowed']);
    await release(redeploy({ share: { accounts: [STAYS] } }));
    expect(await of(JOINS, first, 'launch')).toEqual([UNSEEN, UNSEEN]);
  });
});
