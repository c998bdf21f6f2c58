import { type EC2Client, paginateDescribeFastSnapshotRestores } from '@aws-sdk/client-ec2';
import type { FastRestore } from '../build/acceleration.ts';

// Separate from fast-restores.ts, so that Plan does not bundle the calls that change something.

/** The snapshots with fast snapshot restore in this account and region. There are few: the default quota is 5 snapshots. */
export async function findFastRestores(client: EC2Client): Promise<FastRestore[]> {
  const Filters = [{ Name: 'state', Values: ['enabling', 'optimizing', 'enabled', 'disabling'] }];
  const found: FastRestore[] = [];
  for await (const page of paginateDescribeFastSnapshotRestores({ client }, { Filters })) {
    for (const { SnapshotId = '', AvailabilityZone = '', State } of page.FastSnapshotRestores ?? [])
      found.push({ snapshotId: SnapshotId, zone: AvailabilityZone, isEnding: State === 'disabling' });
  }
  return found;
}
