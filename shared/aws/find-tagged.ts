import type { EC2Client, Filter, Image, Instance, Snapshot, Volume } from '@aws-sdk/client-ec2';
import type { Leftover } from '../build/document.ts';
import type { Dated } from '../build/leftovers.ts';
import { Denied } from '../errors.ts';
import { findImages, findInstances, findSnapshots, findVolumes, snapshotIdsOf } from './paging.ts';
import { tagRecord } from './tags.ts';

/** What stands in one region of what a filter means. */
export interface Look {
  readonly found: Dated[];
  readonly unseen: Unseen[];
}

/** What could not be looked at; `mayPass`: it may go better at the next turn. */
export interface Unseen {
  readonly region: string;
  readonly kind: Leftover['kind'];
  readonly reason: string;
  readonly mayPass: boolean;
}

/**
 * All that stands in one region and matches. That one region or list cannot be read must not keep the others. A network interface is
 * not among it: EC2 makes it with its instance, from which it cannot be detached, and removes it with it.
 */
export async function look(region: string, ec2: EC2Client, filter: Filter): Promise<Look> {
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
  const looks = await Promise.all(
    Object.entries(lists).map(async ([kind, list]): Promise<Look> => {
      try {
        return { found: (await list).filter(({ isOver }) => !isOver), unseen: [] };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const mayPass = !(error instanceof Denied);
        return { found: [], unseen: [{ region, kind: kind as Leftover['kind'], reason, mayPass }] };
      }
    }),
  );
  return { found: looks.flatMap(({ found }) => found), unseen: looks.flatMap(({ unseen }) => unseen) };
}

/**
 * Whether a region is closed to the account, by a policy of its organization say: then nothing can have been made there either. The
 * deployment's own is never; who may not look there lacks a permission.
 */
export const isClosed = (region: string, unseen: readonly Unseen[], home: string): boolean =>
  region !== home && unseen.every((one) => one.region !== region || !one.mayPass);

type Listed = Dated & { readonly isOver?: boolean };

function foundInstance(region: string, { InstanceId = '', State, LaunchTime, Tags }: Instance): Listed {
  return {
    region,
    kind: 'instance',
    id: InstanceId,
    tags: tagRecord(Tags),
    createdAt: timeOf(LaunchTime),
    leaving: State?.Name === 'shutting-down',
    isOver: State?.Name === 'terminated',
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
    isOver: State === 'deregistered',
  };
}

function foundSnapshot(region: string, { SnapshotId = '', StartTime, Tags }: Snapshot): Listed {
  return { region, kind: 'snapshot', id: SnapshotId, tags: tagRecord(Tags), createdAt: timeOf(StartTime) };
}

/** What EC2 dates not at all is as old as can be. */
const timeOf = (date: Date | string | undefined): number =>
  date === undefined ? 0 : new Date(date).getTime();
