import { attribute } from './expressions/paths.ts';
import type { DynamoTableRecord, IndexRecord, Item, KeySchema } from './records.ts';

/** The entries of an index: the projection of each item that has the index's key. */
export function entriesOf(table: DynamoTableRecord, index: IndexRecord, items: readonly Item[]): Item[] {
  return items.map((item) => entryOf(table, index, item)).filter((entry) => entry !== undefined);
}

/**
 * The projection of an item into an index, or `undefined` if the item does not have the index's
 * key.
 */
export function entryOf(table: DynamoTableRecord, index: IndexRecord, item: Item): Item | undefined {
  if (!hasKey(index.keys, item)) return undefined;
  if (index.projection === 'ALL') return item;
  const names = projectedNames(table, index);
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.has(name)));
}

export function hasKey({ hash, range }: KeySchema, item: Item): boolean {
  return attribute(item, hash) !== undefined && (range === undefined || attribute(item, range) !== undefined);
}

/** The attributes that an index projects, or `undefined` if the index projects all attributes. */
export function projectedNames(table: DynamoTableRecord, index: IndexRecord): Set<string> {
  const keys = [index.keys, table.keys].flatMap(({ hash, range }) =>
    range === undefined ? [hash] : [hash, range],
  );
  return new Set([...keys, ...(index.nonKeyAttributes ?? [])]);
}
