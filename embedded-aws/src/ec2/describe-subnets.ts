import type { DescribeSubnetsCommandInput, DescribeSubnetsCommandOutput, Subnet } from '@aws-sdk/client-ec2';
import { zoneId } from '../core/regions.ts';
import type { Operation } from '../core/service.ts';
import { defaultNetwork } from './default-network.ts';
import { type FilterNames, matcher } from './filters.ts';
import { checkPaging, page } from './paging.ts';
import type { SubnetRecord } from './records.ts';
import { checkDryRun, subnetNotFound } from './refusals.ts';
import { tagList } from './tagging.ts';

export const describeSubnets: Operation<DescribeSubnetsCommandInput, DescribeSubnetsCommandOutput> = {
  kind: 'read',
  accepts: ['DryRun', 'Filters.Name', 'Filters.Values', 'MaxResults', 'NextToken', 'SubnetIds'],
  run(input, { world, account, region, now }) {
    const { SubnetIds = [] } = input;
    checkPaging(input, { min: 5, max: 1000, ids: SubnetIds, idsName: 'subnetIds' });
    const matches = matcher(input.Filters, filters, ({ tags }) => tags);
    checkDryRun(input);
    defaultNetwork(world, account, region);
    const isOwn = (subnet: SubnetRecord) => subnet.account === account && subnet.region === region;
    const candidates =
      SubnetIds.length === 0
        ? world.subnets.allSeen(now).filter(isOwn)
        : SubnetIds.map((id) => {
            const subnet = world.subnets.seen(id, now);
            if (subnet === undefined || !isOwn(subnet)) throw subnetNotFound(id);
            return subnet;
          });
    const { items, NextToken } = page(candidates.filter(matches), input);
    return {
      Subnets: items.map(subnetShape),
      NextToken,
    };
  },
};

export function subnetShape(subnet: SubnetRecord): Subnet {
  const { id, account } = subnet;
  return {
    SubnetId: id,
    SubnetArn: subnetArn(subnet),
    VpcId: subnet.vpcId,
    OwnerId: account,
    State: 'available',
    AvailabilityZone: subnet.availabilityZone,
    AvailabilityZoneId: zoneId(subnet.availabilityZone),
    CidrBlock: subnet.cidrBlock,
    AvailableIpAddressCount: subnet.availableIpAddressCount,
    DefaultForAz: subnet.defaultForAz,
    AssignIpv6AddressOnCreation: false,
    EnableDns64: false,
    Ipv6CidrBlockAssociationSet: [],
    Ipv6Native: false,
    MapCustomerOwnedIpOnLaunch: false,
    MapPublicIpOnLaunch: givesPublicAddresses(subnet),
    PrivateDnsNameOptionsOnLaunch: {
      HostnameType: 'ip-name',
      EnableResourceNameDnsARecord: false,
      EnableResourceNameDnsAAAARecord: false,
    },
    Tags: tagList(subnet.tags),
  };
}

/** Default subnets do (VPC user guide, Default subnets). */
export const givesPublicAddresses = ({ defaultForAz, mapPublicIpOnLaunch = defaultForAz }: SubnetRecord) =>
  mapPublicIpOnLaunch;

const subnetArn = ({ id, account, region }: SubnetRecord) => `arn:aws:ec2:${region}:${account}:subnet/${id}`;

const places: FilterNames<SubnetRecord> = {
  'availability-zone': ({ availabilityZone }) => availabilityZone,
  'availability-zone-id': ({ availabilityZone }) => zoneId(availabilityZone),
  'available-ip-address-count': ({ availableIpAddressCount }) => availableIpAddressCount,
  'cidr-block': ({ cidrBlock }) => cidrBlock,
  'customer-owned-ipv4-pool': () => undefined,
  'default-for-az': ({ defaultForAz }) => defaultForAz,
  'enable-dns64': () => false,
  'ipv6-cidr-block-association.association-id': () => undefined,
  'ipv6-cidr-block-association.ipv6-cidr-block': () => undefined,
  'ipv6-cidr-block-association.state': () => undefined,
  'ipv6-native': () => false,
  'map-customer-owned-ip-on-launch': () => false,
  'map-public-ip-on-launch': givesPublicAddresses,
  'outpost-arn': () => undefined,
  'owner-id': ({ account }) => account,
  'private-dns-name-options-on-launch.enable-resource-name-dns-a-record': () => false,
  'private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record': () => false,
  'private-dns-name-options-on-launch.hostname-type': () => 'ip-name',
  state: () => 'available',
  'subnet-arn': subnetArn,
  'subnet-id': ({ id }) => id,
  'vpc-id': ({ vpcId }) => vpcId,
};

/** With the other names that EC2 takes for some (EC2 API reference, DescribeSubnets). */
const filters: FilterNames<SubnetRecord> = {
  ...places,
  availabilityZone: ({ availabilityZone }) => availabilityZone,
  availabilityZoneId: ({ availabilityZone }) => zoneId(availabilityZone),
  cidr: ({ cidrBlock }) => cidrBlock,
  cidrBlock: ({ cidrBlock }) => cidrBlock,
  defaultForAz: ({ defaultForAz }) => defaultForAz,
};
