import { uuid } from '../core/random.ts';
import { count, schedule, type World } from '../core/world.ts';
import { busArn } from './arns.ts';
import { drawSeconds } from './latency.ts';
import type { EventRecord } from './records.ts';

/** Something that happened to a resource of a service (`aws.ec2`, `aws.ssm`, `aws.states`), in the words of its events. */
export interface Happening {
  readonly account: string;
  readonly region: string;
  readonly source: string;
  readonly detailType: string;
  readonly detail: unknown;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly resources?: readonly string[];
}

/**
 * Tells EventBridge of something that happened, on the default bus of the account and region where it did. Services emit late,
 * and not in order. Where nobody has a rule, nothing is told.
 */
export function emit(world: World, { resources = [], ...happening }: Happening): void {
  const bus = busArn(happening, 'default');
  if (!world.eventRules.all().some((rule) => rule.bus === bus)) return;
  const eventId = newEventId(world);
  const seconds = drawSeconds(world.seed, 'event.emission', eventId);
  putOnBus(world, { eventId, bus, resources, ...happening }, happening.time + seconds * 1000);
}

export const newEventId = (world: World) => uuid(world.seed, 'event', count(world, 'event'));

/** Puts an event on a bus; at `at` it meets the rules there. */
export function putOnBus(world: World, event: Omit<EventRecord, 'id'>, at: number): void {
  // One event can lie on several buses.
  const id = `${event.eventId}/${count(world, 'event on a bus')}`;
  world.events.put({ id, ...event }, at, 0);
  schedule(world, 'event.arrives', id, at);
}
