import {
  DisableEbsEncryptionByDefaultCommand,
  EnableEbsEncryptionByDefaultCommand,
  ModifyEbsDefaultKmsKeyIdCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import type { ImageRecord, InstanceRecord, World } from 'embedded-aws';
import { describe, expect, it, vi } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import type { InstancePlan, Plan, Release } from '../../shared/build/execution-document.ts';
import { instanceRecipe, ownInstance, ownSnapshot, snapshotRecipe } from '../simulated-bases.ts';
import { failureOf, plainRecipe, type SimulatedBuild, simulateBuild } from '../simulated-build.ts';

const { region } = HOME;

/** The base image that the plain recipe resolves to, changed. */
function changeBase(world: World, change: Partial<ImageRecord>): ImageRecord {
  const parameter = world.parameters
    .all()
    .find((one) => one.region === region && one.name === plainRecipe.base.ssmParameter);
  const image = world.images.get(parameter?.value ?? '');
  if (image === undefined) throw new Error('the catalogue lacks the base image');
  return world.images.put({ ...image, ...change }, world.now(), 0);
}

describe('Plan', () => {
  it('resolves the base image, lists what to try and names the version', async () => {
    const build = simulateBuild();
    const plan = await build.turn<Plan>('plan');

    expect(plan).toMatchObject({
      recipe: 'plain',
      region,
      platform: 'linux',
      base: {
        name: expect.stringMatching(/^al2023-ami-2023\./),
        owner: '137112412989',
        architecture: 'x86_64',
      },
      instanceTypes: ['m7i.large', 'm6i.large'],
      subnets: build.pipeline.deps.settings.subnets,
      buildDocument: 'golden-image-build-linux',
      buildDocumentVersion: '1',
      stepsDocument: '',
      share: { accounts: ['111122223333'], organizations: [], organizationalUnits: [], public: false },
    });
    expect(plan.version).toMatch(/^20261122-030000-[0-9a-f]{6}$/);
    expect(build.standing()).toEqual([]);
  });

  it('decides the same when it is repeated later', async () => {
    const build = simulateBuild();
    const first = await build.turn('plan');
    await build.pass(3600);
    expect(await build.turn('plan')).toEqual(first);
  });

  it('takes the newest image that a filter finds', async () => {
    const build = simulateBuild({
      recipe: {
        ...plainRecipe,
        base: { filter: { name: 'debian-12-amd64-*', owner: '136693071363', architecture: 'x86_64' } },
      },
    });
    const plan = await build.turn<Plan>('plan');

    const candidates = build.world.images
      .all()
      .filter((image) => image.region === region && image.name.startsWith('debian-12-amd64-'))
      .toSorted((a, b) => b.creationDate - a.creationDate);
    expect(candidates.length).toBeGreaterThan(1);
    expect(plan.base).toMatchObject({ imageId: candidates[0]?.id });
  });

  const twins = [
    { by: 'name', first: ['ami-0000000000000000b', 'twin-1'], last: ['ami-0000000000000000a', 'twin-2'] },
    { by: 'id', first: ['ami-0000000000000000a', 'twin'], last: ['ami-0000000000000000b', 'twin'] },
  ] as const;
  const inBothOrders = twins.flatMap(({ by, first, last }) => [
    { by, order: 'first', listed: [last, first], last: last[0] },
    { by, order: 'last', listed: [first, last], last: last[0] },
  ]);

  it.each(inBothOrders)(
    'takes the last by $by of images with one date, which EC2 lists $order',
    async ({ listed, last }) => {
      const build = simulateBuild({
        recipe: { ...plainRecipe, base: { filter: { name: 'twin*', owner: '137112412989' } } },
      });
      const image = changeBase(build.world, {});
      for (const [id, name] of listed) build.world.images.put({ ...image, id, name }, build.world.now(), 0);
      expect((await build.turn<Plan>('plan')).base).toMatchObject({ imageId: last });
    },
  );
  describe('with steps', () => {
    const steps = [{ name: 'say', shell: 'echo one' }];
    const stepsDocuments = ({ world }: SimulatedBuild) =>
      world.documents.all().filter(({ tags }) => 'golden-image:steps' in tags);

    it('names the document that has them, by its tag', async () => {
      const build = simulateBuild({ recipe: { ...plainRecipe, steps } });
      const [document] = stepsDocuments(build);
      expect(document?.tags).toEqual({
        'golden-image:recipe': 'plain',
        'golden-image:steps': expect.stringMatching(/^[0-9a-f]{12}$/),
      });
      // The name is CloudFormation's to make up.
      const renamed = { ...document, id: '999988887777/us-east-1/golden-image-x', name: 'golden-image-x' };
      build.world.documents.put(renamed as NonNullable<typeof document>, build.world.now(), 0);
      build.world.documents.delete(document?.id ?? '');
      expect(await build.turn<Plan>('plan')).toMatchObject({
        stepsDocument: 'golden-image-x',
        steps: { step01_say: 'say' },
      });
    });

    it('takes the newer one of two, and the older one is the former', async () => {
      const build = simulateBuild({ recipe: { ...plainRecipe, steps } });
      const [document] = stepsDocuments(build);
      const [version] = document?.versions ?? [];
      if (document === undefined || version === undefined) throw new Error('not deployed');
      for (const [name, hours] of [
        ['golden-image-newer', 1],
        ['golden-image-older', -1],
      ] as const) {
        const createdDate = version.createdDate + hours * 3_600_000;
        const id = `999988887777/us-east-1/${name}`;
        const copy = { ...document, id, name, versions: [{ ...version, createdDate }] };
        build.world.documents.put(copy, build.world.now(), 0);
      }
      expect(await build.turn<Plan>('plan')).toMatchObject({ stepsDocument: 'golden-image-newer' });
    });

    it('refuses those that the deployment does not have', async () => {
      const build = simulateBuild({ recipe: { ...plainRecipe, steps } });
      build.document.overrides = { steps: [{ name: 'say', shell: 'echo two' }] };
      const { name, message } = await failureOf(build.turn('plan'));
      expect(name).toBe('InvalidInput');
      expect(message).toMatch(
        /the recipe's steps are not those of the deployment \(us-east-1 has no SSM document with the tag golden-image:steps=[0-9a-f]{12}\)/,
      );
    });
  });

  it('pins the latest version of the build document, whichever is the default', async () => {
    const build = simulateBuild();
    const linux = build.world.documents.all().find(({ name }) => name === 'golden-image-build-linux');
    const [version] = linux?.versions ?? [];
    if (linux === undefined || version === undefined) throw new Error('not deployed');
    const newer = { ...version, version: 2 };
    build.world.documents.put(
      { ...linux, versions: [version, newer], latestVersion: 2 },
      build.world.now(),
      0,
    );
    expect(await build.turn<Plan>('plan')).toMatchObject({ buildDocumentVersion: '2' });
  });

  it('chooses subnets by tag', async () => {
    const build = simulateBuild({
      recipe: { ...plainRecipe, build: { ...plainRecipe.build, subnets: { tags: { tier: 'build' } } } },
    });
    const [, second] = build.pipeline.deps.settings.subnets;
    const subnet = build.world.subnets.get(second ?? '');
    if (subnet) build.world.subnets.put({ ...subnet, tags: { tier: 'build' } }, build.world.now(), 0);

    expect((await build.turn<Plan>('plan')).subnets).toEqual([second]);
  });

  const refused: {
    what: string;
    recipe?: object;
    base?: Partial<ImageRecord>;
    disabled?: string[];
    says: string[];
  }[] = [
    {
      what: 'a base image that does not exist',
      recipe: { base: { imageId: 'ami-0123456789abcdef0' } },
      says: ['there is no base image in us-east-1 for base.imageId ami-0123456789abcdef0'],
    },
    {
      what: 'an SSM parameter that does not exist',
      recipe: { base: { ssmParameter: '/own/base' } },
      says: ['there is no base image in us-east-1 for base.ssmParameter /own/base'],
    },
    {
      what: 'a filter that finds nothing',
      recipe: { base: { filter: { name: 'nothing-*', owner: 'self' } } },
      says: ['none of owner self is named nothing-*'],
    },
    {
      what: 'an instance store',
      base: { rootDeviceType: 'instance-store' },
      says: ['is backed by an instance store'],
    },
    {
      what: 'an architecture that the instance types do not run',
      recipe: { build: { instanceTypes: ['m7g.large'] } },
      base: {},
      says: ['is for x86_64, and m7g.large runs arm64'],
    },
    {
      what: 'an instance type that does not exist',
      recipe: { build: { instanceTypes: ['m99i.large', 'm7i.large'] } },
      says: ['us-east-1 has no instance type m99i.large'],
    },
    {
      what: 'the wrong platform',
      recipe: { base: { filter: { name: 'Windows_Server-2022-English-Full-Base-*', owner: 'amazon' } } },
      says: ['is for windows, and the recipe says platform: linux'],
    },
    {
      what: 'an encrypted base that would be made public',
      recipe: { share: { public: true } },
      base: {
        blockDeviceMappings: [
          { DeviceName: '/dev/xvda', Ebs: { SnapshotId: 'snap-0', VolumeSize: 8, Encrypted: true } },
        ],
      },
      says: [
        'is encrypted (/dev/xvda)',
        'an encrypted image cannot be public',
        'blocks public images in us-east-1, eu-west-1',
      ],
    },
    {
      what: 'a Marketplace base that would be copied and shared',
      base: { productCodes: [{ ProductCodeId: 'abc', ProductCodeType: 'marketplace' }] },
      says: [
        'is from AWS Marketplace',
        'may not be shared and copied to other regions',
        'give only us-east-1',
      ],
    },
    {
      what: 'a region that is not enabled',
      recipe: { regions: ['us-east-1', 'eu-south-1'] },
      disabled: ['eu-south-1'],
      says: ['this account has not enabled eu-south-1'],
    },
    {
      what: 'a volume smaller than the snapshot',
      recipe: {
        build: { ...plainRecipe.build, volumes: [{ device: '/dev/xvda', sizeGiB: 4, type: 'gp3' }] },
      },
      says: ['/dev/xvda has 4 GiB in the recipe, and the snapshot of the base image needs 8 GiB'],
    },
    {
      what: 'a root volume that EC2 does not boot from',
      recipe: {
        build: { ...plainRecipe.build, volumes: [{ device: '/dev/xvda', sizeGiB: 200, type: 'st1' }] },
      },
      says: ['the root volume /dev/xvda has the type st1'],
    },
    {
      what: 'a document that is no Command document',
      recipe: { steps: [{ name: 'build', document: 'golden-image-build-linux' }] },
      says: ['the step "build" runs golden-image-build-linux, which is an SSM document of type Automation'],
    },
    {
      what: "another image's root device",
      recipe: {
        build: { ...plainRecipe.build, volumes: [{ device: '/dev/sda1', sizeGiB: 20, type: 'gp3' }] },
      },
      says: ['is /dev/xvda, and build.volumes names /dev/sda1'],
    },
    {
      what: 'a second name of a device that the base image has',
      recipe: {
        build: { ...plainRecipe.build, volumes: [{ device: '/dev/sdf', sizeGiB: 20, type: 'gp3' }] },
      },
      base: {
        blockDeviceMappings: [
          { DeviceName: '/dev/xvda', Ebs: { SnapshotId: 'snap-0', VolumeSize: 8 } },
          { DeviceName: '/dev/xvdf', Ebs: { SnapshotId: 'snap-1', VolumeSize: 8 } },
        ],
      },
      says: [
        'build.volumes names /dev/sdf, and',
        'has that device already, as /dev/xvdf: write /dev/xvdf to change that volume, or choose another letter for a new one',
      ],
    },
    {
      what: 'the root device without its folder',
      recipe: { build: { ...plainRecipe.build, volumes: [{ device: 'xvda', sizeGiB: 20, type: 'gp3' }] } },
      says: ['build.volumes names xvda, and', 'has that device already, as /dev/xvda'],
    },
    {
      what: 'a subnet that does not exist',
      recipe: { build: { ...plainRecipe.build, subnets: ['subnet-0123456789abcdef0'] } },
      says: ['us-east-1 has no subnet subnet-0123456789abcdef0'],
    },
    {
      what: 'a document that does not exist',
      recipe: { steps: [{ name: 'agent', document: 'Own-Agent' }] },
      says: ['us-east-1 has no SSM document Own-Agent'],
    },
    {
      what: 'a parameter that the document does not take, and one that is missing',
      recipe: {
        steps: [{ name: 'agent', document: 'AWS-ConfigureAWSPackage', parameters: { Action: 'Install' } }],
      },
      says: [
        'the step "agent" gives AWS-ConfigureAWSPackage Action, and it takes action, ',
        'the step "agent" does not give AWS-ConfigureAWSPackage its action, name',
      ],
    },
    {
      what: 'several things at once',
      recipe: { build: { instanceTypes: ['m99i.large'], subnets: ['subnet-0123456789abcdef0'] } },
      says: ['has no instance type m99i.large; and us-east-1 has no subnet subnet-0123456789abcdef0'],
    },
  ];

  it.each(refused)('refuses $what, and launches nothing', async ({ recipe, base, disabled = [], says }) => {
    const build = simulateBuild({ recipe: { ...plainRecipe, ...recipe }, disabledRegions: disabled });
    if (base) changeBase(build.world, base);
    const { name, message } = await failureOf(build.turn('plan'));

    expect(name).toBe('InvalidInput');
    for (const sentence of says) expect(message).toContain(sentence);
    expect(build.standing()).toEqual([]);
  });

  it('allows a Marketplace base that stays where it is', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, regions: [region], share: {} } });
    changeBase(build.world, { productCodes: [{ ProductCodeId: 'abc', ProductCodeType: 'marketplace' }] });
    expect(await build.turn('plan')).toMatchObject({ regions: [region] });
  });

  it('refuses an image of the recipe itself', async () => {
    const build = simulateBuild();
    const { id, name } = changeBase(build.world, {
      account: HOME.account,
      tags: { 'golden-image:recipe': 'plain' },
    });
    expect(await failureOf(build.turn('plan'))).toEqual({
      name: 'InvalidInput',
      message:
        `Nothing was launched, because the base image ${id} (${name}) is an image of this recipe itself, and each build would make ` +
        'the base of the next: start from an image that another recipe or somebody else makes',
    });
  });

  it('allows an image that another recipe made', async () => {
    const build = simulateBuild();
    const base = changeBase(build.world, {
      account: HOME.account,
      tags: { 'golden-image:recipe': 'basis' },
    });
    expect(await build.turn('plan')).toMatchObject({ base: { imageId: base.id } });
  });

  it('refuses a builder that would be open to the network', async () => {
    const build = simulateBuild();
    const group = build.world.securityGroups.get(build.pipeline.deps.settings.securityGroup);
    if (group === undefined) throw new Error('there is no security group');
    const ingress = [{ id: 'sgr-1', protocol: 'tcp', fromPort: 22, toPort: 22, cidr: '0.0.0.0/0' }];
    build.world.securityGroups.put({ ...group, ingress }, build.world.now(), 0);

    expect(await failureOf(build.turn('plan'))).toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining(`${group.id} has 1 inbound rules`),
    });
  });

  it('says so when a permission is missing', async () => {
    const build = simulateBuild({
      faults: [
        {
          call: 'DescribeInstanceTypes',
          error: 'UnauthorizedOperation',
          message: 'You are not authorized.',
          status: 403,
        },
      ],
    });
    expect(await failureOf(build.turn('plan'))).toEqual({
      name: 'Denied',
      message: 'ec2:DescribeInstanceTypes in us-east-1: UnauthorizedOperation: You are not authorized.',
    });
  });

  it('refuses a recipe that was not deployed', async () => {
    const build = simulateBuild();
    build.document.recipe = '../secrets';
    expect(await failureOf(build.turn('plan'))).toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('no recipe "../secrets"'),
    });
  });

  it('refuses an input without a recipe', async () => {
    const build = simulateBuild();
    delete build.document.recipe;
    expect(await failureOf(build.turn('plan'))).toMatchObject({
      message: expect.stringContaining('document.recipe'),
    });
  });
});

