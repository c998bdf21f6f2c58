import type { Fault, ImageRecord } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import type { Copies, PendingRelease, Release } from '../../shared/build/execution-document.ts';
import { AT, failureOf, plainRecipe, type SimulatedBuild, simulateBuild } from '../simulated-build.ts';

const organization = 'arn:aws:organizations::123456789012:organization/o-exampleorgid';
const unit = 'arn:aws:organizations::123456789012:ou/o-exampleorgid/ou-exampleroot1-exampleou1';

const ourImages = (build: SimulatedBuild) =>
  build.world.images.all().filter(({ tags }) => tags['golden-image:execution'] === build.execution);

const snapshotsOf = (build: SimulatedBuild) =>
  ourImages(build).flatMap(({ blockDeviceMappings }) =>
    blockDeviceMappings.flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []),
  );

function shareSnapshot({ world }: SimulatedBuild, id: string, sharedWith: string[]): void {
  const snapshot = world.snapshots.get(id);
  if (snapshot === undefined) throw new Error(`there is no snapshot ${id}`);
  world.snapshots.put({ ...snapshot, sharedWith }, world.now(), 0);
}

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

  describe('with an optional region', () => {
    const region = 'ap-southeast-2';
    const recipe = { ...plainRecipe, optionalRegions: [region] };
    const regionsOf = ({ images }: Release) => images.map((image) => image.region);

    it('shares the image there like the others', async () => {
      const build = simulateBuild({ recipe });
      const release = await build.through<Release>('shareImages');
      expect(regionsOf(release)).toEqual(['us-east-1', 'eu-west-1', region]);
      expect(release).not.toHaveProperty('failedRegions');
      expect(release).not.toHaveProperty('warnings');
    });

    it('shares the other images if there is no copy, and says so', async () => {
      const build = simulateBuild({
        recipe,
        faults: [{ image: 'fails', by: 'CopyImage', region, times: 'always', message: 'No.' }],
      });
      const release = await build.through<Release>('shareImages');
      expect(regionsOf(release)).toEqual(['us-east-1', 'eu-west-1']);
      const reason = expect.stringMatching(/ 3 times: failed: No\.$/);
      expect(release.failedRegions).toEqual([{ region, reason }]);
      expect(release.warnings).toEqual([
        expect.stringMatching(
          /^the image is released without the optional region ap-southeast-2: EC2 failed/,
        ),
      ]);
    });

    it.each(['ModifyImageAttribute', 'EnableImageDeprecation', 'CreateTags'])(
      'goes on without the region if EC2 refuses %s there',
      async (call) => {
        const image = { deprecateAfterDays: 90 };
        const denied = { error: 'UnauthorizedOperation', status: 403, message: 'An explicit deny.' };
        const build = simulateBuild({
          recipe: { ...recipe, image },
          faults: [{ call, region, times: 'always', ...denied }],
        });
        const release = await build.through<Release>('shareImages');
        expect(regionsOf(release)).toEqual(['us-east-1', 'eu-west-1']);
        expect(release.failedRegions).toEqual([{ region, reason: expect.stringContaining(call) }]);
        await build.finish('cleanUp');
        expect(build.resources().filter((one) => one.endsWith(region))).toEqual([]);
      },
    );

    it('does not need to know who may use the earlier releases in a region with an outage', async () => {
      const faults: Fault[] = [];
      const build = simulateBuild({ recipe, faults });
      await build.through('testImage');
      faults.push({ call: 'DescribeImages', region, times: 'always', error: 'InternalError', status: 500 });
      await build.finish('copyImages');
      const { warnings } = await build.finish<Release>('shareImages');
      expect(warnings).toEqual([
        expect.stringContaining('released without the optional region ap-southeast-2: the calls have failed'),
        expect.stringContaining('could not check the permissions of earlier releases in ap-southeast-2'),
      ]);
    });
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

  it('gives no permission for the snapshots, and removes what a person gave', async () => {
    const build = simulateBuild();
    await build.through('copyImages');
    for (const id of snapshotsOf(build)) shareSnapshot(build, id, ['999999999999']);
    await build.finish('shareImages');
    expect(snapshotsOf(build)).toHaveLength(2);
    for (const id of snapshotsOf(build)) expect(build.world.snapshots.get(id)?.sharedWith ?? []).toEqual([]);
  });

  it.each([3, 1000])(
    'gives %i accounts permissions for the snapshots if the recipe is copyable',
    async (length) => {
      const accounts = Array.from({ length }, (_, index) => String(200_000_000_000 + index));
      const share = { accounts, copyable: true };
      const build = simulateBuild({ recipe: { ...plainRecipe, share } });
      await build.through('copyImages');
      for (const id of snapshotsOf(build)) shareSnapshot(build, id, ['999999999999']);
      const { sharedWith } = await build.finish<Release>('shareImages');
      expect(sharedWith).toMatchObject(share);
      expect(snapshotsOf(build)).toHaveLength(2);
      for (const id of snapshotsOf(build)) {
        expect(build.world.snapshots.get(id)?.sharedWith).toEqual(accounts);
        expect(build.world.snapshots.get(id)?.public).toBeUndefined();
      }
    },
  );

  it('makes the snapshots public only if the recipe is public and copyable', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, share: { public: true, copyable: true } } });
    for (const region of plainRecipe.regions)
      build.world.publicImages.set(`999988887777/${region}`, 'unblocked');
    await build.through('shareImages');
    for (const id of snapshotsOf(build)) expect(build.world.snapshots.get(id)?.public).toBe(true);
  });

  it('refuses to share an image that nobody approved, if the recipe asks for approval', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, gates: { approval: {} } } });
    await build.through('copyImages');
    const { imageId } = build.document.candidate as { imageId: string };
    const failure = {
      name: 'Defect',
      message: `The image ${imageId} was not approved, so it cannot be shared`,
    };
    expect(await failureOf(build.invoke('shareImages'))).toEqual(failure);
    for (const image of ourImages(build)) expect(image.launchPermissions).toEqual([]);
  });

  it('refuses to share an image or a copy that has not passed its test', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, test: { regions: ['eu-west-1'] } } });
    await build.through('copyImages');
    const { verdict } = build.document;
    const { imageId } = build.document.candidate as { imageId: string };
    const refusal = async () => (await failureOf(build.invoke('shareImages'))).message;
    expect(await refusal()).toBe(
      'The copies in eu-west-1 have not passed their test, so they cannot be shared',
    );
    await build.finish('testCopies');
    delete build.document.verdict;
    expect(await refusal()).toBe(`The image ${imageId} has not passed its test, so it cannot be shared`);
    for (const image of ourImages(build)) expect(image.launchPermissions).toEqual([]);
    build.document.verdict = verdict;
    expect(await build.finish<Release>('shareImages')).toMatchObject({ status: 'ready' });
  });

  it('refuses a document without copies', async () => {
    const build = simulateBuild();
    await build.through('createImage');
    expect(await failureOf(build.invoke('shareImages'))).toMatchObject({ name: 'Defect' });
  });
});

