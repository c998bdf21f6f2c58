import { createHash } from 'node:crypto';
import { attribute, type Path } from './expressions/paths.ts';
import type { DynamoTableRecord, Item, KeySchema, KeyType, Value } from './records.ts';
import { EmptyKey, invalid, invalidValues } from './refusals.ts';
import { keyNames } from './tables.ts';
import { compareValues, typeOf, valueBytes } from './values.ts';

const hashBytesMax = 2048;
const rangeBytesMax = 1024;

/** Refuses a key that does not match the table's key. */
export function checkKey(table: DynamoTableRecord, key: Item): void {
  const names = keyNames(table.keys);
  const fits =
    Object.keys(key).length === names.length &&
    names.every((name) => {
      const value = attribute(key, name);
      return value !== undefined && typeOf(value) === keyType(table, name);
    });
  if (!fits) throw invalid('The provided key element does not match the schema');
  for (const name of names) checkKeyValue(table, name, key[name] as Value);
}

/**
 * Refuses an item without its key, or with attributes that do not match the keys of the indexes.
 */
export function checkItemKeys(table: DynamoTableRecord, item: Item): void {
  for (const name of keyNames(table.keys)) {
    const value = attribute(item, name);
    if (value === undefined) throw invalidValues(`Missing the key ${name} in the item`);
    const expected = keyType(table, name);
    if (typeOf(value) !== expected) {
      throw invalidValues(`Type mismatch for key ${name} expected: ${expected} actual: ${typeOf(value)}`);
    }
    checkKeyValue(table, name, value);
  }
  checkIndexKeys(table, item);
}

function checkIndexKeys(table: DynamoTableRecord, item: Item): void {
  for (const index of table.indexes) {
    for (const name of keyNames(index.keys)) {
      const value = attribute(item, name);
      if (value === undefined) continue;
      const expected = keyType(table, name);
      if (typeOf(value) !== expected) {
        throw invalidValues(
          `Type mismatch for Index Key ${name} Expected: ${expected} Actual: ${typeOf(value)} IndexName: ${index.name}`,
        );
      }
      if (isEmpty(value)) {
        throw new EmptyKey(
          `One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty ${kindOf(value)} value. IndexName: ${index.name}, IndexKey: ${name}`,
        );
      }
      if (valueBytes(value) > (name === index.keys.hash ? hashBytesMax : rangeBytesMax)) {
        throw invalidValues(
          `Size of ${name === index.keys.hash ? 'hashkey' : 'rangekey'} has exceeded the maximum size limit of ${
            name === index.keys.hash ? hashBytesMax : rangeBytesMax
          } bytes`,
        );
      }
    }
  }
}

/** Refuses an updated item with attributes that no longer match the keys of the indexes. */
export function checkUpdatedIndexKeys(table: DynamoTableRecord, item: Item): void {
  for (const index of table.indexes) {
    for (const name of keyNames(index.keys)) {
      const value = attribute(item, name);
      if (value !== undefined && typeOf(value) !== keyType(table, name)) {
        throw invalid(
          'The update expression attempted to update the secondary index key to unsupported type',
        );
      }
      const bytesMax = name === index.keys.hash ? hashBytesMax : rangeBytesMax;
      if (value !== undefined && (isEmpty(value) || valueBytes(value) > bytesMax)) {
        throw invalid(
          'The update expression attempted to update the secondary index key beyond allowed size limits',
        );
      }
    }
  }
}

function checkKeyValue(table: DynamoTableRecord, name: string, value: Value): void {
  if (isEmpty(value)) {
    throw new EmptyKey(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${kindOf(value)} value. Key: ${name}`,
    );
  }
  if (typeOf(value) === 'N') return;
  const bytes = valueBytes(value);
  if (name === table.keys.hash && bytes > hashBytesMax) {
    throw invalidValues(`Size of hashkey has exceeded the maximum size limit of${hashBytesMax} bytes`);
  }
  if (name === table.keys.range && bytes > rangeBytesMax) {
    throw invalidValues(
      `Aggregated size of all range keys has exceeded the size limit of ${rangeBytesMax} bytes`,
    );
  }
}

const isEmpty = (value: Value) => ('S' in value && value.S === '') || ('B' in value && value.B === '');

const kindOf = (value: Value) => ('S' in value ? 'string' : 'binary');

/** Refuses an expression path that goes into a key attribute. */
export function checkScalarKeys(table: DynamoTableRecord, paths: readonly Path[]): void {
  const nested = new Set(paths.filter(({ length }) => length > 1).map(([name]) => name));
  const refuse = (kind: string, name: string) =>
    invalid(
      `Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ${kind}: ${name}`,
    );
  const key = keyNames(table.keys).find((name) => nested.has(name));
  if (key !== undefined) throw refuse('Key', key);
  const indexKey = table.indexes.flatMap(({ keys }) => keyNames(keys)).find((name) => nested.has(name));
  if (indexKey !== undefined) throw refuse('IndexKey', indexKey);
}

export function keyType(table: DynamoTableRecord, name: string): KeyType {
  const definition = table.attributes.find((candidate) => candidate.name === name);
  if (definition === undefined) throw new Error(`no definition of the key attribute ${name}`);
  return definition.type;
}

export function keyOf({ keys }: DynamoTableRecord, item: Item): Item {
  return pick(item, keyNames(keys));
}

export function pick(item: Item, names: readonly string[]): Item {
  return Object.fromEntries(names.map((name) => [name, item[name] as Value]));
}

/** The id of the item with this key. */
export function itemId(table: DynamoTableRecord, item: Item): string {
  return `${table.id} ${JSON.stringify(keyNames(table.keys).map((name) => item[name]))}`;
}

/**
 * The position of a partition key among 2^32. DynamoDB orders partitions by an undocumented hash.
 */
export function partitionOf(value: Value): number {
  return createHash('md5').update(JSON.stringify(value)).digest().readUInt32BE(0);
}

/**
 * The order of two items in a partition of a table or an index: by the range key, then by the rest
 * of the table's key.
 */
export function compareItems(table: DynamoTableRecord, { range }: KeySchema, a: Item, b: Item): number {
  const names = [...(range === undefined ? [] : [range]), ...keyNames(table.keys)];
  for (const name of names) {
    const [left, right] = [attribute(a, name), attribute(b, name)];
    const order = left && right ? (compareValues(left, right) ?? 0) : 0;
    if (order !== 0) return order;
  }
  return 0;
}