describe("Plan for a recipe that shares with the pipeline's own account", () => {
  const warning =
    `share.accounts names ${HOME.account}, the account of the pipeline, which owns the image and can launch it anyway. The image is not ` +
    'shared with it: remove it from share.accounts';

  it('warns, and shares with the others alone', async () => {
    const build = simulateBuild({
      recipe: { ...plainRecipe, share: { accounts: [HOME.account, '111122223333'] } },
    });
    expect(await build.turn<Plan>('plan')).toMatchObject({
      share: { accounts: ['111122223333'] },
      warnings: [warning],
    });
    const { images } = await build.through<Release>('shareImages');
    for (const { imageId } of images)
      expect(build.world.images.get(imageId)?.launchPermissions).toEqual([{ UserId: '111122223333' }]);
  });

  it('is a recipe that shares with nobody where there is no other, so encryption by default is no obstacle', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, share: { accounts: [HOME.account] } } });
    await build.run(build.pipeline.deps.ec2(region).send(new EnableEbsEncryptionByDefaultCommand({})));
    expect(await build.turn<Plan>('plan')).toMatchObject({ share: { accounts: [] }, warnings: [warning] });
  });

  it('warns for an instance, too', async () => {
    const build = simulateBuild();
    const id = await ownInstance(build, { open: '*' });
    build.document.recipe = { ...instanceRecipe(id), share: { accounts: [HOME.account] } };
    expect(await build.turn<InstancePlan>('plan')).toMatchObject({
      share: { accounts: [] },
      warnings: [warning],
    });
  });
});

