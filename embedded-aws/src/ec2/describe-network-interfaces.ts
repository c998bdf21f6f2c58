import type {
  DescribeNetworkInterfacesCommandInput,
  DescribeNetworkInterfacesCommandOutput,
  NetworkInterface,
} from '@aws-sdk/client-ec2';
import { zoneId } from '../core/regions.ts';
import type { Operation } from '../core/service.ts';
import type { World } from '../core/world.ts';
import { type FilterNames, matcher } from './filters.ts';
import { associationShape, groupsOf } from './instance-shape.ts';
import { interfaceNotFound, privateDnsName, publicAddress } from './network-interfaces.ts';
import { checkPaging, page } from './paging.ts';
import type { NetworkInterfaceRecord } from './records.ts';
import { checkDryRun } from './refusals.ts';
import { tagList } from './tagging.ts';
import { wholeSeconds } from './times.ts';

export const describeNetworkInterfaces: Operation<
  DescribeNetworkInterfacesCommandInput,
  DescribeNetworkInterfacesCommandOutput
> = {
  kind: 'read',
  accepts: ['DryRun', 'Filters.Name', 'Filters.Values', 'MaxResults', 'NetworkInterfaceIds', 'NextToken'],
  run(input, { world, account, region, now }) {
    const { NetworkInterfaceIds = [] } = input;
    checkPaging(input, { min: 5, max: 1000, ids: NetworkInterfaceIds, idsName: 'networkInterfaceIds' });
    const matches = matcher(input.Filters, filtersOf(world), ({ tags }) => tags);
    checkDryRun(input);
    const isOwn = (found: NetworkInterfaceRecord) => found.account === account && found.region === region;
    const candidates =
      NetworkInterfaceIds.length === 0
        ? world.networkInterfaces.allSeen(now).filter(isOwn)
        : NetworkInterfaceIds.map((id) => {
            const found = world.networkInterfaces.seen(id, now);
            if (found === undefined || !isOwn(found)) throw interfaceNotFound(id);
            return found;
          });
    const { items, NextToken } = page(candidates.filter(matches), input);
    return { NetworkInterfaces: items.map((found) => shape(world, found)), NextToken };
  },
};

function addressOf(world: World, { attachment }: NetworkInterfaceRecord): string | undefined {
  const instance = world.instances.get(attachment?.instanceId ?? '');
  return instance && publicAddress(world, instance);
}

function shape(world: World, found: NetworkInterfaceRecord): NetworkInterface {
  const { account, region, attachment } = found;
  const address = addressOf(world, found);
  const association = address === undefined ? undefined : associationShape(world, found, address);
  const own = {
    PrivateDnsName: privateDnsName(region, found.privateIpAddress),
    PrivateIpAddress: found.privateIpAddress,
    Association: association,
  };
  return {
    ...own,
    Attachment: attachment && {
      AttachTime: wholeSeconds(attachment.time),
      AttachmentId: attachment.id,
      DeleteOnTermination: attachment.deleteOnTermination,
      DeviceIndex: 0,
      InstanceId: attachment.instanceId,
      InstanceOwnerId: account,
      NetworkCardIndex: 0,
      Status: 'attached',
    },
    AvailabilityZone: found.availabilityZone,
    AvailabilityZoneId: zoneId(found.availabilityZone),
    Description: found.description,
    Groups: groupsOf(world, found),
    InterfaceType: 'interface',
    Ipv6Addresses: [],
    MacAddress: found.macAddress,
    NetworkInterfaceId: found.id,
    OwnerId: account,
    PrivateIpAddresses: [{ ...own, Primary: true }],
    RequesterManaged: false,
    SourceDestCheck: found.sourceDestCheck,
    Status: statusOf(found),
    SubnetId: found.subnetId,
    TagSet: tagList(found.tags),
    VpcId: found.vpcId,
  };
}

const statusOf = ({ attachment }: NetworkInterfaceRecord) =>
  attachment === undefined ? 'available' : 'in-use';

function filtersOf(world: World): FilterNames<NetworkInterfaceRecord> {
  const address = (found: NetworkInterfaceRecord) => addressOf(world, found);
  const dnsName = ({ region, privateIpAddress }: NetworkInterfaceRecord) =>
    privateDnsName(region, privateIpAddress);
  return {
    'addresses.association.public-ip': address,
    'addresses.primary': () => true,
    'addresses.private-ip-address': ({ privateIpAddress }) => privateIpAddress,
    'association.ip-owner-id': (found) => address(found) && 'amazon',
    'association.public-ip': address,
    'attachment.attachment-id': ({ attachment }) => attachment?.id,
    'attachment.delete-on-termination': ({ attachment }) => attachment?.deleteOnTermination,
    'attachment.device-index': ({ attachment }) => attachment && 0,
    'attachment.instance-id': ({ attachment }) => attachment?.instanceId,
    'attachment.instance-owner-id': ({ attachment, account }) => attachment && account,
    'attachment.status': ({ attachment }) => attachment && 'attached',
    'availability-zone': ({ availabilityZone }) => availabilityZone,
    'availability-zone-id': ({ availabilityZone }) => zoneId(availabilityZone),
    description: ({ description }) => description,
    'group-id': ({ securityGroupIds }) => securityGroupIds,
    'group-name': (found) => groupsOf(world, found).map(({ GroupName }) => GroupName),
    'interface-type': () => 'interface',
    'mac-address': ({ macAddress }) => macAddress,
    'network-interface-id': ({ id }) => id,
    'owner-id': ({ account }) => account,
    'private-dns-name': dnsName,
    'private-ip-address': ({ privateIpAddress }) => privateIpAddress,
    'requester-managed': () => false,
    'source-dest-check': ({ sourceDestCheck }) => sourceDestCheck,
    status: statusOf,
    'subnet-id': ({ subnetId }) => subnetId,
    'vpc-id': ({ vpcId }) => vpcId,
  };
}
