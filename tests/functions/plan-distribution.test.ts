import type { Fault } from 'embedded-aws';
import { describe, expect, test } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import { readChannels } from '../../shared/aws/channels-table.ts';
import type { Distribution } from '../../shared/build/execution-document.ts';
import { ownInstance } from '../simulated-bases.ts';
import { failureOf, plainRecipe, type SimulatedBuild, simulateBuild } from '../simulated-build.ts';
import { createKey, forConsumers, leftToIam } from '../simulated-keys.ts';

const AT = '2026-11-23T03:00:00.000Z';

/** A release, and a function that plans an addition to it. */
async function released(
  recipe: object = {},
  {
    prepare,
    ...options
  }: {
    faults?: Fault[];
    disabledRegions?: string[];
    prepare?: (build: SimulatedBuild) => Promise<unknown>;
  } = {},
) {
  const build = simulateBuild({ recipe: { ...plainRecipe, ...recipe }, ...options });
  await prepare?.(build);
  await build.through('record');
  const plan = async (distribute: unknown, name = 'plain') => {
    const document = { recipe: name, distribute };
    const event = { execution: 'addition', startTime: AT, document };
    const { document: planned } = (await build.run(
      build.pipeline.invoke('planDistribution', event),
    )) as Distribution;
    return planned;
  };
  const refusal = async (distribute: unknown) => {
    const { name, message } = await failureOf(plan(distribute));
    expect(name).toBe('InvalidInput');
    return message;
  };
  return { build, plan, refusal };
}

const imageIn = ({ world }: SimulatedBuild, region: string) => {
  const image = world.images.all().find((one) => one.region === region && 'golden-image:version' in one.tags);
  if (image === undefined) throw new Error(`there is no image in ${region}`);
  return image;
};

const REGION = 'ap-southeast-2';

