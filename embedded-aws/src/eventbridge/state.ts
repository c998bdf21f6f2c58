import { Table } from '../core/table.ts';
import type { Parts, PartsOf } from '../core/world.ts';
import type { DeliveryRecord, EventBusRecord, EventRecord, EventRuleRecord } from './records.ts';

/** What EventBridge keeps in a world. */
export const kept = {
  /** Events on their way. */
  events: () => new Table<EventRecord>(),
  eventBuses: () => new Table<EventBusRecord>(),
  eventRules: () => new Table<EventRuleRecord>(),
  /** Events on their way from rules to targets. */
  deliveries: () => new Table<DeliveryRecord>(),
} satisfies Parts;

declare module '../core/world.ts' {
  interface World extends PartsOf<typeof kept> {}
}
