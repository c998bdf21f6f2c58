import type { ConsumedCapacity, ReturnConsumedCapacity } from '@aws-sdk/client-dynamodb';
import { entryOf } from './indexes.ts';
import type { DynamoTableRecord, IndexRecord, Item } from './records.ts';
import { itemBytes } from './values.ts';

/**
 * The capacity units for one table and its indexes. `byIndex` contains only the indexes that were
 * used.
 */
export interface Charge {
  readonly table: DynamoTableRecord;
  readonly units: number;
  readonly byIndex: Readonly<Record<string, number>>;
}

const readUnitBytes = 4096;
const writeUnitBytes = 1024;

/**
 * One unit per started 4 KB. An eventually consistent read costs half, a transactional read costs
 * double.
 */
export function readUnits(
  bytes: number,
  { consistent = false, factor = 1 }: { consistent?: boolean | undefined; factor?: number } = {},
): number {
  return Math.max(1, Math.ceil(bytes / readUnitBytes)) * (consistent ? 1 : 0.5) * factor;
}

/**
 * One unit per started KB of the larger of the two items. For each index, the units of the removed
 * entry and of the new entry.
 */
export function writeCharge(
  table: DynamoTableRecord,
  old: Item | undefined,
  item: Item | undefined,
  factor = 1,
): Charge {
  const bytes = Math.max(old ? itemBytes(old) : 0, item ? itemBytes(item) : 0);
  return {
    table,
    units: unitsFor(bytes) * factor,
    byIndex: Object.fromEntries(
      table.indexes
        .map((index) => [index.name, indexUnits(table, index, old, item) * factor] as const)
        .filter(([, units]) => units > 0),
    ),
  };
}

function indexUnits(
  table: DynamoTableRecord,
  index: IndexRecord,
  old: Item | undefined,
  item: Item | undefined,
): number {
  const [before, after] = [old, item].map((whole) => whole && entryOf(table, index, whole));
  if (JSON.stringify(before) === JSON.stringify(after)) return 0;
  const names = [index.keys.hash, ...(index.keys.range === undefined ? [] : [index.keys.range])];
  const moved = names.some((name) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]));
  if (before === undefined || after === undefined || !moved) {
    return unitsFor(Math.max(before ? itemBytes(before) : 0, after ? itemBytes(after) : 0));
  }
  return unitsFor(itemBytes(before)) + unitsFor(itemBytes(after));
}

const unitsFor = (bytes: number) => Math.max(1, Math.ceil(bytes / writeUnitBytes));

/** The charges in the form that a response reports, one per table. */
export function consumed(
  wanted: ReturnConsumedCapacity | undefined,
  charges: readonly Charge[],
  kind?: 'read' | 'write',
): ConsumedCapacity[] | undefined {
  if (wanted !== 'TOTAL' && wanted !== 'INDEXES') return undefined;
  return [...new Set(charges.map(({ table }) => table.name))].map((name) => {
    const own = charges.filter(({ table }) => table.name === name);
    return capacityShape(name, own, wanted === 'INDEXES', kind);
  });
}

function capacityShape(
  name: string,
  charges: readonly Charge[],
  withIndexes: boolean,
  kind: 'read' | 'write' | undefined,
): ConsumedCapacity {
  const capacity = (units: number) => ({
    CapacityUnits: units,
    // Only transactions report read and write units separately.
    ...(kind === undefined
      ? {}
      : kind === 'read'
        ? { ReadCapacityUnits: units }
        : { WriteCapacityUnits: units }),
  });
  const tableUnits = charges.reduce((sum, { units }) => sum + units, 0);
  const byIndex = new Map<string, number>();
  for (const charge of charges) {
    for (const [index, units] of Object.entries(charge.byIndex)) {
      byIndex.set(index, (byIndex.get(index) ?? 0) + units);
    }
  }
  const total = tableUnits + [...byIndex.values()].reduce((sum, units) => sum + units, 0);
  const indexes = (scope: IndexRecord['scope']) =>
    Object.fromEntries(
      [...byIndex]
        .filter(([index]) =>
          charges[0]?.table.indexes.some((record) => record.name === index && record.scope === scope),
        )
        .map(([index, units]) => [index, capacity(units)]),
    );
  const [globals, locals] = [indexes('global'), indexes('local')];
  return {
    TableName: name,
    ...capacity(total),
    ...(withIndexes
      ? {
          Table: capacity(tableUnits),
          ...(Object.keys(globals).length === 0 ? {} : { GlobalSecondaryIndexes: globals }),
          ...(Object.keys(locals).length === 0 ? {} : { LocalSecondaryIndexes: locals }),
        }
      : {}),
  };
}
