import type { Volume, VolumeAttachment, VolumeModification } from '@aws-sdk/client-ec2';
import { zoneId } from '../core/regions.ts';
import type { VolumeRecord } from './records.ts';
import { tagList } from './tagging.ts';
import { wholeSeconds } from './times.ts';

/** A volume in the form that EC2 shows its owner. */
export function volumeShape(volume: VolumeRecord): Volume {
  const tags = tagList(volume.tags);
  const attachment = attachmentShape(volume);
  return {
    VolumeId: volume.id,
    Size: volume.sizeGiB,
    SnapshotId: volume.snapshotId ?? '',
    AvailabilityZone: volume.availabilityZone,
    AvailabilityZoneId: zoneId(volume.availabilityZone),
    State: volume.state,
    CreateTime: new Date(volume.createTime),
    VolumeType: volume.volumeType as Volume['VolumeType'],
    Iops: volume.iops,
    Throughput: volume.throughput,
    Encrypted: volume.encrypted,
    KmsKeyId: volume.kmsKeyId,
    MultiAttachEnabled: false,
    Attachments: attachment === undefined ? [] : [attachment],
    Tags: tags.length > 0 ? tags : undefined,
  };
}

export function attachmentShape({ id, createTime, attachment }: VolumeRecord): VolumeAttachment | undefined {
  if (attachment === undefined) return undefined;
  return {
    InstanceId: attachment.instanceId,
    VolumeId: id,
    Device: attachment.device,
    DeleteOnTermination: attachment.deleteOnTermination,
    State: attachment.state ?? 'attached',
    AttachTime: wholeSeconds(attachment.time ?? createTime),
  };
}

/** The last modification of a volume. The progress grows in even steps. */
export function modificationShape(
  { id, modification }: VolumeRecord,
  now: number,
): VolumeModification | undefined {
  if (modification === undefined) return undefined;
  const { state, startTime, endTime, original, target } = modification;
  const part = (now - startTime) / (endTime - startTime);
  return {
    VolumeId: id,
    ModificationState: state,
    OriginalSize: original.sizeGiB,
    OriginalVolumeType: original.volumeType as VolumeModification['OriginalVolumeType'],
    OriginalIops: original.iops,
    OriginalThroughput: original.throughput,
    OriginalMultiAttachEnabled: false,
    TargetSize: target.sizeGiB,
    TargetVolumeType: target.volumeType as VolumeModification['TargetVolumeType'],
    TargetIops: target.iops,
    TargetThroughput: target.throughput,
    TargetMultiAttachEnabled: false,
    Progress: state === 'completed' ? 100 : Math.max(0, Math.min(99, Math.floor(100 * part))),
    StartTime: wholeSeconds(startTime),
    EndTime: state === 'completed' ? wholeSeconds(endTime) : undefined,
  };
}
