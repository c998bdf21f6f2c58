import type {
  DescribeVpcAttributeCommandInput,
  DescribeVpcAttributeCommandOutput,
} from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { defaultNetwork } from './default-network.ts';
import { vpcNotFound } from './describe-vpcs.ts';
import { checkDryRun, checkOneOf } from './refusals.ts';

/** What a default VPC has (VPC user guide, View and update DNS attributes for your VPC). */
const values = {
  enableDnsSupport: { EnableDnsSupport: { Value: true } },
  enableDnsHostnames: { EnableDnsHostnames: { Value: true } },
  enableNetworkAddressUsageMetrics: { EnableNetworkAddressUsageMetrics: { Value: false } },
} as const;
const names = Object.keys(values) as (keyof typeof values)[];

export const describeVpcAttribute: Operation<
  DescribeVpcAttributeCommandInput,
  DescribeVpcAttributeCommandOutput
> = {
  kind: 'read',
  accepts: ['Attribute', 'DryRun', 'VpcId'],
  run(input, { world, account, region, now }) {
    const { VpcId } = input;
    if (VpcId === undefined) throw missingParameter('vpcId');
    const attribute = checkOneOf('attribute', input.Attribute, names);
    if (attribute === undefined) throw missingParameter('attribute');
    checkDryRun(input);
    defaultNetwork(world, account, region);
    const vpc = world.vpcs.seen(VpcId, now);
    if (vpc?.account !== account || vpc.region !== region) throw vpcNotFound(VpcId);
    return { VpcId, ...values[attribute] };
  },
};
