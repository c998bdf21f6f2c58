import type { TransitionHandlers } from '../core/service.ts';
import { lagMs, type World } from '../core/world.ts';
import { canBeAttached, canBeMade } from './encryption.ts';
import { putInstance } from './lifecycle.ts';
import type { VolumeRecord } from './records.ts';
import { putVolume } from './volumes.ts';

export const volumeTransitions: TransitionHandlers = {
  /** creating → available. A volume with an unusable key disappears. */
  'volume.created': (world, id, at) => {
    const volume = world.volumes.get(id);
    if (volume?.state !== 'creating') return;
    if (canBeMade(world, volume)) putVolume(world, { ...volume, state: 'available' }, at);
    else world.volumes.remove(id, at, lagMs(world, id));
  },

  /** attaching → attached. A volume that cannot be decrypted is detached again. */
  'volume.attached': (world, id, at) => {
    const volume = world.volumes.get(id);
    if (volume?.attachment?.state !== 'attaching') return;
    if (!canBeAttached(world, volume)) {
      detach(world, volume, at);
      return;
    }
    const { state: _attaching, ...attachment } = volume.attachment;
    putVolume(world, { ...volume, attachment }, at);
  },

  'volume.detached': (world, id, at) => {
    const volume = world.volumes.get(id);
    if (volume?.attachment?.state === 'detaching') detach(world, volume, at);
  },

  /** modifying → optimizing. From now on the volume has the requested size, type and speed. */
  'volume.modified': (world, id, at) => {
    const volume = world.volumes.get(id);
    if (volume?.modification?.state !== 'modifying') return;
    const { iops: _iops, throughput: _throughput, ...rest } = volume;
    const modification = { ...volume.modification, state: 'optimizing' as const };
    putVolume(world, { ...rest, ...modification.target, modification }, at);
  },

  'volume.optimized': (world, id, at) => {
    const volume = world.volumes.get(id);
    if (volume?.modification?.state !== 'optimizing') return;
    putVolume(world, { ...volume, modification: { ...volume.modification, state: 'completed' } }, at);
  },
};

function detach(world: World, { attachment, ...volume }: VolumeRecord, at: number): void {
  putVolume(world, { ...volume, state: 'available' }, at);
  const instance = world.instances.get(attachment?.instanceId ?? '');
  if (instance === undefined) return;
  const blockDevices = instance.blockDevices.filter(({ volumeId }) => volumeId !== volume.id);
  putInstance(world, { ...instance, blockDevices }, at);
}
