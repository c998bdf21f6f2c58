import {
  DeleteNetworkInterfaceCommand,
  DescribeAccountAttributesCommand,
  DescribeAddressesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeInternetGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  type EC2Client,
  GetAllowedImagesSettingsCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { CONSUMER, refusal, simulateEc2 } from '../simulated-ec2.ts';

const UNKNOWN_FILTER = { Filters: [{ Name: 'colour', Values: ['blue'] }] };

describe('the default network', () => {
  test('exists in every account and region with one subnet per zone, and is always the same', async () => {
    const looked = async (first: 'vpcs' | 'subnets', seed?: number) => {
      const simulated = simulateEc2(seed === undefined ? {} : { seed });
      const { client, run } = simulated;
      const elsewhere = client({ account: CONSUMER, region: 'us-west-2' });
      const vpcs = () => run(elsewhere.send(new DescribeVpcsCommand({})));
      if (first === 'vpcs') await vpcs();
      const { Subnets = [] } = await run(elsewhere.send(new DescribeSubnetsCommand({})));
      const { Vpcs = [] } = await vpcs();
      const { SecurityGroups = [] } = await run(elsewhere.send(new DescribeSecurityGroupsCommand({})));
      simulated.end();
      return { Subnets, Vpcs, SecurityGroups };
    };
    const { Subnets, Vpcs, SecurityGroups } = await looked('vpcs');
    expect(Vpcs).toMatchObject([
      { IsDefault: true, CidrBlock: '172.31.0.0/16', State: 'available', OwnerId: CONSUMER },
    ]);
    expect(Subnets.map(({ AvailabilityZone, CidrBlock }) => [AvailabilityZone, CidrBlock])).toEqual([
      ['us-west-2a', '172.31.0.0/20'],
      ['us-west-2b', '172.31.16.0/20'],
      ['us-west-2c', '172.31.32.0/20'],
      ['us-west-2d', '172.31.48.0/20'],
    ]);
    expect(Subnets.every((subnet) => subnet.MapPublicIpOnLaunch && subnet.DefaultForAz)).toBe(true);
    expect(SecurityGroups).toMatchObject([
      {
        GroupName: 'default',
        IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: SecurityGroups[0]?.GroupId }] }],
        IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
      },
    ]);
    expect(await looked('subnets')).toEqual({ Subnets, Vpcs, SecurityGroups });
    expect((await looked('subnets', 8)).Vpcs[0]?.VpcId).not.toBe(Vpcs[0]?.VpcId);
  });

  test.each([
    ['is-default', 'true', 1],
    ['isDefault', 'false', 0],
    ['cidr', '172.31.*', 1],
    ['state', 'pending', 0],
  ])('is found by %s: %s', async (Name, value, count) => {
    const { client, run } = simulateEc2();
    const { Vpcs } = await run(
      client().send(new DescribeVpcsCommand({ Filters: [{ Name, Values: [value] }] })),
    );
    expect(Vpcs).toHaveLength(count);
  });

  test('is refused by an unknown id, filter, or page', async () => {
    const { client, run, network } = simulateEc2();
    const asked = (input: object, account?: string) =>
      refusal(run(client(account ? { account } : {}).send(new DescribeVpcsCommand(input))));
    expect(await asked({ VpcIds: ['vpc-0123456789abcdef0'] })).toMatchObject({
      code: 'InvalidVpcID.NotFound',
      message: "The vpc ID 'vpc-0123456789abcdef0' does not exist",
    });
    expect((await asked({ VpcIds: [network.vpcId] }, CONSUMER)).code).toBe('InvalidVpcID.NotFound');
    expect((await asked(UNKNOWN_FILTER)).code).toBe('InvalidParameterValue');
    expect((await asked({ MaxResults: 1 })).code).toBe('InvalidParameterValue');
    expect((await asked({ DryRun: true })).code).toBe('DryRunOperation');
  });
});

