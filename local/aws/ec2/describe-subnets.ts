import type { DescribeSubnetsCommandInput, DescribeSubnetsCommandOutput } from '@aws-sdk/client-ec2';
import { zoneId } from '../catalog/regions.ts';
import type { Operation } from '../operation.ts';
import type { SubnetRecord } from '../records.ts';
import { type FilterNames, matcher } from './filters.ts';
import { page } from './paging.ts';
import { checkDryRun, subnetNotFound } from './refusals.ts';
import { tagList } from './tagging.ts';

export const describeSubnets: Operation<DescribeSubnetsCommandInput, DescribeSubnetsCommandOutput> = {
  kind: 'read',
  accepts: ['DryRun', 'Filters.Name', 'Filters.Values', 'MaxResults', 'NextToken', 'SubnetIds'],
  run(input, { world, account, region, now }) {
    const { SubnetIds = [] } = input;
    const matches = matcher(input.Filters, filters, ({ tags }) => tags);
    checkDryRun(input);
    const isOwn = (subnet: SubnetRecord) => subnet.account === account && subnet.region === region;
    const candidates =
      SubnetIds.length === 0
        ? world.subnets.allSeen(now).filter(isOwn)
        : SubnetIds.map((id) => {
            const subnet = world.subnets.seen(id, now);
            if (subnet === undefined || !isOwn(subnet)) throw subnetNotFound(id);
            return subnet;
          });
    const { items, NextToken } = page(candidates.filter(matches), input, {
      min: 5,
      max: 1000,
      ids: SubnetIds,
      idsName: 'subnetIds',
    });
    return {
      Subnets: items.map((subnet) => ({
        SubnetId: subnet.id,
        SubnetArn: `arn:aws:ec2:${region}:${account}:subnet/${subnet.id}`,
        VpcId: subnet.vpcId,
        OwnerId: account,
        State: 'available' as const,
        AvailabilityZone: subnet.availabilityZone,
        AvailabilityZoneId: zoneId(subnet.availabilityZone),
        CidrBlock: subnet.cidrBlock,
        AvailableIpAddressCount: subnet.availableIpAddressCount,
        DefaultForAz: subnet.defaultForAz,
        MapPublicIpOnLaunch: subnet.defaultForAz,
        Tags: tagList(subnet.tags),
      })),
      NextToken,
    };
  },
};

const filters: FilterNames<SubnetRecord> = {
  'availability-zone': ({ availabilityZone }) => availabilityZone,
  'availability-zone-id': ({ availabilityZone }) => zoneId(availabilityZone),
  'available-ip-address-count': ({ availableIpAddressCount }) => availableIpAddressCount,
  'cidr-block': ({ cidrBlock }) => cidrBlock,
  'default-for-az': ({ defaultForAz }) => defaultForAz,
  'owner-id': ({ account }) => account,
  state: () => 'available',
  'subnet-id': ({ id }) => id,
  'vpc-id': ({ vpcId }) => vpcId,
};
