import type {
  DeleteSnapshotReturnCode,
  DeregisterImageCommandInput,
  DeregisterImageCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Call, Operation } from '../core/service.ts';
import { lagMs, schedule } from '../core/world.ts';
import { announceImage } from './announcements.ts';
import { checkUnprotected } from './deregistration-protection.ts';
import { ownImage } from './images.ts';
import { drawSeconds } from './latency.ts';
import { snapshotIdsOf } from './lifecycle.ts';
import { checkDryRun } from './refusals.ts';
import { imageUsing } from './snapshots.ts';

/** Any state will do: a pending copy is given up in this way (EC2 user guide, Copy an Amazon EC2 AMI). */
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

/** Of a snapshot that is gone already nothing is said. */
function deleteSnapshot(id: string, { world, account, now }: Call): DeleteSnapshotReturnCode['ReturnCode'] {
  const snapshot = world.snapshots.get(id);
  if (snapshot === undefined) return undefined;
  // What another image still needs is left, and said.
  if (imageUsing(world, id) !== undefined) return 'skipped';
  // An image can be registered of a snapshot that another account shares.
  if (snapshot.account !== account) return 'client-error';
  world.snapshots.remove(id, now, lagMs(world, id));
  return 'success';
}
