import { Table } from '../core/table.ts';
import type { Parts, PartsOf } from '../core/world.ts';
import type { SessionRecord } from './records.ts';

/** The records that STS keeps in a world. */
export const kept = {
  /** Temporary credentials, by access key. */
  sessions: () => new Table<SessionRecord>(),
} satisfies Parts;

declare module '../core/world.ts' {
  interface World extends PartsOf<typeof kept> {}
}
