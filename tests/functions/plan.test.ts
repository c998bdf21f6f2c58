import { describe, expect, it } from 'vitest';
import type { ImageRecord } from '../../local/aws/records.ts';
import type { World } from '../../local/aws/world.ts';
import { HOME } from '../../local/pipeline.ts';
import type { Plan } from '../../shared/domain/build.ts';
import { failureOf, plainRecipe, simulateBuild } from '../simulated-build.ts';

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
    expect(plan.base.imageId).toBe(candidates[0]?.id);
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