describe('Plan for a base that its owner has deprecated', () => {
  const deprecationTime = Date.parse('2026-11-01T12:00:00Z');
  const filter = { name: 'debian-12-amd64-*', owner: '136693071363', architecture: 'x86_64' };

  /** Deprecates the images that the filter finds, and says how many there are and which is the newest. */
  function deprecateDebian(world: World, owner: Partial<ImageRecord> = {}) {
    const matching = world.images
      .all()
      .filter(
        (image) =>
          image.region === region &&
          image.account === filter.owner &&
          image.name.startsWith('debian-12-amd64-'),
      )
      .toSorted((a, b) => b.creationDate - a.creationDate)
      .map((image) => world.images.put({ ...image, ...owner, deprecationTime }, world.now(), 0));
    const [newest] = matching;
    if (newest === undefined) throw new Error('the catalogue lacks Debian');
    return { count: matching.length, newest };
  }

  it.each([
    {
      by: 'an SSM parameter',
      base: plainRecipe.base,
      fix: `point the SSM parameter ${plainRecipe.base.ssmParameter} to a newer image`,
    },
    { by: 'its id', base: undefined, fix: 'name a newer image in base.imageId' },
  ])(
    'warns with the date where the base is given by $by, in the plan and in the log',
    async ({ base, fix }) => {
      const build = simulateBuild();
      const { id, name } = changeBase(build.world, { deprecationTime });
      build.document.recipe = { ...plainRecipe, base: base ?? { imageId: id } };
      const warn = vi.spyOn(build.pipeline.deps.log, 'warn');
      const plan = await build.turn<Plan>('plan');

      const warning =
        `The base image ${id} (${name}) is deprecated by its owner 137112412989 since 2026-11-01. The build uses it all the same, ` +
        `but it may have no updates: ${fix}`;
      expect(plan).toMatchObject({ base: { imageId: id }, warnings: [warning] });
      expect(warn).toHaveBeenCalledWith(warning, expect.objectContaining({ recipe: 'plain' }));
    },
  );

  it('warns where a filter finds an image of the account itself, which EC2 shows to its owner', async () => {
    const recipe = { ...plainRecipe, base: { filter: { ...filter, owner: 'self' } } };
    const build = simulateBuild({ recipe });
    const { newest } = deprecateDebian(build.world, { account: HOME.account });
    expect(await build.turn<Plan>('plan')).toMatchObject({
      base: { imageId: newest.id },
      warnings: [
        expect.stringMatching(/since 2026-11-01\. .*: choose a base\.filter that matches newer images$/),
      ],
    });
  });

  it('has no warning where the deprecation is still to come', async () => {
    const build = simulateBuild();
    changeBase(build.world, { deprecationTime: Date.parse('2027-01-01T00:00:00Z') });
    expect(await build.turn<Plan>('plan')).not.toHaveProperty('warnings');
  });

  it('says how many images a filter matches that are all deprecated', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, base: { filter } } });
    const { count, newest } = deprecateDebian(build.world);
    expect(count).toBeGreaterThan(1);
    expect(await failureOf(build.turn('plan'))).toEqual({
      name: 'InvalidInput',
      message:
        `Nothing was launched, because there is no base image in us-east-1 for base.filter: ${count} images match, but their owner has ` +
        `deprecated all of them (the newest, ${newest.id} (${newest.name}), on 2026-11-01): choose a base.filter that matches newer ` +
        `images, or give base.imageId: ${newest.id} to use that one all the same`,
    });
  });

  it('takes the newest that is not deprecated where a filter matches both', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, base: { filter } } });
    const { newest } = deprecateDebian(build.world);
    const { deprecationTime: _, ...current } = newest;
    const older = { ...current, id: 'ami-0123456789abcdef0', creationDate: newest.creationDate - 1 };
    build.world.images.put(older, build.world.now(), 0);
    const plan = await build.turn<Plan>('plan');
    expect(plan.base).toMatchObject({ imageId: older.id });
    expect(plan).not.toHaveProperty('warnings');
  });
});

