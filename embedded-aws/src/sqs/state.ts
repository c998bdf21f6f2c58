import { Table } from '../core/table.ts';
import type { Parts, PartsOf } from '../core/world.ts';
import type { QueueMessageRecord, QueueRecord } from './records.ts';

/** The records that SQS keeps in a world. */
export const kept = {
  queues: () => new Table<QueueRecord>(),
  queueMessages: () => new Table<QueueMessageRecord>(),
} satisfies Parts;

declare module '../core/world.ts' {
  interface World extends PartsOf<typeof kept> {}
}
