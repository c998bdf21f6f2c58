import {
  CreateKeyPairCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSubnetsCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { addSecurityGroup } from '../../src/new-world.ts';
import { HOME, OWNER, refusal, type SimulatedEc2, simulateEc2 } from '../simulated-ec2.ts';

async function launched({ client, run, launch }: SimulatedEc2, changes: Partial<RunInstancesCommandInput>) {
  const { Instances } = await run(client().send(new RunInstancesCommand(launch(changes))));
  return Instances?.[0];
}

describe('network interfaces', () => {
  test('replace subnet and groups, and carry tags', async () => {
    const simulated = simulateEc2();
    const { network, securityGroupId, client, run } = simulated;
    const subnet = network.subnets[1];
    const instance = await launched(simulated, {
      SubnetId: undefined,
      NetworkInterfaces: [
        {
          DeviceIndex: 0,
          SubnetId: subnet?.id,
          Groups: [securityGroupId],
          AssociatePublicIpAddress: false,
          DeleteOnTermination: true,
          Description: 'of a builder',
        },
      ],
      TagSpecifications: [{ ResourceType: 'network-interface', Tags: [{ Key: 'a', Value: '1' }] }],
    });
    expect(instance).toMatchObject({
      SubnetId: subnet?.id,
      PublicDnsName: '',
      NetworkInterfaces: [{ Description: 'of a builder', Groups: [{ GroupId: securityGroupId }] }],
    });
    expect(instance?.PublicIpAddress).toBeUndefined();
    const { NetworkInterfaces } = await run(
      client().send(new DescribeNetworkInterfacesCommand({ Filters: [{ Name: 'tag:a', Values: ['1'] }] })),
    );
    expect(NetworkInterfaces).toMatchObject([
      {
        NetworkInterfaceId: instance?.NetworkInterfaces?.[0]?.NetworkInterfaceId,
        Attachment: { InstanceId: instance?.InstanceId, DeviceIndex: 0 },
        TagSet: [{ Key: 'a', Value: '1' }],
        Status: 'in-use',
      },
    ]);
  });

  const one = { DeviceIndex: 0 };
  test.each([
    [
      'a separate subnet',
      { NetworkInterfaces: [one] },
      'InvalidParameterCombination',
      /instance-level subnet ID/,
    ],
    [
      'separate groups',
      { SubnetId: undefined, NetworkInterfaces: [one], SecurityGroups: ['builders'] },
      'InvalidParameterCombination',
      /instance-level security groups/,
    ],
    ['no device index', { SubnetId: undefined, NetworkInterfaces: [{}] }, 'MissingParameter', /DeviceIndex/],
    [
      'another device index',
      { SubnetId: undefined, NetworkInterfaces: [{ DeviceIndex: 1 }] },
      'InvalidParameterValue',
      /device index 0/,
    ],
    [
      'two interfaces',
      { SubnetId: undefined, NetworkInterfaces: [one, { DeviceIndex: 1 }] },
      'NotEmulated',
      /more than one/,
    ],
    [
      'an existing interface',
      { SubnetId: undefined, NetworkInterfaces: [{ ...one, NetworkInterfaceId: 'eni-1' }] },
      'NotEmulated',
      /NetworkInterfaces.NetworkInterfaceId/,
    ],
    ['group names in a subnet', { SecurityGroups: ['builders'] }, 'InvalidParameterCombination', /groupName/],
    [
      'an unknown group name',
      { SubnetId: undefined, SecurityGroups: ['strangers'] },
      'InvalidGroup.NotFound',
      /^The security group 'strangers' does not exist in default VPC 'vpc-/,
    ],
    [
      'an address outside the subnet',
      { PrivateIpAddress: '10.0.0.9' },
      'InvalidParameterValue',
      /address range$/,
    ],
    ['an address that AWS reserves', { PrivateIpAddress: '172.31.0.2' }, 'InvalidParameterValue', /reserved/],
    ['an invalid address', { PrivateIpAddress: '172.31.0' }, 'InvalidParameterValue', /IPv4/],
    [
      'one address for two instances',
      { PrivateIpAddress: '172.31.0.9', MinCount: 2, MaxCount: 2 },
      'InvalidParameterCombination',
      /private IP/,
    ],
  ] as [string, Partial<RunInstancesCommandInput>, string, RegExp][])(
    'are refused with %s',
    async (_name, changes, code, message) => {
      const simulated = simulateEc2();
      const refused = await refusal(launched(simulated, changes));
      expect(refused.code).toBe(code);
      expect(refused.message).toMatch(message);
      expect(simulated.world.instances.all()).toEqual([]);
    },
  );

  test('that outlive their instance keep their address', async () => {
    const simulated = simulateEc2();
    const { client, run, pass, network, world } = simulated;
    const subnetId = network.subnets[0]?.id;
    const instance = await launched(simulated, {
      SubnetId: undefined,
      NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: subnetId, DeleteOnTermination: false }],
    });
    await run(client().send(new TerminateInstancesCommand({ InstanceIds: [instance?.InstanceId ?? ''] })));
    await pass(400);
    expect(world.networkInterfaces.all()).toMatchObject([{ privateIpAddress: instance?.PrivateIpAddress }]);
    const { Subnets } = await run(client().send(new DescribeSubnetsCommand({ SubnetIds: [subnetId ?? ''] })));
    expect(Subnets?.[0]?.AvailableIpAddressCount).toBe(4090);
  });
});

