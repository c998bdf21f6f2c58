import type { TransitionHandlers } from '../core/service.ts';
import { endedSnapshot } from './lifecycle.ts';
import { putSnapshot } from './snapshots.ts';

export const snapshotTransitions: TransitionHandlers = {
  /** CreateSnapshot, CreateSnapshots or CopySnapshot ends. */
  'snapshot.ready': (world, id, at) => {
    const snapshot = world.snapshots.get(id);
    if (snapshot?.state === 'pending') putSnapshot(world, endedSnapshot(snapshot, at), at);
  },
};
