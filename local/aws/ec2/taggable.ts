import { AwsError, missingParameter, notEmulated } from '../errors.ts';
import type { Call } from '../operation.ts';
import type { Tags } from '../records.ts';
import type { Table } from '../table.ts';
import { lagMs } from '../world.ts';
import { isVisible } from './images.ts';
import {
  checkIds,
  imageGone,
  imageNotFound,
  instanceNotFound,
  securityGroupNotFound,
  snapshotNotFound,
  subnetNotFound,
  volumeNotFound,
} from './refusals.ts';
import { isSnapshotVisible } from './snapshots.ts';

/** A resource that carries tags: what it has, and how to give it others. */
export interface Taggable {
  readonly tags: Tags;
  readonly kind: string;
  retag(tags: Tags): void;
}

/** The resources of a CreateTags or DeleteTags call, which may be of many kinds. One that is not found refuses the whole call. */
export function taggables(call: Call, ids: readonly string[] | undefined): Taggable[] {
  if (ids === undefined || ids.length === 0) throw missingParameter('resourceIdSet');
  return ids.map((id) => taggable(call, id));
}

function taggable(call: Call, id: string): Taggable {
  const { world, account, region, now } = call;
  const kind = id.split('-', 1)[0];
  switch (kind) {
    case 'i':
      checkIds('i', [id]);
      return own(world.instances, instanceNotFound([id]));
    case 'vol':
      checkIds('vol', [id]);
      return own(world.volumes, volumeNotFound(id));
    case 'subnet':
      return own(world.subnets, subnetNotFound(id));
    case 'sg':
      checkIds('sg', [id]);
      return own(world.securityGroups, securityGroupNotFound(id));
    case 'snap': {
      checkIds('snap', [id]);
      const snapshot = world.snapshots.get(id);
      if (snapshot !== undefined && snapshot.account !== account && isSnapshotVisible(snapshot, account)) {
        throw notEmulated("a tag of one's own on another account's snapshot");
      }
      return own(world.snapshots, snapshotNotFound(id));
    }
    case 'ami': {
      checkIds('ami', [id]);
      const image = world.images.get(id);
      if (image !== undefined && image.account !== account && isVisible(image, account)) {
        throw notEmulated("a tag of one's own on another account's image");
      }
      const found = own(world.images, imageNotFound([id]));
      if (image?.state === 'deregistered') throw imageGone(id);
      return found;
    }
    default:
      throw new AwsError('InvalidID', `The ID '${id}' is not valid`);
  }

  function own<T extends { id: string; account: string; region: string; tags: Tags }>(
    table: Table<T>,
    notFound: AwsError,
  ): Taggable {
    const record = table.get(id);
    const isSeen = table.seen(id, now) !== undefined;
    if (record === undefined || !isSeen || record.account !== account || record.region !== region) {
      throw notFound;
    }
    return {
      tags: record.tags,
      kind: kind ?? '',
      retag: (tags) => {
        table.put({ ...record, tags }, now, lagMs(world, id));
      },
    };
  }
}
