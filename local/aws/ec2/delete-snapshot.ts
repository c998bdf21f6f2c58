import type { DeleteSnapshotCommandInput, DeleteSnapshotCommandOutput } from '@aws-sdk/client-ec2';
import { AwsError, missingParameter } from '../errors.ts';
import type { Operation } from '../operation.ts';
import { lagMs } from '../world.ts';
import { checkDryRun, checkIds, snapshotNotFound } from './refusals.ts';
import { imageUsing, isSnapshotVisible } from './snapshots.ts';

export const deleteSnapshot: Operation<DeleteSnapshotCommandInput, DeleteSnapshotCommandOutput> = {
  kind: 'write',
  accepts: ['DryRun', 'SnapshotId'],
  run(input, { world, account, region, now }) {
    const { SnapshotId } = input;
    if (SnapshotId === undefined) throw missingParameter('SnapshotId');
    checkIds('snap', [SnapshotId]);
    const snapshot = world.snapshots.get(SnapshotId);
    const isSeen = world.snapshots.seen(SnapshotId, now) !== undefined;
    if (
      snapshot === undefined ||
      !isSeen ||
      snapshot.region !== region ||
      !isSnapshotVisible(snapshot, account)
    ) {
      throw snapshotNotFound(SnapshotId);
    }
    if (snapshot.account !== account) {
      throw new AwsError('AuthFailure', `Not authorized for snapshot:${SnapshotId}`, 403);
    }
    const image = imageUsing(world, SnapshotId);
    if (image !== undefined) {
      throw new AwsError(
        'InvalidSnapshot.InUse',
        `The snapshot ${SnapshotId} is currently in use by ${image.id}`,
      );
    }
    checkDryRun(input);
    world.snapshots.remove(SnapshotId, now, lagMs(world, SnapshotId));
    return {};
  },
};
