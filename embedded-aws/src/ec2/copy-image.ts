import type {
  BlockDeviceMapping,
  CopyImageCommandInput,
  CopyImageCommandOutput,
  StateReason,
} from '@aws-sdk/client-ec2';
import { AwsError, invalidParameter, missingParameter, notEmulated } from '../core/errors.ts';
import { strike } from '../core/faults.ts';
import { regions } from '../core/regions.ts';
import type { Call, Operation } from '../core/service.ts';
import { lagMs, newId, schedule } from '../core/world.ts';
import { checkDecryption } from './copy-snapshot.ts';
import {
  checkEncryption,
  copyEncryption,
  copyProblem,
  encryptionMembers,
  inaccessibleKey,
} from './encryption.ts';
import type { ImageFault } from './faults.ts';
import {
  checkAvailable,
  checkDescription,
  checkImageName,
  checkNameIsFree,
  machineTraits,
  seenImage,
  visibleTags,
} from './images.ts';
import { drawSeconds } from './latency.ts';
import { copySeconds, snapshotIdsOf } from './lifecycle.ts';
import type { ImageRecord, SnapshotRecord } from './records.ts';
import { checkDryRun, checkIds } from './refusals.ts';
import { isSnapshotVisible, putSnapshot } from './snapshots.ts';
import { checkTagCount, tagSpecifications } from './tagging.ts';
import { checkCompletionMinutes, withinMinutes } from './time-based-copies.ts';
import { rememberedId } from './tokens.ts';

/**
 * The caller calls the region of the copy. SourceRegion names the region of the source (EC2 API reference,
 * CopyImage).
 */
export const copyImage: Operation<CopyImageCommandInput, CopyImageCommandOutput> = {
  kind: 'write',
  accepts: [
    'ClientToken',
    'CopyImageTags',
    'Description',
    'DryRun',
    'Encrypted',
    'KmsKeyId',
    'Name',
    'SnapshotCopyCompletionDurationMinutes',
    'SourceImageId',
    'SourceRegion',
    'TagSpecifications.ResourceType',
    'TagSpecifications.Tags.Key',
    'TagSpecifications.Tags.Value',
  ],
  run(input, call) {
    const { world, account, region, now } = call;
    const { Name, Description, SourceImageId, SourceRegion, Encrypted, CopyImageTags } = input;
    const minutes = input.SnapshotCopyCompletionDurationMinutes;
    if (SourceImageId === undefined) throw missingParameter('sourceImageId');
    if (SourceRegion === undefined) throw missingParameter('sourceRegion');
    if (Name === undefined) throw missingParameter('name');
    checkImageName(Name);
    checkDescription(Description);
    checkEncryption(input);
    const tags = tagSpecifications(input.TagSpecifications, ['image', 'snapshot']);
    if (regions[SourceRegion] === undefined) {
      throw invalidParameter(`Value (${SourceRegion}) for parameter sourceRegion is invalid.`);
    }
    checkIds('ami', [SourceImageId]);
    const token = rememberedId(call, 'CopyImage', input, { lengthMax: 128 });
    if (token.id !== undefined) return { ImageId: token.id };

    const source = findSource(call, SourceImageId, SourceRegion);
    const snapshots = findSnapshots(call, source, Encrypted);
    checkNameIsFree(call, Name);
    checkCopyLimit(call);
    checkCompletionMinutes(world, 'snapshotCopyCompletionDurationMinutes', minutes, snapshots);
    // CopyImageTags copies the caller's own tags, and the shared tags of another owner (EC2 API reference,
    // CopyImage).
    const imageTags = CopyImageTags ? { ...visibleTags(source, account), ...tags.image } : tags.image;
    checkTagCount(imageTags);
    checkDryRun(input);

    const id = newId(world, 'ami');
    const encryptions = new Map(
      snapshots.map((snapshot) => [
        snapshot.id,
        encryptionMembers(call, copyEncryption(call, input, snapshot)),
      ]),
    );
    const fault = strike(world, 'image', region, ({ by = 'CopyImage' }) => by === 'CopyImage');
    const failure = fault?.image === 'fails' ? faultOf(fault) : keyFailure(snapshots, encryptions, call);
    const isRefused = failure !== undefined && fault === undefined;
    const seconds = isRefused
      ? drawSeconds(world.seed, 'key.refusal', id)
      : withinMinutes(copySeconds(world, id, snapshots), minutes);
    const readyAt = fault?.image === 'hangs' ? undefined : now + seconds * 1000;
    const copies = new Map(
      snapshots.map((snapshot) => {
        const copy: SnapshotRecord = {
          id: newId(world, 'snap'),
          account,
          region,
          tags: tags.snapshot,
          // A copied snapshot has no volume. EC2 shows an arbitrary id.
          volumeId: 'vol-ffffffff',
          volumeSizeGiB: snapshot.volumeSizeGiB,
          description: `Copied for DestinationAmi ${id} from SourceAmi ${source.id} for SourceSnapshot ${snapshot.id}. Task created on ${now.toLocaleString('en-US')}.`,
          encrypted: false,
          ...encryptions.get(snapshot.id),
          state: 'pending',
          startTime: now,
          ...(readyAt === undefined ? {} : { readyAt }),
          ...(isRefused ? { failsWith: inaccessibleKey } : {}),
          copiedFrom: { snapshotId: snapshot.id, region: SourceRegion },
          copy: { by: 'CopyImage', ...(minutes === undefined ? {} : { completionMinutes: minutes }) },
          ...(snapshot.disk === undefined ? {} : { disk: snapshot.disk }),
        };
        putSnapshot(world, copy, now);
        return [snapshot.id, copy] as const;
      }),
    );
    const blockDeviceMappings = source.blockDeviceMappings.map((mapping): BlockDeviceMapping => {
      const copy = copies.get(mapping.Ebs?.SnapshotId ?? '');
      if (copy === undefined) return mapping;
      return { ...mapping, Ebs: { ...mapping.Ebs, SnapshotId: copy.id, Encrypted: copy.encrypted } };
    });
    const image: ImageRecord = {
      id,
      account,
      region,
      tags: imageTags,
      name: Name,
      ...(Description === undefined ? {} : { description: Description }),
      state: 'pending',
      architecture: source.architecture,
      creationDate: now,
      ...(source.platform === undefined ? {} : { platform: source.platform }),
      platformDetails: source.platformDetails,
      usageOperation: source.usageOperation,
      rootDeviceName: source.rootDeviceName,
      rootDeviceType: source.rootDeviceType,
      blockDeviceMappings,
      ...(source.bootMode === undefined ? {} : { bootMode: source.bootMode }),
      ...(source.imdsSupport === undefined ? {} : { imdsSupport: source.imdsSupport }),
      ...machineTraits(source),
      productCodes: source.productCodes,
      // EC2 does not copy launch permissions.
      launchPermissions: [],
      sourceImageId: source.id,
      sourceImageRegion: SourceRegion,
      ...(readyAt === undefined ? {} : { readyAt }),
      ...(failure === undefined ? {} : { failsWith: failure }),
    };
    world.images.put(image, now, lagMs(world, id));
    if (readyAt !== undefined) schedule(world, 'image.ready', id, readyAt);
    token.remember(id);
    return { ImageId: id };
  },
};

