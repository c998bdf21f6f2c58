import type { InstanceNetworkInterfaceSpecification, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { defaultInstanceType, isOffered } from '../catalog/instance-types.ts';
import { AwsError, invalidParameter, missingParameter, notEmulated } from '../core/errors.ts';
import { zoneId, zonesOf } from '../core/regions.ts';
import type { Call } from '../core/service.ts';
import { count } from '../core/world.ts';
import { defaultNetwork } from './default-network.ts';
import { givesPublicAddresses } from './describe-subnets.ts';
import type { SubnetRecord } from './records.ts';
import { checkIds, parameterCombination, securityGroupNotFound, subnetNotFound } from './refusals.ts';

/**
 * Where an instance is launched, from the parameters of the instance or of its network interface. A launch
 * has at most one network interface.
 */
export interface PlannedInterface {
  readonly subnet: SubnetRecord;
  readonly isPlaceChosen: boolean;
  readonly hasPublicAddress: boolean;
  readonly privateIpAddress?: string;
  readonly description: string;
  readonly deleteOnTermination: boolean;
  readonly securityGroupIds: readonly string[] | undefined;
}

export function planInterface(input: RunInstancesCommandInput, call: Call): PlannedInterface {
  const asked = onlyInterface(input);
  const subnetId = asked?.SubnetId ?? input.SubnetId;
  const subnet = findSubnet(subnetId, input, call);
  const privateIpAddress = asked?.PrivateIpAddress ?? input.PrivateIpAddress;
  return {
    subnet,
    isPlaceChosen:
      subnetId !== undefined ||
      input.Placement?.AvailabilityZone !== undefined ||
      input.Placement?.AvailabilityZoneId !== undefined,
    hasPublicAddress: asked?.AssociatePublicIpAddress ?? givesPublicAddresses(subnet),
    ...(privateIpAddress === undefined ? {} : { privateIpAddress }),
    description: asked?.Description ?? '',
    deleteOnTermination: asked?.DeleteOnTermination ?? true,
    securityGroupIds: asked?.Groups ?? input.SecurityGroupIds,
  };
}

function onlyInterface(input: RunInstancesCommandInput): InstanceNetworkInterfaceSpecification | undefined {
  const [asked, ...others] = input.NetworkInterfaces ?? [];
  if (asked === undefined) return undefined;
  const clash = (what: string) =>
    parameterCombination(`Network interfaces and ${what} may not be specified on the same request`);
  if (input.SubnetId !== undefined) throw clash('an instance-level subnet ID');
  if (input.SecurityGroupIds?.length || input.SecurityGroups?.length) {
    throw clash('instance-level security groups');
  }
  if (input.PrivateIpAddress !== undefined) throw clash('an instance-level private IP address');
  if (others.length > 0) throw notEmulated('ec2:RunInstances with more than one network interface');
  if (asked.DeviceIndex === undefined) {
    throw missingParameter('NetworkInterface.DeviceIndex');
  }
  if (asked.DeviceIndex !== 0) {
    throw invalidParameter(
      `Value (${asked.DeviceIndex}) for parameter deviceIndex is invalid. The primary network interface must have device index 0.`,
    );
  }
  if (asked.NetworkCardIndex !== undefined && asked.NetworkCardIndex !== 0) {
    throw invalidParameter(
      `Value (${asked.NetworkCardIndex}) for parameter networkCardIndex is invalid. The primary network interface must be on network card 0.`,
    );
  }
  if (asked.InterfaceType !== undefined && asked.InterfaceType !== 'interface') {
    throw notEmulated(`ec2:RunInstances with a network interface of type ${asked.InterfaceType}`);
  }
  return asked;
}

function zoneOf({ Placement }: RunInstancesCommandInput, region: string): string | undefined {
  const { AvailabilityZone: name, AvailabilityZoneId: id } = Placement ?? {};
  if (name !== undefined && id !== undefined) {
    throw parameterCombination(
      'The parameters availabilityZone and availabilityZoneId cannot be used together.',
    );
  }
  const zone = zonesOf(region).find((each) => each === name || zoneId(each) === id);
  if ((name !== undefined || id !== undefined) && zone === undefined) {
    throw invalidParameter(`Invalid availability zone: [${name ?? id}]`);
  }
  return zone;
}

function findSubnet(
  subnetId: string | undefined,
  input: RunInstancesCommandInput,
  { world, account, region, now }: Call,
): SubnetRecord {
  const zone = zoneOf(input, region);
  const { subnets } = defaultNetwork(world, account, region);
  if (subnetId !== undefined) {
    const isSeen = world.subnets.seen(subnetId, now) !== undefined;
    const subnet = world.subnets.get(subnetId);
    if (!isSeen || subnet === undefined || subnet.account !== account || subnet.region !== region) {
      throw subnetNotFound(subnetId);
    }
    if (zone !== undefined && subnet.availabilityZone !== zone) {
      throw invalidParameter(
        `Value (${zone}) for parameter availabilityZone is invalid. The subnet '${subnetId}' is in the availability zone ${subnet.availabilityZone}`,
      );
    }
    return subnet;
  }
  const candidates = subnets.filter(
    ({ availabilityZone }) => zone === undefined || availabilityZone === zone,
  );
  if (candidates.length === 0) {
    throw new AwsError(
      'MissingInput',
      `No subnets found for the default VPC '${defaultNetwork(world, account, region).vpcId}'. Please specify a subnet.`,
    );
  }
  // EC2 chooses a zone that offers the type.
  const type = input.InstanceType ?? defaultInstanceType;
  const offering = candidates.find(({ availabilityZone }) => isOffered(type, availabilityZone));
  return offering ?? (candidates[0] as SubnetRecord);
}

/** The groups that the request names by id or name, or the default group of the network. */
export function findSecurityGroups(
  names: readonly string[] | undefined,
  { subnet, securityGroupIds }: Pick<PlannedInterface, 'subnet' | 'securityGroupIds'>,
  isSubnetChosen: boolean,
  call: Call,
): string[] {
  const { world, account, region, now } = call;
  const named = names ?? [];
  if (named.length > 0 && isSubnetChosen) {
    throw parameterCombination('The parameter groupName cannot be used with the parameter subnet');
  }
  const ids = [...(securityGroupIds ?? []), ...named.map((name) => groupNamed(name, call))];
  if (ids.length === 0) {
    const fallback = world.securityGroups
      .all()
      .find(({ vpcId, name }) => vpcId === subnet.vpcId && name === 'default');
    return fallback === undefined ? [] : [fallback.id];
  }
  checkIds('sg', ids);
  for (const id of ids) {
    const group = world.securityGroups.seen(id, now);
    if (group === undefined || group.account !== account || group.region !== region) {
      throw securityGroupNotFound(id);
    }
    if (group.vpcId !== subnet.vpcId) {
      throw new AwsError(
        'InvalidParameter',
        `Security group ${id} and subnet ${subnet.id} belong to different networks.`,
      );
    }
  }
  return [...new Set(ids)];
}

/** The group of the default VPC with this name. */
export function groupNamed(name: string, { world, account, region, now }: Call): string {
  const { vpcId } = defaultNetwork(world, account, region);
  const group = world.securityGroups.allSeen(now).find((each) => each.vpcId === vpcId && each.name === name);
  if (group === undefined) {
    throw new AwsError(
      'InvalidGroup.NotFound',
      `The security group '${name}' does not exist in default VPC '${vpcId}'`,
    );
  }
  return group.id;
}

const numberOf = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

/** An address in dotted notation. */
export const dotted = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');

/** The numeric range of a block's addresses: the first address and the number of addresses. */
export function rangeOf({ cidrBlock }: Pick<SubnetRecord, 'cidrBlock'>): { base: number; size: number } {
  const [network = '', bits = '32'] = cidrBlock.split('/');
  return { base: numberOf(network), size: 2 ** (32 - Number(bits)) };
}

function takenAddresses(subnet: SubnetRecord, { world }: Call): Set<string> {
  const isHere = ({ subnetId }: { subnetId: string }) => subnetId === subnet.id;
  const living = world.instances.all().filter(({ state }) => state !== 'terminated');
  return new Set(
    [...living, ...world.networkInterfaces.all()].filter(isHere).map((each) => each.privateIpAddress),
  );
}

/** Refuses a requested address that the subnet cannot assign. */
export function checkAddress(address: string, subnet: SubnetRecord, instances: number, call: Call): void {
  if (instances > 1) {
    throw parameterCombination(
      'A private IP address cannot be specified when more than one instance is launched.',
    );
  }
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(address) || address.split('.').some((part) => Number(part) > 255)) {
    throw invalidParameter(
      `Value (${address}) for parameter privateIpAddress is invalid. Invalid IPv4 address`,
    );
  }
  const { base, size } = rangeOf(subnet);
  const place = numberOf(address) - base;
  if (place < 0 || place >= size) {
    throw invalidParameter(`Address ${address} does not fall within the subnet's address range`);
  }
  if (place < 4 || place === size - 1) {
    throw invalidParameter(`Address ${address} is in subnet's reserved address range.`);
  }
  if (takenAddresses(subnet, call).has(address)) {
    throw new AwsError('InvalidIPAddress.InUse', `Address ${address} is in use.`);
  }
}

/**
 * The free addresses of a subnet: without the network address and AWS's addresses (the first four), and
 * without the addresses of interfaces.
 */
export function freeAddresses(subnet: SubnetRecord, wanted: number, call: Call): string[] {
  const taken = takenAddresses(subnet, call);
  const { base, size } = rangeOf(subnet);
  const usable = size - 5;
  const free: string[] = [];
  // Like EC2, starts at a different address each time, so that a released address is not reused immediately.
  const start = count(call.world, `address ${subnet.id}`) * 7;
  for (let step = 0; step < usable && free.length < wanted; step++) {
    const address = base + 4 + ((start + step) % usable);
    if (!taken.has(dotted(address))) free.push(dotted(address));
  }
  return free;
}
