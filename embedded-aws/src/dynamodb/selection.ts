import type { AttributeValue, ConsumedCapacity } from '@aws-sdk/client-dynamodb';
import { AwsError } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import type { Constraints } from '../core/validation.ts';
import { consumed, readUnits } from './capacity.ts';
import { itemsOf } from './counts.ts';
import { conditionPaths } from './expressions/condition-paths.ts';
import { type Condition, readCondition } from './expressions/conditions.ts';
import { holdsFor } from './expressions/evaluate.ts';
import { type Path, project } from './expressions/paths.ts';
import { checkAllUsed, type ExpressionInput, placeholdersOf } from './expressions/placeholders.ts';
import { readProjection } from './expressions/projection.ts';
import { entryOf, hasKey, projectedNames } from './indexes.ts';
import { checkKey, checkScalarKeys, keyType, pick } from './keys.ts';
import { capacities } from './parameters.ts';
import type { DynamoTableRecord, IndexRecord, Item, KeySchema } from './records.ts';
import { invalid, invalidRequest, invalidValues } from './refusals.ts';
import { keyNames, namePattern } from './tables.ts';
import { itemBytes, itemShape, keptItem, typeOf } from './values.ts';

/**
 * The common parts of Query and Scan: the source of the items, the selected attributes, and the end
 * of a page.
 */
export interface SelectionInput extends ExpressionInput {
  readonly TableName?: string | undefined;
  readonly IndexName?: string | undefined;
  readonly Select?: string | undefined;
  readonly Limit?: number | undefined;
  readonly ConsistentRead?: boolean | undefined;
  readonly ExclusiveStartKey?: Record<string, AttributeValue> | undefined;
  readonly FilterExpression?: string | undefined;
  readonly ProjectionExpression?: string | undefined;
  readonly ReturnConsumedCapacity?: 'INDEXES' | 'TOTAL' | 'NONE' | undefined;
}

export const selectionParameters = [
  'ConsistentRead',
  'ExclusiveStartKey.*',
  'ExpressionAttributeNames.*',
  'ExpressionAttributeValues.*',
  'FilterExpression',
  'IndexName',
  'Limit',
  'ProjectionExpression',
  'ReturnConsumedCapacity',
  'Select',
  'TableName',
];

/** A page ends when it reaches this size. */
const pageBytes = 1024 * 1024;
const selects = ['SPECIFIC_ATTRIBUTES', 'COUNT', 'ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES'];

export const selectionConstraints = {
  Select: { oneOf: selects },
  IndexName: { pattern: namePattern, length: [3, 255] },
  ReturnConsumedCapacity: { oneOf: capacities },
} as const satisfies Constraints;

export interface Expressions {
  readonly key?: Condition;
  readonly filter?: Condition;
  readonly paths?: readonly Path[];
}

export function expressionsOf(
  input: SelectionInput & { readonly KeyConditionExpression?: string | undefined },
  names: readonly ('ProjectionExpression' | 'FilterExpression' | 'KeyConditionExpression')[],
): Expressions {
  const placeholders = placeholdersOf(input, Object.fromEntries(names.map((name) => [name, input[name]])));
  const condition = (name: 'KeyConditionExpression' | 'FilterExpression') =>
    input[name] === undefined ? undefined : readCondition(name, input[name], placeholders);
  const key = condition('KeyConditionExpression');
  const filter = condition('FilterExpression');
  const paths =
    input.ProjectionExpression === undefined
      ? undefined
      : readProjection(input.ProjectionExpression, placeholders);
  checkAllUsed(placeholders);
  return {
    ...(key === undefined ? {} : { key }),
    ...(filter === undefined ? {} : { filter }),
    ...(paths === undefined ? {} : { paths }),
  };
}

/** The source of a Query or Scan: the table or one of its indexes. */
export interface Source {
  readonly table: DynamoTableRecord;
  readonly index: IndexRecord | undefined;
  readonly keys: KeySchema;
}

