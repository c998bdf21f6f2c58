import { uuid } from '../core/random.ts';
import { count, schedule, type World } from '../core/world.ts';
import { busArn } from './arns.ts';
import { drawSeconds } from './latency.ts';
import type { EventRecord } from './records.ts';

/** An event of a service (`aws.ec2`, `aws.ssm`, `aws.states`) about one of its resources. */
export interface ServiceEvent {
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
 * Puts an event of a service on the default bus of the account and region of the resource. Services emit events late
 * and not in order. Without a rule on the bus, no event is created.
 */
export function emit(world: World, { resources = [], ...serviceEvent }: ServiceEvent): void {
  const bus = busArn(serviceEvent, 'default');
  if (!world.eventRules.all().some((rule) => rule.bus === bus)) return;
  const eventId = newEventId(world);
  const seconds = drawSeconds(world.seed, 'event.emission', eventId);
  putOnBus(world, { eventId, bus, resources, ...serviceEvent }, serviceEvent.time + seconds * 1000);
}

export const newEventId = (world: World) => uuid(world.seed, 'event', count(world, 'event'));

/** Puts an event on a bus. At `at` the event is matched with the rules of the bus. */
export function putOnBus(world: World, event: Omit<EventRecord, 'id'>, at: number): void {
  // The same event can be on several buses.
  const id = `${event.eventId}/${count(world, 'event on a bus')}`;
  world.events.put({ id, ...event }, at, 0);
  schedule(world, 'event.arrives', id, at);
}
