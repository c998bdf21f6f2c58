import { AwsError } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import { lagMs, type World } from '../core/world.ts';
import type { VolumeRecord } from './records.ts';
import { checkIds, volumeNotFound } from './refusals.ts';

/** The current record of the volume that a request names, if reads show the volume. */
export function ownVolume({ world, account, region, now }: Call, id: string): VolumeRecord {
  checkIds('vol', [id]);
  const volume = world.volumes.get(id);
  const isSeen = world.volumes.seen(id, now) !== undefined;
  if (volume === undefined || !isSeen || volume.account !== account || volume.region !== region) {
    throw volumeNotFound(id);
  }
  return volume;
}

/** The caller's volumes, subject to read lag: all volumes, or the named volumes. */
export function seenVolumes(
  { world, account, region, now }: Call,
  ids: readonly string[] | undefined = [],
): VolumeRecord[] {
  checkIds('vol', ids);
  const isOwn = (volume: VolumeRecord) => volume.account === account && volume.region === region;
  if (ids.length === 0) return world.volumes.allSeen(now).filter(isOwn);
  return [...new Set(ids)].map((id) => {
    const volume = world.volumes.seen(id, now);
    if (volume === undefined || !isOwn(volume)) throw volumeNotFound(id);
    return volume;
  });
}

export function checkVolumeState({ id, state }: VolumeRecord, fit: readonly VolumeRecord['state'][]): void {
  if (!fit.includes(state)) {
    throw new AwsError('IncorrectState', `Volume '${id}' is in the '${state}' state.`);
  }
}

export function putVolume(world: World, volume: VolumeRecord, at: number): VolumeRecord {
  return world.volumes.put(volume, at, lagMs(world, volume.id));
}
