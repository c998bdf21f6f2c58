import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Call } from '../core/service.ts';
import { type Charge, readUnits } from './capacity.ts';
import { type Path, project } from './expressions/paths.ts';
import { checkAllUsed, type ExpressionInput, placeholdersOf } from './expressions/placeholders.ts';
import { readProjection } from './expressions/projection.ts';
import { readItem } from './items.ts';
import { checkKey, checkScalarKeys } from './keys.ts';
import type { DynamoTableRecord, Item } from './records.ts';
import { activeTable } from './tables.ts';
import { itemBytes, keptItem } from './values.ts';

/** The requested part of an item: specific paths, or the whole item if `undefined`. */
export type Wanted = readonly Path[] | undefined;

export function projectionOf(
  input: Omit<ExpressionInput, 'ExpressionAttributeValues'> & {
    readonly ProjectionExpression?: string | undefined;
  },
): Wanted {
  const { ProjectionExpression, ExpressionAttributeNames } = input;
  const placeholders = placeholdersOf({ ExpressionAttributeNames }, { ProjectionExpression });
  const paths =
    ProjectionExpression === undefined ? undefined : readProjection(ProjectionExpression, placeholders);
  checkAllUsed(placeholders);
  return paths;
}

/** A validated read of one item. */
export interface Read {
  readonly tableName: string;
  readonly key: Item;
  readonly wanted: Wanted;
  readonly consistent: boolean;
}

export function readOf(
  input: Parameters<typeof projectionOf>[0] & {
    readonly TableName?: string | undefined;
    readonly Key?: Record<string, AttributeValue> | undefined;
    readonly ConsistentRead?: boolean | undefined;
  },
): Read {
  return {
    tableName: input.TableName ?? '',
    key: keptItem(input.Key ?? {}),
    wanted: projectionOf(input),
    consistent: input.ConsistentRead === true,
  };
}

export function checkRead({ key, wanted }: Read, table: DynamoTableRecord): void {
  checkKey(table, key);
  checkScalarKeys(table, wanted ?? []);
}

export interface Found {
  readonly table: DynamoTableRecord;
  /** The requested part of the item. */
  readonly item: Item | undefined;
  readonly bytes: number;
}

export function carryOutRead(call: Call, read: Read): Found {
  const table = activeTable(call, read.tableName);
  checkRead(read, table);
  return found(call, read, table);
}

export function found(call: Call, { key, wanted, consistent }: Read, table: DynamoTableRecord): Found {
  const item = readItem(call, table, key, consistent);
  return {
    table,
    item: item && wanted ? project(item, wanted) : item,
    bytes: item ? itemBytes(item) : 0,
  };
}

export function readCharge({ table, bytes }: Found, options: Parameters<typeof readUnits>[1]): Charge {
  return { table, units: readUnits(bytes, options), byIndex: {} };
}
