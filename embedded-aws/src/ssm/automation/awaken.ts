import { schedule, type World } from '../../core/world.ts';
import { drawSeconds } from '../latency.ts';

/** Continues an automation that waits for an event, when the event has happened. */
export function awaken(world: World, automationId: string, at: number): void {
  const automation = world.automations.get(automationId);
  if (automation === undefined) return;
  const seconds = drawSeconds(world.seed, 'automation.step', automationId, automation.turn, 'awaken');
  schedule(world, 'automation.advance', `${automationId}/${automation.turn}`, at + seconds * 1000);
}
