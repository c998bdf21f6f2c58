import { Table } from '../core/table.ts';
import type { Parts, PartsOf } from '../core/world.ts';
import type { InvocationRecord, ScheduleGroupRecord, ScheduleRecord } from './records.ts';

/** The state of EventBridge Scheduler in a world. */
export const kept = {
  schedules: () => new Table<ScheduleRecord>(),
  scheduleGroups: () => new Table<ScheduleGroupRecord>(),
  /** Occurrences of schedules whose targets are not invoked yet. */
  invocations: () => new Table<InvocationRecord>(),
} satisfies Parts;

declare module '../core/world.ts' {
  interface World extends PartsOf<typeof kept> {}
}
