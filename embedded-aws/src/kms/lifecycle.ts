import type { TransitionHandlers } from '../core/service.ts';

export const transitions: TransitionHandlers = {
  /** The days of a key are over; its aliases and grants go with it. A deletion that was cancelled meets a key that does not await it. */
  'kms.key-deleted': (world, id, at) => {
    const key = world.keys.get(id);
    if (key?.deletionTime === undefined || key.deletionTime > at) return;
    world.keys.remove(id, at, 0);
    for (const alias of world.keyAliases.all()) {
      if (alias.keyId === id) world.keyAliases.remove(alias.id, at, 0);
    }
    for (const grant of world.keyGrants.all()) {
      if (grant.keyId === id) world.keyGrants.remove(grant.id, at, 0);
    }
  },
};
