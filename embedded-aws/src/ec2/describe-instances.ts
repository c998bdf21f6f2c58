import type {
  DescribeInstancesCommandInput,
  DescribeInstancesCommandOutput,
  Reservation,
} from '@aws-sdk/client-ec2';
import { zoneId } from '../core/regions.ts';
import type { Operation } from '../core/service.ts';
import type { World } from '../core/world.ts';
import { type FilterNames, matcher } from './filters.ts';
import { groupsOf, instanceShape, profileShape, shownDevices } from './instance-shape.ts';
import { instanceState, seenInstances } from './instances.ts';
import { publicAddress } from './network-interfaces.ts';
import { checkPaging, page } from './paging.ts';
import type { InstanceRecord } from './records.ts';
import { checkDryRun } from './refusals.ts';
import { wholeSecondsText } from './times.ts';

export const describeInstances: Operation<DescribeInstancesCommandInput, DescribeInstancesCommandOutput> = {
  kind: 'read',
  accepts: ['DryRun', 'Filters.Name', 'Filters.Values', 'InstanceIds', 'MaxResults', 'NextToken'],
  run(input, call) {
    const { world, account } = call;
    const { InstanceIds = [] } = input;
    checkPaging(input, { min: 5, max: 1000, ids: InstanceIds, idsName: 'instancesSet' });
    const matches = matcher(input.Filters, filtersOf(world), ({ tags }) => tags);
    const found = seenInstances(call, InstanceIds);
    checkDryRun(input);
    const paged = page(found.filter(matches), input);
    const reservations = new Map<string, Reservation>();
    for (const instance of paged.items) {
      const { reservationId } = instance;
      const reservation = reservations.get(reservationId) ?? {
        ReservationId: reservationId,
        OwnerId: account,
        Groups: [],
        Instances: [],
      };
      reservation.Instances?.push(instanceShape(world, instance));
      reservations.set(reservationId, reservation);
    }
    return { Reservations: [...reservations.values()], NextToken: paged.NextToken };
  },
};

function filtersOf(world: World): FilterNames<InstanceRecord> {
  const shape = (instance: InstanceRecord) => instanceShape(world, instance);
  const network = (instance: InstanceRecord) => shape(instance).NetworkInterfaces?.[0];
  const groupNames = (instance: InstanceRecord) =>
    groupsOf(world, instance).map(({ GroupName }) => GroupName);
  const volumes = (instance: InstanceRecord) =>
    shownDevices(instance)
      .map(({ volumeId }) => world.volumes.get(volumeId))
      .filter((volume) => volume !== undefined);
  return {
    ...plainFilters,
    'block-device-mapping.attach-time': (instance) =>
      shape(instance).BlockDeviceMappings?.map(({ Ebs }) => Ebs?.AttachTime?.toISOString()),
    'block-device-mapping.delete-on-termination': (instance) =>
      shownDevices(instance).map(({ deleteOnTermination }) => String(deleteOnTermination)),
    'block-device-mapping.status': (instance) => volumes(instance).map(() => 'attached'),
    'current-instance-boot-mode': (instance) => shape(instance).CurrentInstanceBootMode,
    'dns-name': (instance) => shape(instance).PublicDnsName,
    'group-name': groupNames,
    'iam-instance-profile.id': (instance) => profileShape(world, instance)?.Id,
    'instance.group-name': groupNames,
    'ip-address': (instance) => publicAddress(world, instance),
    'monitoring-state': (instance) => shape(instance).Monitoring?.State,
    'network-interface.addresses.association.public-ip': (instance) => publicAddress(world, instance),
    'network-interface.addresses.private-ip-address': (instance) => network(instance)?.PrivateIpAddress,
    'network-interface.association.public-ip': (instance) => publicAddress(world, instance),
    'network-interface.attachment.attachment-id': (instance) => network(instance)?.Attachment?.AttachmentId,
    'network-interface.attachment.status': (instance) => network(instance)?.Attachment?.Status,
    'network-interface.availability-zone': ({ availabilityZone }) => availabilityZone,
    'network-interface.description': (instance) => network(instance)?.Description,
    'network-interface.mac-address': (instance) => network(instance)?.MacAddress,
    'network-interface.group-name': groupNames,
    'private-dns-name': (instance) => shape(instance).PrivateDnsName,
  };
}

