import type { Instance, RunInstancesCommandInput, RunInstancesCommandOutput } from '@aws-sdk/client-ec2';
import { AwsError } from '../errors.ts';
import { holds, isInstanceFault, strike } from '../faults.ts';
import type { Call, Operation } from '../operation.ts';
import type { InstanceRecord, SubnetRecord } from '../records.ts';
import { count, newId, schedule } from '../world.ts';
import {
  checkCounts,
  checkInstanceType,
  checkUserData,
  findImage,
  findInstanceProfile,
  findSecurityGroups,
  findSubnet,
  resolveMetadataOptions,
} from './launch-refusals.ts';
import { createVolumes, planDevices } from './launch-volumes.ts';
import { beginRunning } from './lifecycle.ts';
import { checkDryRun, checkOneOf } from './refusals.ts';
import { instanceShape } from './shapes.ts';
import { checkMetadataTagKeys, tagSpecifications } from './tagging.ts';
import { rememberedId } from './tokens.ts';

export const runInstances: Operation<RunInstancesCommandInput, RunInstancesCommandOutput> = {
  kind: 'write',
  accepts: [
    'BlockDeviceMappings.DeviceName',
    'BlockDeviceMappings.Ebs.DeleteOnTermination',
    'BlockDeviceMappings.Ebs.Encrypted',
    'BlockDeviceMappings.Ebs.Iops',
    'BlockDeviceMappings.Ebs.SnapshotId',
    'BlockDeviceMappings.Ebs.Throughput',
    'BlockDeviceMappings.Ebs.VolumeSize',
    'BlockDeviceMappings.Ebs.VolumeType',
    'BlockDeviceMappings.NoDevice',
    'ClientToken',
    'DryRun',
    'EbsOptimized',
    'IamInstanceProfile.Arn',
    'IamInstanceProfile.Name',
    'ImageId',
    'InstanceInitiatedShutdownBehavior',
    'InstanceType',
    'MaxCount',
    'MetadataOptions.HttpEndpoint',
    'MetadataOptions.HttpProtocolIpv6',
    'MetadataOptions.HttpPutResponseHopLimit',
    'MetadataOptions.HttpTokens',
    'MetadataOptions.InstanceMetadataTags',
    'MinCount',
    'Placement.AvailabilityZone',
    'SecurityGroupIds',
    'SubnetId',
    'TagSpecifications.ResourceType',
    'TagSpecifications.Tags.Key',
    'TagSpecifications.Tags.Value',
    'UserData',
  ],
  run(input, call) {
    const { world, account, region, now } = call;
    const counts = checkCounts(input);
    const tags = tagSpecifications(input.TagSpecifications, ['instance', 'volume', 'network-interface']);
    checkUserData(input.UserData);

    const subnet = findSubnet(input, call);
    // RunInstances is idempotent zone by zone: the same token in another zone launches another
    // instance (EC2 developer guide, Ensuring idempotency in Amazon EC2 API requests).
    const isZonal = input.SubnetId !== undefined || input.Placement?.AvailabilityZone !== undefined;
    const token = rememberedId(call, 'RunInstances', input, {
      scope: isZonal ? subnet.availabilityZone : '',
    });
    if (token.id !== undefined) return repeated(token.id, call);

    const image = findImage(input, call);
    const type = checkInstanceType(input, image, subnet);
    const securityGroupIds = findSecurityGroups(input, subnet, call);
    const instanceProfileArn = findInstanceProfile(input, call);
    const metadataOptions = resolveMetadataOptions(input, image);
    if (metadataOptions.InstanceMetadataTags === 'enabled') checkMetadataTagKeys(tags.instance);
    const devices = planDevices(input.BlockDeviceMappings ?? [], image, call);
    const shutdownBehavior =
      checkOneOf('InstanceInitiatedShutdownBehavior', input.InstanceInitiatedShutdownBehavior, [
        'stop',
        'terminate',
      ]) ?? 'stop';
    if (subnet.availableIpAddressCount < counts.min) {
      throw new AwsError(
        'InsufficientFreeAddressesInSubnet',
        `There are not enough free addresses in subnet '${subnet.id}' to satisfy the requested number of instances.`,
      );
    }
    checkDryRun(input);

    const launched = Math.min(counts.max, subnet.availableIpAddressCount);
    const reservationId = newId(world, 'r');
    const addresses = freeAddresses(subnet, launched, call);
    const instances = addresses.map((privateIpAddress, launchIndex) => {
      const id = newId(world, 'i');
      const blockDevices = createVolumes(devices, id, subnet, tags.volume, call);
      const fault = strike(world, isInstanceFault, region, ({ where = {} }) => holds(input, where));
      const record: InstanceRecord = {
        id,
        account,
        region,
        tags: tags.instance,
        imageId: image.id,
        instanceType: type,
        architecture: image.architecture,
        ...(image.platform === undefined ? {} : { platform: image.platform }),
        subnetId: subnet.id,
        vpcId: subnet.vpcId,
        availabilityZone: subnet.availabilityZone,
        securityGroupIds,
        ...(instanceProfileArn === undefined ? {} : { instanceProfileArn }),
        metadataOptions,
        shutdownBehavior,
        ...(input.UserData === undefined ? {} : { userData: input.UserData }),
        ...(input.ClientToken === undefined ? {} : { clientToken: input.ClientToken }),
        launchTime: now,
        state: 'pending',
        stateTransitionReason: '',
        rootDeviceName: image.rootDeviceName,
        privateIpAddress,
        reservationId,
        networkInterfaceId: newId(world, 'eni'),
        launchIndex,
        ebsOptimized: input.EbsOptimized ?? false,
        platformDetails: image.platformDetails,
        usageOperation: image.usageOperation,
        ...(image.bootMode === undefined ? {} : { bootMode: image.bootMode }),
        productCodes: image.productCodes,
        ephemeralDevices: devices.flatMap(({ device, virtualName }) =>
          virtualName === undefined ? [] : [{ device, virtualName }],
        ),
        ...(fault === undefined
          ? {}
          : {
              endsWith: {
                Code: fault.reason,
                Message: fault.message ?? `${fault.reason}: ${launchFailures[fault.reason] ?? fault.reason}`,
              },
            }),
        blockDevices,
        boots: 0,
      };
      if (fault !== undefined) schedule(world, 'instance.fault', id, now + fault.afterSeconds * 1000);
      return beginRunning(world, record, now);
    });
    world.subnets.put(
      { ...subnet, availableIpAddressCount: subnet.availableIpAddressCount - launched },
      now,
      0,
    );
    token.remember(reservationId);
    return reservation(reservationId, instances, call);
  },
};

