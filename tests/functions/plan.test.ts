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
import { addDefaultNetwork, type ImageRecord, type InstanceRecord, type World } from 'embedded-aws';
import { describe, expect, it, vi } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import type { CopyPlan, InstancePlan, Plan, Release } from '../../shared/build/execution-document.ts';
import { instanceRecipe, ownInstance, ownSnapshot, snapshotRecipe } from '../simulated-bases.ts';
import {
  AT,
  failureOf,
  plainRecipe,
  type SimulatedBuild,
  simulateBuild,
  type TestRecipe,
  turnOnScans,
  windowsRecipe,
} from '../simulated-build.ts';
import { addStatements, createKey, forConsumers, leftToIam, statementsIn } from '../simulated-keys.ts';
import {
  VENDOR,
  VENDOR_IMAGE,
  VENDOR_SNAPSHOT,
  vendorImage,
  vendorKey,
  vendorRecipe,
} from '../simulated-vendor.ts';

const { region } = HOME;

/** Changes the base image of the plain recipe, and returns it. */
function changeBase(world: World, change: Partial<ImageRecord>): ImageRecord {
  const parameter = world.parameters
    .all()
    .find((one) => one.region === region && one.name === plainRecipe.base.ssmParameter);
  const image = world.images.get(parameter?.value ?? '');
  if (image === undefined) throw new Error('the catalogue has no base image');
  return world.images.put({ ...image, ...change }, world.now(), 0);
}

/** How a fix begins. */
const FIX =
  /: (add|allow|ask|cancel|choose|check|correct|deploy|enable|import|name|remove|run|set|the owner of the instance can|turn|use|wait|write) /;

/** Expects that Plan refuses, and that each reason ends with a fix. Returns the message. */
async function refusalOf(work: Promise<unknown>): Promise<string> {
  const { name, message } = await failureOf(work);
  expect(name).toBe('InvalidInput');
  const [, reasons = ''] = /^Nothing was launched, because (.*)$/.exec(message) ?? [];
  for (const reason of reasons.split('; and ')) expect(reason).toMatch(FIX);
  return message;
}