describe('Plan for a snapshot', () => {
  it('takes from the recipe what the snapshot does not show', async () => {
    const build = simulateBuild({ recipe: snapshotRecipe });
    ownSnapshot(build.world);
    expect(await build.turn('plan')).toMatchObject({
      base: {
        snapshotId: snapshotRecipe.base.snapshotId,
        architecture: 'x86_64',
        bootMode: 'uefi-preferred',
        ena: true,
        rootDevice: '/dev/xvda',
      },
      instanceTypes: ['m7i.large', 'm6i.large'],
    });
  });

  it('allows one that another account shares', async () => {
    const build = simulateBuild({ recipe: snapshotRecipe });
    ownSnapshot(build.world, { account: '111122223333', sharedWith: [HOME.account] });
    expect(await build.turn('plan')).toHaveProperty('base.snapshotId');
  });

  const snapshotId = snapshotRecipe.base.snapshotId;
  const refused: {
    what: string;
    recipe?: object;
    snapshot?: Parameters<typeof ownSnapshot>[1];
    says: string;
  }[] = [
    {
      what: 'one in another region',
      snapshot: { region: 'eu-west-1' },
      says: `there is no base snapshot ${snapshotId} in us-east-1, or it is not shared with this account`,
    },
    {
      what: "another account's",
      snapshot: { account: '111122223333' },
      says: `there is no base snapshot ${snapshotId} in us-east-1, or it is not shared with this account`,
    },
    {
      what: 'one that is not whole yet',
      snapshot: { state: 'pending' },
      says: `the base snapshot ${snapshotId} is pending, not completed`,
    },
    {
      what: 'one that failed',
      snapshot: { state: 'error' },
      says: `the base snapshot ${snapshotId} is error, not completed`,
    },
    {
      what: 'an encrypted one that would be made public',
      recipe: { share: { public: true } },
      snapshot: { encrypted: true },
      says: `the base snapshot ${snapshotId} is encrypted, so is every image made from it`,
    },
    {
      what: 'an architecture that the instance types do not run',
      recipe: { base: { ...snapshotRecipe.base, architecture: 'arm64' } },
      says: `the base snapshot ${snapshotId} is for arm64, and m7i.large runs x86_64`,
    },
    {
      what: 'a root volume smaller than the snapshot',
      recipe: {
        build: { ...plainRecipe.build, volumes: [{ device: '/dev/xvda', sizeGiB: 4, type: 'gp3' }] },
      },
      says: `/dev/xvda has 4 GiB in the recipe, and the base snapshot ${snapshotId} needs 8 GiB`,
    },
    {
      what: 'the name of another root device',
      recipe: {
        build: { ...plainRecipe.build, volumes: [{ device: '/dev/sda1', sizeGiB: 20, type: 'gp3' }] },
      },
      says: `the root device of the base snapshot ${snapshotId} is /dev/xvda, and build.volumes names /dev/sda1`,
    },
  ];

  it.each(refused)('refuses $what', async ({ recipe, snapshot, says }) => {
    const build = simulateBuild({ recipe: { ...snapshotRecipe, ...recipe } });
    ownSnapshot(build.world, snapshot);
    expect(await failureOf(build.turn('plan'))).toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining(says),
    });
  });
});

