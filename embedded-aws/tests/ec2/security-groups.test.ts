import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  type AuthorizeSecurityGroupIngressCommandInput,
  CreateSecurityGroupCommand,
  type CreateSecurityGroupCommandInput,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  type DescribeSecurityGroupsCommandInput,
  type EC2Client,
  type IpPermission,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type RevokeSecurityGroupIngressCommandInput,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { CONSUMER, HOME, OWNER, refusal, simulateEc2 } from '../simulated-ec2.ts';

const ssh: IpPermission = {
  IpProtocol: 'tcp',
  FromPort: 22,
  ToPort: 22,
  IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'office' }],
};

async function withGroup() {
  const simulated = simulateEc2();
  const { client, run } = simulated;
  const sent = <T>(work: (ec2: EC2Client) => Promise<T>) => run(work(client()));
  const create = (input: Partial<CreateSecurityGroupCommandInput> = {}) =>
    sent((ec2) =>
      ec2.send(new CreateSecurityGroupCommand({ GroupName: 'web', Description: 'of the web', ...input })),
    );
  const { GroupId = '' } = await create();
  return {
    ...simulated,
    sent,
    create,
    GroupId,
    authorize: (input: AuthorizeSecurityGroupIngressCommandInput) =>
      sent((ec2) => ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, ...input }))),
    revoke: (input: RevokeSecurityGroupIngressCommandInput) =>
      sent((ec2) => ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, ...input }))),
    remove: (input = {}) => sent((ec2) => ec2.send(new DeleteSecurityGroupCommand({ GroupId, ...input }))),
    described: async (input: DescribeSecurityGroupsCommandInput = { GroupIds: [GroupId] }) => {
      const answer = await sent((ec2) => ec2.send(new DescribeSecurityGroupsCommand(input)));
      return answer.SecurityGroups ?? [];
    },
  };
}

describe('a security group', () => {
  test('is created in the default network, allows outbound and no inbound traffic, and is found by name', async () => {
    const { create, described, network } = await withGroup();
    const { GroupId, Tags } = await create({
      GroupName: 'tagged',
      TagSpecifications: [{ ResourceType: 'security-group', Tags: [{ Key: 'a', Value: '1' }] }],
    });
    expect(Tags).toEqual([{ Key: 'a', Value: '1' }]);
    expect(await described({ GroupNames: ['tagged'] })).toMatchObject([
      {
        GroupId,
        VpcId: network.vpcId,
        IpPermissions: [],
        IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
      },
    ]);
    expect(await described({ Filters: [{ Name: 'tag:a', Values: ['1'] }] })).toHaveLength(1);
  });

  test.each([
    [
      'a repeated name',
      {},
      'InvalidGroup.Duplicate',
      /^The security group 'web' already exists for VPC 'vpc-/,
    ],
    ['no name', { GroupName: undefined }, 'MissingParameter', /GroupName/],
    ['no description', { Description: undefined }, 'MissingParameter', /GroupDescription/],
    ['the name of the default group', { GroupName: 'default' }, 'InvalidParameterValue', /reserved/],
    ['a name like a group id', { GroupName: 'sg-1' }, 'InvalidParameterValue', /sg-\*/],
    ['invalid characters', { GroupName: 'wéb' }, 'InvalidParameterValue', /Valid names/],
    ['a long description', { GroupName: 'x', Description: 'x'.repeat(256) }, 'InvalidParameterValue', /256/],
    ['an unknown VPC', { GroupName: 'x', VpcId: 'vpc-1' }, 'InvalidVpcID.NotFound', /vpc-1/],
    ['DryRun', { GroupName: 'x', DryRun: true }, 'DryRunOperation', /DryRun/],
  ] as [string, Partial<CreateSecurityGroupCommandInput>, string, RegExp][])(
    'is refused with %s',
    async (_name, input, code, message) => {
      const { create, world } = await withGroup();
      const before = world.securityGroups.all().length;
      const refused = await refusal(create(input));
      expect(refused.code).toBe(code);
      expect(refused.message).toMatch(message);
      expect(world.securityGroups.all()).toHaveLength(before);
    },
  );

  test('is deleted when no interface and no rule uses it, and never if it is the default group', async () => {
    const { GroupId, remove, create, authorize, sent, network, client, run, launch } = await withGroup();
    const other = (await create({ GroupName: 'other' })).GroupId ?? '';
    await authorize({ IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: other }] }] });
    expect(await refusal(remove({ GroupId: other }))).toMatchObject({
      code: 'DependencyViolation',
      message: `resource ${other} has a dependent object`,
    });
    await sent((ec2) => ec2.send(new RunInstancesCommand(launch({ SecurityGroupIds: [GroupId] }))));
    expect((await refusal(remove())).code).toBe('DependencyViolation');
    expect(await refusal(remove({ GroupId: network.securityGroup.id }))).toMatchObject({
      code: 'CannotDelete',
      message: `the specified group: "${network.securityGroup.id}" name: "default" cannot be deleted by a user`,
    });
    const third = (await create({ GroupName: 'third' })).GroupId;
    expect(await remove({ GroupId: undefined, GroupName: 'third' })).toMatchObject({ GroupId: third });
    expect((await refusal(remove({ GroupId: third }))).code).toBe('InvalidGroup.NotFound');
    expect((await refusal(remove({ GroupName: 'third' }))).code).toBe('InvalidParameterCombination');
    const stranger = client({ account: CONSUMER }).send(new DeleteSecurityGroupCommand({ GroupId }));
    expect((await refusal(run(stranger))).code).toBe('InvalidGroup.NotFound');
  });
});

