import { AwsError, invalidParameter } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import type { World } from '../core/world.ts';
import { defaultNetwork } from './default-network.ts';
import { vpcNotFound } from './describe-vpcs.ts';
import { dotted, rangeOf } from './launch-network.ts';
import type { SubnetRecord, VpcRecord } from './records.ts';
import { subnetNotFound } from './refusals.ts';

/** A VPC of the caller that reads show. */
export function ownVpc(id: string, { world, account, region, now }: Call): VpcRecord {
  defaultNetwork(world, account, region);
  const vpc = world.vpcs.get(id);
  const isSeen = world.vpcs.seen(id, now) !== undefined;
  if (vpc?.account !== account || vpc.region !== region || !isSeen) throw vpcNotFound(id);
  return vpc;
}

/** A subnet of the caller that reads show. */
export function ownSubnet(id: string, { world, account, region, now }: Call): SubnetRecord {
  defaultNetwork(world, account, region);
  const subnet = world.subnets.get(id);
  const isSeen = world.subnets.seen(id, now) !== undefined;
  if (subnet?.account !== account || subnet.region !== region || !isSeen) throw subnetNotFound(id);
  return subnet;
}

/** What a default VPC has, and another has not (VPC user guide, View and update DNS attributes for your VPC). */
export const dnsOf = ({ isDefault, dnsSupport = true, dnsHostnames = isDefault }: VpcRecord) => ({
  dnsSupport,
  dnsHostnames,
});

/** Whether public addresses in a VPC have names. */
export function hasPublicNames(world: World, vpcId: string): boolean {
  const vpc = world.vpcs.get(vpcId);
  if (vpc === undefined) return true;
  const { dnsSupport, dnsHostnames } = dnsOf(vpc);
  return dnsSupport && dnsHostnames;
}

/**
 * An IPv4 block between /16 and /28, in the form in which EC2 keeps it: `100.68.0.18/18` is `100.68.0.0/18` (EC2 API reference,
 * CreateVpc, CreateSubnet).
 */
export function checkCidrBlock(text: string, rangeCode: 'InvalidVpc.Range' | 'InvalidSubnet.Range'): string {
  const [address = '', bits = ''] = text.split('/');
  const isAddress =
    /^\d{1,3}(\.\d{1,3}){3}$/.test(address) && address.split('.').every((part) => Number(part) < 256);
  if (!isAddress || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) {
    throw invalidParameter(
      `Value (${text}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`,
    );
  }
  if (Number(bits) < 16 || Number(bits) > 28) throw invalidRange(text, rangeCode);
  const { base, size } = rangeOf({ cidrBlock: text });
  return `${dotted(base - (base % size))}/${Number(bits)}`;
}

/** grycap/im#1011, pulumi/pulumi-awsx#111 */
export function invalidRange(cidrBlock: string, code: 'InvalidVpc.Range' | 'InvalidSubnet.Range'): AwsError {
  return new AwsError(code, `The CIDR '${cidrBlock}' is invalid.`);
}

/** terraform-aws-modules/terraform-aws-vpc#1081, binlab/terraform-aws-vault-ha-raft#57 */
export function dependencyViolation(kind: 'subnet' | 'vpc', id: string): AwsError {
  return new AwsError('DependencyViolation', `The ${kind} '${id}' has dependencies and cannot be deleted.`);
}
