import type { DescribeSnapshotsCommandInput, DescribeSnapshotsCommandOutput } from '@aws-sdk/client-ec2';
import { invalidParameter } from '../errors.ts';
import type { Operation } from '../operation.ts';
import type { SnapshotRecord } from '../records.ts';
import { type FilterNames, matcher } from './filters.ts';
import { page } from './paging.ts';
import { checkDryRun, checkIds, snapshotNotFound } from './refusals.ts';
import { snapshotShape } from './shapes.ts';
import { isSnapshotVisible } from './snapshots.ts';

export const describeSnapshots: Operation<DescribeSnapshotsCommandInput, DescribeSnapshotsCommandOutput> = {
  kind: 'read',
  accepts: ['DryRun', 'Filters.Name', 'Filters.Values', 'MaxResults', 'NextToken', 'OwnerIds', 'SnapshotIds'],
  run(input, { world, account, region, now }) {
    const { SnapshotIds = [], OwnerIds = [] } = input;
    checkIds('snap', SnapshotIds);
    const owners = new Set(
      OwnerIds.map((owner) => {
        if (owner === 'self') return account;
        if (owner === 'amazon' || /^\d{12}$/.test(owner)) return owner;
        throw invalidParameter(
          `Value (${owner}) for parameter owner is invalid. Invalid user id: "${owner}"`,
        );
      }),
    );
    const matches = matcher(input.Filters, filters, (snapshot) =>
      snapshot.account === account ? snapshot.tags : {},
    );
    checkDryRun(input);
    const isVisible = (snapshot: SnapshotRecord) =>
      snapshot.region === region && isSnapshotVisible(snapshot, account);
    const candidates =
      SnapshotIds.length === 0
        ? world.snapshots.allSeen(now).filter(isVisible)
        : SnapshotIds.map((id) => {
            const snapshot = world.snapshots.seen(id, now);
            if (snapshot === undefined || !isVisible(snapshot)) throw snapshotNotFound(id);
            return snapshot;
          });
    const found = candidates.filter(
      (snapshot) =>
        (owners.size === 0 ||
          owners.has(snapshot.account) ||
          (owners.has('amazon') && snapshot.account !== account)) &&
        matches(snapshot),
    );
    const { items, NextToken } = page(found, input, {
      min: 5,
      max: 1000,
      ids: SnapshotIds,
      idsName: 'snapshotIdsSet',
    });
    return { Snapshots: items.map((snapshot) => snapshotShape(snapshot, account)), NextToken };
  },
};

const filters: FilterNames<SnapshotRecord> = {
  description: ({ description }) => description,
  encrypted: ({ encrypted }) => encrypted,
  'owner-id': ({ account }) => account,
  progress: ({ state }) => (state === 'completed' ? '100%' : '0%'),
  'snapshot-id': ({ id }) => id,
  'start-time': ({ startTime }) => new Date(startTime).toISOString(),
  status: ({ state }) => state,
  'volume-id': ({ volumeId }) => volumeId,
  'volume-size': ({ volumeSizeGiB }) => volumeSizeGiB,
};