describe('around the default network', () => {
  test('a route table leads to a gateway, and is the same for every read', async () => {
    const { client, run, network } = simulateEc2();
    const { vpcId: VpcId } = network;
    const gateways = await run(client().send(new DescribeInternetGatewaysCommand({})));
    const [gateway] = gateways.InternetGateways ?? [];
    expect(gateway).toMatchObject({ Attachments: [{ State: 'available', VpcId }] });
    const tables = (input: object = {}) => run(client().send(new DescribeRouteTablesCommand(input)));
    const { RouteTables = [] } = await tables({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] });
    expect(RouteTables).toMatchObject([
      {
        VpcId,
        Associations: [{ Main: true }],
        Routes: [{ GatewayId: 'local' }, { GatewayId: gateway?.InternetGatewayId }],
      },
    ]);
    const RouteTableIds = [RouteTables[0]?.RouteTableId];
    expect((await tables({ RouteTableIds })).RouteTables).toEqual(RouteTables);
    const InternetGatewayIds = [gateway?.InternetGatewayId ?? ''];
    const again = await run(client().send(new DescribeInternetGatewaysCommand({ InternetGatewayIds })));
    expect(again.InternetGateways).toEqual([gateway]);
    const none = [{ Name: 'association.subnet-id', Values: ['*'] }];
    expect((await tables({ Filters: none })).RouteTables).toEqual([]);
  });

  test.each([
    ['enableDnsSupport', { EnableDnsSupport: { Value: true } }],
    ['enableDnsHostnames', { EnableDnsHostnames: { Value: true } }],
    ['enableNetworkAddressUsageMetrics', { EnableNetworkAddressUsageMetrics: { Value: false } }],
  ] as const)('the VPC has %s', async (Attribute, answer) => {
    const { client, run, network } = simulateEc2();
    const asked = new DescribeVpcAttributeCommand({ VpcId: network.vpcId, Attribute });
    expect(await run(client().send(asked))).toMatchObject({ VpcId: network.vpcId, ...answer });
  });

  test('no account has Elastic IP addresses or Allowed AMIs', async () => {
    const { client, run } = simulateEc2();
    const Filters = [{ Name: 'tag:a', Values: ['b'] }];
    expect((await run(client().send(new DescribeAddressesCommand({ Filters })))).Addresses).toEqual([]);
    expect(await run(client().send(new GetAllowedImagesSettingsCommand({})))).toMatchObject({
      State: 'disabled',
    });
  });

  const unknown = '0123456789abcdef0';
  test.each<[string, (client: EC2Client) => Promise<unknown>, string]>([
    [
      'an unknown route table',
      (ec2) => ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [`rtb-${unknown}`] })),
      'InvalidRouteTableID.NotFound',
    ],
    [
      'an unknown internet gateway',
      (ec2) => ec2.send(new DescribeInternetGatewaysCommand({ InternetGatewayIds: [`igw-${unknown}`] })),
      'InvalidInternetGatewayID.NotFound',
    ],
    [
      'an unknown address',
      (ec2) => ec2.send(new DescribeAddressesCommand({ PublicIps: ['192.0.2.1'] })),
      'InvalidAddress.NotFound',
    ],
    [
      'an unknown allocation',
      (ec2) => ec2.send(new DescribeAddressesCommand({ AllocationIds: [`eipalloc-${unknown}`] })),
      'InvalidAllocationID.NotFound',
    ],
    [
      'an attribute of an unknown VPC',
      (ec2) =>
        ec2.send(new DescribeVpcAttributeCommand({ VpcId: `vpc-${unknown}`, Attribute: 'enableDnsSupport' })),
      'InvalidVpcID.NotFound',
    ],
    [
      'an unknown attribute of a VPC',
      (ec2) => ec2.send(new DescribeVpcAttributeCommand({ VpcId: 'vpc-1', Attribute: 'dns' as never })),
      'InvalidParameterValue',
    ],
    [
      'a missing attribute of a VPC',
      (ec2) => ec2.send(new DescribeVpcAttributeCommand({ VpcId: 'vpc-1', Attribute: undefined })),
      'MissingParameter',
    ],
    [
      'an attribute of a missing VPC',
      (ec2) => ec2.send(new DescribeVpcAttributeCommand({ VpcId: undefined, Attribute: 'enableDnsSupport' })),
      'MissingParameter',
    ],
    [
      'an unknown filter of route tables',
      (ec2) => ec2.send(new DescribeRouteTablesCommand(UNKNOWN_FILTER)),
      'InvalidParameterValue',
    ],
    [
      'an unknown filter of internet gateways',
      (ec2) => ec2.send(new DescribeInternetGatewaysCommand(UNKNOWN_FILTER)),
      'InvalidParameterValue',
    ],
    [
      'an unknown filter of addresses',
      (ec2) => ec2.send(new DescribeAddressesCommand(UNKNOWN_FILTER)),
      'InvalidParameterValue',
    ],
    [
      'DryRun for allowed images settings',
      (ec2) => ec2.send(new GetAllowedImagesSettingsCommand({ DryRun: true })),
      'DryRunOperation',
    ],
    [
      'DryRun for addresses',
      (ec2) => ec2.send(new DescribeAddressesCommand({ DryRun: true })),
      'DryRunOperation',
    ],
  ])('%s is refused', async (_, call, code) => {
    const { client, run } = simulateEc2();
    expect((await refusal(run(call(client())))).code).toBe(code);
  });
});

