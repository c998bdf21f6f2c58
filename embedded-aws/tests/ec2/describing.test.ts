import {
  AllocateAddressCommand,
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  DescribeInstancesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  DescribeRegionsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  type EC2Client,
  type Filter,
  paginateDescribeImages,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { zoneId } from '../../src/core/regions.ts';
import { newWorld } from '../../src/new-world.ts';
import { allRegions, FAR, OWNER, refusal, START, simulateEc2 } from '../simulated-ec2.ts';

const described = async (
  { client, run }: ReturnType<typeof simulateEc2>,
  input: DescribeImagesCommandInput,
  region?: string,
) => (await run(client(region ? { region } : {}).send(new DescribeImagesCommand(input)))).Images ?? [];

const filter = (Name: string, ...Values: string[]): Filter => ({ Name, Values });

describe('the public images', () => {
  test.each([
    ['amazon', 'al2023-ami-2023.*-kernel-6.1-x86_64', 'al2023-ami-2023.12.20260930.0-kernel-6.1-x86_64'],
    ['137112412989', 'al2023-ami-2023.*-kernel-6.1-arm64', 'al2023-ami-2023.12.20260930.0-kernel-6.1-arm64'],
    [
      '099720109477',
      'ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*',
      'ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20261004',
    ],
    ['136693071363', 'debian-12-arm64-????????-????', 'debian-12-arm64-20260923-2610'],
    [
      '801119661308',
      'Windows_Server-2022-English-Full-Base-*',
      'Windows_Server-2022-English-Full-Base-2026.09.17',
    ],
  ])('of %s named %s come in two generations, and %s is the newest', async (owner, name, newest) => {
    const simulated = simulateEc2();
    const images = await described(simulated, { Owners: [owner], Filters: [filter('name', name)] });
    const sorted = images.sort((a, b) => ((a.CreationDate ?? '') < (b.CreationDate ?? '') ? 1 : -1));
    expect(sorted).toHaveLength(2);
    expect(sorted[0]).toMatchObject({
      Name: newest,
      State: 'available',
      Public: true,
      ImageOwnerAlias: 'amazon',
    });
  });

  test('have different ids in every region, and the same ids in every world', () => {
    const world = newWorld({ seed: 1, now: () => START.getTime() });
    const other = newWorld({ seed: 2, now: () => START.getTime() });
    const ids = (of: typeof world) => of.images.all().map(({ id }) => id);
    expect(ids(other)).toEqual(ids(world));
    expect(new Set(ids(world)).size).toBe(ids(world).length);
    for (const id of ids(world)) expect(id).toMatch(/^ami-0[0-9a-f]{16}$/);
  });

  test('are named by the public parameters, which point to the newest images', () => {
    const world = newWorld({ seed: 1, now: () => START.getTime() });
    for (const region of allRegions) {
      const named = world.parameters.all().filter((parameter) => parameter.region === region);
      expect(named.map(({ name }) => name)).toContain(
        '/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id',
      );
      for (const { value, account } of named) {
        expect(account).toBe('');
        expect(world.images.get(value)?.region).toBe(region);
      }
    }
    const values = new Map(
      world.parameters.all().map(({ region, name, value }) => [`${region} ${name}`, value]),
    );
    const newest = values.get(
      'eu-west-1 /aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base',
    );
    expect(world.images.get(newest ?? '')?.name).toBe('Windows_Server-2022-English-Full-Base-2026.09.17');
  });

  test('have the same shape as on AWS', async () => {
    const simulated = simulateEc2();
    const shape = async (name: RegExp) => {
      const [image] = await described(simulated, { ImageIds: [simulated.publicImage(name).id] });
      return image;
    };
    expect(await shape(/^al2023.*x86_64/)).toMatchObject({
      RootDeviceName: '/dev/xvda',
      ImdsSupport: 'v2.0',
      BootMode: 'uefi-preferred',
      EnaSupport: true,
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 8, VolumeType: 'gp3' } }],
    });
    expect((await shape(/ubuntu-noble.*arm64/))?.BlockDeviceMappings).toMatchObject([
      { DeviceName: '/dev/sda1', Ebs: { VolumeSize: 8 } },
      { DeviceName: '/dev/sdb', VirtualName: 'ephemeral0' },
      { DeviceName: '/dev/sdc', VirtualName: 'ephemeral1' },
    ]);
    expect(await shape(/^Windows/)).toMatchObject({
      Platform: 'windows',
      PlatformDetails: 'Windows',
      UsageOperation: 'RunInstances:0002',
      RootDeviceName: '/dev/sda1',
    });
    expect(await shape(/a264997c/)).toMatchObject({
      OwnerId: '679593333241',
      ImageOwnerAlias: 'aws-marketplace',
      ProductCodes: [{ ProductCodeType: 'marketplace' }],
    });
  });

  test('are hidden when deprecated unless requested, and exist in one region when instance store-backed', async () => {
    const simulated = simulateEc2();
    const old = filter('name', 'al2023-ami-2023.11.*');
    expect(await described(simulated, { Filters: [old] })).toEqual([]);
    const shown = await described(simulated, { Filters: [old], IncludeDeprecated: true });
    expect(shown).toHaveLength(2);
    expect(await described(simulated, { ImageIds: [shown[0]?.ImageId ?? ''] })).toHaveLength(1);
    const stores = { Filters: [filter('root-device-type', 'instance-store')], IncludeDeprecated: true };
    expect(await described(simulated, stores)).toEqual([]);
    expect(await described(simulated, stores, FAR)).toHaveLength(1);
  });
});

