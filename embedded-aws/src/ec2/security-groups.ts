import type { IpPermission, SecurityGroupRule as RuleShape } from '@aws-sdk/client-ec2';
import { AwsError, invalidParameter, missingParameter } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import { defaultNetwork } from './default-network.ts';
import { groupNamed } from './launch-network.ts';
import type { SecurityGroupRecord, SecurityGroupRule } from './records.ts';
import { checkIds, parameterCombination, securityGroupNotFound } from './refusals.ts';
import { tagList } from './tagging.ts';

/** The groups of an account in a region, subject to read lag. */
export function seenGroups({ world, account, region, now }: Call): SecurityGroupRecord[] {
  defaultNetwork(world, account, region);
  return world.securityGroups
    .allSeen(now)
    .filter((group) => group.account === account && group.region === region);
}

/** The group that a request names by id, or by name in the default VPC. Returns the current record. */
export function ownGroup(
  { GroupId, GroupName }: { GroupId?: string | undefined; GroupName?: string | undefined },
  call: Call,
): SecurityGroupRecord {
  if (GroupId !== undefined && GroupName !== undefined) {
    throw parameterCombination("The parameter 'groupName' may not be used in combination with 'groupId'");
  }
  if (GroupId === undefined && GroupName === undefined) throw missingParameter('GroupName or GroupId');
  if (GroupId !== undefined) checkIds('sg', [GroupId]);
  const id = GroupId ?? groupNamed(GroupName ?? '', call);
  const isSeen = seenGroups(call).some((group) => group.id === id);
  const group = call.world.securityGroups.get(id);
  if (!isSeen || group === undefined) throw securityGroupNotFound(id);
  return group;
}

/** A rule without an id. */
export type PlannedRule = Omit<SecurityGroupRule, 'id'>;

const protocolNumbers: Readonly<Record<string, string>> = {
  '1': 'icmp',
  '6': 'tcp',
  '17': 'udp',
  '58': 'icmpv6',
};

/** The rules of a list of permissions: one rule for each peer. */
export function plannedRules(permissions: readonly IpPermission[], call: Call): PlannedRule[] {
  return permissions.flatMap((permission) => {
    const { protocol, fromPort, toPort } = protocolAndPorts(permission);
    const common = {
      protocol,
      ...(fromPort === undefined ? {} : { fromPort }),
      ...(toPort === undefined ? {} : { toPort }),
    };
    const described = (Description: string | undefined) =>
      Description === undefined ? {} : { description: checkRuleDescription(Description) };
    const peers = [
      ...(permission.IpRanges ?? []).map(({ CidrIp, Description }) => ({
        cidr: checkCidr(CidrIp),
        ...described(Description),
      })),
      ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6, Description }) => ({
        cidrIpv6: checkCidrIpv6(CidrIpv6),
        ...described(Description),
      })),
      ...(permission.PrefixListIds ?? []).map(({ PrefixListId }): PlannedRule => {
        throw new AwsError(
          'InvalidPrefixListID.NotFound',
          `The prefix list ID '${PrefixListId}' does not exist`,
        );
      }),
      ...(permission.UserIdGroupPairs ?? []).map((pair) => ({
        groupId: ownGroup({ GroupId: pair.GroupId, GroupName: pair.GroupName }, call).id,
        ...described(pair.Description),
      })),
    ];
    if (peers.length === 0) {
      throw new AwsError(
        'InvalidParameterValue',
        'Invalid rule: no peer. Specify a CIDR block, a prefix list or a security group.',
      );
    }
    return peers.map((peer): PlannedRule => ({ ...common, ...peer }));
  });
}

function protocolAndPorts({ IpProtocol, FromPort, ToPort }: IpPermission): {
  protocol: string;
  fromPort?: number | undefined;
  toPort?: number | undefined;
} {
  if (IpProtocol === undefined) throw missingParameter('ipProtocol');
  const protocol = protocolNumbers[IpProtocol] ?? IpProtocol.toLowerCase();
  const isNumber = /^\d{1,3}$/.test(protocol) && Number(protocol) <= 255;
  if (!isNumber && !['-1', 'tcp', 'udp', 'icmp', 'icmpv6'].includes(protocol)) {
    throw invalidParameter(`Invalid value '${IpProtocol}' for IP protocol. Unknown protocol.`);
  }
  // For all protocols and for protocols without ports, EC2 ignores the ports.
  if (protocol === '-1' || isNumber) return { protocol };
  if (protocol.startsWith('icmp')) return { protocol, fromPort: FromPort ?? -1, toPort: ToPort ?? -1 };
  if (FromPort === undefined || ToPort === undefined) {
    throw invalidParameter(
      `Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.`,
    );
  }
  const areAll = FromPort === -1 && ToPort === -1;
  const isRange = FromPort >= 0 && ToPort <= 65_535 && FromPort <= ToPort;
  if (!areAll && !isRange) {
    throw invalidParameter(`Invalid value '${FromPort}-${ToPort}' for portRange. The port range is invalid.`);
  }
  return areAll
    ? { protocol, fromPort: 0, toPort: 65_535 }
    : { protocol, fromPort: FromPort, toPort: ToPort };
}

