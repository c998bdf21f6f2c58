import type { DescribeRouteTablesCommandInput, DescribeRouteTablesCommandOutput } from '@aws-sdk/client-ec2';
import { AwsError } from '../core/errors.ts';
import { hex } from '../core/random.ts';
import type { Operation } from '../core/service.ts';
import type { World } from '../core/world.ts';
import { defaultNetwork } from './default-network.ts';
import { type FilterNames, matcher } from './filters.ts';
import { gatewayId } from './internet-gateways.ts';
import { checkPaging, page } from './paging.ts';
import type { VpcRecord } from './records.ts';
import { checkDryRun } from './refusals.ts';

/** The main table of each VPC, which all its subnets use; there are no others, and none can be tagged. */
export const describeRouteTables: Operation<
  DescribeRouteTablesCommandInput,
  DescribeRouteTablesCommandOutput
> = {
  kind: 'read',
  accepts: ['DryRun', 'Filters.Name', 'Filters.Values', 'MaxResults', 'NextToken', 'RouteTableIds'],
  run(input, { world, account, region, now }) {
    const { RouteTableIds = [] } = input;
    checkPaging(input, { min: 5, max: 100, ids: RouteTableIds, idsName: 'routeTableIds' });
    const matches = matcher(input.Filters, filtersOf(world), () => ({}));
    checkDryRun(input);
    defaultNetwork(world, account, region);
    const vpcs = world.vpcs.allSeen(now).filter((vpc) => vpc.account === account && vpc.region === region);
    const unknown = RouteTableIds.find((id) => !vpcs.some((vpc) => tableId(world, vpc) === id));
    if (unknown !== undefined) {
      throw new AwsError('InvalidRouteTableID.NotFound', `The routeTable ID '${unknown}' does not exist`);
    }
    const found = vpcs.filter(
      (vpc) => RouteTableIds.length === 0 || RouteTableIds.includes(tableId(world, vpc)),
    );
    const { items, NextToken } = page(found.filter(matches), input);
    return {
      RouteTables: items.map((vpc) => ({
        Associations: [
          {
            AssociationState: { State: 'associated' as const },
            Main: true,
            RouteTableAssociationId: associationId(world, vpc),
            RouteTableId: tableId(world, vpc),
          },
        ],
        OwnerId: vpc.account,
        PropagatingVgws: [],
        RouteTableId: tableId(world, vpc),
        Routes: routesOf(world, vpc).map(({ to, gateway, origin }) => ({
          DestinationCidrBlock: to,
          GatewayId: gateway,
          Origin: origin,
          State: 'active' as const,
        })),
        Tags: [],
        VpcId: vpc.id,
      })),
      NextToken,
    };
  },
};

const tableId = (world: World, { id }: VpcRecord) => `rtb-0${hex(world.seed, 16, 'rtb', id)}`;
const associationId = (world: World, { id }: VpcRecord) => `rtbassoc-0${hex(world.seed, 16, 'rtbassoc', id)}`;

/** Only a default VPC leads to the internet by itself. */
const routesOf = (world: World, vpc: VpcRecord) => [
  { to: vpc.cidrBlock, gateway: 'local', origin: 'CreateRouteTable' as const },
  ...(vpc.isDefault
    ? [{ to: '0.0.0.0/0', gateway: gatewayId(world, vpc), origin: 'CreateRoute' as const }]
    : []),
];

const filtersOf = (world: World): FilterNames<VpcRecord> => ({
  'association.gateway-id': () => undefined,
  'association.main': () => true,
  'association.route-table-association-id': (vpc) => associationId(world, vpc),
  'association.route-table-id': (vpc) => tableId(world, vpc),
  // No subnet is named: all use the table as the main one.
  'association.subnet-id': () => undefined,
  'owner-id': ({ account }) => account,
  'route-table-id': (vpc) => tableId(world, vpc),
  'route.destination-cidr-block': (vpc) => routesOf(world, vpc).map(({ to }) => to),
  'route.destination-ipv6-cidr-block': () => undefined,
  'route.destination-prefix-list-id': () => undefined,
  'route.egress-only-internet-gateway-id': () => undefined,
  'route.gateway-id': (vpc) => routesOf(world, vpc).map(({ gateway }) => gateway),
  'route.instance-id': () => undefined,
  'route.nat-gateway-id': () => undefined,
  'route.origin': (vpc) => routesOf(world, vpc).map(({ origin }) => origin),
  'route.state': () => 'active',
  'route.transit-gateway-id': () => undefined,
  'route.vpc-peering-connection-id': () => undefined,
  'vpc-id': ({ id }) => id,
});
