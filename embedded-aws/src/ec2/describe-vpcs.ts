import type { DescribeVpcsCommandInput, DescribeVpcsCommandOutput, Vpc } from '@aws-sdk/client-ec2';
import { AwsError } from '../core/errors.ts';
import { hex } from '../core/random.ts';
import type { Operation } from '../core/service.ts';
import type { World } from '../core/world.ts';
import { defaultNetwork } from './default-network.ts';
import { type FilterNames, matcher } from './filters.ts';
import { checkPaging, page } from './paging.ts';
import type { VpcRecord } from './records.ts';
import { checkDryRun } from './refusals.ts';
import { tagList } from './tagging.ts';

export const describeVpcs: Operation<DescribeVpcsCommandInput, DescribeVpcsCommandOutput> = {
  kind: 'read',
  accepts: ['DryRun', 'Filters.Name', 'Filters.Values', 'MaxResults', 'NextToken', 'VpcIds'],
  run(input, { world, account, region, now }) {
    const { VpcIds = [] } = input;
    checkPaging(input, { min: 5, max: 1000, ids: VpcIds, idsName: 'VpcIds' });
    const matches = matcher(input.Filters, filtersOf(world), ({ tags }) => tags);
    checkDryRun(input);
    defaultNetwork(world, account, region);
    const isOwn = (vpc: VpcRecord) => vpc.account === account && vpc.region === region;
    const candidates =
      VpcIds.length === 0
        ? world.vpcs.allSeen(now).filter(isOwn)
        : VpcIds.map((id) => {
            const vpc = world.vpcs.seen(id, now);
            if (vpc === undefined || !isOwn(vpc)) throw vpcNotFound(id);
            return vpc;
          });
    const { items, NextToken } = page(candidates.filter(matches), input);
    return {
      Vpcs: items.map((vpc) => vpcShape(world, vpc)),
      NextToken,
    };
  },
};

export function vpcShape(world: World, vpc: VpcRecord): Vpc {
  return {
    BlockPublicAccessStates: { InternetGatewayBlockMode: 'off' },
    CidrBlock: vpc.cidrBlock,
    CidrBlockAssociationSet: [
      {
        AssociationId: associationId(world, vpc),
        CidrBlock: vpc.cidrBlock,
        CidrBlockState: { State: 'associated' },
      },
    ],
    DhcpOptionsId: dhcpOptionsId(world, vpc),
    InstanceTenancy: 'default',
    IsDefault: vpc.isDefault,
    OwnerId: vpc.account,
    State: 'available',
    Tags: tagList(vpc.tags),
    VpcId: vpc.id,
  };
}

export function vpcNotFound(id: string): AwsError {
  return new AwsError('InvalidVpcID.NotFound', `The vpc ID '${id}' does not exist`);
}

/** All networks of a region share one set of options; nothing else is told of it. */
const dhcpOptionsId = (world: World, { account, region }: VpcRecord) =>
  `dopt-0${hex(world.seed, 16, 'dopt', account, region)}`;

const associationId = (world: World, { id }: VpcRecord) =>
  `vpc-cidr-assoc-0${hex(world.seed, 16, 'vpc-cidr-assoc', id)}`;

function filtersOf(world: World): FilterNames<VpcRecord> {
  const filters: FilterNames<VpcRecord> = {
    cidr: ({ cidrBlock }) => cidrBlock,
    'cidr-block-association.association-id': (vpc) => associationId(world, vpc),
    'cidr-block-association.cidr-block': ({ cidrBlock }) => cidrBlock,
    'cidr-block-association.state': () => 'associated',
    'dhcp-options-id': (vpc) => dhcpOptionsId(world, vpc),
    'ipv6-cidr-block-association.association-id': () => undefined,
    'ipv6-cidr-block-association.ipv6-cidr-block': () => undefined,
    'ipv6-cidr-block-association.ipv6-pool': () => undefined,
    'ipv6-cidr-block-association.state': () => undefined,
    'is-default': ({ isDefault }) => isDefault,
    'owner-id': ({ account }) => account,
    state: () => 'available',
    'vpc-id': ({ id }) => id,
  };
  // Names that EC2 still takes for older clients.
  return {
    ...filters,
    'cidr-block': ({ cidrBlock }) => cidrBlock,
    cidrBlock: ({ cidrBlock }) => cidrBlock,
    dhcpOptionsId: (vpc) => dhcpOptionsId(world, vpc),
    isDefault: ({ isDefault }) => isDefault,
    vpcId: ({ id }) => id,
  };
}
