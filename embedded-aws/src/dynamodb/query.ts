import type { QueryCommandInput, QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Operation } from '../core/service.ts';
import { check, checkValue } from '../core/validation.ts';
import { conditionPaths } from './expressions/condition-paths.ts';
import { beginsWith, compares } from './expressions/evaluate.ts';
import { type KeyCondition, keyConditions } from './expressions/key-conditions.ts';
import { attribute } from './expressions/paths.ts';
import { compareItems, keyType } from './keys.ts';
import type { Item, Value } from './records.ts';
import { invalid, invalidValues, withOpening } from './refusals.ts';
import {
  checkExpressions,
  type Entry,
  type Expressions,
  entriesIn,
  expressionsOf,
  pageOf,
  type Source,
  selectionConstraints,
  selectionParameters,
  sourceOf,
  startKeyOf,
} from './selection.ts';
import { activeTable, checkTableName, keyNames } from './tables.ts';
import { typeOf } from './values.ts';

/** Returns the items of one partition in the order of their range key. */
export const query: Operation<QueryCommandInput, QueryCommandOutput> = {
  kind: 'read',
  accepts: [...selectionParameters, 'KeyConditionExpression', 'ScanIndexForward'],
  run(input, call) {
    checkTableName(input.TableName);
    check(input, selectionConstraints);
    // AWS formats this error differently from the other errors of Query.
    checkValue(input.Limit, 'Limit', { range: [1, Number.POSITIVE_INFINITY], shown: undefined });
    if (input.KeyConditionExpression === undefined) {
      throw invalid(
        'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
      );
    }
    const expressions = expressionsOf(input, [
      'ProjectionExpression',
      'FilterExpression',
      'KeyConditionExpression',
    ]);
    const conditions = conditionsOf(expressions);
    const source = withOpening(() => sourceOf(activeTable(call, input.TableName ?? ''), input));
    const { hash, range } = checkConditions(source, conditions);
    const start = startKeyOf(source, input.ExclusiveStartKey, {
      mismatch: 'The provided starting key is invalid',
    });
    if (start !== undefined) checkStart(source, start, hash, range);
    checkFilter(source, expressions);
    checkExpressions(source, expressions);

    const { table, keys } = source;
    const direction = input.ScanIndexForward === false ? -1 : 1;
    const order = (a: Item, b: Item) => direction * compareItems(table, keys, a, b);
    const isWanted = ({ item }: Entry) =>
      compares(attribute(item, keys.hash), '=', hash) &&
      (range === undefined || meets(attribute(item, keys.range ?? ''), range)) &&
      (start === undefined || order(item, start) > 0);
    const entries = entriesIn(call, source, input.ConsistentRead)
      .filter(isWanted)
      .sort((a, b) => order(a.item, b.item));
    return pageOf(source, entries, input, expressions);
  },
};

function conditionsOf({ key }: Expressions): Map<string, KeyCondition> {
  if (key === undefined) throw new Error('a query without a condition was not refused');
  const conditions = keyConditions(key);
  if (conditions.size > 2) throw invalid('Conditions can be of length 1 or 2 only');
  return conditions;
}

/**
 * Refuses invalid key conditions. A valid condition sets the hash key equal to a value, and may set
 * a range for the range key.
 */
function checkConditions(
  { table, keys }: Source,
  conditions: Map<string, KeyCondition>,
): { hash: Value; range: KeyCondition | undefined } {
  const hash = conditions.get(keys.hash);
  const range = keys.range === undefined ? undefined : conditions.get(keys.range);
  if (keys.range === undefined && conditions.size > 1) {
    throw invalid('Query key condition not supported');
  }
  if (hash === undefined) {
    throw invalid(`Query condition missed key schema element: ${keys.hash}`);
  }
  for (const [name, condition] of [
    [keys.hash, hash],
    [keys.range, range],
  ] as const) {
    if (name === undefined || condition === undefined) continue;
    if (condition.values.some((value) => typeOf(value) !== keyType(table, name))) {
      throw invalidValues('Condition parameter type does not match schema type');
    }
  }
  const [value] = hash.values;
  if (hash.operator !== '=' || value === undefined) {
    throw invalid('Query key condition not supported');
  }
  if (range === undefined && conditions.size > 1) {
    throw invalid(`Query condition missed key schema element: ${keys.range}`);
  }
  if (('S' in value && value.S === '') || ('B' in value && value.B === '')) {
    throw invalid(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${
        'S' in value ? 'string' : 'binary'
      } value. Key: ${keys.hash}`,
    );
  }
  return { hash: value, range };
}

function checkStart({ keys }: Source, start: Item, hash: Value, range: KeyCondition | undefined): void {
  const isSamePartition = compares(attribute(start, keys.hash), '=', hash);
  if (range === undefined || keys.range === undefined) {
    if (isSamePartition) return;
    throw invalid('The provided starting key is outside query boundaries based on provided conditions');
  }
  if (!meets(attribute(start, keys.range), range)) {
    throw invalid('The provided starting key does not match the range key predicate');
  }
  if (!isSamePartition) {
    throw invalid('The query can return at most one row and cannot be restarted');
  }
}

function meets(value: Value | undefined, { operator, values }: KeyCondition): boolean {
  const [first, second] = values;
  if (value === undefined || first === undefined) return false;
  if (operator === 'begins_with') return beginsWith(value, first);
  if (operator === 'between') {
    return compares(value, '>=', first) && compares(value, '<=', second);
  }
  return compares(value, operator, first);
}

function checkFilter({ keys }: Source, { filter }: Expressions): void {
  if (filter === undefined) return;
  const heads = conditionPaths(filter).map(([head]) => head);
  const key = keyNames(keys).find((name) => heads.includes(name));
  if (key === undefined) return;
  throw invalid(
    `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${key}`,
  );
}
