import type {
  DescribeInternetGatewaysCommandInput,
  DescribeInternetGatewaysCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import type { World } from '../core/world.ts';
import { defaultNetwork } from './default-network.ts';
import { type FilterNames, matcher } from './filters.ts';
import { gatewayId } from './internet-gateways.ts';
import { checkPaging, page } from './paging.ts';
import type { VpcRecord } from './records.ts';
import { checkDryRun } from './refusals.ts';

/** The gateway of the default VPC; there are no others, and none can be tagged. */
export const describeInternetGateways: Operation<
  DescribeInternetGatewaysCommandInput,
  DescribeInternetGatewaysCommandOutput
> = {
  kind: 'read',
  accepts: ['DryRun', 'Filters.Name', 'Filters.Values', 'InternetGatewayIds', 'MaxResults', 'NextToken'],
  run(input, { world, account, region, now }) {
    const { InternetGatewayIds = [] } = input;
    checkPaging(input, { min: 5, max: 1000, ids: InternetGatewayIds, idsName: 'internetGatewayIds' });
    const matches = matcher(input.Filters, filtersOf(world), () => ({}));
    checkDryRun(input);
    defaultNetwork(world, account, region);
    const vpcs = world.vpcs
      .allSeen(now)
      .filter((vpc) => vpc.isDefault && vpc.account === account && vpc.region === region);
    const unknown = InternetGatewayIds.find((id) => !vpcs.some((vpc) => gatewayId(world, vpc) === id));
    if (unknown !== undefined) {
      throw new AwsError(
        'InvalidInternetGatewayID.NotFound',
        `The internetGateway ID '${unknown}' does not exist`,
      );
    }
    const found = vpcs.filter(
      (vpc) => InternetGatewayIds.length === 0 || InternetGatewayIds.includes(gatewayId(world, vpc)),
    );
    const { items, NextToken } = page(found.filter(matches), input);
    return {
      InternetGateways: items.map((vpc) => ({
        // EC2 says `available` here, and not the `attached` of the model (AWS CLI reference, describe-internet-gateways, Examples).
        Attachments: [{ State: 'available' as never, VpcId: vpc.id }],
        InternetGatewayId: gatewayId(world, vpc),
        OwnerId: vpc.account,
        Tags: [],
      })),
      NextToken,
    };
  },
};

const filtersOf = (world: World): FilterNames<VpcRecord> => ({
  'attachment.state': () => 'available',
  'attachment.vpc-id': ({ id }) => id,
  'internet-gateway-id': (vpc) => gatewayId(world, vpc),
  'owner-id': ({ account }) => account,
});