export function sourceOf(table: DynamoTableRecord, input: SelectionInput): Source {
  const { IndexName, ConsistentRead, Select, ProjectionExpression } = input;
  const index = table.indexes.find(({ name }) => name === IndexName);
  if (IndexName !== undefined && index === undefined) {
    throw invalid(`The table does not have the specified index: ${IndexName}`);
  }
  if (index?.scope === 'global' && ConsistentRead) {
    throw invalid('Consistent reads are not supported on global secondary indexes');
  }
  if (Select === 'ALL_PROJECTED_ATTRIBUTES' && index === undefined) {
    throw invalidRequest('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
  }
  if (Select === 'SPECIFIC_ATTRIBUTES' && ProjectionExpression === undefined) {
    throw invalidRequest(
      'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    );
  }
  if (Select !== undefined && Select !== 'SPECIFIC_ATTRIBUTES' && ProjectionExpression !== undefined) {
    throw invalidRequest(
      `Cannot specify the ProjectionExpression when choosing to get ${Select === 'COUNT' ? 'only the Count' : Select}`,
    );
  }
  if (Select === 'ALL_ATTRIBUTES' && index?.scope === 'global' && index.projection !== 'ALL') {
    throw invalidValues(
      `Select type ALL_ATTRIBUTES is not supported for global secondary index ${index.name} because its projection type is not ALL`,
    );
  }
  return { table, index, keys: index?.keys ?? table.keys };
}

/** Refuses expressions that do not fit the table or index. */
export function checkExpressions({ table, index }: Source, { filter, paths }: Expressions): void {
  checkScalarKeys(table, paths ?? []);
  checkScalarKeys(table, filter === undefined ? [] : conditionPaths(filter));
  if (index?.scope !== 'global' || index.projection === 'ALL' || paths === undefined) return;
  const names = projectedNames(table, index);
  const missing = paths.map(([name]) => String(name)).filter((name) => !names.has(name));
  if (missing.length > 0) {
    throw invalidValues(`Global secondary index ${index.name} does not project [${missing.join(', ')}]`);
  }
}

/** The key after which a page starts: the table's key and, for an index, the index's key. */
export function startKeyOf(
  { table, index, keys }: Source,
  given: Record<string, AttributeValue> | undefined,
  { mismatch }: { mismatch: string },
): Item | undefined {
  if (given === undefined) return undefined;
  const key = startKeyValues(given);
  const names = startKeyNames({ table, index, keys });
  if (Object.keys(key).length !== names.length) throw invalid(mismatch);
  for (const name of keyNames(keys)) {
    const value = key[name];
    if (value === undefined) throw invalid(mismatch);
    if (index !== undefined && typeOf(value) !== keyType(table, name)) {
      throw invalid('The provided starting key is invalid');
    }
  }
  try {
    checkKey(
      table,
      pick(
        key,
        keyNames(table.keys).filter((name) => key[name] !== undefined),
      ),
    );
  } catch (error) {
    throw prefixed(error);
  }
  return key;
}

function startKeyValues(given: Record<string, AttributeValue>): Item {
  try {
    return keptItem(given);
  } catch (error) {
    // DynamoDB does not add the prefix to these errors (dynalite's tests against DynamoDB).
    const bare = /contains duplicates|number set|numeric value|significant digits|magnitude/;
    throw error instanceof AwsError && bare.test(error.message) ? error : prefixed(error);
  }
}

function prefixed(error: unknown): unknown {
  return error instanceof AwsError
    ? invalid(`The provided starting key is invalid: ${error.message}`)
    : error;
}

function startKeyNames({ table, keys }: Source): string[] {
  return [...new Set([...keyNames(table.keys), ...keyNames(keys)])];
}

/** One entry of a table or an index. */
export interface Entry {
  /** The attributes in the table or index. */
  readonly held: Item;
  /** The whole item. */
  readonly item: Item;
}

/** All entries that the read sees. */
export function entriesIn(
  { world, now }: Call,
  { table, index }: Source,
  consistent: boolean | undefined,
): Entry[] {
  const records = consistent
    ? itemsOf(world, table)
    : world.dynamoItems.allSeen(now).filter((record) => record.table === table.id);
  return records.flatMap(({ item }) => {
    if (index !== undefined && !hasKey(index.keys, item)) return [];
    const held = (index && entryOf(table, index, item)) ?? item;
    return [{ held, item }];
  });
}

interface SelectionOutput {
  Items?: Record<string, AttributeValue>[];
  Count: number;
  ScannedCount: number;
  LastEvaluatedKey?: Record<string, AttributeValue>;
  ConsumedCapacity?: ConsumedCapacity;
}

/** One page of the entries after the start key. The filter applies after counting. */
export function pageOf(
  source: Source,
  entries: readonly Entry[],
  input: SelectionInput,
  { filter, paths }: Expressions,
): SelectionOutput {
  const { table, index } = source;
  const scanned: Entry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (scanned.length >= (input.Limit ?? Number.POSITIVE_INFINITY) || bytes >= pageBytes) break;
    scanned.push(entry);
    bytes += itemBytes(entry.held);
  }
  // A full page has a key for the next page, even if no item follows.
  const isFull = scanned.length === input.Limit || bytes >= pageBytes;
  const last = scanned.at(-1);
  const isWhole = index?.scope === 'local' && (input.Select === 'ALL_ATTRIBUTES' || paths !== undefined);
  const items = scanned
    .filter(({ held, item }) => filter === undefined || holdsFor(filter, isWhole ? item : held))
    .map(({ held, item }) => (isWhole ? item : held))
    .map((item) => (paths === undefined ? item : project(item, paths)));
  const units = readUnits(bytes, { consistent: input.ConsistentRead });
  const charge =
    index === undefined
      ? { table, units, byIndex: {} }
      : { table, units: 0, byIndex: { [index.name]: units } };
  const [ConsumedCapacity] = consumed(input.ReturnConsumedCapacity, [charge]) ?? [];
  return {
    ...(input.Select === 'COUNT' ? {} : { Items: items.map(itemShape) }),
    Count: items.length,
    ScannedCount: scanned.length,
    ...(isFull && last !== undefined
      ? { LastEvaluatedKey: itemShape(pick(last.item, startKeyNames(source))) }
      : {}),
    ...(ConsumedCapacity === undefined ? {} : { ConsumedCapacity }),
  };
}