function findSource(call: Call, id: string, region: string): ImageRecord {
  seenImage(call, id, region);
  const source = call.world.images.get(id) as ImageRecord;
  checkAvailable(source);
  if (source.rootDeviceType === 'instance-store') {
    throw notEmulated('ec2:CopyImage of an instance store-backed image');
  }
  if (source.account !== call.account && source.productCodes.length > 0) {
    throw invalidRequest('Images from AWS Marketplace cannot be copied to another AWS account.');
  }
  return source;
}

function findSnapshots(
  { world, account }: Call,
  source: ImageRecord,
  encrypted: boolean | undefined,
): SnapshotRecord[] {
  return snapshotIdsOf(source).map((id) => {
    const snapshot = world.snapshots.get(id);
    // A launch permission does not allow an account to read the snapshots (EC2 user guide, Copy an Amazon EC2
    // AMI).
    if (snapshot === undefined || !isSnapshotVisible(world, snapshot, account)) {
      throw invalidRequest('You do not have permission to access the storage of this ami');
    }
    checkDecryption(snapshot, encrypted);
    return snapshot;
  });
}

const failureCode = 'Server.InternalError';
const internalError = 'Copy image failed with an internal error.';

const faultOf = ({ message }: ImageFault): StateReason => ({
  Code: failureCode,
  Message: message ?? internalError,
});

/** EC2 checks keys after it has answered the call. With a wrong key, the image fails later. */
function keyFailure(
  snapshots: readonly SnapshotRecord[],
  encryptions: ReadonlyMap<string, { kmsKeyId?: string }>,
  call: Call,
): StateReason | undefined {
  for (const snapshot of snapshots) {
    const problem = copyProblem(call.world, call, encryptions.get(snapshot.id) ?? {}, snapshot);
    if (problem === undefined) continue;
    const Message =
      problem === 'no such key'
        ? internalError
        : `AMI snapshot copy failed with error: ${inaccessibleKey}. You must have DescribeKey permissions on the default CMK`;
    return { Code: failureCode, Message };
  }
  return undefined;
}

const pendingCopiesMax = 300;

function checkCopyLimit({ world, account, region }: Call): void {
  const pending = world.images
    .all()
    .filter(
      (image) =>
        image.account === account &&
        image.region === region &&
        image.state === 'pending' &&
        image.sourceInstanceId === undefined,
    );
  if (pending.length < pendingCopiesMax) return;
  throw new AwsError(
    'ResourceLimitExceeded',
    `Too many snapshot copies in progress. The limit is ${pendingCopiesMax} for this destination region.`,
  );
}

const invalidRequest = (message: string) => new AwsError('InvalidRequest', message);
