import type { DetachVolumeCommandInput, DetachVolumeCommandOutput } from '@aws-sdk/client-ec2';
import { AwsError, missingParameter } from '../core/errors.ts';
import type { Call, Operation } from '../core/service.ts';
import { schedule } from '../core/world.ts';
import { drawSeconds } from './latency.ts';
import type { VolumeAttachmentRecord } from './records.ts';
import { checkDryRun, checkIds } from './refusals.ts';
import { attachmentShape } from './volume-shape.ts';
import { ownVolume, putVolume } from './volumes.ts';

/** Guests in the embedded AWS always release the volume, so Force changes nothing. */
export const detachVolume: Operation<DetachVolumeCommandInput, DetachVolumeCommandOutput> = {
  kind: 'write',
  accepts: ['Device', 'DryRun', 'Force', 'InstanceId', 'VolumeId'],
  run(input, call) {
    const { world, now } = call;
    const { VolumeId } = input;
    if (VolumeId === undefined) throw missingParameter('VolumeId');
    const volume = ownVolume(call, VolumeId);
    const { attachment } = volume;
    if (attachment === undefined || attachment.state === 'detaching') {
      const state = attachment === undefined ? volume.state : 'detaching';
      throw new AwsError('IncorrectState', `Volume '${VolumeId}' is in the '${state}' state.`);
    }
    checkAttachment(input, attachment, call);
    checkDryRun(input);
    const detaching = putVolume(world, { ...volume, attachment: { ...attachment, state: 'detaching' } }, now);
    schedule(
      world,
      'volume.detached',
      VolumeId,
      now + drawSeconds(world.seed, 'volume.detach', VolumeId, now) * 1000,
    );
    return attachmentShape(detaching) ?? {};
  },
};

function checkAttachment(
  { VolumeId, InstanceId, Device }: DetachVolumeCommandInput,
  { instanceId, device }: VolumeAttachmentRecord,
  { world }: Call,
): void {
  if (InstanceId !== undefined) checkIds('i', [InstanceId]);
  if ((InstanceId ?? instanceId) !== instanceId) {
    throw new AwsError(
      'InvalidAttachment.NotFound',
      `The volume '${VolumeId}' is not attached to instance '${InstanceId}'.`,
    );
  }
  if ((Device ?? device) !== device) {
    throw new AwsError(
      'InvalidAttachment.NotFound',
      `The volume '${VolumeId}' is not attached to instance '${instanceId}' as device '${Device}'.`,
    );
  }
  const instance = world.instances.get(instanceId);
  if (instance?.rootDeviceName === device && instance.state !== 'stopped') {
    throw new AwsError(
      'OperationNotPermitted',
      `Unable to detach root volume '${VolumeId}' from instance '${instanceId}'`,
    );
  }
}
