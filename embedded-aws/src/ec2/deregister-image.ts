import type {
  DeleteSnapshotReturnCode,
  DeregisterImageCommandInput,
  DeregisterImageCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Call, Operation } from '../core/service.ts';
import { lagMs, schedule } from '../core/world.ts';
import { announceImage } from './announcements.ts';
import { checkUnprotected } from './deregistration-protection.ts';
import { endFastLaunch } from './fast-launch.ts';
import { forgetRestores } from './fast-snapshot-restores.ts';
import { ownImage } from './images.ts';
import { drawSeconds } from './latency.ts';
import { snapshotIdsOf } from './lifecycle.ts';
import { checkDryRun } from './refusals.ts';
import { imageUsing } from './snapshots.ts';

/**
 * Works in any state. Deregistering a pending copy cancels the copy (EC2 user guide, Copy an Amazon EC2 AMI).
 */
export const deregisterImage: Operation<DeregisterImageCommandInput, DeregisterImageCommandOutput> = {
  kind: 'write',
  accepts: ['DeleteAssociatedSnapshots', 'DryRun', 'ImageId'],
  run(input, call) {
    const { world, now } = call;
    const image = ownImage(call, input.ImageId);
    checkUnprotected(image, now);
    checkDryRun(input);
    const { readyAt: _readyAt, failsWith: _failsWith, ...rest } = image;
    const shownMs = lagMs(world, image.id);
    const deregistered = { ...rest, state: 'deregistered', launchPermissions: [] } as const;
    world.images.put(deregistered, now, shownMs);
    announceImage(world, deregistered, now);
    endFastLaunch(world, image.account, image.id, now);
    // Describe calls return an empty list for `emptyMs` more. After that, the image is not found.
    const emptyMs = drawSeconds(world.seed, 'image.forgotten', image.id) * 1000;
    schedule(world, 'image.forgotten', image.id, now + shownMs + emptyMs);
    if (!input.DeleteAssociatedSnapshots) return { Return: true };
    const results = [...new Set(snapshotIdsOf(image))].flatMap((id): DeleteSnapshotReturnCode[] => {
      const ReturnCode = deleteSnapshot(id, call);
      return ReturnCode === undefined ? [] : [{ SnapshotId: id, ReturnCode }];
    });
    return { Return: true, DeleteSnapshotResults: results };
  },
};

/** A snapshot that no longer exists is not reported. */
function deleteSnapshot(id: string, { world, account, now }: Call): DeleteSnapshotReturnCode['ReturnCode'] {
  const snapshot = world.snapshots.get(id);
  if (snapshot === undefined) return undefined;
  // Another image still needs the snapshot. EC2 keeps the snapshot and reports it as skipped.
  if (imageUsing(world, id) !== undefined) return 'skipped';
  // An image can be registered from a snapshot that another account shares.
  if (snapshot.account !== account) return 'client-error';
  forgetRestores(world, id);
  world.snapshots.remove(id, now, lagMs(world, id));
  return 'success';
}
