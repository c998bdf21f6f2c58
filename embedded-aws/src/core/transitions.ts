import type { Call, Services, TransitionHandlers } from './service.ts';
import type { World } from './world.ts';

/** A world and its services: changes that are due must be applied before a read. */
export type LiveWorld = Pick<Call, 'world' | 'services'>;

/** Applies all transitions that are due, in order. A transition may schedule others. */
export function settle(world: World, services: Services): void {
  const now = world.now();
  for (;;) {
    let next = -1;
    for (const [index, { at, turn }] of world.transitions.entries()) {
      if (at > now) continue;
      const best = world.transitions[next];
      if (best === undefined || at < best.at || (at === best.at && turn < best.turn)) next = index;
    }
    const [due] = next === -1 ? [] : world.transitions.splice(next, 1);
    if (due === undefined) return;
    handlerOf(due.kind, services)(world, due.id, due.at, services);
  }
}

/** A kind without a handler is an error: all services are registered from the start. */
function handlerOf(kind: string, services: Services): TransitionHandlers[string] {
  for (const { transitions } of Object.values(services)) {
    const handler = transitions[kind];
    if (handler !== undefined) return handler;
  }
  throw new Error(`no handler for the transition ${kind}`);
}