describe('Plan for an instance', () => {
  async function planOf(
    instance: Parameters<typeof ownInstance>[1],
    change: (build: SimulatedBuild, id: string) => object = () => ({}),
  ) {
    const build = simulateBuild();
    const id = await ownInstance(build, instance);
    build.document.recipe = { ...instanceRecipe(id), ...change(build, id) };
    return { build, id, plan: () => build.turn<InstancePlan>('plan') };
  }

  const change = (build: SimulatedBuild, id: string, changes: Partial<InstanceRecord>) => {
    const instance = build.world.instances.get(id);
    if (instance === undefined) throw new Error(`there is no ${id}`);
    build.world.instances.put({ ...instance, ...changes }, build.world.now(), 0);
    return {};
  };

  it.each([
    { open: 'from-instance', stopped: false },
    { open: '*', stopped: true },
  ])('takes one that is opened by $open, also when stopped: $stopped', async (instance) => {
    const { id, plan } = await planOf(instance);
    const planned = await plan();
    expect(planned.base).toEqual({ instanceId: id, name: 'web', architecture: 'x86_64', reboot: true });
    // Nothing is launched.
    expect(planned).not.toHaveProperty('instanceTypes');
  });

  it('reads nothing that only a builder needs', async () => {
    const { build, plan } = await planOf({ open: '*' });
    const group = build.pipeline.deps.settings.securityGroup;
    build.world.securityGroups.remove(group, build.world.now(), 0);
    expect(await plan()).toHaveProperty('base.instanceId');
  });

  const refused: {
    what: string;
    open?: string;
    change?: (build: SimulatedBuild, id: string) => object;
    says: (id: string) => string;
  }[] = [
    {
      what: 'one that does not exist',
      change: () => ({ base: { instanceId: 'i-0123456789abcdef0', reboot: true } }),
      says: () => 'this account has no instance i-0123456789abcdef0 in us-east-1',
    },
    {
      what: 'one that is not opened',
      says: (id) =>
        `the instance ${id} (web) is not open to this recipe: it has no tag golden-image:open, and its owner opens it by ` +
        `aws ec2 create-tags --region us-east-1 --resources ${id} --tags Key=golden-image:open,Value=from-instance`,
    },
    {
      what: 'one that is opened to another recipe',
      open: 'other',
      says: (id) =>
        `the instance ${id} (web) is not open to this recipe: it has the tag golden-image:open with "other"`,
    },
    {
      what: 'one that is on its way out',
      open: '*',
      change: (build, id) => change(build, id, { state: 'shutting-down' }),
      says: () => 'is shutting-down, and only one that is running or stopped can be imaged',
    },
    {
      what: 'one of another platform',
      open: '*',
      change: () => ({ platform: 'windows' }),
      says: () => 'is for linux, and the recipe says platform: windows',
    },
    {
      what: 'one of AWS Marketplace that would be shared',
      open: '*',
      change: (build, id) =>
        change(build, id, { productCodes: [{ ProductCodeId: 'abc', ProductCodeType: 'marketplace' }] }),
      says: () => 'is from AWS Marketplace, images made from it carry its product code',
    },
    {
      what: 'an encrypted one that would be made public',
      open: '*',
      change: (build, id) => {
        const [device] = build.world.instances.get(id)?.blockDevices ?? [];
        const volume = build.world.volumes.get(device?.volumeId ?? '');
        if (volume) build.world.volumes.put({ ...volume, encrypted: true }, build.world.now(), 0);
        return { share: { public: true } };
      },
      says: () => 'is encrypted (/dev/xvda), so is every image made from it',
    },
  ];

  it.each(refused)('refuses $what', async ({ open, change: changed, says }) => {
    const { id, plan } = await planOf(open === undefined ? {} : { open }, changed);
    expect(await failureOf(plan())).toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining(says(id)),
    });
  });
});