describe('Plan', () => {
  it('resolves the base image, lists the types and subnets to try, and sets the version', async () => {
    const build = simulateBuild();
    const plan = await build.invoke<Plan>('plan');

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
    expect(build.resources()).toEqual([]);
  });

  it('returns the same plan when it is repeated later', async () => {
    const build = simulateBuild();
    const first = await build.invoke('plan');
    await build.pass(3600);
    expect(await build.invoke('plan')).toEqual(first);
  });

  it('marks a build with overrides as a trial, and no other build', async () => {
    const build = simulateBuild();
    expect(await build.invoke('plan')).not.toHaveProperty('trial');
    build.document.overrides = {};
    expect(await build.invoke('plan')).not.toHaveProperty('trial');
    build.document.overrides = { regions: ['us-east-1'] };
    expect(await build.invoke('plan')).toHaveProperty('trial', true);
  });

  it('refuses public snapshots if the account blocks them', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, share: { public: true, copyable: true } } });
    for (const one of plainRecipe.regions)
      build.world.publicImages.set(`${HOME.account}/${one}`, 'unblocked');
    build.world.publicSnapshots.set(`${HOME.account}/eu-west-1`, 'block-new-sharing');
    expect(await refusalOf(build.invoke('plan'))).toContain(
      'this account blocks public snapshots in eu-west-1, and share.copyable makes the snapshots public',
    );
    build.world.publicSnapshots.clear();
    expect(await build.invoke('plan')).toMatchObject({ share: { public: true, copyable: true } });
  });

  describe('with tests of copies', () => {
    const recipe = { ...plainRecipe, test: { regions: ['us-east-1', 'eu-west-1'] } };
    /** The default security group of the other region. */
    const defaultGroup = ({ world }: SimulatedBuild) => {
      const { account } = HOME;
      const { securityGroup } = addDefaultNetwork(world, account, 'eu-west-1');
      return securityGroup;
    };

    it('plans each other region, with its default subnets and the types that it has', async () => {
      const build = simulateBuild({ recipe });
      const { subnets } = addDefaultNetwork(build.world, HOME.account, 'eu-west-1');
      expect((await build.invoke<Plan>('plan')).test?.copies).toEqual([
        {
          region: 'eu-west-1',
          subnets: subnets.map(({ id }) => id).toSorted(),
          instanceTypes: ['m7i.large', 'm6i.large'],
        },
      ]);
    });

    it('plans no copies if only the region of the deployment is listed', async () => {
      const build = simulateBuild({ recipe: { ...plainRecipe, test: { regions: ['us-east-1'] } } });
      expect((await build.invoke<Plan>('plan')).test).not.toHaveProperty('copies');
    });

    it('refuses a region without a default VPC', async () => {
      const build = simulateBuild({ recipe });
      const { subnets } = addDefaultNetwork(build.world, HOME.account, 'eu-west-1');
      for (const subnet of subnets) build.world.subnets.delete(subnet.id);
      expect(await refusalOf(build.invoke('plan'))).toContain(
        'test.regions: eu-west-1 has no default VPC with subnets: add one (aws ec2 create-default-vpc --region eu-west-1,',
      );
    });

    it('refuses a default security group without outbound rules', async () => {
      const build = simulateBuild({ recipe });
      build.world.securityGroups.put({ ...defaultGroup(build), egress: [] }, build.world.now(), 0);
      expect(await refusalOf(build.invoke('plan'))).toContain(
        'test.regions: the default security group of the default VPC in eu-west-1 has no outbound rules',
      );
    });
  });

  describe('with a CVE gate', () => {
    const gates = { cve: { failFrom: 'high', onlyFixable: true } };

    it('refuses the build if Inspector does not scan instances, and names the command', async () => {
      const build = simulateBuild({ recipe: { ...plainRecipe, gates } });
      expect(await refusalOf(build.invoke('plan'))).toContain(
        'Amazon Inspector does not scan EC2 instances in us-east-1, so nothing is known for gates.cve: enable the scans ' +
          '(aws inspector2 enable --resource-types EC2 --region us-east-1;',
      );
    });

    it('refuses a tag that keeps Inspector away', async () => {
      const tags = { InspectorEc2Exclusion: 'yes' };
      const build = simulateBuild({ recipe: { ...plainRecipe, gates, tags } });
      await turnOnScans(build);
      expect(await refusalOf(build.invoke('plan'))).toContain(
        'Amazon Inspector does not scan instances with the tag InspectorEc2Exclusion: remove it from tags',
      );
    });

    it('plans the gate with its defaults', async () => {
      const build = simulateBuild({ recipe: { ...plainRecipe, gates } });
      await turnOnScans(build);
      expect((await build.invoke<Plan>('plan')).test?.cve).toEqual({
        ...gates.cve,
        accept: [],
        deadlineMinutes: 60,
      });
    });

    it('does not ask Inspector without a gate', async () => {
      const denied = { call: 'BatchGetAccountStatus', error: 'AccessDeniedException', status: 403 } as const;
      const build = simulateBuild({ faults: [{ ...denied, times: 'always' }] });
      expect((await build.invoke<Plan>('plan')).test).not.toHaveProperty('cve');
    });
  });

  it('uses the newest image that a filter finds', async () => {
    const build = simulateBuild({
      recipe: {
        ...plainRecipe,
        base: { filter: { name: 'debian-12-amd64-*', owner: '136693071363', architecture: 'x86_64' } },
      },
    });
    const plan = await build.invoke<Plan>('plan');

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
    'uses the last by $by of images with the same date, which EC2 lists $order',
    async ({ listed, last }) => {
      const build = simulateBuild({
        recipe: { ...plainRecipe, base: { filter: { name: 'twin*', owner: '137112412989' } } },
      });
      const image = changeBase(build.world, {});
      for (const [id, name] of listed) build.world.images.put({ ...image, id, name }, build.world.now(), 0);
      expect((await build.invoke<Plan>('plan')).base).toMatchObject({ imageId: last });
    },
  );
  describe('with steps', () => {
    const steps = [{ name: 'say', shell: 'echo one' }];
    const stepsDocuments = ({ world }: SimulatedBuild) =>
      world.documents.all().filter(({ tags }) => 'golden-image:steps' in tags);

    it('finds the document of the steps by its tag', async () => {
      const build = simulateBuild({ recipe: { ...plainRecipe, steps } });
      const [document] = stepsDocuments(build);
      expect(document?.tags).toEqual({
        'golden-image:recipe': 'plain',
        'golden-image:steps': expect.stringMatching(/^[0-9a-f]{12}$/),
      });
      // CloudFormation generates the name.
      const renamed = { ...document, id: '999988887777/us-east-1/golden-image-x', name: 'golden-image-x' };
      build.world.documents.put(renamed as NonNullable<typeof document>, build.world.now(), 0);
      build.world.documents.delete(document?.id ?? '');
      expect(await build.invoke<Plan>('plan')).toMatchObject({
        stepsDocument: 'golden-image-x',
        steps: { step01_say: 'say' },
      });
    });

    it('uses the newer of two documents; the older one is the former document', async () => {
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
      expect(await build.invoke<Plan>('plan')).toMatchObject({ stepsDocument: 'golden-image-newer' });
    });

    it('refuses steps that are not deployed', async () => {
      const build = simulateBuild({ recipe: { ...plainRecipe, steps } });
      build.document.overrides = { steps: [{ name: 'say', shell: 'echo two' }] };
      const { name, message } = await failureOf(build.invoke('plan'));
      expect(name).toBe('InvalidInput');
      expect(message).toMatch(
        /the recipe's steps are not deployed \(us-east-1 has no SSM document with the tag golden-image:steps=[0-9a-f]{12}\)/,
      );
    });
  });

  it('pins the latest version of the build document, not the default version', async () => {
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
    expect(await build.invoke<Plan>('plan')).toMatchObject({ buildDocumentVersion: '2' });
  });

  it('chooses subnets by tag', async () => {
    const build = simulateBuild({
      recipe: { ...plainRecipe, build: { ...plainRecipe.build, subnets: { tags: { tier: 'build' } } } },
    });
    const [, second] = build.pipeline.deps.settings.subnets;
    const subnet = build.world.subnets.get(second ?? '');
    if (subnet) build.world.subnets.put({ ...subnet, tags: { tier: 'build' } }, build.world.now(), 0);

    expect((await build.invoke<Plan>('plan')).subnets).toEqual([second]);
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
      says: [
        'the base image ami-0123456789abcdef0 (base.imageId) does not exist in us-east-1',
        'choose an image of us-east-1',
      ],
    },
    {
      what: 'an SSM parameter that does not exist',
      recipe: { base: { ssmParameter: '/own/base' } },
      says: [
        'base.ssmParameter /own/base names no image in us-east-1: check the parameter and the image that it names',
        'aws ssm get-parameter --region us-east-1 --name /own/base shows the parameter',
        "aws ssm get-parameters-by-path --region us-east-1 --path /own --query 'Parameters[].Name' lists its neighbours",
      ],
    },
    {
      what: 'a channel of a recipe that names no image that exists',
      recipe: { base: { ssmParameter: '/golden-images/plain/stable' } },
      says: [
        'base.ssmParameter /golden-images/plain/stable names no image in us-east-1: the channel stable of plain names no image that exists: ' +
          'run golden promote plain, or use /golden-images/plain/candidate',
      ],
    },
    {
      what: 'a third channel that names no image that exists',
      recipe: {
        base: { ssmParameter: '/golden-images/plain/live' },
        publish: { channels: ['candidate', 'stable', 'live'] },
      },
      says: ['golden promote plain --to live, or use /golden-images/plain/candidate'],
    },
    {
      what: 'the first channel of a recipe without releases',
      recipe: { base: { ssmParameter: '/golden-images/plain/candidate' } },
      says: ['the channel candidate of plain names no image that exists: run golden bake plain'],
    },
    {
      what: 'a channel that a recipe does not have',
      recipe: { base: { ssmParameter: '/golden-images/plain/stabel' } },
      says: ['the recipe plain has no channel stabel: use stable'],
    },
    {
      what: 'a channel of a recipe that is not deployed',
      recipe: { base: { ssmParameter: '/golden-images/other/stable' } },
      says: ['names no image in us-east-1: check the parameter and the image that it names'],
    },
    {
      what: 'a filter that finds nothing',
      recipe: { base: { filter: { name: 'nothing-*', owner: 'self' } } },
      says: [
        'base.filter finds no image in us-east-1 (the owner self has no available image with the name nothing-*): correct the filter ' +
          "(aws ec2 describe-images --region us-east-1 --owners self --query 'Images[].Name' lists the names)",
      ],
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
      says: [
        'build.instanceTypes: m7g.large runs arm64, but the base image ami-',
        'is for x86_64: choose types for x86_64 such as m7i.large, or choose a base for the architecture of these types',
      ],
    },
    {
      what: 'an instance type that does not exist',
      recipe: { build: { instanceTypes: ['m99i.large', 'm7i.large'] } },
      says: [
        'build.instanceTypes: us-east-1 has no instance type m99i.large: correct or remove it (aws ec2 describe-instance-types ' +
          '--region us-east-1 --filters Name=processor-info.supported-architecture,Values=x86_64 ' +
          "--query 'InstanceTypes[].InstanceType' lists the types)",
      ],
    },
    {
      what: 'the wrong platform',
      recipe: { base: { filter: { name: 'Windows_Server-2022-English-Full-Base-*', owner: 'amazon' } } },
      says: [
        'is for windows, but the recipe says platform: linux: set platform to windows, or choose a base for linux',
      ],
    },
    {
      what: 'an encrypted base for a public image',
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
      what: 'a base with a watermark for a public image',
      recipe: { share: { public: true } },
      base: {
        watermarks: [
          {
            key: '111122223333:approved',
            sourceImageId: 'ami-0',
            sourceImageRegion: 'us-east-1',
            sourceImageCreationDate: 0,
            creationDate: 0,
          },
        ],
      },
      says: [
        'has the watermark 111122223333:approved, which every image made from it inherits, and an image with a watermark cannot be public: ' +
          'set share.public to false, or choose a base without a watermark',
      ],
    },
    {
      what: 'a Marketplace base that would be copied and shared',
      base: { productCodes: [{ ProductCodeId: 'abc', ProductCodeType: 'marketplace' }] },
      says: [
        'is from AWS Marketplace',
        'cannot be shared and copied to other regions',
        'set regions to us-east-1 only',
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
      says: [
        '/dev/xvda has 4 GiB in the recipe, but the snapshot of the base image needs 8 GiB: set sizeGiB to 8 or more',
      ],
    },
    {
      what: 'a root volume from which EC2 cannot boot',
      recipe: {
        build: { ...plainRecipe.build, volumes: [{ device: '/dev/xvda', sizeGiB: 200, type: 'st1' }] },
      },
      says: ['the root volume /dev/xvda has the type st1', 'choose another type, such as gp3'],
    },
    {
      what: 'a document that is not a Command document',
      recipe: { steps: [{ name: 'build', document: 'golden-image-build-linux' }] },
      says: ['the step "build" runs golden-image-build-linux, an SSM document of type Automation'],
    },
    {
      what: 'a root volume that is not part of the image',
      recipe: {
        build: {
          ...plainRecipe.build,
          volumes: [{ device: '/dev/xvda', sizeGiB: 20, type: 'gp3', inImage: false }],
        },
      },
      says: [
        'build.volumes: /dev/xvda is the root volume, but inImage is false, and an image always contains the root volume: remove inImage',
      ],
    },
    {
      what: "another image's root device",
      recipe: {
        build: { ...plainRecipe.build, volumes: [{ device: '/dev/sda1', sizeGiB: 20, type: 'gp3' }] },
      },
      says: ['is /dev/xvda, but build.volumes names /dev/sda1: write /dev/xvda'],
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
        'build.volumes names /dev/sdf, but',
        'already has this device as /dev/xvdf: write /dev/xvdf to change this volume, or choose another letter for a new volume',
      ],
    },
    {
      what: 'the root device without /dev/',
      recipe: { build: { ...plainRecipe.build, volumes: [{ device: 'xvda', sizeGiB: 20, type: 'gp3' }] } },
      says: ['build.volumes names xvda, but', 'already has this device as /dev/xvda'],
    },
    {
      what: 'a subnet that does not exist',
      recipe: { build: { ...plainRecipe.build, subnets: ['subnet-0123456789abcdef0'] } },
      says: [
        'us-east-1 has no subnet subnet-0123456789abcdef0: correct build.subnets ' +
          '(aws ec2 describe-subnets --region us-east-1 lists the subnets), or remove build.subnets',
      ],
    },
    {
      what: 'tags that no subnet has',
      recipe: { build: { ...plainRecipe.build, subnets: { tags: { tier: 'none' } } } },
      says: [
        'no subnet in us-east-1 has the tags in build.subnets: add the tags to a subnet, or correct build.subnets',
      ],
    },
    {
      what: 'a document that does not exist',
      recipe: { steps: [{ name: 'agent', document: 'Own-Agent' }] },
      says: ['us-east-1 has no SSM document Own-Agent: correct document in steps (aws ssm list-documents '],
    },
    {
      what: 'an unknown parameter of a document, and a missing one',
      recipe: {
        steps: [{ name: 'agent', document: 'AWS-ConfigureAWSPackage', parameters: { Action: 'Install' } }],
      },
      says: [
        'the step "agent" gives AWS-ConfigureAWSPackage the unknown parameters Action, but AWS-ConfigureAWSPackage accepts action, ',
        'the step "agent" does not give AWS-ConfigureAWSPackage the required parameters action, name',
      ],
    },
    {
      what: 'UEFI and a TPM that the base does not have',
      recipe: { image: { bootMode: 'uefi', tpm: 'v2' } },
      base: { bootMode: 'legacy-bios' },
      says: ['image.bootMode is uefi, but the base image ami-', 'image.tpm is v2, but the base image ami-'],
    },
    {
      what: 'optional IMDSv2 if the base requires IMDSv2',
      recipe: { image: { imds: 'optional' } },
      says: [
        'image.imds is optional, but the base image ami-',
        'requires IMDSv2, so every image made from it requires IMDSv2, and EC2 cannot undo this: set image.imds to v2, or choose a base',
      ],
    },
    {
      what: 'several mistakes together',
      recipe: { build: { instanceTypes: ['m99i.large'], subnets: ['subnet-0123456789abcdef0'] } },
      says: [
        'has no instance type m99i.large: correct or remove it',
        '; and us-east-1 has no subnet subnet-0123456789abcdef0',
      ],
    },
  ];

  it.each(refused)('refuses $what, and launches nothing', async ({ recipe, base, disabled = [], says }) => {
    const build = simulateBuild({ recipe: { ...plainRecipe, ...recipe }, disabledRegions: disabled });
    if (base) changeBase(build.world, base);
    const message = await refusalOf(build.invoke('plan'));

    for (const sentence of says) expect(message).toContain(sentence);
    expect(build.resources()).toEqual([]);
  });

  describe('with optional regions', () => {
    const region = 'me-south-1';
    const optional = { ...plainRecipe, optionalRegions: ['ap-southeast-2', region] };
    const leftOut = (reason: string) => ({
      regions: ['us-east-1', 'eu-west-1', 'ap-southeast-2'],
      optionalRegions: ['ap-southeast-2'],
      failedRegions: [{ region, reason: expect.stringContaining(reason) }],
      warnings: [expect.stringMatching(/^the image is released without the optional region me-south-1: /)],
    });

    it('leaves out a region that the account has not enabled', async () => {
      const build = simulateBuild({ recipe: optional, disabledRegions: [region] });
      expect(await build.invoke('plan')).toMatchObject(leftOut('has not enabled me-south-1'));
    });

    it('leaves out a region that is closed', async () => {
      const build = simulateBuild({
        recipe: optional,
        faults: [
          {
            call: 'GetEbsEncryptionByDefault',
            region,
            times: 'always',
            error: 'UnauthorizedOperation',
            status: 403,
            message: 'An explicit deny.',
          },
        ],
      });
      expect(await build.invoke('plan')).toMatchObject(leftOut('An explicit deny'));
    });

    it.each([
      ['a launch template', 'DescribeLaunchTemplateVersions'],
      ['a role', 'GetParameters'],
      ['fast snapshot restore', 'DescribeAvailabilityZones'],
      ['EC2 Fast Launch', 'DescribeVpcs'],
    ])('leaves out a region with an outage when Plan reads the facts about %s', async (_, call) => {
      const closed = 'us-west-2';
      const recipe = {
        ...windowsRecipe,
        optionalRegions: [closed],
        image: { fastSnapshotRestore: { [closed]: [`${closed}a`] }, fastLaunch: { regions: [closed] } },
        publish: {
          roles: ['arn:aws:iam::111122223333:role/golden-image-pointers'],
          launchTemplates: [{ region: closed, id: 'lt-0123456789abcdef0' }],
        },
      };
      const reason = 'An internal error has occurred';
      const fault = { call, region: closed, times: 'always', error: 'InternalError', status: 500 } as const;
      const build = simulateBuild({ recipe, faults: [{ ...fault, message: reason }] });
      expect(await build.invoke('plan')).toMatchObject({
        regions: plainRecipe.regions,
        failedRegions: [{ region: closed, reason: expect.stringContaining(reason) }],
      });
    });

    it('leaves out a region whose image could not be shared', async () => {
      const recipe = { ...optional, share: { public: true } };
      const build = simulateBuild({ recipe });
      for (const one of ['us-east-1', 'eu-west-1', 'ap-southeast-2'])
        build.world.publicImages.set(`${HOME.account}/${one}`, 'unblocked');
      expect(await build.invoke('plan')).toMatchObject(leftOut('blocks public images in me-south-1: '));
    });

    it('refuses what concerns a required region', async () => {
      const build = simulateBuild({ recipe: optional, disabledRegions: ['eu-west-1', region] });
      const message = await refusalOf(build.invoke('plan'));
      expect(message).toContain('has not enabled eu-west-1: ');
      expect(message).not.toContain(region);
    });
  });

  it('gives the builder the volume that the recipe puts in the place of an instance store', async () => {
    const volumes = [{ device: '/dev/sdb', sizeGiB: 20, type: 'gp3' }];
    const build = simulateBuild({
      recipe: { ...plainRecipe, build: { ...plainRecipe.build, volumes } },
    });
    changeBase(build.world, {
      blockDeviceMappings: [
        { DeviceName: '/dev/xvda', Ebs: { SnapshotId: 'snap-0', VolumeSize: 8 } },
        { DeviceName: '/dev/sdb', VirtualName: 'ephemeral0' },
        { DeviceName: '/dev/sdc', VirtualName: 'ephemeral1' },
      ],
    });
    expect(await build.invoke('plan')).toMatchObject({ base: { instanceStores: ['/dev/sdc'] } });
  });

  it('allows a public image if only a volume that is not part of it is encrypted', async () => {
    const volumes = [{ device: '/dev/sdf', sizeGiB: 20, type: 'gp3', inImage: false }];
    const build = simulateBuild({
      recipe: { ...plainRecipe, share: { public: true }, build: { ...plainRecipe.build, volumes } },
    });
    for (const one of plainRecipe.regions)
      build.world.publicImages.set(`${HOME.account}/${one}`, 'unblocked');
    changeBase(build.world, {
      blockDeviceMappings: [
        { DeviceName: '/dev/xvda', Ebs: { SnapshotId: 'snap-0', VolumeSize: 8 } },
        { DeviceName: '/dev/sdf', Ebs: { SnapshotId: 'snap-1', VolumeSize: 8, Encrypted: true } },
      ],
    });
    expect(await build.invoke('plan')).toMatchObject({ notInImage: ['/dev/sdf'] });
  });

  describe('with Allowed AMIs', () => {
    const criteria = [{ ImageProviders: ['111122223333'] }];

    it('refuses a base that EC2 hides, and says what may hide it', async () => {
      const build = simulateBuild();
      build.world.allowedImages.set(`${HOME.account}/${region}`, { state: 'enabled', criteria });
      expect(await refusalOf(build.invoke('plan'))).toContain(
        'Allowed AMIs is enabled in us-east-1, so EC2 may hide the image: check whether it meets the criteria ' +
          '(aws ec2 get-allowed-images-settings --region us-east-1)',
      );
    });

    it('warns of a base that EC2 would hide', async () => {
      const build = simulateBuild();
      build.world.allowedImages.set(`${HOME.account}/${region}`, { state: 'audit-mode', criteria });
      expect(await build.invoke('plan')).toMatchObject({
        warnings: [
          expect.stringMatching(/^Allowed AMIs is in audit mode in us-east-1, and the base image ami-/),
        ],
      });
    });

    it('warns if a policy hides the image from the accounts that get it', async () => {
      const build = simulateBuild();
      build.world.allowedImages.set(`${HOME.account}/eu-west-1`, {
        state: 'enabled',
        criteria,
        byPolicy: true,
      });
      expect(await build.invoke('plan')).toMatchObject({
        warnings: [
          expect.stringMatching(/^A policy of the organization .* in eu-west-1, .*: add 999988887777 to /),
        ],
      });
    });

    it('says nothing of a base that meets a criterion', async () => {
      const build = simulateBuild();
      const allowed = [...criteria, { ImageProviders: ['amazon'] }];
      build.world.allowedImages.set(`${HOME.account}/${region}`, { state: 'enabled', criteria: allowed });
      expect(await build.invoke('plan')).not.toHaveProperty('warnings');
    });
  });

  it('allows a Marketplace base if the image is not copied or shared', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, regions: [region], share: {} } });
    changeBase(build.world, { productCodes: [{ ProductCodeId: 'abc', ProductCodeType: 'marketplace' }] });
    expect(await build.invoke('plan')).toMatchObject({ regions: [region] });
  });

  it('refuses an image of the same recipe', async () => {
    const build = simulateBuild();
    const { id, name } = changeBase(build.world, {
      account: HOME.account,
      tags: { 'golden-image:recipe': 'plain' },
    });
    expect(await failureOf(build.invoke('plan'))).toEqual({
      name: 'InvalidInput',
      message:
        `Nothing was launched, because the base image ${id} (${name}) was created by this recipe, so each build would create ` +
        'the base of the next build: use an image of another recipe or another owner as the base',
    });
  });

  it('refuses an image that is not available yet', async () => {
    const build = simulateBuild();
    changeBase(build.world, { account: HOME.account, state: 'pending' });
    expect(await refusalOf(build.invoke('plan'))).toContain(
      'is pending, not available: wait until it is available, or choose another base',
    );
  });

  it('allows an image of another recipe', async () => {
    const build = simulateBuild();
    const base = changeBase(build.world, {
      account: HOME.account,
      tags: { 'golden-image:recipe': 'basis' },
    });
    expect(await build.invoke('plan')).toMatchObject({ base: { imageId: base.id } });
  });

  it('refuses a security group with inbound rules', async () => {
    const build = simulateBuild();
    const group = build.world.securityGroups.get(build.pipeline.deps.settings.securityGroup);
    if (group === undefined) throw new Error('there is no security group');
    const ingress = [{ id: 'sgr-1', protocol: 'tcp', fromPort: 22, toPort: 22, cidr: '0.0.0.0/0' }];
    build.world.securityGroups.put({ ...group, ingress }, build.world.now(), 0);

    expect(await refusalOf(build.invoke('plan'))).toContain(`${group.id} has 1 inbound rules`);
  });

  it('names the VPC if the subnets and the security group are in different VPCs', async () => {
    const build = simulateBuild();
    const { securityGroup, subnets } = build.pipeline.deps.settings;
    const subnet = build.world.subnets.get(subnets[0] ?? '');
    const group = build.world.securityGroups.get(securityGroup);
    if (subnet === undefined || group === undefined) throw new Error('there is no network');
    build.world.subnets.put({ ...subnet, vpcId: 'vpc-0123456789abcdef0' }, build.world.now(), 0);
    expect(await refusalOf(build.invoke('plan'))).toContain(
      `the subnets ${subnet.id} are not in ${group.vpcId}, the VPC of the security group ${group.id}: ` +
        `choose subnets of ${group.vpcId} in the parameter subnets of the deployment`,
    );
  });

  it.each(['securityGroup', 'subnets', 'build document'])(
    'refuses if the %s of the deployment does not exist',
    async (what) => {
      const build = simulateBuild();
      const { world } = build;
      const { settings } = build.pipeline.deps;
      if (what === 'securityGroup') world.securityGroups.remove(settings.securityGroup, world.now(), 0);
      if (what === 'subnets') for (const id of settings.subnets) world.subnets.remove(id, world.now(), 0);
      const document = world.documents.all().find(({ name }) => name === settings.buildDocuments.linux);
      if (what === 'build document') world.documents.delete(document?.id ?? '');
      expect(await refusalOf(build.invoke('plan'))).toMatch(/: (remove the pipeline and )?deploy /);
    },
  );

  it('refuses an SSM parameter that contains no AMI id', async () => {
    const build = simulateBuild();
    const parameter = build.world.parameters
      .all()
      .find((one) => one.region === region && one.name === plainRecipe.base.ssmParameter);
    if (parameter === undefined) throw new Error('there is no parameter');
    build.world.parameters.put({ ...parameter, value: 'none' }, build.world.now(), 0);
    expect(await refusalOf(build.invoke('plan'))).toContain(
      'contains "none", which is not an AMI id: choose a parameter that contains an AMI id in base.ssmParameter',
    );
  });

  it('reports a missing permission', async () => {
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
    expect(await failureOf(build.invoke('plan'))).toEqual({
      name: 'Denied',
      message:
        'ec2:DescribeInstanceTypes in us-east-1: UnauthorizedOperation: You are not authorized. ' +
        "Check the policies of this function's role (docs/operations.md, Permissions)",
    });
  });

  it('refuses a recipe that was not deployed', async () => {
    const build = simulateBuild();
    build.document.recipe = '../secrets';
    expect(await failureOf(build.invoke('plan'))).toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('no recipe "../secrets"'),
    });
  });

  it('refuses an input without a recipe', async () => {
    const build = simulateBuild();
    delete build.document.recipe;
    expect(await failureOf(build.invoke('plan'))).toMatchObject({
      message: expect.stringContaining('document.recipe'),
    });
  });
});

