import type {
  DescribeFastSnapshotRestoresCommandInput,
  DescribeFastSnapshotRestoresCommandOutput,
} from '@aws-sdk/client-ec2';
import { zoneId } from '../core/regions.ts';
import type { Operation } from '../core/service.ts';
import { restoreShape } from './fast-snapshot-restores.ts';
import { type FilterNames, matcher } from './filters.ts';
import { checkPaging, page } from './paging.ts';
import type { FastSnapshotRestoreRecord } from './records.ts';
import { checkDryRun } from './refusals.ts';

/** Also shows restores that were disabled. */
export const describeFastSnapshotRestores: Operation<
  DescribeFastSnapshotRestoresCommandInput,
  DescribeFastSnapshotRestoresCommandOutput
> = {
  kind: 'read',
  accepts: ['DryRun', 'Filters.Name', 'Filters.Values', 'MaxResults', 'NextToken'],
  run(input, { world, account, region, now }) {
    checkPaging(input, { min: 0, max: 200 });
    const matches = matcher(input.Filters, filters, () => ({}));
    checkDryRun(input);
    const found = world.fastSnapshotRestores
      .allSeen(now)
      .filter((record) => record.account === account && record.region === region)
      .filter(matches);
    const { items, NextToken } = page(found, input);
    return { FastSnapshotRestores: items.map(restoreShape), NextToken };
  },
};

const filters: FilterNames<FastSnapshotRestoreRecord> = {
  'availability-zone': ({ availabilityZone }) => availabilityZone,
  'availability-zone-id': ({ availabilityZone }) => zoneId(availabilityZone),
  'owner-id': ({ account }) => account,
  'snapshot-id': ({ snapshotId }) => snapshotId,
  state: ({ state }) => state,
};
