import { Table } from '../core/table.ts';
import type { Parts, PartsOf } from '../core/world.ts';
import type { KeyAliasRecord, KeyGrantRecord, KeyRecord } from './records.ts';

/** The records that KMS keeps in a world. */
export const kept = {
  keys: () => new Table<KeyRecord>(),
  keyAliases: () => new Table<KeyAliasRecord>(),
  keyGrants: () => new Table<KeyGrantRecord>(),
} satisfies Parts;

declare module '../core/world.ts' {
  interface World extends PartsOf<typeof kept> {}
}
