import type {
  DescribeSecurityGroupsCommandInput,
  DescribeSecurityGroupsCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../operation.ts';
import type { SecurityGroupRecord } from '../records.ts';
import { type FilterNames, matcher } from './filters.ts';
import { page } from './paging.ts';
import { checkDryRun, checkIds, securityGroupNotFound } from './refusals.ts';
import { tagList } from './tagging.ts';

export const describeSecurityGroups: Operation<
  DescribeSecurityGroupsCommandInput,
  DescribeSecurityGroupsCommandOutput
> = {
  kind: 'read',
  accepts: ['DryRun', 'Filters.Name', 'Filters.Values', 'GroupIds', 'MaxResults', 'NextToken'],
  run(input, { world, account, region, now }) {
    const { GroupIds = [] } = input;
    checkIds('sg', GroupIds);
    const matches = matcher(input.Filters, filters, ({ tags }) => tags);
    checkDryRun(input);
    const isOwn = (group: SecurityGroupRecord) => group.account === account && group.region === region;
    const candidates =
      GroupIds.length === 0
        ? world.securityGroups.allSeen(now).filter(isOwn)
        : GroupIds.map((id) => {
            const group = world.securityGroups.seen(id, now);
            if (group === undefined || !isOwn(group)) throw securityGroupNotFound(id);
            return group;
          });
    const { items, NextToken } = page(candidates.filter(matches), input, {
      min: 5,
      max: 1000,
      ids: GroupIds,
      idsName: 'groupIds',
    });
    return {
      SecurityGroups: items.map((group) => ({
        GroupId: group.id,
        GroupName: group.name,
        Description: group.description,
        OwnerId: account,
        VpcId: group.vpcId,
        SecurityGroupArn: `arn:aws:ec2:${region}:${account}:security-group/${group.id}`,
        IpPermissions: group.ingress.map(({ protocol, fromPort, toPort, cidr }) => ({
          IpProtocol: protocol,
          FromPort: fromPort,
          ToPort: toPort,
          IpRanges: [{ CidrIp: cidr }],
          Ipv6Ranges: [],
          PrefixListIds: [],
          UserIdGroupPairs: [],
        })),
        // Everything may go out, as in every new group.
        IpPermissionsEgress: [
          {
            IpProtocol: '-1',
            IpRanges: [{ CidrIp: '0.0.0.0/0' }],
            Ipv6Ranges: [],
            PrefixListIds: [],
            UserIdGroupPairs: [],
          },
        ],
        Tags: tagList(group.tags),
      })),
      NextToken,
    };
  },
};

const filters: FilterNames<SecurityGroupRecord> = {
  description: ({ description }) => description,
  'group-id': ({ id }) => id,
  'group-name': ({ name }) => name,
  'owner-id': ({ account }) => account,
  'vpc-id': ({ vpcId }) => vpcId,
};
