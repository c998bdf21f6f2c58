import type { CreateSnapshotCommandInput, CreateSnapshotCommandOutput } from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { checkDescription } from './images.ts';
import { creationSeconds } from './lifecycle.ts';
import { checkDryRun } from './refusals.ts';
import { snapshotShape } from './snapshot-shape.ts';
import { awaitSnapshot, beginSnapshot, checkSnapshotLimits } from './snapshots.ts';
import { tagSpecifications } from './tagging.ts';
import { checkVolumeState, ownVolume } from './volumes.ts';

/** The API has no client token here. A repeated call makes another snapshot. */
export const createSnapshot: Operation<CreateSnapshotCommandInput, CreateSnapshotCommandOutput> = {
  kind: 'write',
  accepts: [
    'Description',
    'DryRun',
    'TagSpecifications.ResourceType',
    'TagSpecifications.Tags.Key',
    'TagSpecifications.Tags.Value',
    'VolumeId',
  ],
  run(input, call) {
    const { world, account, now } = call;
    const { VolumeId, Description = '' } = input;
    if (VolumeId === undefined) throw missingParameter('VolumeId');
    checkDescription(Description);
    const tags = tagSpecifications(input.TagSpecifications, ['snapshot']);
    const volume = ownVolume(call, VolumeId);
    checkVolumeState(volume, ['available', 'in-use']);
    checkSnapshotLimits(volume, call);
    checkDryRun(input);
    const readyAt = now + creationSeconds(world, `${VolumeId} ${now}`, [volume]) * 1000;
    const snapshot = beginSnapshot(call, volume, {
      tags: tags.snapshot,
      description: Description,
      readyAt,
    });
    awaitSnapshot(world, snapshot);
    // The response shows no progress yet.
    return { ...snapshotShape(snapshot, { account, now }), Progress: '' };
  },
};