function checkCidr(cidr: string | undefined): string {
  const malformed = () => invalidParameter(`CIDR block ${cidr} is malformed`);
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr ?? '');
  if (match === null) throw malformed();
  const [a = 0, b = 0, c = 0, d = 0, bits = 0] = match.slice(1).map(Number);
  if ([a, b, c, d].some((part) => part > 255) || bits > 32) throw malformed();
  // EC2 stores the network address of the given address.
  const size = 2 ** (32 - bits);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  const network = address - (address % size);
  return `${[24, 16, 8, 0].map((shift) => Math.floor(network / 2 ** shift) % 256).join('.')}/${bits}`;
}

function checkCidrIpv6(cidr: string | undefined): string {
  const [address = '', bits = ''] = (cidr ?? '').split('/');
  const isValid = /^[0-9a-fA-F:]{2,39}$/.test(address) && address.includes(':');
  if (!isValid || !/^\d{1,3}$/.test(bits) || Number(bits) > 128) {
    throw invalidParameter(`CIDR block ${cidr} is malformed`);
  }
  return `${address.toLowerCase()}/${bits}`;
}

function checkRuleDescription(description: string): string {
  if (/^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{0,255}$/.test(description)) return description;
  throw invalidParameter(
    'Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*',
  );
}

/** Whether two rules allow the same traffic. Descriptions do not count. */
export function isSameRule(a: PlannedRule, b: PlannedRule): boolean {
  return ruleText(a) === ruleText(b);
}

/** A rule in the form of EC2's error texts. */
export function ruleText(rule: PlannedRule): string {
  const peer = rule.cidr ?? rule.cidrIpv6 ?? rule.prefixListId ?? rule.groupId ?? '';
  if (rule.protocol === '-1') return `peer: ${peer}, ALL, ALLOW`;
  const ports = rule.fromPort === undefined ? '' : `, from port: ${rule.fromPort}, to port: ${rule.toPort}`;
  return `peer: ${peer}, ${rule.protocol.toUpperCase()}${ports}, ALLOW`;
}

/** Groups rules into permissions: one permission for each protocol and port range. */
export function permissionsOf(rules: readonly PlannedRule[], account: string): IpPermission[] {
  const permissions = new Map<string, Required<Pick<IpPermission, PeerList>> & IpPermission>();
  for (const rule of rules) {
    const key = `${rule.protocol} ${rule.fromPort} ${rule.toPort}`;
    const found = permissions.get(key) ?? {
      IpProtocol: rule.protocol,
      FromPort: rule.fromPort,
      ToPort: rule.toPort,
      IpRanges: [],
      Ipv6Ranges: [],
      PrefixListIds: [],
      UserIdGroupPairs: [],
    };
    const Description = rule.description;
    if (rule.cidr !== undefined) found.IpRanges?.push({ CidrIp: rule.cidr, Description });
    if (rule.cidrIpv6 !== undefined) found.Ipv6Ranges?.push({ CidrIpv6: rule.cidrIpv6, Description });
    if (rule.groupId !== undefined) {
      found.UserIdGroupPairs?.push({ GroupId: rule.groupId, UserId: account, Description });
    }
    permissions.set(key, found);
  }
  return [...permissions.values()];
}

type PeerList = 'IpRanges' | 'Ipv6Ranges' | 'PrefixListIds' | 'UserIdGroupPairs';

export function ruleShape(
  rule: SecurityGroupRule,
  isEgress: boolean,
  { id: groupId, account, region, vpcId }: SecurityGroupRecord,
): RuleShape {
  return {
    SecurityGroupRuleId: rule.id,
    SecurityGroupRuleArn: `arn:aws:ec2:${region}:${account}:security-group-rule/${rule.id}`,
    GroupId: groupId,
    GroupOwnerId: account,
    IsEgress: isEgress,
    IpProtocol: rule.protocol,
    FromPort: rule.fromPort ?? -1,
    ToPort: rule.toPort ?? -1,
    CidrIpv4: rule.cidr,
    CidrIpv6: rule.cidrIpv6,
    ReferencedGroupInfo:
      rule.groupId === undefined ? undefined : { GroupId: rule.groupId, UserId: account, VpcId: vpcId },
    Description: rule.description,
    Tags: tagList(rule.tags ?? {}),
  };
}