describe("Plan for a recipe that shares with the pipeline's own account", () => {
  const warning =
    `share.accounts contains ${HOME.account}, the pipeline's own account. It owns the image and can always launch it, so the pipeline ` +
    `does not share the image with it: remove ${HOME.account} from share.accounts`;

  it('warns, and shares only with the other accounts', async () => {
    const build = simulateBuild({
      recipe: { ...plainRecipe, share: { accounts: [HOME.account, '111122223333'] } },
    });
    expect(await build.invoke<Plan>('plan')).toMatchObject({
      share: { accounts: ['111122223333'] },
      warnings: [warning],
    });
    const { images } = await build.through<Release>('shareImages');
    for (const { imageId } of images)
      expect(build.world.images.get(imageId)?.launchPermissions).toEqual([{ UserId: '111122223333' }]);
  });

  it('does not count as sharing if there is no other account, so encryption by default is allowed', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, share: { accounts: [HOME.account] } } });
    await build.run(build.pipeline.deps.ec2(region).send(new EnableEbsEncryptionByDefaultCommand({})));
    expect(await build.invoke<Plan>('plan')).toMatchObject({ share: { accounts: [] }, warnings: [warning] });
  });

  it('warns for an instance, too', async () => {
    const build = simulateBuild();
    const id = await ownInstance(build, { open: '*' });
    build.document.recipe = { ...instanceRecipe(id), share: { accounts: [HOME.account] } };
    expect(await build.invoke<InstancePlan>('plan')).toMatchObject({
      share: { accounts: [] },
      warnings: [warning],
    });
  });
});