describe('addresses', () => {
  test('of default subnets are also public, and change with a stop and a start', async () => {
    const simulated = simulateEc2();
    const { client, run, pass } = simulated;
    await pass(0.4);
    const id = (await launched(simulated, {}))?.InstanceId ?? '';
    const seen = async () => {
      const { Reservations } = await run(client().send(new DescribeInstancesCommand({ InstanceIds: [id] })));
      return Reservations?.[0]?.Instances?.[0];
    };
    const pending = await seen();
    expect(pending).toMatchObject({ State: { Name: 'pending' }, BlockDeviceMappings: [], PublicDnsName: '' });
    expect(pending?.PublicIpAddress).toBeUndefined();
    expect(pending?.LaunchTime?.getMilliseconds()).toBe(0);
    expect(pending?.NetworkInterfaces?.[0]?.Attachment?.AttachTime?.getMilliseconds()).toBe(0);
    await pass(130);
    const first = await seen();
    expect(first?.BlockDeviceMappings).toHaveLength(1);
    expect(first?.PublicIpAddress).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(first?.PublicDnsName).toBe(
      `ec2-${first?.PublicIpAddress?.replaceAll('.', '-')}.eu-west-1.compute.amazonaws.com`,
    );
    expect(first?.NetworkInterfaces?.[0]?.Association?.PublicIp).toBe(first?.PublicIpAddress);
    await run(client().send(new StopInstancesCommand({ InstanceIds: [id] })));
    await pass(400);
    expect((await seen())?.PublicIpAddress).toBeUndefined();
    await run(client().send(new StartInstancesCommand({ InstanceIds: [id] })));
    await pass(130);
    const second = await seen();
    expect(second?.PublicIpAddress).toBeDefined();
    expect(second?.PublicIpAddress).not.toBe(first?.PublicIpAddress);
    expect(second?.PrivateIpAddress).toBe(first?.PrivateIpAddress);
  });

  test('can be requested, but used only once', async () => {
    const simulated = simulateEc2();
    const PrivateIpAddress = '172.31.0.99';
    expect(await launched(simulated, { PrivateIpAddress })).toMatchObject({ PrivateIpAddress });
    expect(await refusal(launched(simulated, { PrivateIpAddress }))).toMatchObject({
      code: 'InvalidIPAddress.InUse',
      message: `Address ${PrivateIpAddress} is in use.`,
    });
  });
});

test('groups are found by name in the default network', async () => {
  const simulated = simulateEc2();
  const { securityGroupId } = simulated;
  const instance = await launched(simulated, { SubnetId: undefined, SecurityGroups: ['builders'] });
  expect(instance?.SecurityGroups).toEqual([{ GroupId: securityGroupId, GroupName: 'builders' }]);
});

test('an account without setup launches into its default network', async () => {
  const { client, run, launch, publicImage, world } = simulateEc2();
  const image = publicImage(/^al2023.*-kernel-6\.1-x86_64$/, 'us-west-2');
  const input = launch({ SubnetId: undefined, ImageId: image.id });
  const { Instances } = await run(client({ region: 'us-west-2' }).send(new RunInstancesCommand(input)));
  expect(Instances?.[0]?.SecurityGroups).toMatchObject([{ GroupName: 'default' }]);
  expect(world.vpcs.all().map(({ region }) => region)).toEqual([HOME, 'us-west-2']);
});

