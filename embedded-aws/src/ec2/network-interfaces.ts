import { AwsError } from '../core/errors.ts';
import { draw, hex } from '../core/random.ts';
import type { Tags } from '../core/resource.ts';
import { lagMs, newId, type World } from '../core/world.ts';
import type { InstanceRecord, NetworkInterfaceRecord } from './records.ts';

/** Creates the network interface of an instance. By default the interface is deleted with the instance. */
export function attachInterface(
  world: World,
  instance: InstanceRecord,
  at: number,
  {
    tags,
    description,
    deleteOnTermination,
  }: { tags: Tags; description: string; deleteOnTermination: boolean },
): void {
  const { account, region, subnetId, vpcId, availabilityZone, privateIpAddress, securityGroupIds } = instance;
  const id = instance.networkInterfaceId;
  world.networkInterfaces.put(
    {
      id,
      account,
      region,
      tags,
      subnetId,
      vpcId,
      availabilityZone,
      privateIpAddress,
      macAddress: macAddress(world, id),
      description,
      securityGroupIds,
      sourceDestCheck: true,
      attachment: {
        id: newId(world, 'eni-attach'),
        instanceId: instance.id,
        time: at,
        deleteOnTermination,
      },
    },
    at,
    lagMs(world, id),
  );
}

/**
 * When an instance terminates, deletes its interface and returns the address to the subnet, unless
 * DeleteOnTermination is false.
 */
export function releaseInterface(world: World, instance: InstanceRecord, at: number): void {
  const found = world.networkInterfaces.get(instance.networkInterfaceId);
  if (found !== undefined && found.attachment?.deleteOnTermination === false) {
    const { attachment: _attachment, ...detached } = found;
    world.networkInterfaces.put(detached, at, lagMs(world, found.id));
    return;
  }
  if (found !== undefined) world.networkInterfaces.remove(found.id, at, lagMs(world, found.id));
  giveAddressBack(world, instance.subnetId, at);
}

export function giveAddressBack(world: World, subnetId: string, at: number): void {
  const subnet = world.subnets.get(subnetId);
  if (subnet === undefined) return;
  const availableIpAddressCount = subnet.availableIpAddressCount + 1;
  world.subnets.put({ ...subnet, availableIpAddressCount }, at, 0);
}

/** Changes the properties that an instance shares with its interface. */
export function changeInterface(
  world: World,
  { networkInterfaceId }: InstanceRecord,
  at: number,
  changes: Partial<Pick<NetworkInterfaceRecord, 'securityGroupIds' | 'sourceDestCheck'>>,
): void {
  const found = world.networkInterfaces.get(networkInterfaceId);
  if (found === undefined) return;
  world.networkInterfaces.put({ ...found, ...changes }, at, lagMs(world, networkInterfaceId));
}

/** Amazon's interfaces have locally administered addresses that begin with 02, 06 or 0a. */
function macAddress(world: World, id: string): string {
  const digits = hex(world.seed, 10, 'mac', id);
  return ['06', ...(digits.match(/../g) ?? [])].join(':');
}

/**
 * The current public address of an instance. The address changes with every stop and start, so it depends on
 * the start time.
 */
export function publicAddress(world: World, instance: InstanceRecord): string | undefined {
  const { id, hasPublicAddress, state, launchTime } = instance;
  if (!hasPublicAddress || !(state === 'running' || state === 'stopping')) return undefined;
  const number = (part: string, least: number, most: number) =>
    least + Math.floor(draw(world.seed, 'public address', part, id, launchTime) * (most - least + 1));
  const [network = 54] = [[3, 13, 18, 34, 35, 44, 52, 54][number('a', 0, 7)]];
  return [network, number('b', 64, 255), number('c', 0, 255), number('d', 1, 254)].join('.');
}

/** DNS names in the oldest region do not contain the region name. */
export function privateDnsName(region: string, address: string): string {
  const domain = region === 'us-east-1' ? 'ec2' : `${region}.compute`;
  return `ip-${address.replaceAll('.', '-')}.${domain}.internal`;
}

export function publicDnsName(region: string, address: string): string {
  const domain = region === 'us-east-1' ? 'compute-1' : `${region}.compute`;
  return `ec2-${address.replaceAll('.', '-')}.${domain}.amazonaws.com`;
}

export function interfaceNotFound(id: string): AwsError {
  return new AwsError('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${id}' does not exist`);
}