describe('Plan for a base that its owner has deprecated', () => {
  const deprecationTime = Date.parse('2026-11-01T12:00:00Z');
  const filter = { name: 'debian-12-amd64-*', owner: '136693071363', architecture: 'x86_64' };

  /** Deprecates the images that the filter finds. Returns their number and the newest image. */
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
    if (newest === undefined) throw new Error('the catalogue has no Debian');
    return { count: matching.length, newest };
  }

  it.each([
    {
      by: 'an SSM parameter',
      base: plainRecipe.base,
      fix: `point the SSM parameter ${plainRecipe.base.ssmParameter} to a newer image`,
    },
    { by: 'its id', base: undefined, fix: 'set base.imageId to a newer image' },
  ])(
    'warns with the date when the base is given by $by, in the plan and in the log',
    async ({ base, fix }) => {
      const build = simulateBuild();
      const { id, name } = changeBase(build.world, { deprecationTime });
      build.document.recipe = { ...plainRecipe, base: base ?? { imageId: id } };
      const warn = vi.spyOn(build.pipeline.deps.log, 'warn');
      const plan = await build.invoke<Plan>('plan');

      const warning =
        `The base image ${id} (${name}) has been deprecated by its owner 137112412989 since 2026-11-01. The build uses this image ` +
        `anyway, but the image may no longer get updates: ${fix}`;
      expect(plan).toMatchObject({ base: { imageId: id }, warnings: [warning] });
      expect(warn).toHaveBeenCalledWith(warning, expect.objectContaining({ recipe: 'plain' }));
    },
  );

  it('warns when a filter finds a deprecated image of the account itself, which EC2 lists for its owner', async () => {
    const recipe = { ...plainRecipe, base: { filter: { ...filter, owner: 'self' } } };
    const build = simulateBuild({ recipe });
    const { newest } = deprecateDebian(build.world, { account: HOME.account });
    expect(await build.invoke<Plan>('plan')).toMatchObject({
      base: { imageId: newest.id },
      warnings: [
        expect.stringMatching(/since 2026-11-01\. .*: choose a base\.filter that matches newer images$/),
      ],
    });
  });

  it('does not warn when the deprecation is in the future', async () => {
    const build = simulateBuild();
    changeBase(build.world, { deprecationTime: Date.parse('2027-01-01T00:00:00Z') });
    expect(await build.invoke<Plan>('plan')).not.toHaveProperty('warnings');
  });

  it('reports how many images a filter matches when all are deprecated', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, base: { filter } } });
    const { count, newest } = deprecateDebian(build.world);
    expect(count).toBeGreaterThan(1);
    expect(await failureOf(build.invoke('plan'))).toEqual({
      name: 'InvalidInput',
      message:
        `Nothing was launched, because base.filter finds no image in us-east-1: ${count} images match, but their owner has ` +
        `deprecated all of them (the newest, ${newest.id} (${newest.name}), on 2026-11-01): choose a base.filter that matches newer ` +
        `images, or set base.imageId: ${newest.id} to use this image anyway`,
    });
  });

  it('uses the newest image that is not deprecated when a filter matches both kinds', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, base: { filter } } });
    const { newest } = deprecateDebian(build.world);
    const { deprecationTime: _, ...current } = newest;
    const older = { ...current, id: 'ami-0123456789abcdef0', creationDate: newest.creationDate - 1 };
    build.world.images.put(older, build.world.now(), 0);
    const plan = await build.invoke<Plan>('plan');
    expect(plan.base).toMatchObject({ imageId: older.id });
    expect(plan).not.toHaveProperty('warnings');
  });
});