describe('PlanDistribution', () => {
  test('plans a copy with the attributes and permissions of the release', async () => {
    const tags = { team: 'web' };
    const { build, plan } = await released({ image: { deprecateAfterDays: 90 }, tags });
    const source = imageIn(build, HOME.region);
    const before = build.resources();
    const planned = await plan({ regions: [REGION] });
    expect(planned).toMatchObject({
      plan: {
        recipe: 'plain',
        version: source.tags['golden-image:version'],
        region: HOME.region,
        regions: [REGION],
        base: { imageId: source.id },
        image: { imds: 'v2', deprecateAt: expect.stringMatching(/^2027-02-20T/) },
        share: { accounts: ['111122223333'], public: false },
        tags,
        distribution: expect.stringMatching(/^20261123-030000-/),
      },
      candidate: { imageId: source.id, region: HOME.region },
    });
    expect(planned).not.toHaveProperty('copies');
    expect(planned.plan).not.toHaveProperty('test');
    expect(await plan({ regions: [REGION] })).toEqual(planned);
    expect(build.resources()).toEqual(before);
  });

  test('plans the permissions of a further account for all images', async () => {
    const { plan } = await released();
    const { plan: planned, copies } = await plan({ accounts: ['222233334444', '111122223333'] });
    expect(planned.warnings).toEqual([
      'The account 111122223333 could already launch the release in all its regions',
      '222233334444 is not in share.accounts of the recipe plain: the next release removes its access',
    ]);
    expect(planned).not.toHaveProperty('alreadyShared');
    expect(planned.regions).toEqual(plainRecipe.regions);
    expect(planned.share.accounts).toEqual(['111122223333', '222233334444']);
    expect(copies?.regions.map(({ region, state }) => [region, state])).toEqual(
      plainRecipe.regions.map((region) => [region, 'available']),
    );
  });

  test('says that accounts and regions that the recipe does not name are added only to this release', async () => {
    const { build, plan } = await released();
    const region = `${REGION} is not in regions of the recipe plain: the next release has no image there`;
    expect((await plan({ regions: [REGION] })).plan.warnings).toContain(region);
    const { plan: again } = await plan({ accounts: ['111122223333'] });
    expect(again).toMatchObject({ alreadyShared: true });
    const [recipe] = Object.values(build.pipeline.deps.recipes);
    Object.assign(recipe ?? {}, { optionalRegions: [REGION] });
    expect((await plan({ regions: [REGION] })).plan).not.toHaveProperty('warnings');
    const organization = 'arn:aws:organizations::999988887777:organization/o-exampleorgid';
    Object.assign(recipe?.share ?? {}, { organizations: [organization] });
    expect((await plan({ accounts: ['222233334444'] })).plan.warnings).toEqual([
      '222233334444 is not in share.accounts of the recipe plain: the next release removes its access, unless the account belongs to an ' +
        'organization in share of the recipe',
    ]);
    Object.assign(recipe?.share ?? {}, { public: true });
    expect((await plan({ accounts: ['222233334444'] })).plan).not.toHaveProperty('warnings');
  });

  test('copies from another region if the release has no image in the region of the deployment', async () => {
    const { build, plan } = await released({ regions: ['eu-west-1', 'eu-central-1'] });
    const { candidate } = await plan({ regions: [HOME.region] });
    expect(candidate).toMatchObject({ region: 'eu-west-1', imageId: imageIn(build, 'eu-west-1').id });
  });

  test('keeps who may copy the image, and what a trial is', async () => {
    const { build, plan } = await released({ share: { accounts: ['111122223333'], copyable: true } });
    const source = imageIn(build, HOME.region);
    const tags = { ...source.tags, 'golden-image:trial': 'true' };
    build.world.images.put({ ...source, tags }, build.world.now(), 0);
    expect((await plan({ regions: [REGION] })).plan).toMatchObject({
      share: { copyable: true },
      trial: true,
    });
  });

  test.each([
    ['nothing', {}],
    ['a region and an account', { regions: [REGION], accounts: ['222233334444'] }],
    ['an unknown region', { regions: ['eu-west-9'] }],
    ['an account that is no id', { accounts: ['2222'] }],
    ['an empty list', { regions: [] }],
    ['an unknown field', { region: REGION }],
    ['a text', REGION],
  ])('refuses %s', async (_, distribute) => {
    const { refusal } = await released();
    expect(await refusal(distribute)).toMatch(
      /^distribute in the input must have either regions .* or accounts /,
    );
  });

  test('refuses a recipe, a release and a region that make no sense', async () => {
    const { build, plan, refusal } = await released({}, { disabledRegions: ['me-south-1'] });
    const { id } = imageIn(build, 'eu-west-1');
    expect(await refusal({ regions: ['eu-west-1'] })).toBe(
      `Nothing was changed, because the release already has the image ${id} in eu-west-1`,
    );
    expect(await refusal({ regions: ['me-south-1'] })).toContain(
      "has not enabled me-south-1: enable each region in the account's settings, or leave it out of the request",
    );
    expect(await refusal({ regions: [REGION], version: 'none' })).toContain('has no release none. Its last');
    expect(await refusal({ accounts: [HOME.account] })).toContain(
      `the account ${HOME.account} owns the release`,
    );
    expect((await failureOf(plan({ regions: [REGION] }, 'other'))).message).toContain(
      'other is not deployed',
    );
  });

  describe('with test.regions, which were added to the recipe after the release,', () => {
    const testsIn = ({ pipeline }: SimulatedBuild, ...regions: string[]) =>
      Object.assign(Object.values(pipeline.deps.recipes)[0]?.test ?? {}, { regions });
    const subnetsIn = ({ world }: SimulatedBuild, region: string) =>
      world.subnets.all().filter((one) => one.region === region && one.account === HOME.account);

    test('plans the test of the copy, and nothing else', async () => {
      const { build, plan } = await released();
      testsIn(build, REGION);
      const { plan: planned } = await plan({ regions: [REGION, 'eu-north-1'] });
      expect(planned.test).toMatchObject({
        checkDocument: '',
        testsDocument: '',
        scan: false,
        copies: [
          {
            region: REGION,
            instanceTypes: plainRecipe.build.instanceTypes,
            subnets: subnetsIn(build, REGION)
              .map(({ id }) => id)
              .toSorted(),
          },
        ],
      });
      expect((await plan({ regions: ['eu-north-1'] })).plan).not.toHaveProperty('test');
      expect((await plan({ accounts: ['222233334444'] })).plan).not.toHaveProperty('test');
    });

    test('refuses a region without a default VPC, and one without the instance types', async () => {
      const { build, refusal } = await released();
      testsIn(build, REGION);
      const [recipe] = Object.values(build.pipeline.deps.recipes);
      Object.assign(recipe?.build ?? {}, { instanceTypes: ['m99.large'] });
      expect(await refusal({ regions: [REGION] })).toContain(
        `test.regions: ${REGION} has none of the instance types of the build: `,
      );
      for (const { id } of subnetsIn(build, REGION)) build.world.subnets.delete(id);
      expect(await refusal({ regions: [REGION] })).toContain(
        `test.regions: ${REGION} has no default VPC with subnets: `,
      );
    });

    test('refuses the region of the deployment, in which an addition launches nothing', async () => {
      const { build, refusal } = await released({ regions: ['eu-west-1', 'eu-central-1'] });
      testsIn(build, HOME.region);
      expect(await refusal({ regions: [HOME.region] })).toBe(
        `Nothing was changed, because the recipe tests the image in ${HOME.region} (test.regions), and a later addition tests copies only ` +
          'outside the region of the deployment: build again (golden bake plain)',
      );
    });

    test('tests on the type of the instance that is the base, and refuses a base that is gone', async () => {
      const { build, plan, refusal } = await released();
      const id = await ownInstance(build, { open: '*' });
      const [recipe] = Object.values(build.pipeline.deps.recipes);
      testsIn(build, REGION);
      Object.assign(recipe ?? {}, { base: { instanceId: id, reboot: false }, build: undefined });
      expect((await plan({ regions: [REGION] })).plan.test?.copies).toMatchObject([
        { region: REGION, instanceTypes: ['m7i.large'] },
      ]);
      build.world.instances.delete(id);
      expect(await refusal({ regions: [REGION] })).toContain(
        `on instances of the type of ${id}, but this instance does not exist any more: `,
      );
    });
  });

  describe('with fast launches', () => {
    const unchanged = { regions: plainRecipe.regions, optionalRegions: [REGION] };
    const restored = (zone: string) => ({
      ...unchanged,
      image: { fastSnapshotRestore: { [REGION]: [`${REGION}${zone}`] } },
    });
    const faults: Fault[] = [{ image: 'fails', by: 'CopyImage', region: REGION, times: 3 }];

    test('warns of their price in the new region', async () => {
      const { plan } = await released(restored('a'), { faults });
      const { plan: planned } = await plan({ regions: [REGION] });
      expect(planned).toMatchObject({ accelerate: true });
      expect(planned.warnings).toEqual([expect.stringContaining('$0.75 an hour, or $540 in 30 days')]);
      expect((await plan({ accounts: ['222233334444'] })).plan.warnings).toEqual([
        expect.stringContaining('is not in share.accounts'),
      ]);
    });

    test('refuses a zone that does not exist', async () => {
      const { refusal } = await released(restored('z'));
      expect(await refusal({ regions: [REGION] })).toContain(
        `no such Availability Zone in ${REGION}: use ${REGION}a`,
      );
    });
  });

  test('refuses a recipe that has no releases', async () => {
    const build = simulateBuild();
    const document = { recipe: 'plain', distribute: { regions: [REGION] } };
    const event = { execution: 'addition', startTime: AT, document };
    const work = build.run(build.pipeline.invoke('planDistribution', event));
    expect((await failureOf(work)).message).toBe('The recipe plain has no releases. Bake plain first');
  });

  test.each([
    ['is gone', undefined, 'does not exist: choose another release'],
    ['is disabled', { state: 'disabled' } as const, 'is disabled, not available: choose another release'],
    ['has other tags', { tags: {} }, 'does not have the tags of a released image: choose another release'],
  ])('refuses a release whose image %s', async (_, change, says) => {
    const { build, refusal } = await released();
    const image = imageIn(build, HOME.region);
    if (change === undefined) build.world.images.delete(image.id);
    else build.world.images.put({ ...image, ...change }, build.world.now(), 0);
    expect(await refusal({ regions: [REGION] })).toContain(`${image.id} of the release in us-east-1 ${says}`);
  });

  test.each([{ regions: [REGION] }, { accounts: ['222233334444'] }])(
    'refuses a release that is shared with nobody, although the recipe shares with somebody: %o',
    async (distribute) => {
      const { build, refusal } = await released();
      const image = imageIn(build, HOME.region);
      build.world.images.put({ ...image, launchPermissions: [] }, build.world.now(), 0);
      expect(await refusal(distribute)).toContain(
        `no other account can launch the image ${image.id} of the release in us-east-1, although the recipe shares its images`,
      );
    },
  );

  test('refuses a further account if the release was withdrawn in one region', async () => {
    const { build, refusal } = await released();
    const image = imageIn(build, 'eu-west-1');
    build.world.images.put({ ...image, launchPermissions: [] }, build.world.now(), 0);
    expect(await refusal({ accounts: ['222233334444'] })).toContain(
      `${image.id} of the release in eu-west-1`,
    );
  });

  test('adds to a release that is shared with nobody, as the recipe says', async () => {
    const { plan } = await released({ share: undefined });
    const { plan: planned } = await plan({ accounts: ['222233334444'] });
    expect(planned.share.accounts).toEqual(['222233334444']);
    expect(planned).not.toHaveProperty('sharedIn');
  });

  test('refuses what Plan refuses in a region: a public image where the account blocks it', async () => {
    const { build, refusal } = await released();
    const image = imageIn(build, HOME.region);
    build.world.images.put({ ...image, launchPermissions: [{ Group: 'all' }] }, build.world.now(), 0);
    expect(await refusal({ regions: [REGION] })).toContain(`blocks public images in ${REGION}: `);
    expect(await refusal({ accounts: ['222233334444'] })).toContain('the release is public');
  });

  describe('with the keys of the recipe', () => {
    const alias = 'alias/golden-images';
    const [listed = ''] = plainRecipe.share.accounts;
    const keys = Object.fromEntries(
      plainRecipe.regions.map((region) => [region, `arn:aws:kms:${region}:${HOME.account}:${alias}`]),
    );
    const statements = [leftToIam, forConsumers(listed)];
    const prepare = (build: SimulatedBuild) =>
      Promise.all(plainRecipe.regions.map((region) => createKey(build, region, { statements, alias })));

    test('refuses a further account that cannot use a key', async () => {
      const { plan, refusal } = await released({ encryption: { keys } }, { prepare });
      expect(await refusal({ accounts: ['222233334444'] })).toMatch(/encrypted with .*222233334444/);
      expect((await plan({ accounts: [listed] })).plan.share.accounts).toEqual([listed]);
    });

    test('refuses a region without a key, and copies with the key of the region', async () => {
      const { build, plan, refusal } = await released({ encryption: { keys } }, { prepare });
      expect(await refusal({ regions: [REGION] })).toContain(`encryption.keys names no key for ${REGION}: `);
      const key = await createKey(build, REGION, { statements, alias });
      const [recipe] = Object.values(build.pipeline.deps.recipes);
      Object.assign(recipe?.encryption?.keys ?? {}, { [REGION]: key });
      expect((await plan({ regions: [REGION] })).plan.keys).toEqual({ [REGION]: key });
    });
  });

  test('passes a refusal of AWS on', async () => {
    const faults: Fault[] = [];
    const { build, plan } = await released({}, { faults });
    faults.push({
      call: 'DescribeImageAttribute',
      error: 'UnauthorizedOperation',
      status: 403,
      times: 'always',
    });
    expect(await failureOf(plan({ regions: [REGION] }))).toMatchObject({ name: 'Denied' });
    const table = { dynamodb: build.pipeline.deps.dynamodb, table: build.pipeline.deps.settings.table };
    expect((await build.run(readChannels(table, 'plain'))).releases).toHaveLength(1);
  });
});
