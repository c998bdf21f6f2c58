import type { Snapshot } from '@aws-sdk/client-ec2';
import type { World } from '../core/world.ts';
import type { SnapshotRecord } from './records.ts';
import { ownTags, tagList } from './tagging.ts';

/** A snapshot in the form that EC2 shows an account, with the tags of this account. */
export function snapshotShape(
  snapshot: SnapshotRecord,
  { account, now, ownerAlias }: { account: string; now: number; ownerAlias?: string | undefined },
): Snapshot {
  const { copy } = snapshot;
  const tags = tagList(ownTags(snapshot, account));
  return {
    SnapshotId: snapshot.id,
    OwnerId: snapshot.account,
    OwnerAlias: ownerAlias,
    VolumeId: snapshot.volumeId,
    VolumeSize: snapshot.volumeSizeGiB,
    Description: snapshot.description,
    Encrypted: snapshot.encrypted,
    KmsKeyId: snapshot.kmsKeyId,
    State: snapshot.state,
    StateMessage: snapshot.stateMessage,
    Progress: progressOf(snapshot, now),
    StartTime: new Date(snapshot.startTime),
    CompletionTime: snapshot.completionTime === undefined ? undefined : new Date(snapshot.completionTime),
    StorageTier: 'standard',
    TransferType: copy === undefined ? undefined : transferType(snapshot),
    CompletionDurationMinutes: copy?.completionMinutes,
    Tags: tags.length > 0 ? tags : undefined,
  };
}

/** The progress of a snapshot, in even steps. A failed snapshot shows no progress. */
export function progressOf({ state, startTime, readyAt }: SnapshotRecord, now: number): string {
  if (state === 'completed') return '100%';
  if (state !== 'pending' || readyAt === undefined) return '0%';
  const part = Math.max(0, now - startTime) / Math.max(1, readyAt - startTime);
  return `${Math.min(99, Math.floor(100 * part))}%`;
}

export function transferType({ copy }: SnapshotRecord): 'time-based' | 'standard' | undefined {
  if (copy === undefined) return undefined;
  return copy.completionMinutes === undefined ? 'standard' : 'time-based';
}

/** The aliases that AWS shows for verified vendors, by account. */
export type OwnerAliases = Pick<ReadonlyMap<string, string>, 'get'>;

/** The aliases in a world. The images are read at the first use, because most answers show no snapshot and need no alias. */
export function ownerAliases(world: World): OwnerAliases {
  let aliases: Map<string, string> | undefined;
  const read = () => {
    const found = new Map<string, string>();
    for (const { account, ownerAlias } of world.images.all()) {
      if (ownerAlias !== undefined) found.set(account, ownerAlias);
    }
    return found;
  };
  return {
    get: (account) => {
      aliases ??= read();
      return aliases.get(account);
    },
  };
}