describe('Plan for a snapshot', () => {
  it("uses the recipe's properties for the snapshot", async () => {
    const build = simulateBuild({ recipe: snapshotRecipe });
    ownSnapshot(build.world);
    expect(await build.invoke('plan')).toMatchObject({
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

  it('allows a snapshot that another account shares', async () => {
    const build = simulateBuild({ recipe: snapshotRecipe });
    ownSnapshot(build.world, { account: '111122223333', sharedWith: [HOME.account] });
    expect(await build.invoke('plan')).toHaveProperty('base.snapshotId');
  });

  const snapshotId = snapshotRecipe.base.snapshotId;
  const refused: {
    what: string;
    recipe?: object;
    snapshot?: Parameters<typeof ownSnapshot>[1];
    says: string;
  }[] = [
    {
      what: 'a snapshot in another region',
      snapshot: { region: 'eu-west-1' },
      says: `the base snapshot ${snapshotId} (base.snapshotId) does not exist in us-east-1, or is not shared with this account`,
    },
    {
      what: 'a TPM without UEFI',
      recipe: { image: { tpm: 'v2' } },
      says: `image.tpm is v2, but the base snapshot ${snapshotId} has x86_64 and uefi-preferred, and EC2 supports a TPM only with x86_64 and uefi: remove image.tpm, or correct base.bootMode`,
    },
    {
      what: 'UEFI for a snapshot that boots with BIOS',
      recipe: { image: { bootMode: 'uefi' }, base: { ...snapshotRecipe.base, bootMode: 'legacy-bios' } },
      says: `image.bootMode is uefi, but the base snapshot ${snapshotId} boots with legacy-bios`,
    },
    {
      what: "another account's",
      snapshot: { account: '111122223333' },
      says: `the base snapshot ${snapshotId} (base.snapshotId) does not exist in us-east-1, or is not shared with this account`,
    },
    {
      what: 'a snapshot that is not completed',
      snapshot: { state: 'pending' },
      says: `the base snapshot ${snapshotId} is pending, not completed`,
    },
    {
      what: 'a failed snapshot',
      snapshot: { state: 'error' },
      says: `the base snapshot ${snapshotId} is error, not completed`,
    },
    {
      what: 'an encrypted base for a public image',
      recipe: { share: { public: true } },
      snapshot: { encrypted: true },
      says: `the base snapshot ${snapshotId} is encrypted, so every image made from it is encrypted`,
    },
    {
      what: 'an architecture that the instance types do not run',
      recipe: { base: { ...snapshotRecipe.base, architecture: 'arm64' } },
      says:
        `build.instanceTypes: m7i.large runs x86_64, m6i.large runs x86_64, but the base snapshot ${snapshotId} is for arm64: ` +
        'choose types for arm64 such as m7g.large, or correct base.architecture',
    },
    {
      what: 'a root volume smaller than the snapshot',
      recipe: {
        build: { ...plainRecipe.build, volumes: [{ device: '/dev/xvda', sizeGiB: 4, type: 'gp3' }] },
      },
      says: `/dev/xvda has 4 GiB in the recipe, but the base snapshot ${snapshotId} needs 8 GiB`,
    },
    {
      what: 'the name of another root device',
      recipe: {
        build: { ...plainRecipe.build, volumes: [{ device: '/dev/sda1', sizeGiB: 20, type: 'gp3' }] },
      },
      says: `the root device of the base snapshot ${snapshotId} is /dev/xvda, but build.volumes names /dev/sda1`,
    },
  ];

  it.each(refused)('refuses $what', async ({ recipe, snapshot, says }) => {
    const build = simulateBuild({ recipe: { ...snapshotRecipe, ...recipe } });
    ownSnapshot(build.world, snapshot);
    expect(await refusalOf(build.invoke('plan'))).toContain(says);
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
    return { build, id, plan: () => build.invoke<InstancePlan>('plan') };
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
  ])('accepts an instance that is opened by $open; stopped: $stopped', async (instance) => {
    const { id, plan } = await planOf(instance);
    const planned = await plan();
    expect(planned.base).toEqual({ instanceId: id, name: 'web', architecture: 'x86_64', reboot: true });
    // Nothing is launched.
    expect(planned).not.toHaveProperty('instanceTypes');
  });

  it('does not read facts that only a builder needs', async () => {
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
      what: 'an instance that does not exist',
      change: () => ({ base: { instanceId: 'i-0123456789abcdef0', reboot: true } }),
      says: () =>
        'the instance i-0123456789abcdef0 (base.instanceId) does not exist in this account in us-east-1',
    },
    {
      what: 'an instance that is not opened',
      says: (id) =>
        `the instance ${id} (web) is not open to this recipe (it has no tag golden-image:open): the owner of the instance can open it with ` +
        `aws ec2 create-tags --region us-east-1 --resources ${id} --tags Key=golden-image:open,Value=from-instance`,
    },
    {
      what: 'an instance that is opened to another recipe',
      open: 'other',
      says: (id) =>
        `the instance ${id} (web) is not open to this recipe (it has the tag golden-image:open with the value "other")`,
    },
    {
      what: 'an instance that is shutting down',
      open: '*',
      change: (build, id) => change(build, id, { state: 'shutting-down' }),
      says: () => 'is shutting-down, but only a running or stopped instance can be imaged',
    },
    {
      what: 'an instance of another platform',
      open: '*',
      change: () => ({ platform: 'windows' }),
      says: () => 'is for linux, but the recipe says platform: windows',
    },
    {
      what: 'an instance of AWS Marketplace that would be shared',
      open: '*',
      change: (build, id) =>
        change(build, id, { productCodes: [{ ProductCodeId: 'abc', ProductCodeType: 'marketplace' }] }),
      says: () => 'is from AWS Marketplace, and images with a Marketplace product code',
    },
    {
      what: 'an encrypted base for a public image',
      open: '*',
      change: (build, id) => {
        const [device] = build.world.instances.get(id)?.blockDevices ?? [];
        const volume = build.world.volumes.get(device?.volumeId ?? '');
        if (volume) build.world.volumes.put({ ...volume, encrypted: true }, build.world.now(), 0);
        return { share: { public: true } };
      },
      says: () => 'is encrypted (/dev/xvda), so every image made from it is encrypted',
    },
  ];

  it.each(refused)('refuses $what', async ({ open, change: changed, says }) => {
    const { id, plan } = await planOf(open === undefined ? {} : { open }, changed);
    expect(await refusalOf(plan())).toContain(says(id));
  });
});

describe('Plan when EBS encrypts by default', () => {
  const encryptIn = (build: SimulatedBuild, ...regions: string[]) =>
    build.run(
      Promise.all(
        regions.map((one) => build.pipeline.deps.ec2(one).send(new EnableEbsEncryptionByDefaultCommand({}))),
      ),
    );

  it.each([
    {
      regions: [region],
      says: 'EBS encrypts by default in us-east-1, but no other account can use the AWS managed key',
    },
    { regions: ['eu-west-1'], says: 'EBS encrypts by default in eu-west-1, but' },
    { regions: [region, 'eu-west-1'], says: 'EBS encrypts by default in us-east-1, eu-west-1, but' },
  ])('refuses to share from $regions', async ({ regions, says }) => {
    const build = simulateBuild();
    await encryptIn(build, ...regions);
    expect(await failureOf(build.invoke('plan'))).toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining(says),
    });
  });

  it('refuses a public image', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, share: { public: true } } });
    await encryptIn(build, region);
    expect(await refusalOf(build.invoke('plan'))).toContain('an encrypted image cannot be public');
  });

  it('allows an image that is not shared', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, share: {} } });
    await encryptIn(build, region);
    expect(await build.invoke('plan')).toHaveProperty('version');
  });

  it('allows an instance with existing volumes if its image is not copied', async () => {
    const build = simulateBuild();
    const id = await ownInstance(build, { open: '*' });
    build.document.recipe = { ...instanceRecipe(id), regions: [region] };
    await encryptIn(build, region);
    expect(await build.invoke('plan')).toHaveProperty('version');
  });
});

