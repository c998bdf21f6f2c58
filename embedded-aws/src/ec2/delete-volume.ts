import type { DeleteVolumeCommandInput, DeleteVolumeCommandOutput } from '@aws-sdk/client-ec2';
import { AwsError, missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { checkDryRun } from './refusals.ts';
import { checkVolumeState, ownVolume } from './volumes.ts';

export const deleteVolume: Operation<DeleteVolumeCommandInput, DeleteVolumeCommandOutput> = {
  kind: 'write',
  accepts: ['DryRun', 'VolumeId'],
  run(input, call) {
    const { world, now } = call;
    const { VolumeId } = input;
    if (VolumeId === undefined) throw missingParameter('VolumeId');
    const volume = ownVolume(call, VolumeId);
    if (volume.attachment !== undefined) {
      throw new AwsError(
        'VolumeInUse',
        `Volume ${VolumeId} is currently attached to ${volume.attachment.instanceId}`,
      );
    }
    checkVolumeState(volume, ['available', 'error']);
    checkDryRun(input);
    world.volumes.remove(VolumeId, now, lagMs(world, VolumeId));
    return {};
  },
};
