import type { DescribeVolumesCommandInput, DescribeVolumesCommandOutput } from '@aws-sdk/client-ec2';
import { zoneId } from '../core/regions.ts';
import type { Operation } from '../core/service.ts';
import type { FilterNames } from './filters.ts';
import type { VolumeRecord } from './records.ts';
import { wholeSecondsText } from './times.ts';
import { volumePage, volumeSelection } from './volume-selection.ts';
import { volumeShape } from './volume-shape.ts';

export const describeVolumes: Operation<DescribeVolumesCommandInput, DescribeVolumesCommandOutput> = {
  kind: 'read',
  accepts: volumeSelection,
  run(input, call) {
    const { items, NextToken } = volumePage(input, call, filters);
    return { Volumes: items.map(volumeShape), NextToken };
  },
};

const filters: FilterNames<VolumeRecord> = {
  'attachment.attach-time': ({ attachment, createTime }) =>
    attachment && wholeSecondsText(attachment.time ?? createTime),
  'attachment.delete-on-termination': ({ attachment }) => attachment?.deleteOnTermination,
  'attachment.device': ({ attachment }) => attachment?.device,
  'attachment.instance-id': ({ attachment }) => attachment?.instanceId,
  'attachment.status': ({ attachment }) => attachment && (attachment.state ?? 'attached'),
  'availability-zone': ({ availabilityZone }) => availabilityZone,
  'availability-zone-id': ({ availabilityZone }) => zoneId(availabilityZone),
  'create-time': ({ createTime }) => new Date(createTime).toISOString(),
  encrypted: ({ encrypted }) => encrypted,
  'fast-restored': () => false,
  'multi-attach-enabled': () => false,
  'operator.managed': () => false,
  size: ({ sizeGiB }) => sizeGiB,
  'snapshot-id': ({ snapshotId }) => snapshotId,
  status: ({ state }) => state,
  'volume-id': ({ id }) => id,
  'volume-type': ({ volumeType }) => volumeType,
};
