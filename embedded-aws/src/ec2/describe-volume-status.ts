import type {
  DescribeVolumeStatusCommandInput,
  DescribeVolumeStatusCommandOutput,
} from '@aws-sdk/client-ec2';
import { zoneId } from '../core/regions.ts';
import type { Operation } from '../core/service.ts';
import type { FilterNames } from './filters.ts';
import type { VolumeRecord } from './records.ts';
import { volumePage, volumeSelection } from './volume-selection.ts';

/** No volume is ever impaired in the embedded AWS. A volume that is being created has no status yet. */
export const describeVolumeStatus: Operation<
  DescribeVolumeStatusCommandInput,
  DescribeVolumeStatusCommandOutput
> = {
  kind: 'read',
  accepts: volumeSelection,
  run(input, call) {
    const { items, NextToken } = volumePage(input, call, filters);
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
