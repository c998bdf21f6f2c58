import type { DeleteSnapshotCommandInput, DeleteSnapshotCommandOutput } from '@aws-sdk/client-ec2';
import { AwsError, missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { forgetRestores } from './fast-snapshot-restores.ts';
import { checkDryRun } from './refusals.ts';
import { imageUsing, ownSnapshot } from './snapshots.ts';

export const deleteSnapshot: Operation<DeleteSnapshotCommandInput, DeleteSnapshotCommandOutput> = {
  kind: 'write',
  accepts: ['DryRun', 'SnapshotId'],
  run(input, call) {
    const { world, now } = call;
    const { SnapshotId } = input;
    if (SnapshotId === undefined) throw missingParameter('SnapshotId');
    ownSnapshot(call, SnapshotId);
    const image = imageUsing(world, SnapshotId);
    if (image !== undefined) {
      throw new AwsError(
        'InvalidSnapshot.InUse',
        `The snapshot ${SnapshotId} is currently in use by ${image.id}`,
      );
    }
    checkDryRun(input);
    forgetRestores(world, SnapshotId);
    world.snapshots.remove(SnapshotId, now, lagMs(world, SnapshotId));
    return {};
  },
};
