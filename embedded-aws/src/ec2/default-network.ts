import { hex } from '../core/random.ts';
import { zonesOf } from '../core/regions.ts';
import type { World } from '../core/world.ts';
import type { SecurityGroupRecord, SecurityGroupRule, SubnetRecord, VpcRecord } from './records.ts';

/**
 * Every account has a default VPC in every region: a subnet with 4,091 free addresses (a /20 without AWS's
 * five addresses) in each zone, and the default security group (VPC user guide, Default VPCs). The embedded
 * EC2 creates the default network on first use. The ids depend only on the seed, the account and the region,
 * so the first user makes no difference.
 */
export interface DefaultNetwork {
  readonly vpcId: string;
  readonly subnets: SubnetRecord[];
  readonly securityGroup: SecurityGroupRecord;
}

const cidrBlock = '172.31.0.0/16';
const freeAddressesPerSubnet = 4091;

/** The default network. Creates the network on first use; later calls ignore `zones` and `freeAddresses`. */
export function defaultNetwork(
  world: World,
  account: string,
  region: string,
  options: { zones?: number; freeAddresses?: number } = {},
): DefaultNetwork {
  const id = (prefix: string) => `${prefix}-0${hex(world.seed, 16, 'default', prefix, account, region)}`;
  const vpcId = id('vpc');
  if (world.vpcs.get(vpcId) === undefined) {
    createDefaultNetwork(
      world,
      { id: vpcId, account, region, tags: {}, cidrBlock, isDefault: true },
      options,
    );
  }
  const subnets = world.subnets.all().filter((subnet) => subnet.vpcId === vpcId && subnet.defaultForAz);
  const securityGroup = world.securityGroups.get(id('sg')) as SecurityGroupRecord;
  return { vpcId, subnets, securityGroup };
}

function createDefaultNetwork(
  world: World,
  vpc: VpcRecord,
  { zones, freeAddresses = freeAddressesPerSubnet }: { zones?: number; freeAddresses?: number },
): void {
  const { id: vpcId, account, region } = vpc;
  const now = world.now();
  world.vpcs.put(vpc, now, 0);
  for (const [index, availabilityZone] of zonesOf(region).slice(0, zones).entries()) {
    world.subnets.put(
      {
        id: `subnet-0${hex(world.seed, 16, 'default', 'subnet', account, availabilityZone)}`,
        account,
        region,
        tags: {},
        vpcId,
        availabilityZone,
        cidrBlock: `172.31.${index * 16}.0/20`,
        availableIpAddressCount: freeAddresses,
        defaultForAz: true,
      },
      now,
      0,
    );
  }
  putDefaultGroup(world, vpc, `sg-0${hex(world.seed, 16, 'default', 'sg', account, region)}`, now, 0);
}

/** The security group that every new VPC has. */
export function putDefaultGroup(
  world: World,
  { id: vpcId, account, region }: VpcRecord,
  groupId: string,
  at: number,
  lagMs: number,
): void {
  // The default group accepts traffic from its own members (VPC user guide, Default security groups).
  const fromItself: SecurityGroupRule = { id: ruleId(world, groupId, 'ingress'), protocol: '-1', groupId };
  world.securityGroups.put(
    {
      id: groupId,
      account,
      region,
      tags: {},
      vpcId,
      name: 'default',
      description: 'default VPC security group',
      ingress: [fromItself],
      egress: [defaultEgressRule(world, groupId)],
    },
    at,
    lagMs,
  );
}

/** The rule that every new group has: all outbound traffic is allowed. */
export function defaultEgressRule(world: World, groupId: string): SecurityGroupRule {
  return { id: ruleId(world, groupId, 'egress'), protocol: '-1', cidr: '0.0.0.0/0' };
}

const ruleId = (world: World, groupId: string, direction: string) =>
  `sgr-0${hex(world.seed, 16, 'sgr', direction, groupId)}`;
