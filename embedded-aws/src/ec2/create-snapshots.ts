import type { CreateSnapshotsCommandInput, CreateSnapshotsCommandOutput } from '@aws-sdk/client-ec2';
import { invalidParameter, missingParameter } from '../core/errors.ts';
import type { Call, Operation } from '../core/service.ts';
import { checkDescription } from './images.ts';
import { ownInstances } from './instances.ts';
import { creationSeconds } from './lifecycle.ts';
import type { InstanceRecord, VolumeRecord } from './records.ts';
import { checkDryRun, checkIds, checkOneOf } from './refusals.ts';
import { awaitSnapshot, beginSnapshot, checkSnapshotLimits } from './snapshots.ts';
import { checkTagCount, tagList, tagSpecifications } from './tagging.ts';

/** Takes snapshots of all volumes of an instance at the same moment, except excluded volumes. */
export const createSnapshots: Operation<CreateSnapshotsCommandInput, CreateSnapshotsCommandOutput> = {
  kind: 'write',
  accepts: [
    'CopyTagsFromSource',
    'Description',
    'DryRun',
    'InstanceSpecification.ExcludeBootVolume',
    'InstanceSpecification.ExcludeDataVolumeIds',
    'InstanceSpecification.InstanceId',
    'TagSpecifications.ResourceType',
    'TagSpecifications.Tags.Key',
    'TagSpecifications.Tags.Value',
  ],
  run(input, call) {
    const { world, account, now } = call;
    const { InstanceSpecification, Description = '' } = input;
    if (InstanceSpecification?.InstanceId === undefined) {
      throw missingParameter('InstanceSpecification.InstanceId');
    }
    checkDescription(Description);
    const isTagged = checkOneOf('copyTagsFromSource', input.CopyTagsFromSource, ['volume']) !== undefined;
    const tags = tagSpecifications(input.TagSpecifications, ['snapshot']).snapshot;
    const [instance] = ownInstances(call, [InstanceSpecification.InstanceId]);
    const volumes = chosenVolumes(instance as InstanceRecord, InstanceSpecification, call);
    for (const volume of volumes) {
      checkSnapshotLimits(volume, call);
      if (isTagged) checkTagCount({ ...volume.tags, ...tags });
    }
    checkDryRun(input);
    return {
      Snapshots: volumes.map((volume) => {
        const snapshot = beginSnapshot(call, volume, {
          tags: isTagged ? { ...volume.tags, ...tags } : tags,
          description: Description,
          readyAt: now + creationSeconds(world, `${volume.id} ${now}`, [volume]) * 1000,
        });
        awaitSnapshot(world, snapshot);
        return {
          SnapshotId: snapshot.id,
          VolumeId: volume.id,
          VolumeSize: volume.sizeGiB,
          Description,
          Encrypted: snapshot.encrypted,
          OwnerId: account,
          State: snapshot.state,
          StartTime: new Date(now),
          Progress: '',
          Tags: tagList(snapshot.tags),
        };
      }),
    };
  },
};

function chosenVolumes(
  { blockDevices, rootDeviceName, id }: InstanceRecord,
  {
    ExcludeBootVolume,
    ExcludeDataVolumeIds = [],
  }: NonNullable<CreateSnapshotsCommandInput['InstanceSpecification']>,
  { world }: Call,
): VolumeRecord[] {
  checkIds('vol', ExcludeDataVolumeIds);
  const data = blockDevices.filter(({ device }) => device !== rootDeviceName);
  for (const volumeId of ExcludeDataVolumeIds) {
    if (data.some((entry) => entry.volumeId === volumeId)) continue;
    throw invalidParameter(`The volume '${volumeId}' is not a data volume attached to instance '${id}'.`);
  }
  const chosen = (ExcludeBootVolume ? data : blockDevices).filter(
    ({ volumeId }) => !ExcludeDataVolumeIds.includes(volumeId),
  );
  if (chosen.length === 0)
    throw invalidParameter(`No volumes of instance '${id}' are left to take snapshots of.`);
  return chosen.flatMap(({ volumeId }) => world.volumes.get(volumeId) ?? []);
}
