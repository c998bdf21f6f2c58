import type {
  DescribeVolumeStatusCommandInput,
  DescribeVolumeStatusCommandOutput,
} from '@aws-sdk/client-ec2';
import { zoneId } from '../core/regions.ts';
import type { Operation } from '../core/service.ts';
import { type FilterNames, matcher } from './filters.ts';
import { checkPaging, page } from './paging.ts';
import type { VolumeRecord } from './records.ts';
import { checkDryRun } from './refusals.ts';
import { seenVolumes } from './volumes.ts';

/** No volume is ever impaired in the embedded AWS. A volume that is being created has no status yet. */
export const describeVolumeStatus: Operation<
  DescribeVolumeStatusCommandInput,
  DescribeVolumeStatusCommandOutput
> = {
  kind: 'read',
  accepts: [
    'DryRun',
    'Filters.Name',
    'Filters.Values',
    'IncludeManagedResources',
    'MaxResults',
    'NextToken',
    'VolumeIds',
  ],
  run(input, call) {
    const { VolumeIds } = input;
    checkPaging(input, { min: 5, max: 1000, ids: VolumeIds, idsName: 'volumeSet' });
    const volumes = seenVolumes(call, VolumeIds);
    const matches = matcher(input.Filters, filters, ({ tags }) => tags);
    checkDryRun(input);
    const { items, NextToken } = page(volumes.filter(matches), input);
    return {
      VolumeStatuses: items.map((volume) => ({
        VolumeId: volume.id,
        AvailabilityZone: volume.availabilityZone,
        AvailabilityZoneId: zoneId(volume.availabilityZone),
        Actions: [],
        Events: [],
        VolumeStatus: {
          Status: statusOf(volume),
          Details: [
            { Name: 'io-enabled', Status: ioEnabled(volume) },
            { Name: 'io-performance', Status: 'not-applicable' },
          ],
        },
      })),
      NextToken,
    };
  },
};

const statusOf = ({ state }: VolumeRecord) => (state === 'creating' ? 'insufficient-data' : 'ok');
const ioEnabled = ({ state }: VolumeRecord) => (state === 'creating' ? 'not-applicable' : 'passed');

const filters: FilterNames<VolumeRecord> = {
  'action.code': () => undefined,
  'action.description': () => undefined,
  'action.event-id': () => undefined,
  'availability-zone': ({ availabilityZone }) => availabilityZone,
  'event.description': () => undefined,
  'event.event-id': () => undefined,
  'event.event-type': () => undefined,
  'event.not-after': () => undefined,
  'event.not-before': () => undefined,
  'volume-status.details-name': () => ['io-enabled', 'io-performance'],
  'volume-status.details-status': (volume) => [ioEnabled(volume), 'not-applicable'],
  'volume-status.status': statusOf,
};