const plainFilters: FilterNames<InstanceRecord> = {
  affinity: () => undefined,
  architecture: ({ architecture }) => architecture,
  'availability-zone': ({ availabilityZone }) => availabilityZone,
  'availability-zone-id': ({ availabilityZone }) => zoneId(availabilityZone),
  'block-device-mapping.device-name': (instance) => shownDevices(instance).map(({ device }) => device),
  'block-device-mapping.volume-id': (instance) => shownDevices(instance).map(({ volumeId }) => volumeId),
  'boot-mode': ({ bootMode }) => bootMode,
  'client-token': ({ clientToken }) => clientToken,
  'ebs-optimized': ({ ebsOptimized }) => ebsOptimized,
  'ena-support': ({ withoutEna }) => withoutEna !== true,
  'enclave-options.enabled': () => false,
  'group-id': ({ securityGroupIds }) => securityGroupIds,
  'hibernation-options.configured': () => false,
  'host-id': () => undefined,
  hypervisor: () => 'xen',
  'iam-instance-profile.arn': ({ instanceProfileArn }) => instanceProfileArn,
  'iam-instance-profile.name': ({ instanceProfileArn }) => instanceProfileArn?.split('/').at(-1),
  'image-id': ({ imageId }) => imageId,
  'instance-id': ({ id }) => id,
  'instance-lifecycle': () => undefined,
  'instance-state-code': ({ state }) => instanceState(state).Code,
  'instance-state-name': ({ state }) => state,
  'instance-type': (record) => record.instanceType,
  'instance.group-id': ({ securityGroupIds }) => securityGroupIds,
  'kernel-id': () => undefined,
  'key-name': ({ keyName }) => keyName,
  'launch-index': ({ launchIndex }) => launchIndex,
  'launch-time': ({ launchTime }) => wholeSecondsText(launchTime),
  'maintenance-options.auto-recovery': ({ autoRecovery }) => autoRecovery ?? 'default',
  'metadata-options.http-endpoint': ({ metadataOptions }) => metadataOptions.HttpEndpoint,
  'metadata-options.http-protocol-ipv4': () => 'enabled',
  'metadata-options.http-protocol-ipv6': ({ metadataOptions }) => metadataOptions.HttpProtocolIpv6,
  'metadata-options.http-put-response-hop-limit': ({ metadataOptions }) =>
    metadataOptions.HttpPutResponseHopLimit,
  'metadata-options.http-tokens': ({ metadataOptions }) => metadataOptions.HttpTokens,
  'metadata-options.instance-metadata-tags': ({ metadataOptions }) => metadataOptions.InstanceMetadataTags,
  'metadata-options.state': () => 'applied',
  'network-interface.group-id': ({ securityGroupIds }) => securityGroupIds,
  'network-interface.network-interface-id': ({ networkInterfaceId }) => networkInterfaceId,
  'network-interface.owner-id': ({ account }) => account,
  'network-interface.source-dest-check': ({ sourceDestCheck }) => sourceDestCheck ?? true,
  'network-interface.status': () => 'in-use',
  'network-interface.subnet-id': ({ subnetId }) => subnetId,
  'network-interface.vpc-id': ({ vpcId }) => vpcId,
  'outpost-arn': () => undefined,
  'owner-id': ({ account }) => account,
  'placement-group-name': () => undefined,
  'placement-partition-number': () => undefined,
  platform: ({ platform }) => platform,
  'platform-details': ({ platformDetails }) => platformDetails,
  'private-dns-name-options.hostname-type': () => 'ip-name',
  'private-ip-address': ({ privateIpAddress }) => privateIpAddress,
  'product-code': ({ productCodes }) => productCodes.map(({ ProductCodeId }) => ProductCodeId),
  'product-code.type': ({ productCodes }) => productCodes.map(({ ProductCodeType }) => ProductCodeType),
  'ramdisk-id': () => undefined,
  reason: ({ stateTransitionReason }) => stateTransitionReason,
  'requester-id': () => undefined,
  'reservation-id': ({ reservationId }) => reservationId,
  'root-device-name': ({ rootDeviceName }) => rootDeviceName,
  'root-device-type': () => 'ebs',
  'source-dest-check': ({ sourceDestCheck }) => sourceDestCheck ?? true,
  'spot-instance-request-id': () => undefined,
  'state-reason-code': ({ stateReason }) => stateReason?.Code,
  'state-reason-message': ({ stateReason }) => stateReason?.Message,
  'subnet-id': ({ subnetId }) => subnetId,
  tenancy: () => 'default',
  'usage-operation': ({ usageOperation }) => usageOperation,
  'virtualization-type': () => 'hvm',
  'vpc-id': ({ vpcId }) => vpcId,
};