describe('Plan when EBS encrypts with a customer managed key', () => {
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
  /** Allows the use through EC2, as the policy of the AWS managed key for EBS does. */
  const throughEc2 = (where: string) => ({
    Effect: 'Allow',
    Principal: { AWS: '*' },
    Action: use,
    Condition: {
      StringEquals: { 'kms:CallerAccount': HOME.account, 'kms:ViaService': `ec2.${where}.amazonaws.com` },
    },
  });
  const consumer = forConsumers(...plainRecipe.share.accounts);
  const noUse = policyOf({ Effect: 'Allow', Principal: root, Action: manage });

  /** Creates a key and makes it the default key of EBS in a region. */
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

  it.each(both)('refuses a disabled key in %s', async (where) => {
    const build = simulateBuild({ recipe: { ...plainRecipe, share: {} } });
    const key = await defaultKey(build, where);
    await disable(build, where, key);
    expect(await failureOf(build.invoke('plan'))).toEqual({
      name: 'InvalidInput',
      message:
        `Nothing was launched, because EBS encrypts with the key ${key} in ${where}, but this key is Disabled: enable it ` +
        `(aws kms enable-key), or choose another default key in ${where} (aws ec2 modify-ebs-default-kms-key-id --region ${where})`,
    });
    expect(build.resources()).toEqual([]);

    await build.run(build.pipeline.deps.kms(where).send(new EnableKeyCommand({ KeyId: key })));
    expect(await build.invoke('plan')).toHaveProperty('version');
  });

  it.each(both)(
    'refuses a key that is pending deletion and a key that does not exist, in %s',
    async (where) => {
      const build = simulateBuild({ recipe: { ...plainRecipe, share: {} } });
      const KeyId = await defaultKey(build, where);
      await build.run(
        build.pipeline.deps
          .kms(where)
          .send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 })),
      );
      expect(await refusalOf(build.invoke('plan'))).toContain(
        `${KeyId} in ${where}, but this key is PendingDeletion: cancel its deletion (aws kms cancel-key-deletion)`,
      );
      await build.pass(8 * 86_400);
      expect(await refusalOf(build.invoke('plan'))).toContain(
        `${KeyId} in ${where}, but this key does not exist: choose another default key in ${where}`,
      );
    },
  );

  it.each(both)('refuses a key whose policy allows no use, in %s', async (where) => {
    const build = simulateBuild({ recipe: { ...plainRecipe, share: {} } });
    const key = await defaultKey(build, where, { Policy: noUse });
    const { name, message } = await failureOf(build.invoke('plan'));
    expect(name).toBe('InvalidInput');
    expect(message).toContain(
      `EBS encrypts with the key ${key} in ${where}, but the pipeline may not use this key, because its policy does not allow ` +
        'kms:CreateGrant, kms:Decrypt, kms:GenerateDataKeyWithoutPlaintext, kms:ReEncryptFrom, kms:ReEncryptTo: add this statement to ' +
        `its policy (aws kms put-key-policy): {"Effect":"Allow","Principal":{"AWS":"${HOME.account}"},`,
    );
    expect(message).toContain(`}, or choose another default key in ${where}`);
    expect(build.resources()).toEqual([]);

    await addStatements(build, key, statementsIn(message));
    expect(await build.invoke('plan')).toHaveProperty('version');
  });

  it.each(both)(
    'refuses a key whose policy leaves the use to IAM when IAM does not allow it, in %s',
    async (where) => {
      const build = simulateBuild({
        recipe: { ...plainRecipe, share: {} },
        faults: [{ call: 'GenerateDataKeyWithoutPlaintext', error: 'AccessDeniedException' }],
      });
      const key = await defaultKey(build, where);
      expect(await refusalOf(build.invoke('plan'))).toContain(
        `${key} in ${where}, but the pipeline may not use this key, because its policy leaves this to IAM, and IAM denies it (kms:`,
      );
    },
  );

  it('reports the refusals for both regions together', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, share: {} } });
    for (const where of both) await disable(build, where, await defaultKey(build, where));
    expect((await refusalOf(build.invoke('plan'))).match(/this key is Disabled/g)).toHaveLength(2);
  });

  it.each([
    ['leaves the use to IAM, which allows it', () => ({ Policy: policyOf(leftToIam, consumer) })],
    [
      'allows the account to use it only through EC2',
      (where: string) => ({
        Policy: policyOf({ Effect: 'Allow', Principal: root, Action: manage }, throughEc2(where), consumer),
      }),
    ],
    [
      'leaves the use to IAM only through EC2',
      (where: string) => ({
        Policy: policyOf(
          { Effect: 'Allow', Principal: root, Action: manage },
          { ...throughEc2(where), Principal: root },
          consumer,
        ),
      }),
    ],
  ])('builds with a key whose policy %s', async (_, given) => {
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

  it('warns, and continues, when the key can be read only through EC2', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, share: {} } });
    const put = { Effect: 'Allow', Principal: root, Action: 'kms:PutKeyPolicy' };
    const key = await defaultKey(build, region, { Policy: policyOf(put, throughEc2(region)) });
    expect(await build.invoke<Plan>('plan')).toMatchObject({
      warnings: [
        expect.stringMatching(
          new RegExp(
            `^EBS encrypts with the key ${key} in us-east-1, but Plan could not check whether the pipeline may use this key: kms:DescribeKey in ` +
              'us-east-1: AccessDeniedException: .*\\. If the pipeline may not use the key, the launch or the copy fails$',
          ),
        ),
      ],
    });
    await build.through('launch');
  });

  it('allows a disabled key that the build does not use', async () => {
    // The volumes of an instance keep their keys, and its image is not copied.
    const build = simulateBuild();
    const id = await ownInstance(build, { open: '*' });
    build.document.recipe = { ...instanceRecipe(id), regions: [region], share: {} };
    await disable(build, region, await defaultKey(build, region));
    expect(await build.invoke('plan')).toHaveProperty('version');

    // A volume from the account's own encrypted snapshot keeps the snapshot's key.
    build.document.recipe = { ...snapshotRecipe, regions: [region], share: {} };
    const snapshot = ownSnapshot(build.world, { encrypted: true });
    expect(await build.invoke('plan')).toHaveProperty('version');
    const extra = [{ device: '/dev/sdf', sizeGiB: 8, type: 'gp3' }];
    build.document.recipe = {
      ...snapshotRecipe,
      ...{ regions: [region], share: {}, build: { ...plainRecipe.build, volumes: extra } },
    };
    expect(await refusalOf(build.invoke('plan'))).toContain('this key is Disabled');

    // A volume from another account's encrypted snapshot gets the default key, even without encryption by default.
    await build.run(build.pipeline.deps.ec2(region).send(new DisableEbsEncryptionByDefaultCommand({})));
    expect(await build.invoke('plan')).toHaveProperty('version');
    const shared = { account: '111122223333', sharedWith: [HOME.account] };
    build.world.snapshots.put({ ...snapshot, ...shared }, build.world.now(), 0);
    expect(await refusalOf(build.invoke('plan'))).toContain('this key is Disabled');
  });

  it('refuses to share copies that EC2 would encrypt with the AWS managed key', async () => {
    const build = simulateBuild();
    const shared = { Policy: policyOf(leftToIam, consumer) };
    await defaultKey(build, region, shared);
    expect(await refusalOf(build.invoke('plan'))).toBe(
      'Nothing was launched, because the image is encrypted in us-east-1, so EC2 encrypts its copies in eu-west-1 with the AWS ' +
        'managed key (alias/aws/ebs), which no other account can use: turn on encryption by default there with a customer managed key ' +
        '(aws ec2 enable-ebs-encryption-by-default, modify-ebs-default-kms-key-id), or leave out share',
    );
    await defaultKey(build, 'eu-west-1', shared);
    expect(await build.invoke('plan')).toHaveProperty('version');
  });

  it('recognises the AWS managed key by its ARN', async () => {
    const build = simulateBuild();
    const { kms, ec2 } = build.pipeline.deps;
    const { KeyMetadata } = await build.run(
      kms(region).send(new DescribeKeyCommand({ KeyId: 'alias/aws/ebs' })),
    );
    const KmsKeyId = KeyMetadata?.Arn;
    await build.run(ec2(region).send(new ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId })));
    await build.run(ec2(region).send(new EnableEbsEncryptionByDefaultCommand({})));
    expect(await refusalOf(build.invoke('plan'))).toContain(
      'EBS encrypts by default in us-east-1, but no other account can use the AWS managed key',
    );
  });
});

