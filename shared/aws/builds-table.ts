import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Confirmed, LastRelease, RecipeHistory } from '../build/decision.ts';
import type { SeenBase } from '../build/new-base.ts';
import type { EarlierSeconds } from '../build/wait-history.ts';
import { Conflict } from '../errors.ts';

/**
 * The table contains facts that must change atomically, or that later builds need. Its only key is `id`. DynamoDB deletes an item after
 * the time in its attribute `expires` (seconds since 1970).
 *
 *     trigger#<recipe>#<id>   execution, expires               the execution that this trigger started
 *     lease#<recipe>          execution, since                 the execution that builds this recipe
 *     recipe#<recipe>         failures, lastFailure, release, counted, durations, confirmed, accelerated
 *     settle#<recipe>         event, execution, until          the execution that waits for more triggers of the same build
 *     base#<recipe>           base, announcedAt                the base that the watcher saw last
 *     schedule#<recipe>       schedule, since                  since when the recipe has this schedule: schedules-table.ts
 *     channels#<recipe>, publication#<execution>               releases and channels: channels-table.ts
 *     waiting#<recipe>, approval#<execution>                   builds that ask people for approval: approvals-table.ts
 */
export interface Table {
  readonly dynamodb: DynamoDBClient;
  /** The name of the table. */
  readonly table: string;
}

/** Claims a trigger for an execution. The first execution keeps the trigger. Returns the execution that has the trigger. */
export async function claimTrigger(
  { dynamodb, table }: Table,
  recipe: string,
  trigger: string,
  execution: string,
  expires: Date,
): Promise<string> {
  const id = `trigger#${recipe}#${trigger}`;
  return (
    (await putUnlessHeld(
      { dynamodb, table },
      { id, execution, expires: seconds(expires) },
      { condition: 'execution = :me', values: { ':me': execution } },
    )) ?? execution
  );
}

/**
 * Takes the lease of a recipe, if the lease is free, or held by this execution or by `ended`. Returns the execution that then holds the
 * lease, and since when.
 */
export async function takeLease(
  table: Table,
  recipe: string,
  execution: string,
  since: Date,
  ended?: string,
): Promise<{ execution: string; since: string }> {
  const lease = { id: `lease#${recipe}`, execution, since: since.toISOString() };
  const free = ended === undefined ? 'execution = :me' : 'execution IN (:me, :ended)';
  const values = { ':me': execution, ...(ended === undefined ? {} : { ':ended': ended }) };
  const holder = await putUnlessHeld(table, lease, { condition: free, values });
  if (holder === undefined) return lease;
  const held = await readItem(table, lease.id);
  return { execution: holder, since: String(held?.since ?? since.toISOString()) };
}

/** Returns the lease, if this execution holds it. */
export async function releaseLease(
  { dynamodb, table }: Table,
  recipe: string,
  execution: string,
): Promise<void> {
  const input = {
    TableName: table,
    Key: { id: { S: `lease#${recipe}` } },
    ConditionExpression: 'execution = :me',
    ExpressionAttributeValues: { ':me': { S: execution } },
  };
  await ifHeld(dynamodb.send(new DeleteItemCommand(input)));
}

export async function readHistory(table: Table, recipe: string): Promise<RecipeHistory> {
  const item = await readItem(table, `recipe#${recipe}`);
  return {
    failuresInRow: Number(item?.failures ?? 0),
    ...(item?.lastFailure === undefined ? {} : { lastFailure: JSON.parse(String(item.lastFailure)) }),
    ...(item?.release === undefined ? {} : { release: JSON.parse(String(item.release)) }),
    ...(item?.confirmed === undefined ? {} : { confirmed: JSON.parse(String(item.confirmed)) }),
    ...(item?.durations === undefined ? {} : { earlierSeconds: JSON.parse(String(item.durations)) }),
    ...(item?.accelerated === undefined ? {} : { accelerated: true }),
  };
}

/** Counts a failure. Each execution counts once. */
export async function recordFailure(
  { dynamodb, table }: Table,
  recipe: string,
  failure: { execution: string; error: string },
): Promise<void> {
  const input = {
    TableName: table,
    Key: { id: { S: `recipe#${recipe}` } },
    UpdateExpression: 'SET lastFailure = :failure, counted = :me ADD failures :one',
    ConditionExpression: 'attribute_not_exists(counted) OR counted <> :me',
    ExpressionAttributeValues: {
      ':failure': { S: JSON.stringify(failure) },
      ':me': { S: failure.execution },
      ':one': { N: '1' },
    },
  };
  await ifHeld(dynamodb.send(new UpdateItemCommand(input)));
}

/** Records a release and how long its stages took, and resets the number of failures in a row. */
export async function recordRelease(
  { dynamodb, table }: Table,
  recipe: string,
  release: LastRelease,
  durations: EarlierSeconds,
): Promise<void> {
  const input = {
    TableName: table,
    Key: { id: { S: `recipe#${recipe}` } },
    UpdateExpression:
      'SET #release = :release, durations = :durations, counted = :me, failures = :none REMOVE lastFailure',
    ExpressionAttributeNames: { '#release': 'release' },
    ExpressionAttributeValues: {
      ':release': { S: JSON.stringify(release) },
      ':durations': { S: JSON.stringify(durations) },
      ':me': { S: release.execution },
      ':none': { N: '0' },
    },
  };
  await dynamodb.send(new UpdateItemCommand(input));
}

