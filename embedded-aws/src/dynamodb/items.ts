import type { Call } from '../core/service.ts';
import { count, schedule, type World } from '../core/world.ts';
import { itemsOf, recounted } from './counts.ts';
import { attribute } from './expressions/paths.ts';
import { itemId } from './keys.ts';
import { drawSeconds } from './latency.ts';
import type { DynamoItemRecord, DynamoTableRecord, Item } from './records.ts';

/** Items that expired before this age are not deleted (DynamoDB developer guide, Time to Live). */
const expiredAgeMaxMs = 5 * 365 * 86_400_000;

/** The current item, including writes that eventually consistent reads do not see yet. */
export function currentItem(world: World, table: DynamoTableRecord, key: Item): Item | undefined {
  return world.dynamoItems.get(itemId(table, key))?.item;
}

/** The item that a read sees. */
export function readItem(
  { world, now }: Call,
  table: DynamoTableRecord,
  key: Item,
  consistent: boolean | undefined,
): Item | undefined {
  const id = itemId(table, key);
  return (consistent ? world.dynamoItems.get(id) : world.dynamoItems.seen(id, now))?.item;
}

/** Writes an item, or deletes the item if no new item is given. */
export function writeItem(
  world: World,
  tableId: string,
  key: Item,
  item: Item | undefined,
  at: number,
): void {
  const current = world.dynamoTables.get(tableId);
  if (current === undefined) return;
  const table = recounted(current, world, at);
  if (table !== current) world.dynamoTables.put(table, at, 0);
  const id = itemId(table, key);
  if (item === undefined) {
    world.dynamoItems.remove(id, at, writeLagMs(world));
    return;
  }
  const record = withExpiry(world, table, at, {
    id,
    account: table.account,
    region: table.region,
    table: table.id,
    item,
  });
  world.dynamoItems.put(record, at, writeLagMs(world));
  if (record.vanishesAt !== undefined) sweepBy(world, table.id, record.vanishesAt, at);
}

/** The time in ms until eventually consistent reads see a write. */
export function writeLagMs(world: World): number {
  return drawSeconds(world.seed, 'dynamodb.lag', count(world, 'dynamodb write')) * 1000;
}

function withExpiry(
  world: World,
  table: DynamoTableRecord,
  at: number,
  { vanishesAt: _former, ...record }: DynamoItemRecord,
): DynamoItemRecord {
  const expiry = expiryOf(table, record.item);
  if (expiry === undefined || expiry < at - expiredAgeMaxMs) return record;
  const delayMs = drawSeconds(world.seed, 'dynamodb.ttl.delete', record.id, expiry) * 1000;
  return { ...record, vanishesAt: Math.max(expiry, at) + delayMs };
}

/**
 * The expiry time of an item in ms, or `undefined` unless the table's TTL attribute is a number.
 */
function expiryOf({ timeToLive }: DynamoTableRecord, item: Item): number | undefined {
  if (timeToLive === undefined || timeToLive.status === 'ENABLING') return undefined;
  const value = attribute(item, timeToLive.attribute);
  return value !== undefined && 'N' in value ? Number(value.N) * 1000 : undefined;
}

/** Recalculates the deletion time of all items of a table after TTL was enabled or disabled. */
export function renewExpiries(world: World, tableId: string, at: number): void {
  const table = world.dynamoTables.get(tableId);
  if (table === undefined) return;
  for (const record of itemsOf(world, table)) {
    const renewed = withExpiry(world, table, at, record);
    world.dynamoItems.put(renewed, at, 0);
    if (renewed.vanishesAt !== undefined) sweepBy(world, tableId, renewed.vanishesAt, at);
  }
}

/** Deletes the items that are due, and schedules the next deletion. */
export function sweep(world: World, tableId: string, at: number): void {
  const table = world.dynamoTables.get(tableId);
  if (table?.sweepAt !== at) return;
  const { sweepAt: _done, ...rest } = table;
  world.dynamoTables.put(rest, at, 0);
  let next = Number.POSITIVE_INFINITY;
  for (const { item, vanishesAt } of itemsOf(world, table)) {
    if (vanishesAt === undefined) continue;
    if (vanishesAt <= at) writeItem(world, tableId, item, undefined, at);
    else next = Math.min(next, vanishesAt);
  }
  if (next < Number.POSITIVE_INFINITY) sweepBy(world, tableId, next, at);
}

function sweepBy(world: World, tableId: string, vanishesAt: number, at: number): void {
  const table = world.dynamoTables.get(tableId);
  if (table === undefined || (table.sweepAt !== undefined && table.sweepAt <= vanishesAt)) return;
  world.dynamoTables.put({ ...table, sweepAt: vanishesAt }, at, 0);
  schedule(world, 'dynamodb.sweep', tableId, vanishesAt);
}