describe('Plan with the keys of the recipe', () => {
  const other = 'eu-west-1';
  const [consumer = ''] = plainRecipe.share.accounts;
  const shared = { statements: [leftToIam, forConsumers(consumer)] };
  const withKeys = (keys: Record<string, string>, more: object = {}) => ({
    ...plainRecipe,
    encryption: { keys },
    ...more,
  });

  /** A build with a key in each region of the plain recipe, and the ARNs of the keys. */
  async function keyedBuild(
    options: Parameters<typeof createKey>[2] & { share?: object } = {},
    more: Parameters<typeof simulateBuild>[0] = {},
  ) {
    const build = simulateBuild(more);
    const { share = plainRecipe.share, ...rest } = options;
    const keys = {
      [region]: await createKey(build, region, rest),
      [other]: await createKey(build, other, rest),
    };
    build.document.recipe = withKeys(keys, { share });
    return { build, keys };
  }

  it('has the ARNs of the keys, and the devices of the base', async () => {
    const alias = 'alias/golden-images';
    const { build, keys } = await keyedBuild({ ...shared, alias });
    expect(await build.invoke<Plan>('plan')).toMatchObject({ keys, baseVolumes: ['/dev/xvda'] });
    build.document.recipe = withKeys({
      [region]: alias,
      [other]: `arn:aws:kms:${other}:${HOME.account}:${alias}`,
    });
    const plan = await build.invoke<Plan>('plan');
    expect(plan).toMatchObject({ keys });
    expect(plan).not.toHaveProperty('warnings');
  });

  it('has no keys without encryption in the recipe', async () => {
    const plan = await simulateBuild().invoke<Plan>('plan');
    expect(plan).not.toHaveProperty('keys');
    expect(plan).not.toHaveProperty('baseVolumes');
  });

  it('encrypts the root volume of a base snapshot', async () => {
    const { build, keys } = await keyedBuild(shared);
    ownSnapshot(build.world);
    build.document.recipe = { ...snapshotRecipe, encryption: { keys } };
    expect(await build.invoke<Plan>('plan')).toMatchObject({ keys, baseVolumes: ['/dev/xvda'] });
  });

  it('refuses keys without one for the region of the build', async () => {
    const { build, keys } = await keyedBuild(shared);
    build.document.recipe = withKeys({ [other]: keys[other] ?? '' }, { regions: [other] });
    expect(await refusalOf(build.invoke('plan'))).toBe(
      'Nothing was launched, because encryption.keys names no key for us-east-1, the region of the build: ' +
        'add us-east-1 to encryption.keys',
    );
  });

  it('refuses a key that does not exist, and a disabled key', async () => {
    const { build, keys } = await keyedBuild(shared);
    const KeyId = keys[region] ?? '';
    await build.run(build.pipeline.deps.kms(region).send(new DisableKeyCommand({ KeyId })));
    build.document.recipe = withKeys({ [region]: KeyId, [other]: 'alias/missing' });
    expect(await refusalOf(build.invoke('plan'))).toBe(
      `Nothing was launched, because encryption.keys names ${KeyId} in us-east-1, but this key is Disabled: enable it (aws kms enable-key), ` +
        'or name another key for us-east-1 in encryption.keys; and encryption.keys names alias/missing in eu-west-1, but this key does not ' +
        'exist: name another key for eu-west-1 in encryption.keys',
    );
    expect(build.resources()).toEqual([]);
  });

  it('refuses the AWS managed key only for an image that is shared', async () => {
    const { build, keys } = await keyedBuild(shared);
    const managed = { ...keys, [other]: 'alias/aws/ebs' };
    build.document.recipe = withKeys(managed);
    expect(await refusalOf(build.invoke('plan'))).toBe(
      'Nothing was launched, because encryption.keys names alias/aws/ebs in eu-west-1, but no other account can use an AWS managed key: ' +
        'name a customer managed key for eu-west-1 in encryption.keys, or leave out share',
    );
    build.document.recipe = withKeys(managed, { share: {} });
    expect(await build.invoke<Plan>('plan')).toMatchObject({ keys: managed });
  });

  it('refuses keys that the pipeline may not use, with the statement that makes them usable', async () => {
    const manage = ['kms:Describe*', 'kms:Get*', 'kms:Put*'];
    const { build, keys } = await keyedBuild({ share: {}, statements: [{ ...leftToIam, Action: manage }] });
    const message = await refusalOf(build.invoke('plan'));
    expect(message).toContain(
      `encryption.keys names ${keys[region]} in us-east-1, but the pipeline may not use this key, because its policy does not allow`,
    );
    expect(statementsIn(message)).toHaveLength(2);
    for (const key of Object.values(keys)) await addStatements(build, key, statementsIn(message).slice(0, 1));
    expect(await build.invoke('plan')).toHaveProperty('keys');
  });

  it('refuses keys whose policies lack one consumer, with the statement that adds it', async () => {
    const accounts = [consumer, '444455556666'];
    const { build, keys } = await keyedBuild({ ...shared, share: { accounts } });
    const message = await refusalOf(build.invoke('plan'));
    expect(message).toContain(
      `Nothing was launched, because the image is encrypted with ${keys[region]} in us-east-1 and ${keys[other]} in eu-west-1, but the ` +
        'policies of these keys do not let 444455556666 (share) launch the image and create the grant for Auto Scaling: add this statement ' +
        'to each policy (aws kms put-key-policy): {"Effect":"Allow","Principal":{"AWS":["444455556666"]},"Action":["kms:CreateGrant",' +
        '"kms:Decrypt","kms:DescribeKey","kms:GenerateDataKey*","kms:ReEncrypt*"],"Resource":"*"}, or leave them out of share. ' +
        `Then, for Auto Scaling, create the grant in each account: aws kms create-grant --region us-east-1 --key-id ${keys[region]} `,
    );
    expect(build.resources()).toEqual([]);

    await addStatements(build, keys[region] ?? '', statementsIn(message));
    expect(await refusalOf(build.invoke('plan'))).toContain(
      `${keys[other]} in eu-west-1, but the policy of this key does not let 444455556666`,
    );
    await addStatements(build, keys[other] ?? '', statementsIn(message));
    expect(await build.invoke<Plan>('plan')).not.toHaveProperty('warnings');
  });

  it('refuses a policy that limits grants to AWS resources, because Auto Scaling needs a grant of the account', async () => {
    const { Action: _, ...one } = forConsumers(consumer);
    const statements = [
      leftToIam,
      { ...one, Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'] },
      { ...one, Action: 'kms:CreateGrant', Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } } },
    ];
    const { build } = await keyedBuild({ statements });
    expect(await refusalOf(build.invoke('plan'))).toContain(
      `do not let ${consumer} (share) create the grant for Auto Scaling`,
    );
  });

  it('needs no consumer in the policy of the key in a region in which the image is not released', async () => {
    const { build, keys } = await keyedBuild();
    build.document.recipe = withKeys(keys, { regions: [other] });
    const message = await refusalOf(build.invoke('plan'));
    expect(message).not.toContain(keys[region]);
    await addStatements(build, keys[other] ?? '', statementsIn(message));
    expect(await build.invoke('plan')).toHaveProperty('keys');
  });

  it('refuses keys without the organization and its unit, with the statements that add them', async () => {
    const of = 'arn:aws:organizations::210987654321';
    const share = {
      organizations: [`${of}:organization/o-exampleorgid`],
      organizationalUnits: [`${of}:ou/o-exampleorgid/ou-ab12-11111111`],
    };
    const { build, keys } = await keyedBuild({ share });
    const message = await refusalOf(build.invoke('plan'));
    expect(statementsIn(message)).toMatchObject([
      { Condition: { StringEquals: { 'aws:PrincipalOrgID': ['o-exampleorgid'] } } },
      {
        Condition: {
          'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': ['o-exampleorgid/*/ou-ab12-11111111/*'] },
        },
      },
    ]);
    for (const key of Object.values(keys)) await addStatements(build, key, statementsIn(message));
    expect(await build.invoke<Plan>('plan')).not.toHaveProperty('warnings');
  });

  it('warns if the policy allows the account only as a member of an organization', async () => {
    const ofOrganization = {
      ...forConsumers('*'),
      Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-exampleorgid' } },
    };
    const { build } = await keyedBuild({ statements: [leftToIam, ofOrganization] });
    const { warnings } = await build.invoke<Plan>('plan');
    expect(warnings).toEqual([
      expect.stringContaining(
        `Plan could not check whether the policies of these keys let ${consumer} (share) launch the image and create the grant for ` +
          'Auto Scaling. If not, add this statement to each policy (aws kms put-key-policy): {"Effect":"Allow"',
      ),
    ]);
  });

  it('warns if it cannot read the policy of a key', async () => {
    const { build, keys } = await keyedBuild(shared, {
      faults: [{ call: 'GetKeyPolicy', error: 'AccessDeniedException', times: 'always' }],
    });
    const { warnings = [] } = await build.invoke<Plan>('plan');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(
      `${keys[region]} in us-east-1 and ${keys[other]} in eu-west-1, but Plan could not`,
    );
  });

  it('needs the key of the volumes for an instance', async () => {
    const { build, keys } = await keyedBuild(shared);
    const id = await ownInstance(build, { open: '*' });
    build.document.recipe = { ...instanceRecipe(id), encryption: { keys }, test: { boot: false } };
    expect(await refusalOf(build.invoke('plan'))).toContain(
      `the volumes /dev/xvda of the instance are not encrypted with ${keys[region]}, and an image of an instance keeps the keys`,
    );
    for (const volume of build.world.volumes.all()) {
      build.world.volumes.put(
        { ...volume, encrypted: true, kmsKeyId: keys[region] ?? '' },
        build.world.now(),
        0,
      );
    }
    expect(await build.invoke<InstancePlan>('plan')).toMatchObject({ keys });
    const { images } = await build.through<Release>('shareImages');
    for (const image of images) {
      for (const snapshot of image.snapshotIds) {
        expect(build.world.snapshots.get(snapshot)).toMatchObject({
          kmsKeyId: new Map(Object.entries(keys)).get(image.region),
        });
      }
    }
  });
});

