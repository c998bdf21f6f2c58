import type {
  DeleteSnapshotReturnCode,
  DeregisterImageCommandInput,
  DeregisterImageCommandOutput,
} from '@aws-sdk/client-ec2';
import { missingParameter } from '../errors.ts';
import type { Operation } from '../operation.ts';
import { lagMs, schedule } from '../world.ts';
import { ownImage } from './images.ts';
import { snapshotIdsOf } from './lifecycle.ts';
import { checkDryRun } from './refusals.ts';
import { imageUsing } from './snapshots.ts';

/** Any state will do: a pending copy is given up in this way (EC2 user guide, Copy an Amazon EC2 AMI). */
export const deregisterImage: Operation<DeregisterImageCommandInput, DeregisterImageCommandOutput> = {
  kind: 'write',
  accepts: ['DeleteAssociatedSnapshots', 'DryRun', 'ImageId'],
  run(input, call) {
    const { world, now } = call;
    if (input.ImageId === undefined) throw missingParameter('imageId');
    const image = ownImage(call, input.ImageId);
    checkDryRun(input);
    const { readyAt: _readyAt, failsWith: _failsWith, ...rest } = image;
    const unseenFrom = lagMs(world, image.id);
    world.images.put({ ...rest, state: 'deregistered', launchPermissions: [] }, now, unseenFrom);
    // Answered with an empty list for as long again as a read may lag; then it is not found.
    schedule(world, 'image.forgotten', image.id, now + unseenFrom + lagMs(world, image.id));
    if (!input.DeleteAssociatedSnapshots) return { Return: true };
    const results = snapshotIdsOf(image).flatMap((SnapshotId): DeleteSnapshotReturnCode[] => {
      if (world.snapshots.get(SnapshotId) === undefined) return [];
      // What another image still needs is left, and said.
      if (imageUsing(world, SnapshotId) !== undefined) return [{ SnapshotId, ReturnCode: 'skipped' }];
      world.snapshots.remove(SnapshotId, now, lagMs(world, SnapshotId));
      return [{ SnapshotId, ReturnCode: 'success' }];
    });
    return { Return: true, DeleteSnapshotResults: results };
  },
};
