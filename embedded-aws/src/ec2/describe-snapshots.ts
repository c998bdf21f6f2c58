import type { DescribeSnapshotsCommandInput, DescribeSnapshotsCommandOutput } from '@aws-sdk/client-ec2';
import { invalidParameter } from '../core/errors.ts';
import type { Call, Operation } from '../core/service.ts';
import { type FilterNames, matcher } from './filters.ts';
import { checkPaging, page } from './paging.ts';
import type { SnapshotRecord } from './records.ts';
import { checkDryRun, checkIds, snapshotNotFound } from './refusals.ts';
import {
  type OwnerAliases,
  ownerAliases,
  progressOf,
  snapshotShape,
  transferType,
} from './snapshot-shape.ts';
import { isSnapshotPublic, isSnapshotVisible } from './snapshots.ts';
import { ownTags } from './tagging.ts';

export const describeSnapshots: Operation<DescribeSnapshotsCommandInput, DescribeSnapshotsCommandOutput> = {
  kind: 'read',
  accepts: [
    'DryRun',
    'Filters.Name',
    'Filters.Values',
    'MaxResults',
    'NextToken',
    'OwnerIds',
    'RestorableByUserIds',
    'SnapshotIds',
  ],
  run(input, call) {
    const { world, account, now } = call;
    const { SnapshotIds = [], OwnerIds = [], RestorableByUserIds = [] } = input;
    checkPaging(input, { min: 5, max: 1000, ids: SnapshotIds, idsName: 'snapshotSet' });
    checkIds('snap', SnapshotIds);
    const aliases = ownerAliases(world);
    const isOwnedBy = OwnerIds.map((owner) => ownerTest(owner, account, aliases));
    const isRestorableBy = RestorableByUserIds.map((user) => restorableTest(user, call));
    const matches = matcher(input.Filters, filtersOf(aliases, now), (snapshot) => ownTags(snapshot, account));
    checkDryRun(input);
    const found = candidates(SnapshotIds, call).filter(
      (snapshot) =>
        (isOwnedBy.length === 0 || isOwnedBy.some((passes) => passes(snapshot))) &&
        (isRestorableBy.length === 0 || isRestorableBy.some((passes) => passes(snapshot))) &&
        matches(snapshot),
    );
    const { items, NextToken } = page(found, input);
    return {
      Snapshots: items.map((snapshot) =>
        snapshotShape(snapshot, { account, now, ownerAlias: aliases.get(snapshot.account) }),
      ),
      NextToken,
    };
  },
};

/** All snapshots that the caller can create volumes from, or the named snapshots. */
function candidates(ids: readonly string[], { world, account, region, now }: Call): SnapshotRecord[] {
  const isVisible = (snapshot: SnapshotRecord) =>
    snapshot.region === region && isSnapshotVisible(world, snapshot, account);
  if (ids.length === 0) return world.snapshots.allSeen(now).filter(isVisible);
  return [...new Set(ids)].map((id) => {
    const snapshot = world.snapshots.seen(id, now);
    if (snapshot === undefined || !isVisible(snapshot)) throw snapshotNotFound(id);
    return snapshot;
  });
}

function ownerTest(
  owner: string,
  account: string,
  aliases: OwnerAliases,
): (snapshot: SnapshotRecord) => boolean {
  if (owner === 'self') return (snapshot) => snapshot.account === account;
  if (owner === 'amazon') return (snapshot) => aliases.get(snapshot.account) === owner;
  checkUser('owner', owner);
  return (snapshot) => snapshot.account === owner;
}

/** The owner of a snapshot can also restore the snapshot. `all` selects public snapshots. */
function restorableTest(user: string, { world, account }: Call): (snapshot: SnapshotRecord) => boolean {
  if (user === 'all') return (snapshot) => isSnapshotPublic(world, snapshot);
  const id = user === 'self' ? account : user;
  checkUser('restorableBy', id);
  return (snapshot) => snapshot.account === id || snapshot.sharedWith?.includes(id) === true;
}

function checkUser(parameter: string, user: string): void {
  if (!/^\d{12}$/.test(user)) {
    throw invalidParameter(
      `Value (${user}) for parameter ${parameter} is invalid. Invalid user id: "${user}"`,
    );
  }
}

function filtersOf(aliases: OwnerAliases, now: number): FilterNames<SnapshotRecord> {
  return {
    description: ({ description }) => description,
    encrypted: ({ encrypted }) => encrypted,
    'owner-alias': ({ account }) => aliases.get(account),
    'owner-id': ({ account }) => account,
    progress: (snapshot) => progressOf(snapshot, now),
    'snapshot-id': ({ id }) => id,
    'start-time': ({ startTime }) => new Date(startTime).toISOString(),
    status: ({ state }) => state,
    'storage-tier': () => 'standard',
    'transfer-type': transferType,
    'volume-id': ({ volumeId }) => volumeId,
    'volume-size': ({ volumeSizeGiB }) => volumeSizeGiB,
  };
}
