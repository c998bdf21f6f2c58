import type {
  RevokeSecurityGroupEgressCommandInput,
  RevokeSecurityGroupEgressCommandOutput,
  RevokeSecurityGroupIngressCommandInput,
  RevokeSecurityGroupIngressCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../core/errors.ts';
import type { Call, Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import type { SecurityGroupRecord, SecurityGroupRule } from './records.ts';
import { checkDryRun, parameterCombination } from './refusals.ts';
import { flatParameters, permissionParameters, permissionsAsked } from './rule-parameters.ts';
import { isSameRule, ownGroup, type PlannedRule, permissionsOf, plannedRules } from './security-groups.ts';

type Input = RevokeSecurityGroupIngressCommandInput;
type Output = RevokeSecurityGroupIngressCommandOutput;

export const revokeSecurityGroupIngress = revocation('ingress') as Operation<Input, Output>;
export const revokeSecurityGroupEgress = revocation('egress') as Operation<
  RevokeSecurityGroupEgressCommandInput,
  RevokeSecurityGroupEgressCommandOutput
>;

function revocation(direction: 'ingress' | 'egress'): Operation<Input, Output> {
  return {
    kind: 'write',
    accepts: [
      'DryRun',
      'GroupId',
      ...permissionParameters,
      'SecurityGroupRuleIds',
      ...(direction === 'ingress' ? flatParameters : []),
    ],
    run(input, call) {
      const { world, account, now } = call;
      const group = ownGroup(input, call);
      const { revoked, unknown } = chosen(input, group[direction], group, call);
      checkDryRun(input);
      const kept = group[direction].filter((rule) => !revoked.includes(rule));
      world.securityGroups.put({ ...group, [direction]: kept }, now, lagMs(world, group.id));
      return {
        Return: true,
        UnknownIpPermissions: permissionsOf(unknown, account),
        RevokedSecurityGroupRules: revoked.map((rule) => ({
          SecurityGroupRuleId: rule.id,
          GroupId: group.id,
          IsEgress: direction === 'egress',
          IpProtocol: rule.protocol,
          FromPort: rule.fromPort ?? -1,
          ToPort: rule.toPort ?? -1,
          CidrIpv4: rule.cidr,
          CidrIpv6: rule.cidrIpv6,
          ReferencedGroupId: rule.groupId,
          Description: rule.description,
        })),
      };
    },
  };
}

interface Chosen {
  readonly revoked: readonly SecurityGroupRule[];
  readonly unknown: readonly PlannedRule[];
}

function chosen(
  input: Input,
  rules: readonly SecurityGroupRule[],
  { vpcId }: SecurityGroupRecord,
  call: Call,
): Chosen {
  const { SecurityGroupRuleIds: ids = [] } = input;
  if (ids.length > 0) {
    if (input.IpPermissions !== undefined) {
      throw parameterCombination(
        'The parameter securityGroupRuleIds cannot be used with the parameter ipPermissions',
      );
    }
    return { revoked: ids.map((id) => ruleWithId(id, rules)), unknown: [] };
  }
  const planned = plannedRules(permissionsAsked(input), call);
  const unknown = planned.filter((rule) => !rules.some((own) => isSameRule(own, rule)));
  // In the default VPC the response lists unknown rules. In other VPCs EC2 refuses unknown rules (EC2 API
  // reference, RevokeSecurityGroupIngress).
  if (unknown.length > 0 && call.world.vpcs.get(vpcId)?.isDefault !== true) {
    throw new AwsError(
      'InvalidPermission.NotFound',
      'The specified rule does not exist in this security group.',
    );
  }
  return { revoked: rules.filter((own) => planned.some((rule) => isSameRule(own, rule))), unknown };
}

function ruleWithId(id: string, rules: readonly SecurityGroupRule[]): SecurityGroupRule {
  const rule = rules.find((each) => each.id === id);
  if (rule !== undefined) return rule;
  throw new AwsError(
    'InvalidSecurityGroupRuleId.NotFound',
    `The security group rule ID '${id}' does not exist`,
  );
}
