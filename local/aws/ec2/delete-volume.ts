import type { DeleteVolumeCommandInput, DeleteVolumeCommandOutput } from '@aws-sdk/client-ec2';
import { AwsError, missingParameter } from '../errors.ts';
import type { Operation } from '../operation.ts';
import { lagMs } from '../world.ts';
import { checkDryRun, checkIds, volumeNotFound } from './refusals.ts';

export const deleteVolume: Operation<DeleteVolumeCommandInput, DeleteVolumeCommandOutput> = {
  kind: 'write',
  accepts: ['DryRun', 'VolumeId'],
  run(input, { world, account, region, now }) {
    const { VolumeId } = input;
    if (VolumeId === undefined) throw missingParameter('VolumeId');
    checkIds('vol', [VolumeId]);
    const volume = world.volumes.get(VolumeId);
    const isSeen = world.volumes.seen(VolumeId, now) !== undefined;
    if (volume === undefined || !isSeen || volume.account !== account || volume.region !== region) {
      throw volumeNotFound(VolumeId);
    }
    if (volume.attachment !== undefined) {
      throw new AwsError(
        'VolumeInUse',
        `Volume ${VolumeId} is currently attached to ${volume.attachment.instanceId}`,
      );
    }
    checkDryRun(input);
    world.volumes.remove(VolumeId, now, lagMs(world, VolumeId));
    return {};
  },
};