describe('rules', () => {
  test('are added in either form, and shown as permissions and as rules', async () => {
    const { GroupId, authorize, described, sent } = await withGroup();
    const { SecurityGroupRules } = await authorize({ IpPermissions: [ssh] });
    expect(SecurityGroupRules).toMatchObject([
      { GroupId, IsEgress: false, IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIpv4: '10.0.0.0/8' },
    ]);
    await authorize({ IpProtocol: '6', FromPort: 22, ToPort: 22, CidrIp: '192.168.7.9/16' });
    await authorize({ IpPermissions: [{ IpProtocol: 'icmp', Ipv6Ranges: [{ CidrIpv6: '::/0' }] }] });
    expect((await described())[0]?.IpPermissions).toMatchObject([
      {
        FromPort: 22,
        IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'office' }, { CidrIp: '192.168.0.0/16' }],
      },
      { IpProtocol: 'icmp', FromPort: -1, Ipv6Ranges: [{ CidrIpv6: '::/0' }] },
    ]);
    const rules = async (input = {}) => {
      const answer = await sent((ec2) => ec2.send(new DescribeSecurityGroupRulesCommand(input)));
      return answer.SecurityGroupRules ?? [];
    };
    const own = { Filters: [{ Name: 'group-id', Values: [GroupId] }] };
    expect((await rules(own)).map(({ IsEgress }) => IsEgress)).toEqual([false, false, false, true]);
    const SecurityGroupRuleIds = [SecurityGroupRules?.[0]?.SecurityGroupRuleId ?? ''];
    expect(await rules({ SecurityGroupRuleIds })).toHaveLength(1);
    expect((await refusal(rules({ SecurityGroupRuleIds: ['sgr-1'] }))).code).toBe(
      'InvalidSecurityGroupRuleId.NotFound',
    );
    expect(await described({ Filters: [{ Name: 'ip-permission.cidr', Values: ['10.*'] }] })).toHaveLength(1);
  });

  test.each([
    [
      'an existing rule',
      { IpPermissions: [ssh] },
      'InvalidPermission.Duplicate',
      'the specified rule "peer: 10.0.0.0/8, TCP, from port: 22, to port: 22, ALLOW" already exists',
    ],
    [
      'a malformed block',
      { IpProtocol: 'tcp', FromPort: 1, ToPort: 2, CidrIp: '10.0.0/8' },
      'InvalidParameterValue',
      'CIDR block 10.0.0/8 is malformed',
    ],
    [
      'an unknown protocol',
      { IpPermissions: [{ ...ssh, IpProtocol: 'ssh' }] },
      'InvalidParameterValue',
      "Invalid value 'ssh' for IP protocol. Unknown protocol.",
    ],
    [
      'missing ports',
      { IpPermissions: [{ IpProtocol: 'tcp', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }] },
      'InvalidParameterValue',
      /both from and to ports/,
    ],
    [
      'ports in the wrong order',
      { IpPermissions: [{ ...ssh, FromPort: 23 }] },
      'InvalidParameterValue',
      /portRange/,
    ],
    ['a missing peer', { IpPermissions: [{ IpProtocol: '-1' }] }, 'InvalidParameterValue', /no peer/],
    [
      'an unknown group',
      { IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: 'sg-0123456789abcdef0' }] }] },
      'InvalidGroup.NotFound',
      /sg-/,
    ],
    [
      'an unknown prefix list',
      { IpPermissions: [{ IpProtocol: '-1', PrefixListIds: [{ PrefixListId: 'pl-1' }] }] },
      'InvalidPrefixListID.NotFound',
      /pl-1/,
    ],
    [
      'both forms',
      { IpPermissions: [ssh], IpProtocol: 'tcp' },
      'InvalidParameterCombination',
      /ipPermissions/,
    ],
    ['no rules', {}, 'MissingParameter', /ipPermissions/],
    ['DryRun', { DryRun: true, IpProtocol: '-1', CidrIp: '0.0.0.0/0' }, 'DryRunOperation', /DryRun/],
  ] as [string, AuthorizeSecurityGroupIngressCommandInput, string, string | RegExp][])(
    'are refused: %s',
    async (_name, input, code, message) => {
      const { authorize, world, GroupId } = await withGroup();
      await authorize({ IpPermissions: [ssh] });
      const refused = await refusal(authorize(input));
      expect(refused.code).toBe(code);
      expect(refused.message).toMatch(message);
      expect(world.securityGroups.get(GroupId)?.ingress).toHaveLength(1);
    },
  );

  test('are limited to sixty', async () => {
    const { authorize } = await withGroup();
    const IpRanges = Array.from({ length: 60 }, (_, index) => ({ CidrIp: `10.0.${index}.0/24` }));
    await authorize({ IpPermissions: [{ ...ssh, IpRanges }] });
    expect((await refusal(authorize({ IpPermissions: [ssh] }))).code).toBe(
      'RulesPerSecurityGroupLimitExceeded',
    );
  });

  test('are removed by their content or id, and unknown rules are listed in the default network', async () => {
    const { authorize, revoke, sent, GroupId, world } = await withGroup();
    const { SecurityGroupRules } = await authorize({ IpPermissions: [ssh, { ...ssh, FromPort: 21 }] });
    expect(await revoke({ IpPermissions: [ssh] })).toMatchObject({
      Return: true,
      UnknownIpPermissions: [],
      RevokedSecurityGroupRules: [{ FromPort: 22 }],
    });
    expect((await revoke({ IpPermissions: [ssh] })).UnknownIpPermissions).toMatchObject([
      { FromPort: 22, IpRanges: [{ CidrIp: '10.0.0.0/8' }] },
    ]);
    const id = SecurityGroupRules?.[1]?.SecurityGroupRuleId ?? '';
    await revoke({ SecurityGroupRuleIds: [id] });
    expect((await refusal(revoke({ SecurityGroupRuleIds: [id] }))).code).toBe(
      'InvalidSecurityGroupRuleId.NotFound',
    );
    const everything = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
    await sent((ec2) =>
      ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: everything })),
    );
    expect(world.securityGroups.get(GroupId)).toMatchObject({ ingress: [], egress: [] });
    await sent((ec2) =>
      ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId, IpPermissions: everything })),
    );
    expect(world.securityGroups.get(GroupId)?.egress).toMatchObject([{ cidr: '0.0.0.0/0' }]);
  });

  test('that do not exist are refused in another network', async () => {
    const { revoke, world, GroupId } = await withGroup();
    const vpcId = 'vpc-0000000000000000f';
    const vpc = { id: vpcId, account: OWNER, region: HOME, tags: {}, cidrBlock: '10.0.0.0/16' };
    world.vpcs.put({ ...vpc, isDefault: false }, world.now(), 0);
    const group = world.securityGroups.get(GroupId);
    if (group) world.securityGroups.put({ ...group, vpcId }, world.now(), 0);
    expect((await refusal(revoke({ IpPermissions: [ssh] }))).code).toBe('InvalidPermission.NotFound');
  });
});
