import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { AwsError } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import { applyUpdates } from './expressions/apply.ts';
import { conditionPaths } from './expressions/condition-paths.ts';
import { type Condition, readCondition } from './expressions/conditions.ts';
import { holdsFor } from './expressions/evaluate.ts';
import type { Path } from './expressions/paths.ts';
import { checkAllUsed, type ExpressionInput, placeholdersOf } from './expressions/placeholders.ts';
import { readUpdates, type Update } from './expressions/updates.ts';
import { currentItem, writeItem } from './items.ts';
import { checkItemKeys, checkKey, checkScalarKeys, checkUpdatedIndexKeys, keyOf } from './keys.ts';
import type { DynamoTableRecord, Item } from './records.ts';
import { invalid, invalidValues } from './refusals.ts';
import { activeTable, keyNames } from './tables.ts';
import { checkNesting, itemBytes, itemShape, keptItem } from './values.ts';

/** The maximum size of an item, including attribute names. */
const itemBytesMax = 400 * 1024;

/** A validated write of one item. The table and the stored item are checked later. */
export interface Write {
  readonly tableName: string;
  /** The key, or the item that contains the key. */
  readonly subject: Item;
  readonly kind: 'put' | 'update' | 'delete' | 'check';
  readonly condition?: Condition;
  readonly updates: readonly Update[];
  readonly returnsOldOnFailure: boolean;
}

interface WriteInput extends ExpressionInput {
  readonly TableName?: string | undefined;
  readonly ConditionExpression?: string | undefined;
  readonly ReturnValuesOnConditionCheckFailure?: string | undefined;
}

export function putOf(
  input: WriteInput & { readonly Item?: Record<string, AttributeValue> | undefined },
): Write {
  const item = keptItem(input.Item ?? {});
  if (itemBytes(item) > itemBytesMax) {
    throw invalid('Item size has exceeded the maximum allowed size');
  }
  return writeOf('put', item, input);
}

export function writeByKey(
  kind: 'update' | 'delete' | 'check',
  input: WriteInput & {
    readonly Key?: Record<string, AttributeValue> | undefined;
    readonly UpdateExpression?: string | undefined;
  },
): Write {
  return writeOf(kind, keptItem(input.Key ?? {}), input);
}

function writeOf(
  kind: Write['kind'],
  subject: Item,
  input: WriteInput & { readonly UpdateExpression?: string | undefined },
): Write {
  const { ConditionExpression, UpdateExpression } = input;
  const placeholders = placeholdersOf(input, {
    ...(kind === 'update' ? { UpdateExpression } : {}),
    ConditionExpression,
  });
  const updates = UpdateExpression === undefined ? [] : readUpdates(UpdateExpression, placeholders);
  const condition =
    ConditionExpression === undefined
      ? undefined
      : readCondition('ConditionExpression', ConditionExpression, placeholders);
  checkAllUsed(placeholders);
  return {
    tableName: input.TableName ?? '',
    subject,
    kind,
    updates,
    ...(condition === undefined ? {} : { condition }),
    returnsOldOnFailure: input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
  };
}

/** The outcome of a write. */
export interface Outcome {
  readonly table: DynamoTableRecord;
  readonly key: Item;
  readonly old: Item | undefined;
  /** The item after the write, or `undefined` if the item is deleted. */
  readonly item: Item | undefined;
}

/** Refuses a write whose key or paths do not match the table. Returns the key. */
export function checkedKey(write: Write, table: DynamoTableRecord): Item {
  if (write.kind === 'put') {
    checkItemKeys(table, write.subject);
  } else {
    checkKey(table, write.subject);
  }
  const paths: Path[] = write.updates.map(({ path }) => path);
  const changed = keyNames(table.keys).find((name) => paths.some(([head]) => head === name));
  if (changed !== undefined) {
    throw invalidValues(`Cannot update attribute ${changed}. This attribute is part of the key`);
  }
  checkScalarKeys(table, [...paths, ...(write.condition ? conditionPaths(write.condition) : [])]);
  return keyOf(table, write.subject);
}

/** The outcome of the write for the current item. Throws if the condition is false. */
export function outcomeOf(call: Call, write: Write, table: DynamoTableRecord, key: Item): Outcome {
  const old = currentItem(call.world, table, key);
  if (write.condition !== undefined && !holdsFor(write.condition, old ?? {})) {
    throw conditionFailed(write.returnsOldOnFailure ? old : undefined);
  }
  return { table, key, old, item: itemAfter(write, table, old) };
}

function itemAfter(write: Write, table: DynamoTableRecord, old: Item | undefined): Item | undefined {
  if (write.kind === 'delete') return undefined;
  if (write.kind === 'check') return old;
  if (write.kind === 'put') return write.subject;
  const item = applyUpdates(write.updates, old ?? write.subject);
  checkNesting(item);
  checkUpdatedIndexKeys(table, item);
  if (itemBytes(item) > itemBytesMax) {
    throw invalid('Item size to update has exceeded the maximum allowed size');
  }
  return item;
}

/** Carries out a single write. */
export function carryOutWrite(call: Call, write: Write): Outcome {
  const table = activeTable(call, write.tableName);
  const outcome = outcomeOf(call, write, table, checkedKey(write, table));
  settleOutcome(call, outcome);
  return outcome;
}

export function settleOutcome({ world, now }: Call, { table, key, old, item }: Outcome): void {
  if (old === undefined && item === undefined) return;
  writeItem(world, table.id, key, item, now);
}

function conditionFailed(old: Item | undefined): AwsError {
  return new AwsError(
    'ConditionalCheckFailedException',
    'The conditional request failed',
    400,
    old === undefined ? {} : { Item: itemShape(old) },
  );
}
