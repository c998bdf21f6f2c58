import type { CreateVpcCommandInput, CreateVpcCommandOutput } from '@aws-sdk/client-ec2';
import { AwsError, missingParameter, notEmulated } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs, newId } from '../core/world.ts';
import { defaultNetwork, putDefaultGroup } from './default-network.ts';
import { vpcShape } from './describe-vpcs.ts';
import { checkCidrBlock } from './networks.ts';
import { checkDryRun, checkOneOf } from './refusals.ts';
import { tagSpecifications } from './tagging.ts';

/** The quota of an account that asked for no more (VPC user guide, Amazon VPC quotas). */
const vpcsPerRegionMax = 5;

/** With its main route table and its default security group. */
export const createVpc: Operation<CreateVpcCommandInput, CreateVpcCommandOutput> = {
  kind: 'write',
  accepts: [
    'AmazonProvidedIpv6CidrBlock',
    'CidrBlock',
    'DryRun',
    'InstanceTenancy',
    'TagSpecifications.ResourceType',
    'TagSpecifications.Tags.Key',
    'TagSpecifications.Tags.Value',
  ],
  run(input, { world, account, region, now }) {
    if (input.CidrBlock === undefined) throw missingParameter('cidrBlock');
    if (input.AmazonProvidedIpv6CidrBlock) throw notEmulated('ec2:CreateVpc with IPv6');
    const tenancy = checkOneOf('instanceTenancy', input.InstanceTenancy, ['default', 'dedicated', 'host']);
    if (tenancy !== undefined && tenancy !== 'default') {
      throw notEmulated(`ec2:CreateVpc with the tenancy ${tenancy}`);
    }
    const cidrBlock = checkCidrBlock(input.CidrBlock, 'InvalidVpc.Range');
    const { vpc: tags } = tagSpecifications(input.TagSpecifications, ['vpc']);
    defaultNetwork(world, account, region);
    const others = world.vpcs.all().filter((vpc) => vpc.account === account && vpc.region === region);
    if (others.length >= vpcsPerRegionMax) {
      throw new AwsError('VpcLimitExceeded', 'The maximum number of VPCs has been reached.');
    }
    checkDryRun(input);
    const id = newId(world, 'vpc');
    const vpc = { id, account, region, tags, cidrBlock, isDefault: false };
    world.vpcs.put(vpc, now, lagMs(world, id));
    const groupId = newId(world, 'sg');
    putDefaultGroup(world, vpc, groupId, now, lagMs(world, groupId));
    return { Vpc: { ...vpcShape(world, vpc), State: 'pending' } };
  },
};
