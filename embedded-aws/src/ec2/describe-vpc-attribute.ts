import type {
  DescribeVpcAttributeCommandInput,
  DescribeVpcAttributeCommandOutput,
} from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { defaultNetwork } from './default-network.ts';
import { vpcNotFound } from './describe-vpcs.ts';
import { dnsOf } from './networks.ts';
import type { VpcRecord } from './records.ts';
import { checkDryRun, checkOneOf } from './refusals.ts';

const readers = {
  enableDnsSupport: (vpc: VpcRecord) => ({ EnableDnsSupport: { Value: dnsOf(vpc).dnsSupport } }),
  enableDnsHostnames: (vpc: VpcRecord) => ({ EnableDnsHostnames: { Value: dnsOf(vpc).dnsHostnames } }),
  enableNetworkAddressUsageMetrics: ({ addressUsageMetrics = false }: VpcRecord) => ({
    EnableNetworkAddressUsageMetrics: { Value: addressUsageMetrics },
  }),
} as const;
const names = Object.keys(readers) as (keyof typeof readers)[];

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
    return { VpcId, ...readers[attribute](vpc) };
  },
};