describe('zones', () => {
  const zones = async (input = {}, region = 'eu-west-1', { client, run } = simulateEc2()) => {
    const { AvailabilityZones } = await run(
      client({ region }).send(new DescribeAvailabilityZonesCommand(input)),
    );
    return AvailabilityZones;
  };

  test('have names, ids and states', async () => {
    expect(await zones({ ZoneNames: ['eu-west-1b'], AllAvailabilityZones: true })).toEqual([
      {
        GroupName: 'eu-west-1-zg-1',
        Messages: [],
        NetworkBorderGroup: 'eu-west-1',
        OptInStatus: 'opt-in-not-required',
        RegionName: 'eu-west-1',
        State: 'available',
        ZoneId: 'euw1-az2',
        ZoneName: 'eu-west-1b',
        ZoneType: 'availability-zone',
      },
    ]);
  });

  test.each([
    [{}, 6],
    [{ ZoneIds: ['use1-az1'] }, 1],
    [{ Filters: [{ Name: 'zone-type', Values: ['local-zone'] }] }, 0],
    [{ Filters: [{ Name: 'state', Values: ['available'] }] }, 6],
  ])('of a region, requested with %o: %i', async (input, count) => {
    expect(await zones(input, 'us-east-1')).toHaveLength(count);
  });

  test('of other regions are refused', async () => {
    const simulated = simulateEc2();
    const refused = (input: object) => refusal(zones(input, 'eu-west-1', simulated));
    expect((await refused({ ZoneNames: ['us-east-1a'] })).message).toBe(
      'Invalid availability zone: [us-east-1a]',
    );
    expect((await refused(UNKNOWN_FILTER)).code).toBe('InvalidParameterValue');
  });
});

test('an account has its attributes', async () => {
  const { client, run, network } = simulateEc2();
  const attributes = async (AttributeNames?: 'default-vpc'[]) => {
    const answer = await run(
      client().send(new DescribeAccountAttributesCommand(AttributeNames ? { AttributeNames } : {})),
    );
    return answer.AccountAttributes?.map(({ AttributeName, AttributeValues }) => [
      AttributeName,
      AttributeValues?.[0]?.AttributeValue,
    ]);
  };
  expect(await attributes(['default-vpc'])).toEqual([['default-vpc', network.vpcId]]);
  expect(await attributes()).toHaveLength(6);
  expect((await refusal(attributes(['colour' as 'default-vpc']))).code).toBe('InvalidParameterValue');
});

describe('network interfaces', () => {
  async function withInterface() {
    const simulated = simulateEc2();
    const { client, run, launch, network } = simulated;
    const { Instances } = await run(
      client().send(
        new RunInstancesCommand(
          launch({
            SubnetId: undefined,
            NetworkInterfaces: [
              { DeviceIndex: 0, SubnetId: network.subnets[0]?.id, DeleteOnTermination: false },
            ],
          }),
        ),
      ),
    );
    const [instance] = Instances ?? [];
    return {
      ...simulated,
      instanceId: instance?.InstanceId ?? '',
      id: instance?.NetworkInterfaces?.[0]?.NetworkInterfaceId ?? '',
      sent: <T>(work: (ec2: EC2Client) => Promise<T>) => run(work(client())),
    };
  }

  test('are found by their attachment, and can be deleted when they outlive the instance', async () => {
    const { id, instanceId, sent, pass, world, network } = await withInterface();
    const found = async (Name: string, value: string) => {
      const Filters = [{ Name, Values: [value] }];
      const answer = await sent((ec2) => ec2.send(new DescribeNetworkInterfacesCommand({ Filters })));
      return answer.NetworkInterfaces?.map(({ NetworkInterfaceId }) => NetworkInterfaceId);
    };
    const deleted = () =>
      sent((ec2) => ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id })));
    expect(await found('attachment.instance-id', instanceId)).toEqual([id]);
    expect(await found('status', 'in-use')).toEqual([id]);
    expect(await refusal(deleted())).toMatchObject({
      code: 'InvalidParameterValue',
      message: `Network interface '${id}' is currently in use.`,
    });
    await sent((ec2) => ec2.send(new TerminateInstancesCommand({ InstanceIds: [instanceId] })));
    await pass(400);
    expect(await found('status', 'available')).toEqual([id]);
    await deleted();
    expect((await refusal(deleted())).code).toBe('InvalidNetworkInterfaceID.NotFound');
    expect(world.subnets.get(network.subnets[0]?.id ?? '')?.availableIpAddressCount).toBe(4091);
  });

  test('are refused by unknown ids and filters', async () => {
    const { sent } = await withInterface();
    const asked = (input: object) =>
      refusal(sent((ec2) => ec2.send(new DescribeNetworkInterfacesCommand(input))));
    expect((await asked({ NetworkInterfaceIds: ['eni-0123456789abcdef0'] })).code).toBe(
      'InvalidNetworkInterfaceID.NotFound',
    );
    expect((await asked(UNKNOWN_FILTER)).code).toBe('InvalidParameterValue');
    expect((await asked({ DryRun: true })).code).toBe('DryRunOperation');
  });
});
