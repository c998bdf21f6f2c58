import { Table } from '../core/table.ts';
import type { Parts, PartsOf } from '../core/world.ts';
import type { AutoScalingGroupRecord, InstanceRefreshRecord } from './records.ts';

/** The part of Auto Scaling in a world. */
export const kept = {
  autoScalingGroups: () => new Table<AutoScalingGroupRecord>(),
  instanceRefreshes: () => new Table<InstanceRefreshRecord>(),
} satisfies Parts;

declare module '../core/world.ts' {
  interface World extends PartsOf<typeof kept> {}
}
