import { Table } from '../core/table.ts';
import type { Parts, PartsOf } from '../core/world.ts';
import type { DynamoItemRecord, DynamoTableRecord } from './records.ts';

/** The records that DynamoDB keeps in a world. */
export const kept = {
  dynamoTables: () => new Table<DynamoTableRecord>(),
  dynamoItems: () => new Table<DynamoItemRecord>(),
} satisfies Parts;

declare module '../core/world.ts' {
  interface World extends PartsOf<typeof kept> {}
}
