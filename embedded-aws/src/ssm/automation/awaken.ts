import { schedule, type World } from '../../core/world.ts';
import { drawSeconds } from '../latency.ts';

/** Lets an automation go on that waits for something which has just happened. */
export function awaken(world: World, automationId: string, at: number): void {
  const automation = world.automations.get(automationId);
  if (automation === undefined) return;
  const seconds = drawSeconds(world.seed, 'automation.step', automationId, automation.turn, 'awaken');
  schedule(world, 'automation.advance', `${automationId}/${automation.turn}`, at + seconds * 1000);
}
