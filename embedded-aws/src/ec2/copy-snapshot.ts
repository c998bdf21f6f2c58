import type { CopySnapshotCommandInput, CopySnapshotCommandOutput } from '@aws-sdk/client-ec2';
import { AwsError, invalidParameter, missingParameter } from '../core/errors.ts';
import { regions } from '../core/regions.ts';
import type { Call, Operation } from '../core/service.ts';
import { newId } from '../core/world.ts';
import {
  checkEncryption,
  copyEncryption,
  copyProblem,
  encryptionMembers,
  inaccessibleKey,
} from './encryption.ts';
import { checkDescription } from './images.ts';
import { drawSeconds } from './latency.ts';
import { copySeconds } from './lifecycle.ts';
import type { SnapshotRecord } from './records.ts';
import { checkDryRun } from './refusals.ts';
import { awaitSnapshot, checkCompleted, putSnapshot, visibleSnapshot } from './snapshots.ts';
import { tagList, tagSpecifications } from './tagging.ts';
import { checkCompletionMinutes, withinMinutes } from './time-based-copies.ts';

/**
 * The caller calls the region of the copy. Clients add DestinationRegion and PresignedUrl automatically. The
 * API ignores DestinationRegion, and needs no PresignedUrl because the request names the source region.
 */
export const copySnapshot: Operation<CopySnapshotCommandInput, CopySnapshotCommandOutput> = {
  kind: 'write',
  accepts: [
    'CompletionDurationMinutes',
    'Description',
    'DestinationRegion',
    'DryRun',
    'Encrypted',
    'KmsKeyId',
    'PresignedUrl',
    'SourceRegion',
    'SourceSnapshotId',
    'TagSpecifications.ResourceType',
    'TagSpecifications.Tags.Key',
    'TagSpecifications.Tags.Value',
  ],
  run(input, call) {
    const { world, account, region, now } = call;
    const { SourceRegion, SourceSnapshotId, CompletionDurationMinutes: minutes } = input;
    if (SourceRegion === undefined) throw missingParameter('SourceRegion');
    if (SourceSnapshotId === undefined) throw missingParameter('SourceSnapshotId');
    if (regions[SourceRegion] === undefined) {
      throw invalidParameter(`Value (${SourceRegion}) for parameter sourceRegion is invalid.`);
    }
    checkDescription(input.Description);
    checkEncryption(input);
    const tags = tagSpecifications(input.TagSpecifications, ['snapshot']).snapshot;
    const source = visibleSnapshot(call, SourceSnapshotId, SourceRegion);
    checkCompleted(source);
    checkDecryption(source, input.Encrypted);
    checkCopyLimit(call);
    checkCompletionMinutes(world, 'completionDurationMinutes', minutes, [source]);
    checkDryRun(input);

    const encryption = encryptionMembers(call, copyEncryption(call, input, source));
    const id = newId(world, 'snap');
    const problem = copyProblem(world, call, encryption, source);
    const seconds =
      problem === undefined
        ? withinMinutes(copySeconds(world, id, [source]), minutes)
        : drawSeconds(world.seed, 'key.refusal', id);
    const copy: SnapshotRecord = {
      id,
      account,
      region,
      tags,
      // A copied snapshot has no volume. EC2 shows an arbitrary id.
      volumeId: 'vol-ffffffff',
      volumeSizeGiB: source.volumeSizeGiB,
      description: input.Description ?? `[Copied ${source.id} from ${SourceRegion}]`,
      ...encryption,
      state: 'pending',
      startTime: now,
      readyAt: now + seconds * 1000,
      ...(problem === undefined ? {} : { failsWith: inaccessibleKey }),
      copiedFrom: { snapshotId: source.id, region: SourceRegion },
      copy: { by: 'CopySnapshot', ...(minutes === undefined ? {} : { completionMinutes: minutes }) },
      ...(source.disk === undefined ? {} : { disk: source.disk }),
    };
    putSnapshot(world, copy, now);
    awaitSnapshot(world, copy);
    return { SnapshotId: id, Tags: tagList(tags) };
  },
};

/** An encrypted snapshot cannot become an unencrypted copy. */
export function checkDecryption({ id, encrypted }: SnapshotRecord, asked: boolean | undefined): void {
  if (!encrypted || asked !== false) return;
  throw new AwsError(
    'InvalidRequest',
    `Snapshot ${id} is encrypted. Creating an unencrypted copy from an encrypted snapshot is not supported.`,
  );
}

const pendingCopiesMax = 20;

/** CopyImage has a separate limit. */
function checkCopyLimit({ world, account, region }: Call): void {
  const pending = world.snapshots
    .all()
    .filter(
      (snapshot) =>
        snapshot.account === account &&
        snapshot.region === region &&
        snapshot.state === 'pending' &&
        snapshot.copy?.by === 'CopySnapshot',
    );
  if (pending.length < pendingCopiesMax) return;
  throw new AwsError(
    'ResourceLimitExceeded',
    `Too many snapshot copies in progress. The limit is ${pendingCopiesMax} for this destination region.`,
  );
}