describe('Plan where EBS encrypts by default', () => {
  const encryptIn = (build: SimulatedBuild, ...regions: string[]) =>
    build.run(
      Promise.all(
        regions.map((one) => build.pipeline.deps.ec2(one).send(new EnableEbsEncryptionByDefaultCommand({}))),
      ),
    );

  it.each([
    { regions: [region], says: 'EBS encrypts by default in us-east-1, and no other account can use the key' },
    { regions: ['eu-west-1'], says: 'EBS encrypts by default in eu-west-1, and' },
    { regions: [region, 'eu-west-1'], says: 'EBS encrypts by default in us-east-1, eu-west-1, and' },
  ])('refuses to share from $regions', async ({ regions, says }) => {
    const build = simulateBuild();
    await encryptIn(build, ...regions);
    expect(await failureOf(build.turn('plan'))).toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining(says),
    });
  });

  it('refuses a public image', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, share: { public: true } } });
    await encryptIn(build, region);
    expect((await failureOf(build.turn('plan'))).message).toContain('an encrypted image cannot be public');
  });

  it('allows an image that is shared with nobody', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, share: {} } });
    await encryptIn(build, region);
    expect(await build.turn('plan')).toHaveProperty('version');
  });

  it('allows an instance whose volumes there were before, where its image is not copied', async () => {
    const build = simulateBuild();
    const id = await ownInstance(build, { open: '*' });
    build.document.recipe = { ...instanceRecipe(id), regions: [region] };
    await encryptIn(build, region);
    expect(await build.turn('plan')).toHaveProperty('version');
  });
});