describe('filters', () => {
  test('match all names and any value, with wildcards', async () => {
    const simulated = simulateEc2();
    const names = async (...Filters: Filter[]) =>
      (await described(simulated, { Filters })).map(({ Name }) => Name).sort();
    expect(await names(filter('architecture', 'arm64'), filter('name', 'debian-12-*'))).toEqual([
      'debian-12-arm64-20260821-2577',
      'debian-12-arm64-20260923-2610',
    ]);
    expect(
      await names(filter('name', 'debian-12-arm64-20260923-2610', 'debian-12-amd64-20260923-261?')),
    ).toEqual(['debian-12-amd64-20260923-2610', 'debian-12-arm64-20260923-2610']);
    expect(await names(filter('name', 'debian-12-arm64-\\*'))).toEqual([]);
    // A dot matches only a dot, and case matters.
    expect(await names(filter('name', 'al2023-ami-2023x12*'))).toEqual([]);
    expect(await names(filter('name', 'DEBIAN-12-*'))).toEqual([]);
    expect(
      await names(filter('block-device-mapping.volume-size', '30'), filter('platform', 'windows')),
    ).toHaveLength(2);
    expect(await names(filter('is-public', 'false'))).toEqual([]);
    expect(await names(filter('creation-date', '2026-09-30T*'))).toHaveLength(4);
  });

  const refused: [string, (ec2: EC2Client, Filters: Filter[]) => Promise<unknown>][] = [
    ['DescribeImages', (ec2, Filters) => ec2.send(new DescribeImagesCommand({ Filters }))],
    ['DescribeInstances', (ec2, Filters) => ec2.send(new DescribeInstancesCommand({ Filters }))],
    ['DescribeSnapshots', (ec2, Filters) => ec2.send(new DescribeSnapshotsCommand({ Filters }))],
    ['DescribeVolumes', (ec2, Filters) => ec2.send(new DescribeVolumesCommand({ Filters }))],
    ['DescribeSubnets', (ec2, Filters) => ec2.send(new DescribeSubnetsCommand({ Filters }))],
    ['DescribeSecurityGroups', (ec2, Filters) => ec2.send(new DescribeSecurityGroupsCommand({ Filters }))],
    ['DescribeRegions', (ec2, Filters) => ec2.send(new DescribeRegionsCommand({ Filters }))],
    ['DescribeInstanceTypes', (ec2, Filters) => ec2.send(new DescribeInstanceTypesCommand({ Filters }))],
  ];
  test.each(refused)('of %s are refused when unknown, empty, or too many', async (_name, call) => {
    const { client, run } = simulateEc2();
    const sent = (Filters: Filter[]) => refusal(run(call(client(), Filters)));
    expect(await sent([filter('colour', 'blue')])).toMatchObject({
      code: 'InvalidParameterValue',
      message: "The filter 'colour' is invalid",
    });
    expect((await sent([{ Name: 'tag:a', Values: [] }])).code).toBe('MissingParameter');
    const many = Array.from({ length: 201 }, (_, index) => String(index));
    expect((await sent([filter('tag:a', ...many)])).code).toBe('FilterLimitExceeded');
  });

  test('find instances by state, tag and location', async () => {
    const simulated = simulateEc2();
    const { client, run, launch, pass, network } = simulated;
    const tagged = (value: string) => ({
      TagSpecifications: [{ ResourceType: 'instance' as const, Tags: [{ Key: 'run', Value: value }] }],
    });
    await run(client().send(new RunInstancesCommand(launch(tagged('one')))));
    await run(
      client().send(new RunInstancesCommand(launch({ ...tagged('two'), SubnetId: network.subnets[1]?.id }))),
    );
    await pass(130);
    const count = async (...Filters: Filter[]) => {
      const { Reservations } = await run(client().send(new DescribeInstancesCommand({ Filters })));
      return Reservations?.length;
    };
    expect(await count(filter('instance-state-name', 'pending', 'running'))).toBe(2);
    expect(await count(filter('instance-state-code', '16'))).toBe(2);
    expect(await count(filter('tag:run', 'o*'))).toBe(1);
    expect(await count(filter('tag-key', 'run'))).toBe(2);
    expect(await count(filter('tag-value', 'o*'))).toBe(1);
    expect(await count(filter('tag-value', 'run'))).toBe(0);
    expect(await count(filter('tag:none', '*'))).toBe(0);
    expect(await count(filter('subnet-id', network.subnets[1]?.id ?? ''))).toBe(1);
  });
});

