import type { EC2Client, Filter, Image, Instance, Snapshot, Volume } from '@aws-sdk/client-ec2';
import type { UnlistedResources } from '../build/clean-up-report.ts';
import type { Leftover } from '../build/execution-document.ts';
import type { DatedResource } from '../build/leftovers.ts';
import { Denied } from '../errors.ts';
import type { Clients } from './clients.ts';
import { findImages, findInstances, findSnapshots, findVolumes, snapshotIdsOf } from './find-resources.ts';
import { tagRecord } from './tags.ts';

/** The resources that match a filter, and the lists that could not be read. */
export interface Tagged {
  readonly found: DatedResource[];
  readonly unlisted: UnlistedResources[];
}

/**
 * Finds all resources that match a filter, in several regions. A region or list that cannot be read does not affect the others. Network
 * interfaces are not listed: EC2 creates them with their instance, they cannot be detached, and EC2 removes them with the instance.
 */
export async function findTagged(
  regions: readonly string[],
  { ec2 }: Pick<Clients, 'ec2'>,
  filter: Filter,
): Promise<Tagged> {
  return joined(await Promise.all(regions.map((region) => findIn(region, ec2(region), filter))));
}

async function findIn(region: string, ec2: EC2Client, filter: Filter): Promise<Tagged> {
  const lists = {
    instance: findInstances(ec2, filter).then((instances) =>
      instances.map((one) => foundInstance(region, one)),
    ),
    volume: findVolumes(ec2, filter).then((volumes) => volumes.map((one) => foundVolume(region, one))),
    image: findImages(ec2, filter).then((images) => images.map((one) => foundImage(region, one))),
    snapshot: findSnapshots(ec2, filter).then((snapshots) =>
      snapshots.map((one) => foundSnapshot(region, one)),
    ),
  };
  const kinds = Object.entries(lists).map(async ([kind, list]): Promise<Tagged> => {
    try {
      return { found: (await list).filter(({ endedLongAgo }) => !endedLongAgo), unlisted: [] };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const mayPass = !(error instanceof Denied);
      return { found: [], unlisted: [{ region, kind: kind as Leftover['kind'], reason, mayPass }] };
    }
  });
  return joined(await Promise.all(kinds));
}

const joined = (parts: readonly Tagged[]): Tagged => ({
  found: parts.flatMap(({ found }) => found),
  unlisted: parts.flatMap(({ unlisted }) => unlisted),
});

type Listed = DatedResource & { readonly endedLongAgo?: boolean };

function foundInstance(region: string, { InstanceId = '', State, LaunchTime, Tags }: Instance): Listed {
  return {
    region,
    kind: 'instance',
    id: InstanceId,
    tags: tagRecord(Tags),
    createdAt: timeOf(LaunchTime),
    leaving: State?.Name === 'shutting-down',
    endedLongAgo: State?.Name === 'terminated',
  };
}

function foundVolume(region: string, volume: Volume): Listed {
  const { VolumeId = '', State, Attachments = [], CreateTime, Tags } = volume;
  const leaving = State === 'deleting' || Attachments.length > 0;
  const createdAt = timeOf(CreateTime);
  return { region, kind: 'volume', id: VolumeId, tags: tagRecord(Tags), createdAt, leaving };
}

function foundImage(region: string, image: Image): Listed {
  const { ImageId = '', Tags, State, CreationDate } = image;
  return {
    region,
    kind: 'image',
    id: ImageId,
    tags: tagRecord(Tags),
    createdAt: timeOf(CreationDate),
    snapshotIds: snapshotIdsOf(image),
    state: State,
    endedLongAgo: State === 'deregistered',
  };
}

function foundSnapshot(region: string, { SnapshotId = '', StartTime, Tags }: Snapshot): Listed {
  return { region, kind: 'snapshot', id: SnapshotId, tags: tagRecord(Tags), createdAt: timeOf(StartTime) };
}

/** A resource without a creation time counts as very old. */
const timeOf = (date: Date | string | undefined): number =>
  date === undefined ? 0 : new Date(date).getTime();
