import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Recipe } from '../recipe/recipe.ts';
import { readItem, type Table } from './builds-table.ts';

/**
 * Since when a recipe has had its present schedule (ISO 8601): since the first check that saw it. builds-table.ts lists the item with the
 * others:
 *
 *     schedule#<recipe>   schedule, since
 */
export async function scheduleSince(
  { dynamodb, table }: Table,
  { name, schedule }: Recipe,
  now: Date,
): Promise<string> {
  const id = `schedule#${name}`;
  const text = JSON.stringify(schedule);
  const known = await readItem({ dynamodb, table }, id);
  if (known?.schedule === text) return String(known.since);
  const since = now.toISOString();
  const Item = { id: { S: id }, schedule: { S: text }, since: { S: since } };
  await dynamodb.send(new PutItemCommand({ TableName: table, Item }));
  return since;
}