describe('Plan where EBS encrypts with a key of the account', () => {
  const root = { AWS: `arn:aws:iam::${HOME.account}:root` };
  const manage = ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:Put*', 'kms:Enable*', 'kms:Disable*'];
  const use = [
    'kms:CreateGrant',
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:GenerateDataKeyWithoutPlaintext',
    'kms:ReEncrypt*',
  ];
  const policyOf = (...statements: object[]) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: statements.map((one) => ({ Resource: '*', ...one })),
    });
  /** As the key that AWS manages for EBS lets the account use it. */
  const throughEc2 = (where: string) => ({
    Effect: 'Allow',
    Principal: { AWS: '*' },
    Action: use,
    Condition: {
      StringEquals: { 'kms:CallerAccount': HOME.account, 'kms:ViaService': `ec2.${where}.amazonaws.com` },
    },
  });
  const nobody = policyOf({ Effect: 'Allow', Principal: root, Action: manage });

  /** Makes a key, by default of all that EBS encrypts in a region. */
  async function defaultKey(
    build: SimulatedBuild,
    where: string,
    { Policy, byDefault = true }: { Policy?: string; byDefault?: boolean } = {},
  ): Promise<string> {
    const { kms, ec2 } = build.pipeline.deps;
    const made = await build.run(kms(where).send(new CreateKeyCommand({ Policy })));
    const KmsKeyId = made.KeyMetadata?.Arn ?? '';
    await build.run(ec2(where).send(new ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId })));
    if (byDefault) await build.run(ec2(where).send(new EnableEbsEncryptionByDefaultCommand({})));
    return KmsKeyId;
  }
  const disable = (build: SimulatedBuild, where: string, KeyId: string) =>
    build.run(build.pipeline.deps.kms(where).send(new DisableKeyCommand({ KeyId })));

  const both = [region, 'eu-west-1'];

  it.each(both)('refuses a key that is disabled, in %s', async (where) => {
    const build = simulateBuild({ recipe: { ...plainRecipe, share: {} } });
    const key = await defaultKey(build, where);
    await disable(build, where, key);
    expect(await failureOf(build.turn('plan'))).toEqual({
      name: 'InvalidInput',
      message:
        `Nothing was launched, because EBS encrypts with the key ${key} in ${where}, and that key is Disabled: enable it ` +
        `(aws kms enable-key), or choose another default key in ${where} (aws ec2 modify-ebs-default-kms-key-id --region ${where})`,
    });
    expect(build.standing()).toEqual([]);

    await build.run(build.pipeline.deps.kms(where).send(new EnableKeyCommand({ KeyId: key })));
    expect(await build.turn('plan')).toHaveProperty('version');
  });

  it.each(both)('refuses a key that awaits its deletion, and one that is gone, in %s', async (where) => {
    const build = simulateBuild({ recipe: { ...plainRecipe, share: {} } });
    const KeyId = await defaultKey(build, where);
    await build.run(
      build.pipeline.deps.kms(where).send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 })),
    );
    expect((await failureOf(build.turn('plan'))).message).toContain(
      `${KeyId} in ${where}, and that key is PendingDeletion: cancel its deletion (aws kms cancel-key-deletion)`,
    );
    await build.pass(8 * 86_400);
    expect((await failureOf(build.turn('plan'))).message).toContain(
      `${KeyId} in ${where}, and there is no such key: choose another default key in ${where}`,
    );
  });

  it.each(both)('refuses a key whose policy lets nobody use it, in %s', async (where) => {
    const build = simulateBuild({ recipe: { ...plainRecipe, share: {} } });
    const key = await defaultKey(build, where, { Policy: nobody });
    const { name, message } = await failureOf(build.turn('plan'));
    expect(name).toBe('InvalidInput');
    expect(message).toContain(
      `EBS encrypts with the key ${key} in ${where}, and the pipeline may not use that key, because its policy does not allow ` +
        'kms:CreateGrant, kms:Decrypt, kms:GenerateDataKeyWithoutPlaintext, kms:ReEncryptFrom, kms:ReEncryptTo: add the statement from ' +
        'docs/bases.md ("Encryption by default") to the policy of the key, or choose another default key',
    );
    expect(build.standing()).toEqual([]);
  });

  it.each(both)(
    'refuses a key whose policy leaves it to IAM where IAM does not allow it, in %s',
    async (where) => {
      const build = simulateBuild({
        recipe: { ...plainRecipe, share: {} },
        faults: [{ call: 'GenerateDataKeyWithoutPlaintext', error: 'AccessDeniedException' }],
      });
      const key = await defaultKey(build, where);
      expect((await failureOf(build.turn('plan'))).message).toContain(
        `${key} in ${where}, and the pipeline may not use that key, because its policy leaves that to IAM policies, and the roles of the ` +
          'pipeline have no right on keys',
      );
    },
  );

  it('refuses for both regions at once', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, share: {} } });
    for (const where of both) await disable(build, where, await defaultKey(build, where));
    expect((await failureOf(build.turn('plan'))).message.match(/that key is Disabled/g)).toHaveLength(2);
  });

  it.each([
    ['leaves it to IAM, which allows it', () => ({})],
    [
      'lets the account use it through EC2 alone',
      (where: string) => ({
        Policy: policyOf({ Effect: 'Allow', Principal: root, Action: manage }, throughEc2(where)),
      }),
    ],
  ])('builds under a key whose policy %s', async (_, given) => {
    const build = simulateBuild();
    const keys = new Map<string, string>();
    for (const where of both) keys.set(where, await defaultKey(build, where, given(where)));
    const { images } = await build.through<Release>('shareImages');
    expect(images).toHaveLength(2);
    for (const image of images) {
      for (const id of image.snapshotIds) {
        const snapshot = build.world.snapshots.get(id);
        expect(snapshot).toMatchObject({ encrypted: true, kmsKeyId: keys.get(image.region) });
      }
    }
  });

  it('warns, and goes on, where the key hides from everybody who does not come through EC2', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, share: {} } });
    const put = { Effect: 'Allow', Principal: root, Action: 'kms:PutKeyPolicy' };
    const key = await defaultKey(build, region, { Policy: policyOf(put, throughEc2(region)) });
    expect(await build.turn<Plan>('plan')).toMatchObject({
      warnings: [
        expect.stringMatching(
          new RegExp(
            `^EBS encrypts with the key ${key} in us-east-1, and it is not known whether the pipeline may use that key: kms:DescribeKey in ` +
              'us-east-1: AccessDeniedException: .*\\. If it may not, the launch or the copy fails$',
          ),
        ),
      ],
    });
    await build.through('launch');
  });

  it('allows a disabled key that nothing of the build would be encrypted with', async () => {
    // An instance keeps its volumes, and its image is not copied.
    const build = simulateBuild();
    const id = await ownInstance(build, { open: '*' });
    build.document.recipe = { ...instanceRecipe(id), regions: [region], share: {} };
    await disable(build, region, await defaultKey(build, region));
    expect(await build.turn('plan')).toHaveProperty('version');

    // A volume of the account's own encrypted snapshot keeps its key.
    build.document.recipe = { ...snapshotRecipe, regions: [region], share: {} };
    const snapshot = ownSnapshot(build.world, { encrypted: true });
    expect(await build.turn('plan')).toHaveProperty('version');
    const extra = [{ device: '/dev/sdf', sizeGiB: 8, type: 'gp3' }];
    build.document.recipe = {
      ...snapshotRecipe,
      ...{ regions: [region], share: {}, build: { ...plainRecipe.build, volumes: extra } },
    };
    expect((await failureOf(build.turn('plan'))).message).toContain('that key is Disabled');

    // One of another account's takes the default key, though EBS encrypts nothing else by default.
    await build.run(build.pipeline.deps.ec2(region).send(new DisableEbsEncryptionByDefaultCommand({})));
    expect(await build.turn('plan')).toHaveProperty('version');
    const shared = { account: '111122223333', sharedWith: [HOME.account] };
    build.world.snapshots.put({ ...snapshot, ...shared }, build.world.now(), 0);
    expect((await failureOf(build.turn('plan'))).message).toContain('that key is Disabled');
  });

  it('refuses to share copies that EC2 would encrypt with the key of AWS', async () => {
    const build = simulateBuild();
    await defaultKey(build, region);
    expect((await failureOf(build.turn('plan'))).message).toBe(
      'Nothing was launched, because the image is encrypted in us-east-1, so EC2 encrypts its copies in eu-west-1 with the key that AWS ' +
        'manages (alias/aws/ebs), which no other account can use: turn on encryption by default there with a key of the account ' +
        '(aws ec2 enable-ebs-encryption-by-default, modify-ebs-default-kms-key-id), or share the image with nobody',
    );
    await defaultKey(build, 'eu-west-1');
    expect(await build.turn('plan')).toHaveProperty('version');
  });

  it('knows the key of AWS also by its ARN', async () => {
    const build = simulateBuild();
    const { kms, ec2 } = build.pipeline.deps;
    const { KeyMetadata } = await build.run(
      kms(region).send(new DescribeKeyCommand({ KeyId: 'alias/aws/ebs' })),
    );
    const KmsKeyId = KeyMetadata?.Arn;
    await build.run(ec2(region).send(new ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId })));
    await build.run(ec2(region).send(new EnableEbsEncryptionByDefaultCommand({})));
    expect((await failureOf(build.turn('plan'))).message).toContain(
      'EBS encrypts by default in us-east-1, and no other account can use the key',
    );
  });
});
