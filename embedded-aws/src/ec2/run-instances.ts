import type {
  Instance,
  RunInstancesCommandInput,
  RunInstancesCommandOutput,
  StateReason,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../core/errors.ts';
import { holds, strike } from '../core/faults.ts';
import { hex } from '../core/random.ts';
import type { Tags } from '../core/resource.ts';
import type { Call, Operation } from '../core/service.ts';
import { newId, schedule } from '../core/world.ts';
import type { InstanceFault } from './faults.ts';
import { checkNetworking, scheduleLaunchReport } from './image-launches.ts';
import { instanceShape } from './instance-shape.ts';
import { findImage } from './launch-image.ts';
import { checkMarket } from './launch-market.ts';
import {
  checkAddress,
  findSecurityGroups,
  freeAddresses,
  type PlannedInterface,
  planInterface,
} from './launch-network.ts';
import { checkKeyName, checkOptions } from './launch-options.ts';
import { launchParameters } from './launch-parameters.ts';
import { checkCounts, checkInstanceType, checkUserData, findInstanceProfile } from './launch-refusals.ts';
import { createVolumes, planDevices } from './launch-volumes.ts';
import { withTemplate } from './launch-with-template.ts';
import { beginRunning } from './lifecycle.ts';
import { resolveMetadataOptions } from './metadata-options.ts';
import { attachInterface } from './network-interfaces.ts';
import type { InstanceRecord } from './records.ts';
import { checkDryRun, checkOneOf } from './refusals.ts';
import { checkMetadataTagKeys, tagSpecifications } from './tagging.ts';
import { rememberedId } from './tokens.ts';

export const runInstances: Operation<RunInstancesCommandInput, RunInstancesCommandOutput> = {
  kind: 'write',
  accepts: [
    ...launchParameters,
    'ClientToken',
    'DryRun',
    'LaunchTemplate.LaunchTemplateId',
    'LaunchTemplate.LaunchTemplateName',
    'LaunchTemplate.Version',
    'MaxCount',
    'MinCount',
    'PrivateIpAddress',
    'SubnetId',
  ],
  run(request, call) {
    const counts = checkCounts(request);
    const { input, systemTags } = withTemplate(request, call);
    const { place, token, reservationId } = findPlace(request, input, call);
    if (reservationId !== undefined) return repeated(reservationId, call);
    const plan = planLaunch(input, place, counts, call);
    checkDryRun(request);
    const instances = launch({ ...plan, systemTags }, input, place, call);
    token.remember(instances[0]?.reservationId ?? '');
    return reservation(instances[0]?.reservationId ?? '', instances, call);
  },
};

/** Finds the subnet, and the instances that an earlier call with the same token launched there. */
function findPlace(request: RunInstancesCommandInput, input: RunInstancesCommandInput, call: Call) {
  // EC2 refuses these parameters before it looks up any resource.
  tagSpecifications(input.TagSpecifications, taggedKinds);
  checkUserData(input.UserData);
  const place = planInterface(input, call);
  // RunInstances is idempotent for each zone: the same token in another zone launches another instance (EC2
  // developer guide, Ensuring idempotency in Amazon EC2 API requests).
  const token = rememberedId(call, 'RunInstances', request, {
    scope: place.isPlaceChosen ? place.subnet.availabilityZone : '',
  });
  return { place, token, reservationId: token.id };
}

const taggedKinds = ['instance', 'volume', 'network-interface', 'spot-instances-request'] as const;

/** Checks everything that EC2 can refuse in a launch. Returns the properties of the new instances. */
function planLaunch(
  input: RunInstancesCommandInput,
  place: PlannedInterface,
  counts: { min: number; max: number },
  call: Call,
) {
  const { subnet } = place;
  const tags = tagSpecifications(input.TagSpecifications, taggedKinds);
  const image = findImage(input.ImageId, call);
  const type = checkInstanceType(input, image, subnet);
  if (type.hypervisor === 'nitro') checkNetworking(image, type.name);
  const isSubnetChosen = input.SubnetId !== undefined;
  const securityGroupIds = findSecurityGroups(input.SecurityGroups, place, isSubnetChosen, call);
  const instanceProfileArn = findInstanceProfile(input, call);
  const keyName = checkKeyName(input.KeyName, image, call);
  const metadataOptions = resolveMetadataOptions(input.MetadataOptions, image, call);
  if (metadataOptions.InstanceMetadataTags === 'enabled') checkMetadataTagKeys(tags.instance);
  const devices = planDevices(input.BlockDeviceMappings ?? [], image, call);
  const options = checkOptions(input, type);
  const spot = checkMarket(input);
  const shutdownBehavior =
    checkOneOf('InstanceInitiatedShutdownBehavior', input.InstanceInitiatedShutdownBehavior, [
      'stop',
      'terminate',
    ]) ?? 'stop';
  if (place.privateIpAddress !== undefined) {
    checkAddress(place.privateIpAddress, subnet, counts.max, call);
  }
  if (subnet.availableIpAddressCount < counts.min) {
    throw new AwsError(
      'InsufficientFreeAddressesInSubnet',
      `There are not enough free addresses in subnet '${subnet.id}' to satisfy the requested number of instances.`,
    );
  }
  return {
    tags,
    image,
    devices,
    spot,
    launched: Math.min(counts.max, subnet.availableIpAddressCount),
    /** The properties that all instances of the launch share. */
    common: {
      imageId: image.id,
      instanceType: type.name,
      architecture: image.architecture,
      ...(image.platform === undefined ? {} : { platform: image.platform }),
      subnetId: subnet.id,
      vpcId: subnet.vpcId,
      availabilityZone: subnet.availabilityZone,
      securityGroupIds,
      ...(instanceProfileArn === undefined ? {} : { instanceProfileArn }),
      ...(keyName === undefined ? {} : { keyName }),
      metadataOptions,
      shutdownBehavior,
      ...(place.hasPublicAddress ? { hasPublicAddress: true } : {}),
      ...options,
      ...(input.UserData === undefined ? {} : { userData: input.UserData }),
      ...(input.ClientToken === undefined ? {} : { clientToken: input.ClientToken }),
      rootDeviceName: image.rootDeviceName,
      ebsOptimized: input.EbsOptimized ?? false,
      platformDetails: image.platformDetails,
      usageOperation: image.usageOperation,
      ...(image.bootMode === undefined ? {} : { bootMode: image.bootMode }),
      ...(image.imdsSupport && { imdsSupport: image.imdsSupport }),
      ...(image.withoutEna && { withoutEna: true as const }),
      ...(image.withoutSriov && { withoutSriov: true as const }),
      productCodes: image.productCodes,
      ephemeralDevices: devices.flatMap(({ device, virtualName }) =>
        virtualName === undefined ? [] : [{ device, virtualName }],
      ),
    },
  };
}

function launch(
  plan: ReturnType<typeof planLaunch> & { systemTags: Tags },
  input: RunInstancesCommandInput,
  place: PlannedInterface,
  call: Call,
): InstanceRecord[] {
  const { world, account, region, now } = call;
  const { subnet, description, deleteOnTermination } = place;
  const reservationId = newId(world, 'r');
  const addresses =
    place.privateIpAddress === undefined
      ? freeAddresses(subnet, plan.launched, call)
      : [place.privateIpAddress];
  scheduleLaunchReport(world, plan.image, now);
  const instances = addresses.map((privateIpAddress, launchIndex) => {
    const id = newId(world, 'i');
    const blockDevices = createVolumes(plan.devices, id, subnet, plan.tags.volume, call);
    const fault = strike(world, 'instance', region, ({ where = {} }) => holds(input, where));
    const record: InstanceRecord = {
      id,
      account,
      region,
      tags: { ...plan.tags.instance, ...plan.systemTags },
      ...plan.common,
      launchTime: now,
      state: 'pending',
      stateTransitionReason: '',
      privateIpAddress,
      reservationId,
      networkInterfaceId: newId(world, 'eni'),
      launchIndex,
      ...(plan.common.instanceProfileArn && {
        profileAssociation: { id: newId(world, 'iip-assoc'), since: now },
      }),
      ...(plan.spot && {
        spotRequest: {
          ...plan.spot,
          id: `sir-${hex(world.seed, 8, 'spot request', id)}`,
          tags: plan.tags['spot-instances-request'],
        },
      }),
      ...(fault && { endsWith: endOf(fault) }),
      blockDevices,
      boots: 0,
    };
    if (fault !== undefined) schedule(world, 'instance.fault', id, now + fault.afterSeconds * 1000);
    const tags = plan.tags['network-interface'];
    attachInterface(world, record, now, { tags, description, deleteOnTermination });
    return beginRunning(world, record, now);
  });
  world.subnets.put(
    { ...subnet, availableIpAddressCount: subnet.availableIpAddressCount - addresses.length },
    now,
    0,
  );
  return instances;
}

function endOf({ reason, message }: InstanceFault): StateReason {
  return { Code: reason, Message: message ?? `${reason}: ${launchFailures[reason] ?? reason}` };
}

/** EC2's messages for accepted launches that then failed (SDK, StateReason). */
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