/** What EC2 says of launches that it accepted and then could not carry out (SDK, StateReason). */
const launchFailures: Readonly<Record<string, string>> = {
  'Server.InsufficientInstanceCapacity': 'Insufficient capacity to satisfy launch request',
  'Server.InternalError': 'Internal error on launch',
  'Server.ScheduledStop': 'Stopped due to a scheduled retirement',
  'Client.InternalError': 'Client error on launch',
  'Client.InvalidSnapshot.NotFound': 'The specified snapshot was not found',
  'Client.VolumeLimitExceeded': 'Volume limit exceeded',
};

function reservation(
  ReservationId: string,
  instances: readonly InstanceRecord[],
  { world, account }: Call,
): Omit<RunInstancesCommandOutput, '$metadata'> {
  return {
    ReservationId,
    OwnerId: account,
    Groups: [],
    Instances: instances.map((instance): Instance => instanceShape(world, instance)),
  };
}

function repeated(reservationId: string, call: Call): Omit<RunInstancesCommandOutput, '$metadata'> {
  const instances = call.world.instances.all().filter((record) => record.reservationId === reservationId);
  if (instances.every(({ state }) => state === 'terminated' || state === 'shutting-down')) {
    throw new AwsError(
      'IdempotentInstanceTerminated',
      'The request to launch an instance uses the same client token as a previous request for which the instance has been terminated.',
    );
  }
  return reservation(reservationId, instances, call);
}

/** Free addresses of a subnet: not its network's own and AWS's (the first four), nor those of instances. */
function freeAddresses(subnet: SubnetRecord, wanted: number, { world }: Call): string[] {
  const taken = new Set(
    world.instances
      .all()
      .filter(({ subnetId, state }) => subnetId === subnet.id && state !== 'terminated')
      .map(({ privateIpAddress }) => privateIpAddress),
  );
  const [network = '', bits = '32'] = subnet.cidrBlock.split('/');
  const base = network.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  const usable = size - 5;
  const free: string[] = [];
  // Begins at another place each time, as EC2 does, so that no address is reused at once.
  const start = count(world, `address ${subnet.id}`) * 7;
  for (let step = 0; step < usable && free.length < wanted; step++) {
    const address = base + 4 + ((start + step) % usable);
    const dotted = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
    if (!taken.has(dotted)) free.push(dotted);
  }
  return free;
}
