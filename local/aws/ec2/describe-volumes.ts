import type { DescribeVolumesCommandInput, DescribeVolumesCommandOutput } from '@aws-sdk/client-ec2';
import type { Operation } from '../operation.ts';
import type { VolumeRecord } from '../records.ts';
import { type FilterNames, matcher } from './filters.ts';
import { page } from './paging.ts';
import { checkDryRun, checkIds, volumeNotFound } from './refusals.ts';
import { volumeShape } from './shapes.ts';

export const describeVolumes: Operation<DescribeVolumesCommandInput, DescribeVolumesCommandOutput> = {
  kind: 'read',
  accepts: ['DryRun', 'Filters.Name', 'Filters.Values', 'MaxResults', 'NextToken', 'VolumeIds'],
  run(input, { world, account, region, now }) {
    const { VolumeIds = [] } = input;
    checkIds('vol', VolumeIds);
    const matches = matcher(input.Filters, filters, ({ tags }) => tags);
    checkDryRun(input);
    const isOwn = (volume: VolumeRecord) => volume.account === account && volume.region === region;
    const candidates =
      VolumeIds.length === 0
        ? world.volumes.allSeen(now).filter(isOwn)
        : VolumeIds.map((id) => {
            const volume = world.volumes.seen(id, now);
            if (volume === undefined || !isOwn(volume)) throw volumeNotFound(id);
            return volume;
          });
    const { items, NextToken } = page(candidates.filter(matches), input, {
      min: 5,
      max: 500,
      ids: VolumeIds,
      idsName: 'volumeIdsSet',
    });
    return { Volumes: items.map(volumeShape), NextToken };
  },
};

const filters: FilterNames<VolumeRecord> = {
  'attachment.delete-on-termination': ({ attachment }) => attachment?.deleteOnTermination,
  'attachment.device': ({ attachment }) => attachment?.device,
  'attachment.instance-id': ({ attachment }) => attachment?.instanceId,
  'attachment.status': ({ attachment }) => attachment && 'attached',
  'availability-zone': ({ availabilityZone }) => availabilityZone,
  encrypted: ({ encrypted }) => encrypted,
  size: ({ sizeGiB }) => sizeGiB,
  'snapshot-id': ({ snapshotId }) => snapshotId,
  status: ({ state }) => state,
  'volume-id': ({ id }) => id,
  'volume-type': ({ volumeType }) => volumeType,
};