describe('pages', () => {
  test('have the requested size, and contain every item exactly once', async () => {
    const { client, run, world } = simulateEc2();
    const pages: number[] = [];
    const ids: string[] = [];
    const read = async () => {
      const input = { Owners: ['amazon'], IncludeDeprecated: true };
      for await (const { Images = [] } of paginateDescribeImages({ client: client(), pageSize: 4 }, input)) {
        pages.push(Images.length);
        ids.push(...Images.map(({ ImageId = '' }) => ImageId));
      }
    };
    await run(read());
    const all = world.images
      .all()
      .filter(({ region, ownerAlias }) => region === 'eu-west-1' && ownerAlias === 'amazon');
    expect(Math.max(...pages)).toBe(4);
    expect(ids).toEqual(all.map(({ id }) => id));
  });

  test('are refused with an invalid size, together with ids, and with an unknown token', async () => {
    const { client, run, publicImage } = simulateEc2();
    const instances = (input: object) => refusal(run(client().send(new DescribeInstancesCommand(input))));
    expect((await instances({ MaxResults: 4 })).code).toBe('InvalidParameterValue');
    expect((await instances({ MaxResults: 5, NextToken: 'nonsense' })).code).toBe('InvalidNextToken');
    const images = run(
      client().send(new DescribeImagesCommand({ MaxResults: 5, ImageIds: [publicImage(/^al2023/).id] })),
    );
    expect((await refusal(images)).code).toBe('InvalidParameterCombination');
  });
});

