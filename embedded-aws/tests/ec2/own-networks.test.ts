import {
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  type CreateSubnetCommandInput,
  CreateVpcCommand,
  type CreateVpcCommandInput,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeInstancesCommand,
  DescribeInternetGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  type EC2Client,
  ModifySubnetAttributeCommand,
  ModifyVpcAttributeCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
  type VpcAttributeName,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { CONSUMER, refusal, simulateEc2 } from '../simulated-ec2.ts';

const CidrBlock = '10.0.0.0/16';
const UNKNOWN = '0123456789abcdef0';

/** A VPC of one's own with a subnet, and short ways to change it. */
async function ownNetwork(options: Parameters<typeof simulateEc2>[0] = {}) {
  const simulated = simulateEc2(options);
  const { client, run } = simulated;
  const sent = <T>(work: (ec2: EC2Client) => Promise<T>, who = {}) => run(work(client(who)));
  const createVpc = (input: Partial<CreateVpcCommandInput> = {}) =>
    sent((ec2) => ec2.send(new CreateVpcCommand({ CidrBlock, ...input })));
  const VpcId = (await createVpc()).Vpc?.VpcId ?? '';
  const createSubnet = (input: Partial<CreateSubnetCommandInput> = {}) =>
    sent((ec2) => ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.0.1.0/24', ...input })));
  return { ...simulated, sent, createVpc, createSubnet, VpcId };
}

const ofVpc = (VpcId: string) => ({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] });

describe('a VPC', () => {
  test('is made with a main route table and a default group, and no gateway', async () => {
    const { sent, createVpc, world } = await ownNetwork();
    const { Vpc } = await createVpc({
      CidrBlock: '10.1.0.9/20',
      TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'Name', Value: 'builds' }] }],
    });
    const VpcId = Vpc?.VpcId ?? '';
    const seen = { VpcId, CidrBlock: '10.1.0.0/20', IsDefault: false };
    expect(Vpc).toMatchObject({ ...seen, State: 'pending', Tags: [{ Key: 'Name', Value: 'builds' }] });
    expect(world.vpcs.get(VpcId)).toMatchObject({ cidrBlock: '10.1.0.0/20', tags: { Name: 'builds' } });
    const { Vpcs } = await sent((ec2) => ec2.send(new DescribeVpcsCommand({ VpcIds: [VpcId] })));
    expect(Vpcs).toMatchObject([{ ...seen, State: 'available' }]);
    const tables = await sent((ec2) => ec2.send(new DescribeRouteTablesCommand(ofVpc(VpcId))));
    expect(tables.RouteTables).toMatchObject([
      {
        Associations: [{ Main: true }],
        Routes: [{ DestinationCidrBlock: '10.1.0.0/20', GatewayId: 'local' }],
      },
    ]);
    expect(tables.RouteTables?.[0]?.Routes).toHaveLength(1);
    const groups = await sent((ec2) => ec2.send(new DescribeSecurityGroupsCommand(ofVpc(VpcId))));
    expect(groups.SecurityGroups).toMatchObject([
      { GroupName: 'default', IpPermissions: [{ UserIdGroupPairs: [{}] }], IpPermissionsEgress: [{}] },
    ]);
    const gateways = await sent((ec2) => ec2.send(new DescribeInternetGatewaysCommand({})));
    expect(gateways.InternetGateways?.flatMap(({ Attachments = [] }) => Attachments)).not.toContainEqual(
      expect.objectContaining({ VpcId }),
    );
  });

  test.each([
    ['no block', { CidrBlock: undefined }, 'MissingParameter', undefined],
    [
      'a block that is none',
      { CidrBlock: '10.0.0/16' },
      'InvalidParameterValue',
      'Value (10.0.0/16) for parameter cidrBlock is invalid. This is not a valid CIDR block.',
    ],
    ['a large block', { CidrBlock: '10.0.0.0/8' }, 'InvalidVpc.Range', "The CIDR '10.0.0.0/8' is invalid."],
    ['a small block', { CidrBlock: '10.0.0.0/29' }, 'InvalidVpc.Range', "The CIDR '10.0.0.0/29' is invalid."],
    ['machines of its own', { InstanceTenancy: 'dedicated' }, 'NotEmulated', undefined],
    ['IPv6', { AmazonProvidedIpv6CidrBlock: true }, 'NotEmulated', undefined],
    [
      'tags of something else',
      { TagSpecifications: [{ ResourceType: 'subnet', Tags: [{ Key: 'a', Value: '' }] }] },
      'InvalidParameterValue',
      undefined,
    ],
    ['a rehearsal', { DryRun: true }, 'DryRunOperation', undefined],
  ] as [string, Partial<CreateVpcCommandInput>, string, string | undefined][])(
    'is refused with %s',
    async (_name, input, code, message) => {
      const { createVpc, world } = await ownNetwork();
      const refused = await refusal(createVpc(input));
      expect(refused.code).toBe(code);
      if (message !== undefined) expect(refused.message).toBe(message);
      expect(world.vpcs.all().filter(({ isDefault }) => !isDefault)).toHaveLength(1);
    },
  );

  test('is one of five in a region', async () => {
    const { createVpc, world } = await ownNetwork();
    for (let made = 0; made < 3; made++) await createVpc();
    expect(await refusal(createVpc())).toMatchObject({
      code: 'VpcLimitExceeded',
      message: 'The maximum number of VPCs has been reached.',
    });
    expect(world.vpcs.all()).toHaveLength(5);
  });

  test('gives names to public addresses once it is told to', async () => {
    const { sent, VpcId, createSubnet, launch, pass } = await ownNetwork();
    const attribute = async (Attribute: VpcAttributeName) =>
      sent((ec2) => ec2.send(new DescribeVpcAttributeCommand({ VpcId, Attribute })));
    const modify = (input: object) =>
      sent((ec2) => ec2.send(new ModifyVpcAttributeCommand({ VpcId, ...input })));
    expect(await attribute('enableDnsSupport')).toMatchObject({ EnableDnsSupport: { Value: true } });
    expect(await attribute('enableDnsHostnames')).toMatchObject({ EnableDnsHostnames: { Value: false } });
    const SubnetId = (await createSubnet()).Subnet?.SubnetId ?? '';
    const MapPublicIpOnLaunch = { Value: true };
    await sent((ec2) => ec2.send(new ModifySubnetAttributeCommand({ SubnetId, MapPublicIpOnLaunch })));
    const { Instances } = await sent((ec2) => ec2.send(new RunInstancesCommand(launch({ SubnetId }))));
    const InstanceIds = [Instances?.[0]?.InstanceId ?? ''];
    await pass(130);
    const described = async () => {
      const answer = await sent((ec2) => ec2.send(new DescribeInstancesCommand({ InstanceIds })));
      return answer.Reservations?.[0]?.Instances?.[0];
    };
    const nameless = await described();
    expect(nameless).toMatchObject({ VpcId, SubnetId, PublicDnsName: '' });
    expect(nameless?.PublicIpAddress).toMatch(/^\d+\./);
    expect(nameless?.PrivateIpAddress).toMatch(/^10\.0\.1\./);
    await modify({ EnableDnsHostnames: { Value: true } });
    expect(await attribute('enableDnsHostnames')).toMatchObject({ EnableDnsHostnames: { Value: true } });
    expect((await described())?.PublicDnsName).toMatch(/^ec2-.*\.amazonaws\.com$/);
  });

  test.each([
    [{}, 'InvalidParameterCombination', 'No attributes specified.'],
    [
      { EnableDnsHostnames: { Value: true }, EnableDnsSupport: { Value: true } },
      'InvalidParameterCombination',
      'Fields for multiple attribute types specified: enableDnsHostnames, enableDnsSupport',
    ],
    [{ EnableDnsSupport: {} }, 'MissingParameter', undefined],
    [
      { VpcId: `vpc-${UNKNOWN}`, EnableDnsSupport: { Value: true } },
      'InvalidVpcID.NotFound',
      `The vpc ID 'vpc-${UNKNOWN}' does not exist`,
    ],
  ])('is not changed with %o', async (input, code, message) => {
    const { sent, VpcId, world } = await ownNetwork();
    const before = world.vpcs.get(VpcId);
    const refused = await refusal(
      sent((ec2) => ec2.send(new ModifyVpcAttributeCommand({ VpcId, ...input }))),
    );
    expect(refused.code).toBe(code);
    if (message !== undefined) expect(refused.message).toBe(message);
    expect(world.vpcs.get(VpcId)).toEqual(before);
  });

  test('has no names without DNS', async () => {
    const { sent, VpcId, world } = await ownNetwork();
    const modify = (input: object) =>
      sent((ec2) => ec2.send(new ModifyVpcAttributeCommand({ VpcId, ...input })));
    await modify({ EnableDnsSupport: { Value: false } });
    const refused = await refusal(modify({ EnableDnsHostnames: { Value: true } }));
    expect(refused.code).toBe('InvalidParameterCombination');
    expect(world.vpcs.get(VpcId)).toMatchObject({ dnsSupport: false });
    expect(world.vpcs.get(VpcId)).not.toHaveProperty('dnsHostnames');
  });

  test('is deleted once nothing is in it, with its default group', async () => {
    const { sent, VpcId, createSubnet, world } = await ownNetwork();
    const remove = (input: object = {}) => sent((ec2) => ec2.send(new DeleteVpcCommand({ VpcId, ...input })));
    const violation = {
      code: 'DependencyViolation',
      message: `The vpc '${VpcId}' has dependencies and cannot be deleted.`,
    };
    const SubnetId = (await createSubnet()).Subnet?.SubnetId ?? '';
    expect(await refusal(remove())).toMatchObject(violation);
    await sent((ec2) => ec2.send(new DeleteSubnetCommand({ SubnetId })));
    const Description = 'of builders';
    const { GroupId } = await sent((ec2) =>
      ec2.send(new CreateSecurityGroupCommand({ VpcId, GroupName: 'builders', Description })),
    );
    expect(await refusal(remove())).toMatchObject(violation);
    await sent((ec2) => ec2.send(new DeleteSecurityGroupCommand({ GroupId })));
    expect((await refusal(remove({ DryRun: true }))).code).toBe('DryRunOperation');
    await remove();
    expect(world.vpcs.get(VpcId)).toBeUndefined();
    expect(world.securityGroups.all().filter(({ vpcId }) => vpcId === VpcId)).toEqual([]);
    expect((await refusal(remove())).code).toBe('InvalidVpcID.NotFound');
  });

  test('that is the default one keeps its gateway, and stays', async () => {
    const { sent, network, world } = await ownNetwork();
    const { vpcId: VpcId } = network;
    const refused = await refusal(sent((ec2) => ec2.send(new DeleteVpcCommand({ VpcId }))));
    expect(refused.code).toBe('DependencyViolation');
    expect(world.vpcs.get(VpcId)).toMatchObject({ isDefault: true });
  });

  test('of another account is not found', async () => {
    const { sent, VpcId, world } = await ownNetwork();
    const who = { account: CONSUMER };
    for (const refused of [
      sent((ec2) => ec2.send(new DeleteVpcCommand({ VpcId })), who),
      sent((ec2) => ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.0.1.0/24' })), who),
    ]) {
      expect((await refusal(refused)).code).toBe('InvalidVpcID.NotFound');
    }
    expect(world.vpcs.get(VpcId)).toBeDefined();
  });
});