describe('options', () => {
  test('are shown as requested', async () => {
    const simulated = simulateEc2();
    const { client, run } = simulated;
    await run(client().send(new CreateKeyPairCommand({ KeyName: 'mine', KeyType: 'ed25519' })));
    expect(
      await launched(simulated, {
        KeyName: 'mine',
        CpuOptions: { CoreCount: 1, ThreadsPerCore: 1 },
        Monitoring: { Enabled: true },
        MaintenanceOptions: { AutoRecovery: 'disabled' },
        Placement: { AvailabilityZoneId: 'euw1-az1', Tenancy: 'default' },
        HibernationOptions: { Configured: false },
        EnclaveOptions: { Enabled: false },
      }),
    ).toMatchObject({
      KeyName: 'mine',
      CpuOptions: { CoreCount: 1, ThreadsPerCore: 1 },
      Monitoring: { State: 'pending' },
      MaintenanceOptions: { AutoRecovery: 'disabled' },
      Placement: { AvailabilityZone: 'eu-west-1a' },
    });
    const windows = launched(simulated, {
      KeyName: 'mine',
      ImageId: simulated.publicImage(/^Windows/).id,
    });
    expect((await refusal(windows)).code).toBe('InvalidParameterValue');
  });

  test('that are empty strings count as missing, as Packer sends them', async () => {
    const simulated = simulateEc2();
    const instance = await launched(simulated, {
      SubnetId: '',
      KeyName: '',
      UserData: '',
      IamInstanceProfile: { Name: '' },
      Placement: { AvailabilityZone: '' },
      EbsOptimized: false,
    });
    expect(instance?.State?.Name).toBe('pending');
    expect(instance?.IamInstanceProfile).toBeUndefined();
  });

  test.each([
    ['an unknown key pair', { KeyName: 'yours' }, 'InvalidKeyPair.NotFound'],
    ['cores without threads', { CpuOptions: { CoreCount: 1 } }, 'MissingParameter'],
    ['threads without cores', { CpuOptions: { ThreadsPerCore: 1 } }, 'MissingParameter'],
    ['too many cores', { CpuOptions: { CoreCount: 2, ThreadsPerCore: 2 } }, 'InvalidParameterValue'],
    ['too many threads', { CpuOptions: { CoreCount: 1, ThreadsPerCore: 4 } }, 'InvalidParameterValue'],
    [
      'credits for a type without credits',
      { CreditSpecification: { CpuCredits: 'standard' } },
      'InvalidParameterCombination',
    ],
    [
      'an unknown credit option',
      { InstanceType: 't3.micro', CreditSpecification: { CpuCredits: 'lots' } },
      'InvalidParameterValue',
    ],
    ['an unknown placement group', { Placement: { GroupName: 'close' } }, 'InvalidPlacementGroup.Unknown'],
    ['a dedicated instance', { Placement: { Tenancy: 'dedicated' } }, 'NotEmulated'],
    ['an unknown tenancy', { Placement: { Tenancy: 'shared' as 'host' } }, 'InvalidParameterValue'],
    ['hibernation', { HibernationOptions: { Configured: true } }, 'NotEmulated'],
    ['an enclave', { EnclaveOptions: { Enabled: true } }, 'NotEmulated'],
    ['a capacity block', { InstanceMarketOptions: { MarketType: 'capacity-block' } }, 'NotEmulated'],
    [
      'a zone name and a zone id',
      { Placement: { AvailabilityZone: 'eu-west-1a', AvailabilityZoneId: 'euw1-az1' } },
      'InvalidParameterCombination',
    ],
    ['a zone of another region', { Placement: { AvailabilityZoneId: 'use1-az1' } }, 'InvalidParameterValue'],
  ] as [string, Partial<RunInstancesCommandInput>, string][])(
    'are refused: %s',
    async (_name, changes, code) => {
      expect((await refusal(launched(simulateEc2(), changes))).code).toBe(code);
    },
  );

  test('are refused with a group of another network', async () => {
    const simulated = simulateEc2();
    const group = addSecurityGroup(simulated.world, {
      account: OWNER,
      region: HOME,
      vpcId: 'vpc-0000000000000000f',
      name: 'far',
      description: 'elsewhere',
    });
    expect((await refusal(launched(simulated, { SecurityGroupIds: [group.id] }))).code).toBe(
      'InvalidParameter',
    );
  });
});
