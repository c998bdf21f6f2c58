import type {
  DescribeInstancesCommandInput,
  DescribeInstancesCommandOutput,
  Reservation,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../operation.ts';
import type { InstanceRecord } from '../records.ts';
import { type FilterNames, matcher } from './filters.ts';
import { instanceState } from './instances.ts';
import { page } from './paging.ts';
import { checkDryRun, checkIds, instanceNotFound } from './refusals.ts';
import { instanceShape } from './shapes.ts';

export const describeInstances: Operation<DescribeInstancesCommandInput, DescribeInstancesCommandOutput> = {
  kind: 'read',
  accepts: ['DryRun', 'Filters.Name', 'Filters.Values', 'InstanceIds', 'MaxResults', 'NextToken'],
  run(input, { world, account, region, now }) {
    const { InstanceIds = [] } = input;
    checkIds('i', InstanceIds);
    const matches = matcher(input.Filters, filters, ({ tags }) => tags);
    checkDryRun(input);
    const isOwn = (instance: InstanceRecord) => instance.account === account && instance.region === region;
    let found: InstanceRecord[];
    if (InstanceIds.length > 0) {
      const seen = new Map(
        InstanceIds.map((id) => {
          const instance = world.instances.seen(id, now);
          return [id, instance !== undefined && isOwn(instance) ? instance : undefined];
        }),
      );
      const missing = [...seen].filter(([, instance]) => instance === undefined).map(([id]) => id);
      if (missing.length > 0) throw instanceNotFound(missing);
      found = [...seen.values()].filter((instance) => instance !== undefined);
    } else {
      found = world.instances.allSeen(now).filter(isOwn);
    }
    const paged = page(found.filter(matches), input, {
      min: 5,
      max: 1000,
      ids: InstanceIds,
      idsName: 'instancesSet',
    });
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

const filters: FilterNames<InstanceRecord> = {
  architecture: ({ architecture }) => architecture,
  'availability-zone': ({ availabilityZone }) => availabilityZone,
  'block-device-mapping.volume-id': ({ blockDevices }) => blockDevices.map(({ volumeId }) => volumeId),
  'client-token': ({ clientToken }) => clientToken,
  'iam-instance-profile.arn': ({ instanceProfileArn }) => instanceProfileArn,
  'image-id': ({ imageId }) => imageId,
  'instance-id': ({ id }) => id,
  'instance-state-code': ({ state }) => instanceState(state).Code,
  'instance-state-name': ({ state }) => state,
  'instance-type': (record) => record.instanceType,
  'instance.group-id': ({ securityGroupIds }) => securityGroupIds,
  'metadata-options.http-tokens': ({ metadataOptions }) => metadataOptions.HttpTokens,
  'owner-id': ({ account }) => account,
  platform: ({ platform }) => platform,
  'private-ip-address': ({ privateIpAddress }) => privateIpAddress,
  'reservation-id': ({ reservationId }) => reservationId,
  'root-device-name': ({ rootDeviceName }) => rootDeviceName,
  'state-reason-code': ({ stateReason }) => stateReason?.Code,
  'subnet-id': ({ subnetId }) => subnetId,
  'vpc-id': ({ vpcId }) => vpcId,
};
