import type { Fault } from './core/faults.ts';
import {
  beginWorld as begin,
  type KeptWorld,
  restoreWorld as restore,
  type StoredWorld,
} from './core/state-file.ts';
import type { Stateful, WorldOptions } from './core/world.ts';
import { newWorld } from './new-world.ts';
import { services } from './services.ts';

/** A new world that can be kept in a file. */
export const beginWorld = (options: WorldOptions): KeptWorld => begin(newWorld, options);

/** The stored world on a new clock. If a seed is given, it replaces the world's own seed. */
export const restoreWorld = (
  stored: StoredWorld,
  options: { now: () => number; seed?: number; faults?: readonly Fault[] },
): KeptWorld => {
  const kept = restore(newWorld, stored, options);
  for (const { upgrade } of Object.values<Stateful>(services)) upgrade?.(kept.world, stored.version);
  return kept;
};
