import { Table } from '../core/table.ts';
import type { Parts, PartsOf } from '../core/world.ts';
import type { DeliveryRecord, EventBusRecord, EventRecord, EventRuleRecord } from './records.ts';

/** The state of EventBridge in a world. */
export const kept = {
  /** Events that are being delivered to buses. */
  events: () => new Table<EventRecord>(),
  eventBuses: () => new Table<EventBusRecord>(),
  eventRules: () => new Table<EventRuleRecord>(),
  /** Events that are being delivered from rules to targets. */
  deliveries: () => new Table<DeliveryRecord>(),
} satisfies Parts;

declare module '../core/world.ts' {
  interface World extends PartsOf<typeof kept> {}
}
