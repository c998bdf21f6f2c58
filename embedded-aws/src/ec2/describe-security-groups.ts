import type {
  DescribeSecurityGroupsCommandInput,
  DescribeSecurityGroupsCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { type FilterNames, matcher } from './filters.ts';
import { groupNamed } from './launch-network.ts';
import { checkPaging, page } from './paging.ts';
import type { SecurityGroupRecord, SecurityGroupRule } from './records.ts';
import { checkDryRun, checkIds, securityGroupNotFound } from './refusals.ts';
import { permissionsOf, seenGroups } from './security-groups.ts';
import { tagList } from './tagging.ts';

/** Group names select only groups of the default VPC. */
export const describeSecurityGroups: Operation<
  DescribeSecurityGroupsCommandInput,
  DescribeSecurityGroupsCommandOutput
> = {
  kind: 'read',
  accepts: ['DryRun', 'Filters.Name', 'Filters.Values', 'GroupIds', 'GroupNames', 'MaxResults', 'NextToken'],
  run(input, call) {
    const { account, region } = call;
    const { GroupIds = [], GroupNames = [] } = input;
    checkPaging(input, { min: 5, max: 1000, ids: [...GroupIds, ...GroupNames], idsName: 'groupIds' });
    checkIds('sg', GroupIds);
    const matches = matcher(input.Filters, filters, ({ tags }) => tags);
    checkDryRun(input);
    const seen = seenGroups(call);
    const ids = [...GroupIds, ...GroupNames.map((name) => groupNamed(name, call))];
    const candidates =
      ids.length === 0
        ? seen
        : [...new Set(ids)].map((id) => {
            const group = seen.find((each) => each.id === id);
            if (group === undefined) throw securityGroupNotFound(id);
            return group;
          });
    const { items, NextToken } = page(candidates.filter(matches), input);
    return {
      SecurityGroups: items.map((group) => ({
        GroupId: group.id,
        GroupName: group.name,
        Description: group.description,
        OwnerId: account,
        VpcId: group.vpcId,
        SecurityGroupArn: `arn:aws:ec2:${region}:${account}:security-group/${group.id}`,
        IpPermissions: permissionsOf(group.ingress, account),
        IpPermissionsEgress: permissionsOf(group.egress, account),
        Tags: tagList(group.tags),
      })),
      NextToken,
    };
  },
};

type Rules = (group: SecurityGroupRecord) => readonly SecurityGroupRule[];

function ruleFilters(prefix: string, rules: Rules): FilterNames<SecurityGroupRecord> {
  const each =
    (read: (rule: SecurityGroupRule) => string | number | undefined) => (group: SecurityGroupRecord) =>
      rules(group).map((rule) => read(rule)?.toString());
  return {
    [`${prefix}.cidr`]: each(({ cidr }) => cidr),
    [`${prefix}.from-port`]: each(({ fromPort }) => fromPort),
    [`${prefix}.group-id`]: each(({ groupId }) => groupId),
    [`${prefix}.ipv6-cidr`]: each(({ cidrIpv6 }) => cidrIpv6),
    [`${prefix}.prefix-list-id`]: each(({ prefixListId }) => prefixListId),
    [`${prefix}.protocol`]: each(({ protocol }) => protocol),
    [`${prefix}.to-port`]: each(({ toPort }) => toPort),
    [`${prefix}.user-id`]: (group) =>
      rules(group).map(({ groupId }) => (groupId === undefined ? undefined : group.account)),
  };
}

const filters: FilterNames<SecurityGroupRecord> = {
  description: ({ description }) => description,
  ...ruleFilters('egress.ip-permission', ({ egress }) => egress),
  'group-id': ({ id }) => id,
  'group-name': ({ name }) => name,
  ...ruleFilters('ip-permission', ({ ingress }) => ingress),
  'owner-id': ({ account }) => account,
  'vpc-id': ({ vpcId }) => vpcId,
};
