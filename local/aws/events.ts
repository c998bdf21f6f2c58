import type { EventRecord } from './eventbridge/records.ts';
import { uuid } from './random.ts';
import { count, schedule, type World } from './world.ts';

/**
 * Tells EventBridge of something that happened (`aws.ec2`, `aws.ssm`, `aws.states`), on the default bus of the account and region
 * where it happened. Where nobody has a rule, nothing is told.
 */
export function emit(
  world: World,
  event: Omit<EventRecord, 'id' | 'bus' | 'resources'> & { resources?: readonly string[] },
): void {
  if (world.eventRules.all().length === 0) return;
  const id = uuid(world.seed, 'event', count(world, 'event'));
  world.events.put({ id, bus: 'default', resources: [], ...event }, event.time, 0);
  schedule(world, 'event.arrives', id, event.time);
}
