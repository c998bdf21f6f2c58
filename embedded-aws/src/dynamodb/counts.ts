import type { World } from '../core/world.ts';
import { entriesOf } from './indexes.ts';
import type { DynamoItemRecord, DynamoTableRecord, ItemCount } from './records.ts';
import { itemBytes } from './values.ts';

/**
 * DynamoDB updates a table's item count about every six hours (DynamoDB API reference,
 * TableDescription).
 */
const periodMs = 6 * 3_600_000;

/**
 * The counts that DescribeTable returns at time `now`: the counts at the start of the period. The
 * first write of each period updates the stored counts before the write takes effect. If the
 * current period has no write yet, the current counts are therefore the counts at the start of the
 * period.
 */
export function countsOf(
  table: DynamoTableRecord,
  world: World,
  now: number,
): Readonly<Record<string, ItemCount>> {
  return table.counted.period === periodAt(table, now) ? table.counted.of : countNow(table, world);
}

/** The table with updated counts, for use before the first write of a period. */
export function recounted(table: DynamoTableRecord, world: World, now: number): DynamoTableRecord {
  const period = periodAt(table, now);
  if (table.counted.period === period) return table;
  return { ...table, counted: { period, of: countNow(table, world) } };
}

const periodAt = ({ creationTime }: DynamoTableRecord, now: number) =>
  Math.floor((now - creationTime) / periodMs);

function countNow(table: DynamoTableRecord, world: World): Record<string, ItemCount> {
  const records = itemsOf(world, table);
  const count = (items: readonly DynamoItemRecord['item'][]): ItemCount => ({
    items: items.length,
    bytes: items.reduce((sum, item) => sum + itemBytes(item), 0),
  });
  const all = records.map(({ item }) => item);
  return Object.fromEntries([
    ['', count(all)],
    ...table.indexes.map((index) => [index.name, count(entriesOf(table, index, all))] as const),
  ]);
}

export function itemsOf(world: World, { id }: DynamoTableRecord): DynamoItemRecord[] {
  return world.dynamoItems.all().filter(({ table }) => table === id);
}
