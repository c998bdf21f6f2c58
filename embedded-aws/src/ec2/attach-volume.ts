import type { AttachVolumeCommandInput, AttachVolumeCommandOutput } from '@aws-sdk/client-ec2';
import { AwsError, invalidParameter, missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { schedule } from '../core/world.ts';
import { ownInstances } from './instances.ts';
import { drawSeconds } from './latency.ts';
import { putInstance } from './lifecycle.ts';
import type { InstanceRecord } from './records.ts';
import { checkDryRun } from './refusals.ts';
import { attachmentShape } from './volume-shape.ts';
import { checkVolumeState, ownVolume, putVolume } from './volumes.ts';

/**
 * The instance must be running or stopped, and in the zone of the volume. By default the volume outlives the
 * instance.
 */
export const attachVolume: Operation<AttachVolumeCommandInput, AttachVolumeCommandOutput> = {
  kind: 'write',
  accepts: ['Device', 'DryRun', 'InstanceId', 'VolumeId'],
  run(input, call) {
    const { world, now } = call;
    const { Device, InstanceId, VolumeId } = input;
    if (VolumeId === undefined) throw missingParameter('VolumeId');
    if (InstanceId === undefined) throw missingParameter('InstanceId');
    if (Device === undefined) throw missingParameter('Device');
    const volume = ownVolume(call, VolumeId);
    const [instance] = ownInstances(call, [InstanceId]) as [InstanceRecord];
    if (volume.attachment !== undefined) {
      throw new AwsError('VolumeInUse', `${VolumeId} is already attached to an instance`);
    }
    checkVolumeState(volume, ['available']);
    checkInstance(instance, Device);
    if (volume.availabilityZone !== instance.availabilityZone) {
      throw new AwsError(
        'InvalidVolume.ZoneMismatch',
        `The volume '${VolumeId}' is not in the same availability zone as instance '${InstanceId}'`,
      );
    }
    checkDryRun(input);
    const attached = putVolume(
      world,
      {
        ...volume,
        state: 'in-use',
        attachment: {
          instanceId: InstanceId,
          device: Device,
          deleteOnTermination: false,
          state: 'attaching',
          time: now,
        },
      },
      now,
    );
    const device = { device: Device, volumeId: VolumeId, deleteOnTermination: false };
    putInstance(world, { ...instance, blockDevices: [...instance.blockDevices, device] }, now);
    schedule(
      world,
      'volume.attached',
      VolumeId,
      now + drawSeconds(world.seed, 'volume.attach', VolumeId, now) * 1000,
    );
    return attachmentShape(attached) ?? {};
  },
};

const deviceForm = /^(\/dev\/)?(sd[a-z]([1-9]|1[0-5])?|(xvd|hd)[a-z]{1,2}\d{0,2})$/;

function checkInstance({ id, state, blockDevices, ephemeralDevices }: InstanceRecord, device: string): void {
  if (state !== 'running' && state !== 'stopped') {
    throw new AwsError('IncorrectState', `Instance '${id}' is not 'running'.`);
  }
  if (!deviceForm.test(device)) {
    throw invalidParameter(
      `Value (${device}) for parameter device is invalid. ${device} is not a valid EBS device name.`,
    );
  }
  if ([...blockDevices, ...ephemeralDevices].some((entry) => entry.device === device)) {
    throw invalidParameter(
      `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`,
    );
  }
}