/** Records a skipped build that shows that no release was due. */
export async function recordConfirmed(
  { dynamodb, table }: Table,
  recipe: string,
  confirmed: Confirmed,
): Promise<void> {
  const input = {
    TableName: table,
    Key: { id: { S: `recipe#${recipe}` } },
    UpdateExpression: 'SET confirmed = :confirmed',
    ExpressionAttributeValues: { ':confirmed': { S: JSON.stringify(confirmed) } },
  };
  await dynamodb.send(new UpdateItemCommand(input));
}

/**
 * Joins the events that arrive within a certain time into one build. The first event starts the build, which waits for the others. Returns
 * the execution to start for this event, and until when that execution waits; `undefined`: another event's execution already waits.
 */
export async function joinSettling(
  table: Table,
  recipe: string,
  event: string,
  { execution, now, until }: { execution: string; now: Date; until: Date },
): Promise<{ execution: string; until: string } | undefined> {
  const id = `settle#${recipe}`;
  const mine = { id, execution, event, until: until.toISOString(), expires: seconds(until) };
  // ISO 8601 times in UTC sort like text. An event that is delivered again after its time must not start a new wait: other events would
  // join a build that is already running or has ended.
  const holder = await putUnlessHeld(table, mine, {
    condition: '(#until <= :now AND #event <> :event)',
    values: { ':now': now.toISOString(), ':event': event },
    names: { '#until': 'until', '#event': 'event' },
  });
  if (holder === undefined) return { execution, until: mine.until };
  const held = await readItem(table, id);
  // The same event was delivered again: the first invocation may have died before it started the build.
  if (held?.event === event) return { execution: String(held.execution), until: String(held.until) };
  return undefined;
}

/** The base that the watcher saw last, and when it last announced one. */
export async function readSeenBase(table: Table, recipe: string): Promise<SeenBase | undefined> {
  const item = await readItem(table, `base#${recipe}`);
  if (item?.base === undefined) return undefined;
  return {
    base: String(item.base),
    announcedAt: item.announcedAt === undefined ? undefined : String(item.announcedAt),
  };
}

export async function writeSeenBase(
  { dynamodb, table }: Table,
  recipe: string,
  seen: SeenBase,
): Promise<void> {
  const Item = marshal({ id: `base#${recipe}`, ...seen });
  await dynamodb.send(new PutItemCommand({ TableName: table, Item }));
}

interface Item {
  readonly [attribute: string]: string | number | undefined;
}

/** Puts an item. If an item exists and the condition does not allow its replacement, returns the execution of the existing item. */
async function putUnlessHeld(
  { dynamodb, table }: Table,
  item: Item & { id: string; execution: string },
  allowed: {
    condition: string;
    values: Readonly<Record<string, string>>;
    names?: Readonly<Record<string, string>>;
  },
): Promise<string | undefined> {
  const input = {
    TableName: table,
    Item: marshal(item),
    ConditionExpression: `attribute_not_exists(id) OR ${allowed.condition}`,
    ExpressionAttributeValues: marshal(allowed.values),
    ...(allowed.names === undefined ? {} : { ExpressionAttributeNames: { ...allowed.names } }),
  };
  for (let tries = 0; ; tries++) {
    try {
      await dynamodb.send(new PutItemCommand(input));
      return undefined;
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      const holder = (await readItem({ dynamodb, table }, item.id))?.execution;
      if (holder !== undefined) return String(holder);
      // The holder deleted the item after the write was refused.
      if (tries === TRIES_MAX) throw error;
    }
  }
}

const TRIES_MAX = 3;

export async function readItem({ dynamodb, table }: Table, id: string): Promise<Item | undefined> {
  const input = { TableName: table, Key: { id: { S: id } }, ConsistentRead: true };
  const { Item } = await dynamodb.send(new GetItemCommand(input));
  return Item === undefined ? undefined : unmarshal(Item);
}

/** An item with simple values. A set of strings becomes one string with spaces. */
export const unmarshal = (item: Readonly<Record<string, AttributeValue>>): Item =>
  Object.fromEntries(
    Object.entries(item).map(([name, { S, N, SS }]) => [name, S ?? SS?.join(' ') ?? Number(N)]),
  );

function marshal(item: Item): Record<string, AttributeValue> {
  const given = Object.entries(item).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    given.map(([name, value]) => [
      name,
      typeof value === 'number' ? { N: String(value) } : { S: String(value) },
    ]),
  );
}

/** Ignores a write whose condition is not met. Returns whether the condition was met. */
export async function ifHeld(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    return false;
  }
}

const seconds = (time: Date): number => Math.floor(time.getTime() / 1000);