describe('a subnet', () => {
  test('is made in the zone that was asked for, or in one', async () => {
    const { createSubnet, VpcId, sent, world } = await ownNetwork();
    const { Subnet } = await createSubnet({
      CidrBlock: '10.0.1.77/24',
      AvailabilityZoneId: 'euw1-az2',
      TagSpecifications: [{ ResourceType: 'subnet', Tags: [{ Key: 'Name', Value: 'builds' }] }],
    });
    expect(Subnet).toMatchObject({
      VpcId,
      CidrBlock: '10.0.1.0/24',
      AvailabilityZoneId: 'euw1-az2',
      AvailableIpAddressCount: 251,
      DefaultForAz: false,
      MapPublicIpOnLaunch: false,
      State: 'available',
      Tags: [{ Key: 'Name', Value: 'builds' }],
    });
    const any = await createSubnet({ CidrBlock: '10.0.2.0/28' });
    expect(any.Subnet).toMatchObject({
      AvailabilityZone: expect.stringMatching(/^eu-west-1[abc]$/),
      AvailableIpAddressCount: 11,
    });
    const { Subnets } = await sent((ec2) => ec2.send(new DescribeSubnetsCommand(ofVpc(VpcId))));
    expect(Subnets).toEqual([Subnet, any.Subnet]);
    expect(world.subnets.all().filter(({ vpcId }) => vpcId === VpcId)).toHaveLength(2);
  });

  test.each([
    ['no VPC', { VpcId: undefined }, 'MissingParameter', undefined],
    ['no block', { CidrBlock: undefined }, 'MissingParameter', undefined],
    [
      'a block elsewhere',
      { CidrBlock: '10.1.0.0/24' },
      'InvalidSubnet.Range',
      "The CIDR '10.1.0.0/24' is invalid.",
    ],
    [
      'a small block',
      { CidrBlock: '10.0.9.0/29' },
      'InvalidSubnet.Range',
      "The CIDR '10.0.9.0/29' is invalid.",
    ],
    [
      'a block in another',
      { CidrBlock: '10.0.1.128/25' },
      'InvalidSubnet.Conflict',
      "The CIDR '10.0.1.128/25' conflicts with another subnet",
    ],
    [
      'a block around another',
      { CidrBlock: '10.0.0.0/20' },
      'InvalidSubnet.Conflict',
      "The CIDR '10.0.0.0/20' conflicts with another subnet",
    ],
    [
      'a zone elsewhere',
      { CidrBlock: '10.0.2.0/24', AvailabilityZone: 'us-east-1a' },
      'InvalidParameterValue',
      'Value (us-east-1a) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: eu-west-1a, eu-west-1b, eu-west-1c.',
    ],
    [
      'an unknown VPC',
      { VpcId: `vpc-${UNKNOWN}` },
      'InvalidVpcID.NotFound',
      `The vpc ID 'vpc-${UNKNOWN}' does not exist`,
    ],
    ['a rehearsal', { CidrBlock: '10.0.2.0/24', DryRun: true }, 'DryRunOperation', undefined],
  ] as [string, Partial<CreateSubnetCommandInput>, string, string | undefined][])(
    'is refused with %s',
    async (_name, input, code, message) => {
      const { createSubnet, VpcId, world } = await ownNetwork();
      await createSubnet();
      const refused = await refusal(createSubnet(input));
      expect(refused.code).toBe(code);
      if (message !== undefined) expect(refused.message).toBe(message);
      expect(world.subnets.all().filter(({ vpcId }) => vpcId === VpcId)).toHaveLength(1);
    },
  );

  test('is not deleted while an instance is in it', async () => {
    const { sent, createSubnet, launch, pass, world } = await ownNetwork();
    const SubnetId = (await createSubnet()).Subnet?.SubnetId ?? '';
    const { Instances } = await sent((ec2) => ec2.send(new RunInstancesCommand(launch({ SubnetId }))));
    await pass(130);
    const remove = () => sent((ec2) => ec2.send(new DeleteSubnetCommand({ SubnetId })));
    expect(await refusal(remove())).toMatchObject({
      code: 'DependencyViolation',
      message: `The subnet '${SubnetId}' has dependencies and cannot be deleted.`,
    });
    expect(world.subnets.get(SubnetId)).toBeDefined();
    const InstanceIds = [Instances?.[0]?.InstanceId ?? ''];
    await sent((ec2) => ec2.send(new TerminateInstancesCommand({ InstanceIds })));
    await pass(400);
    await remove();
    expect(world.subnets.get(SubnetId)).toBeUndefined();
    expect((await refusal(remove())).code).toBe('InvalidSubnetID.NotFound');
  });

  test('has one attribute to change here', async () => {
    const { sent, createSubnet, network, world } = await ownNetwork();
    const own = (await createSubnet()).Subnet?.SubnetId ?? '';
    const modify = (SubnetId: string, input: object) =>
      sent((ec2) => ec2.send(new ModifySubnetAttributeCommand({ SubnetId, ...input })));
    expect((await refusal(modify(own, {}))).code).toBe('InvalidParameterCombination');
    expect((await refusal(modify(own, { EnableDns64: { Value: true } }))).code).toBe('NotEmulated');
    const none = modify(`subnet-${UNKNOWN}`, { MapPublicIpOnLaunch: { Value: true } });
    expect((await refusal(none)).code).toBe('InvalidSubnetID.NotFound');
    const first = network.subnets[0]?.id ?? '';
    await modify(first, { MapPublicIpOnLaunch: { Value: false } });
    const Filters = [{ Name: 'map-public-ip-on-launch', Values: ['false'] }];
    const { Subnets } = await sent((ec2) => ec2.send(new DescribeSubnetsCommand({ Filters })));
    expect(Subnets?.map(({ SubnetId }) => SubnetId).toSorted()).toEqual([first, own].toSorted());
    expect(world.subnets.get(first)).toMatchObject({ mapPublicIpOnLaunch: false, defaultForAz: true });
  });
});
