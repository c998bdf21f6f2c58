import type { CreateSubnetCommandInput, CreateSubnetCommandOutput } from '@aws-sdk/client-ec2';
import { AwsError, invalidParameter, missingParameter } from '../core/errors.ts';
import { draw } from '../core/random.ts';
import { zoneId, zonesOf } from '../core/regions.ts';
import type { Operation } from '../core/service.ts';
import { lagMs, newId } from '../core/world.ts';
import { subnetShape } from './describe-subnets.ts';
import { rangeOf } from './launch-network.ts';
import { checkCidrBlock, invalidRange, ownVpc } from './networks.ts';
import type { SubnetRecord } from './records.ts';
import { checkDryRun, parameterCombination } from './refusals.ts';
import { tagSpecifications } from './tagging.ts';

/** The first four addresses of a subnet and the last are not for use (VPC user guide, Subnet sizing). */
const reservedAddresses = 5;
/** VPC user guide, Amazon VPC quotas. */
const subnetsPerVpcMax = 200;

export const createSubnet: Operation<CreateSubnetCommandInput, CreateSubnetCommandOutput> = {
  kind: 'write',
  accepts: [
    'AvailabilityZone',
    'AvailabilityZoneId',
    'CidrBlock',
    'DryRun',
    'TagSpecifications.ResourceType',
    'TagSpecifications.Tags.Key',
    'TagSpecifications.Tags.Value',
    'VpcId',
  ],
  run(input, call) {
    const { world, account, region, now } = call;
    if (input.VpcId === undefined) throw missingParameter('vpcId');
    if (input.CidrBlock === undefined) {
      throw new AwsError('MissingParameter', "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.");
    }
    const cidrBlock = checkCidrBlock(input.CidrBlock, 'InvalidSubnet.Range');
    const chosenZone = checkZone(input, region);
    const { subnet: tags } = tagSpecifications(input.TagSpecifications, ['subnet']);
    const vpc = ownVpc(input.VpcId, call);
    if (!isWithin({ cidrBlock }, vpc)) throw invalidRange(cidrBlock, 'InvalidSubnet.Range');
    const others = world.subnets.all().filter(({ vpcId }) => vpcId === vpc.id);
    if (others.some((other) => isWithin({ cidrBlock }, other) || isWithin(other, { cidrBlock }))) {
      throw new AwsError('InvalidSubnet.Conflict', `The CIDR '${cidrBlock}' conflicts with another subnet`);
    }
    if (others.length >= subnetsPerVpcMax) {
      throw new AwsError('SubnetLimitExceeded', 'The maximum number of subnets has been reached.');
    }
    checkDryRun(input);
    const id = newId(world, 'subnet');
    const zones = zonesOf(region);
    const subnet: SubnetRecord = {
      id,
      account,
      region,
      tags,
      vpcId: vpc.id,
      // EC2 chooses one for whoever names none (EC2 API reference, CreateSubnet).
      availabilityZone:
        chosenZone ?? (zones[Math.floor(draw(world.seed, 'zone', id) * zones.length)] as string),
      cidrBlock,
      availableIpAddressCount: rangeOf({ cidrBlock }).size - reservedAddresses,
      defaultForAz: false,
    };
    world.subnets.put(subnet, now, lagMs(world, id));
    return { Subnet: subnetShape(subnet) };
  },
};

function checkZone(
  { AvailabilityZone: name, AvailabilityZoneId: id }: CreateSubnetCommandInput,
  region: string,
): string | undefined {
  if (name !== undefined && id !== undefined) {
    throw parameterCombination(
      'The parameters availabilityZone and availabilityZoneId cannot be used together.',
    );
  }
  if (name === undefined && id === undefined) return undefined;
  const zones = zonesOf(region);
  const zone = zones.find((each) => each === name || zoneId(each) === id);
  if (zone === undefined) {
    // crossplane-contrib/provider-aws#1048
    const [parameter, possible] =
      name === undefined ? ['availabilityZoneId', zones.map(zoneId)] : ['availabilityZone', zones];
    throw invalidParameter(
      `Value (${name ?? id}) for parameter ${parameter} is invalid. Subnets can currently only be created in the following availability zones: ${possible.join(', ')}.`,
    );
  }
  return zone;
}

type Block = Pick<SubnetRecord, 'cidrBlock'>;

function isWithin(inner: Block, outer: Block): boolean {
  const [small, large] = [rangeOf(inner), rangeOf(outer)];
  return small.base >= large.base && small.base + small.size <= large.base + large.size;
}