describe('Plan for a copy of the base', () => {
  /** A build of `vendorRecipe`, whose base is the image of another account. */
  function copying(recipe: object = {}, image: Parameters<typeof vendorImage>[1] = {}) {
    const build = simulateBuild({ recipe: { ...vendorRecipe, ...recipe } });
    vendorImage(build.world, image);
    return { build, plan: () => build.invoke<CopyPlan>('plan') };
  }

  it('has a test without a scan, and no fields of a builder', async () => {
    const { plan } = copying();
    const planned = await plan();
    expect(planned).toMatchObject({
      base: { imageId: VENDOR_IMAGE, name: 'vendor-appliance-7', owner: VENDOR },
      copyBase: true,
      image: { imds: 'v2' },
      test: {
        checkDocument: 'golden-image-check-linux',
        scan: false,
        instanceTypes: ['m7i.large', 'm6i.large'],
      },
    });
    expect(planned).not.toHaveProperty('warnings');
    for (const field of ['buildDocument', 'patch', 'steps', 'volumes'])
      expect(planned).not.toHaveProperty(field);
    expect(await plan()).toEqual(planned);
  });

  it("uses the newest image that a filter finds, and the account's own images", async () => {
    const filter = { name: 'vendor-appliance-*', owner: 'self' };
    const own = { account: HOME.account, snapshot: { account: HOME.account, sharedWith: [] } };
    const { plan } = copying({ base: { filter } }, own);
    expect(await plan()).toMatchObject({ base: { imageId: VENDOR_IMAGE, owner: HOME.account } });
  });

  it.each([
    {
      what: 'an image whose snapshot the account cannot read',
      image: { snapshot: { sharedWith: [] } },
      says:
        `cannot read ${VENDOR_SNAPSHOT}, and EC2 copies an image only for accounts that can read its snapshots: ask the owner ${VENDOR} to share ` +
        `them (aws ec2 modify-snapshot-attribute --region us-east-1 --snapshot-id ${VENDOR_SNAPSHOT} --attribute createVolumePermission ` +
        `--operation-type add --user-ids ${HOME.account})`,
    },
    {
      what: 'an image of AWS Marketplace that another account owns',
      recipe: { share: {}, regions: ['us-east-1'] },
      image: { productCodes: [{ ProductCodeId: 'abcdef', ProductCodeType: 'marketplace' as const }] },
      says: 'is from AWS Marketplace, and EC2 copies such an image only for the account that owns it: remove build.copyBase',
    },
    {
      what: 'an image that is not shared with the account',
      image: { launchPermissions: [] },
      says: `the base image ${VENDOR_IMAGE} (base.imageId) does not exist in us-east-1, or is not shared with this account`,
    },
    {
      what: 'an image that is not available',
      image: { account: HOME.account, state: 'pending' as const },
      says: 'is pending, not available',
    },
    {
      what: 'a boot mode that the copy would not have',
      recipe: { image: { bootMode: 'uefi' } },
      says: 'has uefi-preferred, and a copy keeps the boot mode of its source: remove image.bootMode',
    },
    {
      what: 'a TPM that the base does not have',
      recipe: { image: { tpm: 'v2' } },
      says: 'has no TPM',
    },
    {
      what: 'instance types of another architecture, on which the image could not be tested',
      recipe: { build: { ...vendorRecipe.build, instanceTypes: ['m7g.large'] } },
      says: 'm7g.large runs arm64',
    },
    {
      what: 'another platform',
      recipe: { platform: 'windows' },
      says: 'is for linux, but the recipe says platform: windows',
    },
  ])('refuses $what', async ({ recipe, image, says }) => {
    const { build, plan } = copying(recipe, image);
    expect(await refusalOf(plan())).toContain(says);
    expect(build.world.images.all().filter(({ tags }) => 'golden-image:execution' in tags)).toEqual([]);
  });

  it('warns of a deprecated base', async () => {
    const { plan } = copying({}, { deprecationTime: AT.getTime() - 86_400_000 });
    expect((await plan()).warnings).toEqual([
      expect.stringContaining(`The base image ${VENDOR_IMAGE} (vendor-appliance-7) has been deprecated`),
    ]);
  });

  describe('that is encrypted', () => {
    /** The key of the vendor, with what its policy allows the account of the pipeline. */
    function encrypted(recipe: object = {}, user: string = HOME.account) {
      const build = simulateBuild({ recipe: { ...vendorRecipe, ...recipe } });
      const key = vendorKey(build, user);
      const snapshot = { encrypted: true, kmsKeyId: key };
      vendorImage(build.world, { snapshot });
      return { build, key, plan: () => build.invoke<CopyPlan>('plan') };
    }

    it('is refused without keys if the recipe shares the image, because EC2 would use the AWS managed key', async () => {
      const { plan } = encrypted();
      expect(await refusalOf(plan())).toContain(
        'the base is encrypted in us-east-1, so EC2 encrypts its copies in us-east-1, eu-west-1 with the AWS managed key',
      );
    });

    it('is allowed if the recipe does not share the image', async () => {
      const { plan } = encrypted({ share: {} });
      expect(await plan()).toMatchObject({ copyBase: true });
    });

    it('is refused if its key is disabled', async () => {
      const { build, key, plan } = encrypted({ share: {} });
      const record = build.world.keys.get(key.split('/').at(-1) ?? '');
      if (record === undefined) throw new Error('there is no key');
      build.world.keys.put({ ...record, state: 'Disabled' }, build.world.now(), 0);
      expect(await refusalOf(plan())).toContain(
        `${VENDOR_SNAPSHOT}, a snapshot of the base image, is encrypted with ${key}, but this key is Disabled`,
      );
    });

    it('brings a warning if Plan cannot make sure that the pipeline may use its key', async () => {
      const { key, plan } = encrypted({ share: {} }, '111122223333');
      expect((await plan()).warnings).toEqual([
        expect.stringContaining(
          `${VENDOR_SNAPSHOT}, a snapshot of the base image, is encrypted with ${key}, and Plan could not make sure that`,
        ),
      ]);
    });
  });
});

describe('Plan for a build whose overrides name what no deployed recipe names', () => {
  const denied = { times: 'always', error: 'AccessDenied', message: 'Not authorized.', status: 403 } as const;
  const trialWith = async (publish: object, fault: { call: string; error?: string }) => {
    const build = simulateBuild({ faults: [{ ...denied, ...fault }] });
    build.document.overrides = { publish };
    return refusalOf(build.invoke('plan'));
  };

  it('names the deployment as the fix for a launch template', async () => {
    const launchTemplates = [{ region: 'eu-west-1', id: 'lt-0123456789abcdef0' }];
    const fault = { call: 'DescribeLaunchTemplateVersions', error: 'UnauthorizedOperation' };
    const message = await trialWith({ launchTemplates }, fault);
    expect(message).toContain('deploy a recipe with the launch template, because the deployment gives');
    expect(message).not.toContain('correct the id');
  });

  it('names the deployment as the fix for a role', async () => {
    const role = 'arn:aws:iam::111122223333:role/golden-image-pointers';
    const message = await trialWith({ roles: [role] }, { call: 'AssumeRole' });
    expect(message).toContain(
      'may assume only the roles that its deployed recipes name: deploy a recipe with',
    );
    expect(message).not.toContain('its trust policy needs');
  });
});

describe('fast launches', () => {
  const withImage = (image: object, recipe: TestRecipe = plainRecipe) =>
    simulateBuild({ recipe: { ...recipe, image } });

  it('have their price in the warnings', async () => {
    const build = withImage({ fastSnapshotRestore: { 'us-east-1': ['us-east-1a'] } });
    const { warnings, accelerate } = await build.invoke<Plan>('plan');
    expect(accelerate).toBe(true);
    expect(warnings).toEqual([expect.stringContaining('$0.75 an hour, or $540 in 30 days')]);
  });

  it('need zones that exist', async () => {
    const build = withImage({ fastSnapshotRestore: { 'us-east-1': ['us-east-1a', 'us-east-1z'] } });
    expect(await refusalOf(build.invoke('plan'))).toContain(
      'no such Availability Zone in us-east-1: use us-east-1a',
    );
  });

  const copied = { ...plainRecipe, build: { ...plainRecipe.build, copyBase: true } };

  it('have their price in the warnings of a copied base, too', async () => {
    const build = withImage({ fastSnapshotRestore: { 'us-east-1': ['us-east-1a'] } }, copied);
    const { warnings } = await build.invoke<Plan>('plan');
    expect(warnings).toEqual([expect.stringContaining('$0.75 an hour, or $540 in 30 days')]);
  });

  it('need zones that exist for a copied base, too', async () => {
    const wrong = withImage({ fastSnapshotRestore: { 'us-east-1': ['us-east-1z'] } }, copied);
    expect(await refusalOf(wrong.invoke('plan'))).toContain('no such Availability Zone in us-east-1: use ');
  });

  it('leave out an optional region whose zones do not exist', async () => {
    const image = { fastSnapshotRestore: { 'us-west-2': ['us-west-2z'] } };
    const build = withImage(image, { ...plainRecipe, optionalRegions: ['us-west-2'] });
    const { failedRegions, regions } = await build.invoke<Plan>('plan');
    expect(failedRegions).toMatchObject([
      { region: 'us-west-2', reason: expect.stringContaining('us-west-2z') },
    ]);
    expect(regions).not.toContain('us-west-2');
  });

  it('need a default VPC for EC2 Fast Launch', async () => {
    const build = withImage({ fastLaunch: { regions: ['eu-west-1'] } }, windowsRecipe);
    const { vpcId } = addDefaultNetwork(build.world, HOME.account, 'eu-west-1');
    const vpc = build.world.vpcs.get(vpcId);
    if (vpc === undefined) throw new Error('there is no default VPC');
    build.world.vpcs.put({ ...vpc, isDefault: false }, build.world.now(), 0);
    expect(await refusalOf(build.invoke('plan'))).toContain(
      'image.fastLaunch needs a default VPC in each region, and eu-west-1',
    );
  });
});