describe('regions, zones and types', () => {
  test('are the enabled regions, and all regions with AllRegions', async () => {
    const { client, run } = simulateEc2({ disabledRegions: { [OWNER]: ['af-south-1', 'ap-east-1'] } });
    const enabled = await run(client().send(new DescribeRegionsCommand({})));
    expect(enabled.Regions).toHaveLength(allRegions.length - 2);
    const all = await run(client().send(new DescribeRegionsCommand({ AllRegions: true })));
    expect(all.Regions).toHaveLength(allRegions.length);
    const status = new Map(all.Regions?.map(({ RegionName, OptInStatus }) => [RegionName, OptInStatus]));
    expect(status.get('af-south-1')).toBe('not-opted-in');
    expect(status.get('eu-south-1')).toBe('opted-in');
    expect(status.get('us-east-1')).toBe('opt-in-not-required');
  });

  test('opt-in regions are enabled only if the world says so', async () => {
    const { client, run } = simulateEc2();
    const { Regions } = await run(client().send(new DescribeRegionsCommand({})));
    expect(new Set(Regions?.map(({ OptInStatus }) => OptInStatus))).toEqual(new Set(['opt-in-not-required']));
    const call = client({ region: 'eu-south-1' }).send(new DescribeRegionsCommand({}));
    expect(await refusal(run(call))).toMatchObject({ code: 'AuthFailure', status: 401 });
  });

  test("have zone ids in AWS's format", () => {
    expect(
      ['us-east-1f', 'eu-central-1a', 'ap-northeast-1d', 'ap-south-2b', 'eu-north-1c'].map(zoneId),
    ).toEqual(['use1-az6', 'euc1-az1', 'apne1-az3', 'aps2-az2', 'eun1-az3']);
  });

  test('describe the size and architecture of types, and report unknown types', async () => {
    const { client, run } = simulateEc2();
    const InstanceTypes = ['m7i.large', 'c7g.xlarge'] as ('m7i.large' | 'c7g.xlarge')[];
    const known = await run(client().send(new DescribeInstanceTypesCommand({ InstanceTypes })));
    expect(known.InstanceTypes).toMatchObject([
      {
        InstanceType: 'm7i.large',
        ProcessorInfo: { SupportedArchitectures: ['x86_64'] },
        VCpuInfo: { DefaultVCpus: 2 },
        MemoryInfo: { SizeInMiB: 8192 },
      },
      { InstanceType: 'c7g.xlarge', ProcessorInfo: { SupportedArchitectures: ['arm64'] } },
    ]);
    const unknown = ['m7i.large', 'm99.huge', 'x'] as 'm7i.large'[];
    expect(
      await refusal(run(client().send(new DescribeInstanceTypesCommand({ InstanceTypes: unknown })))),
    ).toMatchObject({
      code: 'InvalidInstanceType',
      message: 'The following supplied instance types do not exist: [m99.huge, x]',
    });
  });

  test('offerings omit the zones that do not offer a type', async () => {
    const { client, run } = simulateEc2();
    const { InstanceTypeOfferings } = await run(
      client({ region: 'us-east-1' }).send(
        new DescribeInstanceTypeOfferingsCommand({
          LocationType: 'availability-zone',
          Filters: [filter('instance-type', 't3.micro')],
        }),
      ),
    );
    expect(InstanceTypeOfferings?.map(({ Location }) => Location)).toEqual(
      ['a', 'b', 'c', 'd', 'f'].map((letter) => `us-east-1${letter}`),
    );
  });
});

describe('unsupported requests', () => {
  test('are refused with the name of the operation', async () => {
    const { client, run } = simulateEc2();
    const command = new AllocateAddressCommand({});
    expect(await refusal(run(client().send(command)))).toEqual({
      code: 'NotEmulated',
      message: 'ec2:AllocateAddress is not emulated; see embedded-aws/docs/operations.md',
      status: 501,
    });
  });

  test('are refused with the path of the parameter', async () => {
    const { client, run, launch } = simulateEc2();
    const command = new RunInstancesCommand(
      launch({ InstanceMarketOptions: { SpotOptions: { BlockDurationMinutes: 60 } } }),
    );
    expect((await refusal(run(client().send(command)))).message).toBe(
      'ec2:RunInstances with the parameter InstanceMarketOptions.SpotOptions.BlockDurationMinutes is not emulated; see embedded-aws/docs/operations.md',
    );
  });
});
