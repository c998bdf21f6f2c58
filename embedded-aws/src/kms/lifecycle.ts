import type { TransitionHandlers } from '../core/service.ts';

export const transitions: TransitionHandlers = {
  /**
   * Deletes a key, its aliases and its grants at the end of the waiting period. Does nothing if the
   * deletion was cancelled or postponed.
   */
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