describe('ShareImages with earlier releases', () => {
  const [LISTED, GONE] = ['111122223333', '444455556666'] as const;

  interface Earlier {
    readonly region?: string;
    readonly accounts?: readonly string[];
    readonly tags?: Readonly<Record<string, string>>;
    readonly change?: Partial<ImageRecord>;
  }

  /** A build that has its copies, in a world with images of earlier releases. */
  async function buildAfter(
    earlier: readonly Earlier[],
    options: Parameters<typeof simulateBuild>[0] = {},
  ): Promise<SimulatedBuild> {
    const build = simulateBuild(options);
    await addEarlier(build, earlier);
    return build;
  }

  async function addEarlier(build: SimulatedBuild, earlier: readonly Earlier[]): Promise<void> {
    await build.through('copyImages');
    const { world } = build;
    const [image] = ourImages(build);
    const snapshot = world.snapshots.get(snapshotsOf(build)[0] ?? '');
    if (image === undefined || snapshot === undefined) throw new Error('there is no image');
    for (const [
      index,
      { region = image.region, accounts = [LISTED, GONE], tags, change },
    ] of earlier.entries()) {
      const own = {
        ...image.tags,
        'golden-image:execution': 'earlier',
        'golden-image:version': `20261101-00000${index}`,
        'golden-image:role': 'release',
        ...tags,
      };
      const snapshotId = idOf(index, 'snap');
      const sharedWith = accounts;
      world.snapshots.put({ ...snapshot, id: snapshotId, region, tags: own, sharedWith }, world.now(), 0);
      world.images.put(
        {
          ...image,
          id: idOf(index, 'ami'),
          name: `earlier-${index}`,
          region,
          tags: own,
          blockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: snapshotId } }],
          launchPermissions: accounts.map((UserId) => ({ UserId })),
          ...change,
        },
        world.now(),
        0,
      );
    }
  }

  const idOf = (index: number, kind: 'ami' | 'snap') => `${kind}-${String(index).padStart(17, '0')}`;
  const accountsOf = ({ world }: SimulatedBuild, index: number) => ({
    launch: world.images.get(idOf(index, 'ami'))?.launchPermissions.map(({ UserId }) => UserId),
    createVolume: world.snapshots.get(idOf(index, 'snap'))?.sharedWith,
  });

  it('removes accounts that left the list, in every enabled region', async () => {
    const build = await buildAfter([{}, { region: 'eu-west-1' }, { region: 'ap-southeast-2' }]);
    const { warnings } = await build.finish<Release>('shareImages');
    for (const index of [0, 1, 2])
      expect(accountsOf(build, index)).toEqual({ launch: [LISTED], createVolume: [] });
    expect(warnings).toBeUndefined();
  });

  it('adds accounts that joined the list', async () => {
    const share = { accounts: [LISTED, '777788889999'], copyable: true };
    const build = await buildAfter([{ accounts: [LISTED] }, { accounts: [GONE] }], {
      recipe: { ...plainRecipe, share },
    });
    await build.finish('shareImages');
    for (const index of [0, 1]) {
      const { launch, createVolume } = accountsOf(build, index);
      expect(launch?.toSorted()).toEqual(share.accounts);
      expect(createVolume?.toSorted()).toEqual(share.accounts);
    }
  });

  it('keeps an image private that no other account can launch', async () => {
    const build = await buildAfter([{ accounts: [] }]);
    await build.finish('shareImages');
    expect(accountsOf(build, 0)).toEqual({ launch: [], createVolume: [] });
  });

  it('removes accounts from the images of trials, but adds none', async () => {
    const tags = { 'golden-image:trial': 'true' };
    const build = await buildAfter([
      { tags, accounts: [GONE] },
      { tags, accounts: [LISTED, GONE] },
    ]);
    await build.finish('shareImages');
    expect(accountsOf(build, 0).launch).toEqual([]);
    expect(accountsOf(build, 1).launch).toEqual([LISTED]);
  });

  it.each([
    ['disabled', 'disabled'],
    ['hidden', 'available'],
  ] as const)(
    'removes all accounts from the snapshots of a %s image, also if it is copyable',
    async (_, state) => {
      const share = { accounts: [LISTED], copyable: true };
      const recipe = { ...plainRecipe, share };
      const build = await buildAfter([{ change: { state, launchPermissions: [] } }], { recipe });
      await build.finish('shareImages');
      expect(accountsOf(build, 0)).toEqual({ launch: [], createVolume: [] });
    },
  );

  it('changes a deprecated image like any other', async () => {
    const build = await buildAfter([{ change: { deprecationTime: 0 } }]);
    await build.finish('shareImages');
    expect(accountsOf(build, 0).launch).toEqual([LISTED]);
  });

  it.each([
    ['another recipe', { 'golden-image:recipe': 'other' }],
    ['a deployment in another region', { 'golden-image:home': 'eu-central-1' }],
    ['a build that is not released', { 'golden-image:role': 'copy' }],
  ])('does not touch images of %s', async (_, tags) => {
    const build = await buildAfter([{ tags }]);
    await build.finish('shareImages');
    expect(accountsOf(build, 0)).toEqual({ launch: [LISTED, GONE], createVolume: [LISTED, GONE] });
  });

  it('does not change earlier releases in a trial', async () => {
    const build = await buildAfter([{}]);
    delete build.document.plan;
    build.document.overrides = { share: null };
    await build.finish('plan');
    await build.finish('shareImages');
    expect(accountsOf(build, 0).launch).toEqual([LISTED, GONE]);
  });

  it('leaves earlier releases as they are if the recipe has become public', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, share: { public: true } } });
    for (const region of plainRecipe.regions)
      build.world.publicImages.set(`999988887777/${region}`, 'unblocked');
    await addEarlier(build, [{}]);
    await build.finish('shareImages');
    expect(accountsOf(build, 0).launch).toEqual([LISTED, GONE]);
  });

  it('fails before the new release is visible if EC2 does not remove an account', async () => {
    const build = await buildAfter([{ region: 'eu-west-1' }], {
      faults: [
        { call: 'ModifyImageAttribute', region: 'eu-west-1', error: 'UnauthorizedOperation', status: 403 },
      ],
    });
    const { name, message } = await failureOf(build.finish('shareImages'));
    expect(name).toBe('Refused');
    expect(message).toMatch(
      /^Could not remove permissions of ami-0+ in eu-west-1, which belongs to an earlier release, so the new release is not shared: ec2:ModifyImageAttribute/,
    );
    for (const image of ourImages(build)) expect(image.launchPermissions).toEqual([]);
  });

  it('removes an account even if EC2 refuses to add another, and warns', async () => {
    const build = await buildAfter([{ accounts: [GONE] }], {
      faults: [
        {
          call: 'ModifyImageAttribute',
          region: 'us-east-1',
          error: 'InvalidParameter',
          message: 'No such key.',
          times: 1,
        },
      ],
    });
    const { warnings } = await build.finish<Release>('shareImages');
    expect(accountsOf(build, 0).launch).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^could not give new accounts access to ami-0+ of an earlier release in us-east-1: /,
      ),
    ]);
    for (const image of ourImages(build)) expect(image.launchPermissions).toEqual([{ UserId: LISTED }]);
  });

  it('does not fail if an image is deregistered meanwhile', async () => {
    const build = await buildAfter([{}], {
      faults: [
        { call: 'DescribeImageAttribute', region: 'us-east-1', error: 'InvalidAMIID.NotFound', times: 1 },
      ],
    });
    await build.finish('shareImages');
    for (const image of ourImages(build)) expect(image.launchPermissions).toEqual([{ UserId: LISTED }]);
  });

  it('warns of a closed region that is not in the recipe', async () => {
    const build = await buildAfter([{}], {
      faults: [
        {
          call: 'DescribeImages',
          region: 'sa-east-1',
          error: 'UnauthorizedOperation',
          status: 403,
          times: 'always',
        },
      ],
    });
    const { warnings } = await build.finish<Release>('shareImages');
    expect(warnings).toEqual([
      expect.stringContaining('could not check the permissions of earlier releases in sa-east-1: '),
    ]);
    expect(accountsOf(build, 0).launch).toEqual([LISTED]);
  });

  it('checks many images in several invocations, and shares nothing before the last', async () => {
    const build = await buildAfter(Array.from({ length: 450 }, () => ({ accounts: [GONE] })));
    const visible: number[] = [];
    for (;;) {
      const answer = await build.invoke<PendingRelease | Release>('shareImages');
      const shared = ourImages(build).filter(({ launchPermissions }) => launchPermissions.length > 0);
      const open = build.world.images
        .all()
        .filter(({ launchPermissions }) => launchPermissions.some(({ UserId }) => UserId === GONE));
      if (shared.length > 0) expect(open).toEqual([]);
      visible.push(open.length);
      if (answer.status === 'ready') break;
      await build.pass(answer.waitSeconds);
    }
    expect(visible[0]).toBe(250);
    expect(visible.at(-1)).toBe(0);
  });
});
