import type {
  DescribeVolumesModificationsCommandInput,
  DescribeVolumesModificationsCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { type FilterNames, matcher } from './filters.ts';
import { page } from './paging.ts';
import type { VolumeRecord } from './records.ts';
import { checkDryRun } from './refusals.ts';
import { wholeSecondsText } from './times.ts';
import { volumeSelection } from './volume-selection.ts';
import { modificationShape } from './volume-shape.ts';
import { ownVolume, seenVolumes } from './volumes.ts';

/** Returns the last modification of each modified volume. */
export const describeVolumesModifications: Operation<
  DescribeVolumesModificationsCommandInput,
  DescribeVolumesModificationsCommandOutput
> = {
  kind: 'read',
  accepts: volumeSelection,
  run(input, call) {
    const { VolumeIds = [] } = input;
    const named = VolumeIds.map((id) => ownVolume(call, id));
    const matches = matcher(input.Filters, filters, ({ tags }) => tags);
    checkDryRun(input);
    const missing = named.find(({ modification }) => modification === undefined);
    if (missing !== undefined) {
      throw new AwsError(
        'InvalidVolumeModification.NotFound',
        `Modification for volume '${missing.id}' does not exist.`,
      );
    }
    const modified = named.length > 0 ? named : seenVolumes(call).filter(({ modification }) => modification);
    const { items, NextToken } = page(modified.filter(matches), input, { min: 1, max: 500 });
    return {
      VolumesModifications: items.flatMap((volume) => modificationShape(volume, call.now) ?? []),
      NextToken,
    };
  },
};

const filters: FilterNames<VolumeRecord> = {
  'modification-state': ({ modification }) => modification?.state,
  'original-iops': ({ modification }) => modification?.original.iops,
  'original-size': ({ modification }) => modification?.original.sizeGiB,
  'original-volume-type': ({ modification }) => modification?.original.volumeType,
  'start-time': ({ modification }) => modification && wholeSecondsText(modification.startTime),
  'target-iops': ({ modification }) => modification?.target.iops,
  'target-size': ({ modification }) => modification?.target.sizeGiB,
  'target-volume-type': ({ modification }) => modification?.target.volumeType,
  'volume-id': ({ id }) => id,
};
