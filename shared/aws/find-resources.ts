import {
  type EC2Client,
  type Filter,
  type Image,
  type Instance,
  paginateDescribeImages,
  paginateDescribeInstances,
  paginateDescribeSnapshots,
  paginateDescribeVolumes,
  type Snapshot,
  type Volume,
} from '@aws-sdk/client-ec2';
import { EXECUTION } from '../build/tags.ts';

/**
 * Complete lists of the account's own resources, read page by page. They use filters instead of ids: a filter without matches returns an
 * empty list, but an id that is not visible fails the whole call.
 */

/** Matches the resources of an execution. */
export const createdBy = (execution: string): Filter => ({ Name: `tag:${EXECUTION}`, Values: [execution] });

/** Matches the resources of all executions. */
export const createdByAny: Filter = { Name: 'tag-key', Values: [EXECUTION] };

export async function findInstances(client: EC2Client, ...Filters: Filter[]): Promise<Instance[]> {
  const found: Instance[] = [];
  for await (const { Reservations = [] } of paginateDescribeInstances(
    { client },
    { Filters, MaxResults: 1000 },
  )) {
    found.push(...Reservations.flatMap(({ Instances = [] }) => Instances));
  }
  return found;
}

export async function findInstance(client: EC2Client, instanceId: string): Promise<Instance | undefined> {
  const [instance] = await findInstances(client, { Name: 'instance-id', Values: [instanceId] });
  return instance;
}

export async function findImages(client: EC2Client, ...Filters: Filter[]): Promise<Image[]> {
  const found: Image[] = [];
  const pages = paginateDescribeImages(
    { client },
    { Owners: ['self'], Filters, IncludeDisabled: true, MaxResults: 1000 },
  );
  for await (const { Images = [] } of pages) found.push(...Images);
  return found;
}

export async function findSnapshots(client: EC2Client, ...Filters: Filter[]): Promise<Snapshot[]> {
  const found: Snapshot[] = [];
  const pages = paginateDescribeSnapshots({ client }, { OwnerIds: ['self'], Filters, MaxResults: 1000 });
  for await (const { Snapshots = [] } of pages) found.push(...Snapshots);
  return found;
}

/** The progress of the slowest snapshot, from 0 to 100; `undefined`: EC2 reports none. */
export function progressOf(snapshots: readonly Snapshot[]): number | undefined {
  const progress = snapshots.map(({ State, Progress }) =>
    State === 'completed' ? 100 : Number.parseFloat(Progress ?? ''),
  );
  const slowest = Math.min(...progress);
  return Number.isFinite(slowest) ? slowest : undefined;
}

export async function findVolumes(client: EC2Client, ...Filters: Filter[]): Promise<Volume[]> {
  const found: Volume[] = [];
  const pages = paginateDescribeVolumes({ client }, { Filters, MaxResults: 500 });
  for await (const { Volumes = [] } of pages) found.push(...Volumes);
  return found;
}

/** The snapshots behind an image. */
export function snapshotIdsOf(image: Image): string[] {
  return (image.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []);
}
