import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type Channels, channelsSchema, NO_CHANNELS } from '../build/channels.ts';
import { type Publication, publicationSchema } from '../build/publication.ts';
import { Conflict } from '../errors.ts';
import { ifHeld, readItem, type Table, unmarshal } from './builds-table.ts';

/**
 * Two kinds of items, which builds-table.ts lists with the others:
 *
 *     channels#<recipe>         moving, until, died, state     the releases and channels; who may change them now, and until when
 *     publication#<execution>   publication, version, expires  what an execution publishes, and how to undo it
 *
 * Only the execution that has the turn (`moving`) changes parameters of channels and `state`. So a publication is atomic, although its
 * parameters are in several regions.
 */

/** How long an execution keeps its turn after its last invocation. A dead execution is undone long before (StoppedRule in stack/clean-up.yml). */
const TURN_SECONDS = 20 * 60;

/** The turn of an execution: the channels before its change, and the executions that died during their turns, the newest first. */
export interface Turn {
  readonly channels: Channels;
  readonly died: readonly string[];
}

/** Takes the turn to change a recipe's channels, or keeps it. Returns the execution that has the turn, if it is another one. */
export async function takeTurn(
  { dynamodb, table }: Table,
  recipe: string,
  execution: string,
  now: Date,
): Promise<Turn | { readonly heldBy: string }> {
  const id = `channels#${recipe}`;
  const item = await readItem({ dynamodb, table }, id);
  const holder = item?.moving;
  const isFree = holder === undefined || holder === execution;
  if (!isFree && String(item?.until) > now.toISOString()) return { heldBy: String(holder) };
  const former = diedBefore(item);
  const died = isFree ? former : [String(holder), ...former];
  const until = new Date(now.getTime() + TURN_SECONDS * 1000);
  const input = {
    TableName: table,
    Key: { id: { S: id } },
    UpdateExpression: 'SET #moving = :me, #until = :until, #died = :died',
    ConditionExpression: conditionOn(holder, execution),
    ExpressionAttributeNames: { '#moving': 'moving', '#until': 'until', '#died': 'died' },
    ExpressionAttributeValues: {
      ':me': { S: execution },
      ':until': { S: until.toISOString() },
      ':died': { S: JSON.stringify(died) },
      ...(isFree ? {} : { ':holder': { S: String(holder) }, ':ended': { S: String(item?.until) } }),
    },
    ReturnValues: 'ALL_NEW' as const,
  };
  try {
    // Another execution may have moved a channel since the read. The state that counts is the state in the moment of the write.
    const { Attributes } = await dynamodb.send(new UpdateItemCommand(input));
    return { channels: channelsOf(Attributes && unmarshal(Attributes)), died };
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    return { heldBy: String((await readItem({ dynamodb, table }, id))?.moving ?? 'another execution') };
  }
}

/** The turn changes hands only as it was read: `died` belongs to the holder that was read. */
function conditionOn(holder: unknown, execution: string): string {
  if (holder === undefined) return 'attribute_not_exists(#moving) OR #moving = :me';
  return holder === execution ? '#moving = :me' : '#moving = :holder AND #until = :ended';
}

/**
 * Ends the turn of an execution, if it has the turn, and stores what it changed. Returns whether it had the turn. An execution that changed
 * nothing gives the turn back to the execution that died before it, so that clean-up and the next execution still find that one.
 */
export async function endTurn(
  { dynamodb, table }: Table,
  recipe: string,
  execution: string,
  changed?: Channels,
): Promise<boolean> {
  const id = `channels#${recipe}`;
  const died = changed === undefined ? diedBefore(await readItem({ dynamodb, table }, id)) : [];
  if (died.length > 0) return giveBack({ dynamodb, table }, id, execution, died);
  const input = {
    TableName: table,
    Key: { id: { S: id } },
    UpdateExpression: `${changed === undefined ? '' : 'SET #state = :state '}REMOVE #moving, #until, #died`,
    ConditionExpression: '#moving = :me',
    ExpressionAttributeNames: {
      '#moving': 'moving',
      '#until': 'until',
      '#died': 'died',
      ...(changed === undefined ? {} : { '#state': 'state' }),
    },
    ExpressionAttributeValues: {
      ':me': { S: execution },
      ...(changed === undefined ? {} : { ':state': { S: JSON.stringify(changed) } }),
    },
  };
  return ifHeld(dynamodb.send(new UpdateItemCommand(input)));
}

const diedBefore = (item: { readonly died?: unknown } | undefined): string[] =>
  item?.died === undefined ? [] : JSON.parse(String(item.died));

/** Makes the turn that of the last execution that died, as it was before this execution took it. */
function giveBack(
  { dynamodb, table }: Table,
  id: string,
  execution: string,
  [last = '', ...former]: readonly string[],
): Promise<boolean> {
  const input = {
    TableName: table,
    Key: { id: { S: id } },
    UpdateExpression: 'SET #moving = :last, #until = :until, #died = :died',
    ConditionExpression: '#moving = :me',
    ExpressionAttributeNames: { '#moving': 'moving', '#until': 'until', '#died': 'died' },
    ExpressionAttributeValues: {
      ':me': { S: execution },
      ':last': { S: last },
      // Its turn is over.
      ':until': { S: new Date(0).toISOString() },
      ':died': { S: JSON.stringify(former) },
    },
  };
  return ifHeld(dynamodb.send(new UpdateItemCommand(input)));
}

export async function readChannels(table: Table, recipe: string): Promise<Channels> {
  return channelsOf(await readItem(table, `channels#${recipe}`));
}

/** The execution whose turn ended without a result: it died, and nothing has undone its publication. */
export async function readDeadTurn(table: Table, recipe: string, now: Date): Promise<string | undefined> {
  const item = await readItem(table, `channels#${recipe}`);
  const hasEnded = item?.moving !== undefined && String(item.until) <= now.toISOString();
  return hasEnded ? String(item.moving) : undefined;
}

function channelsOf(item: { readonly state?: unknown } | undefined): Channels {
  return item?.state === undefined ? NO_CHANNELS : channelsSchema.parse(JSON.parse(String(item.state)));
}

/** How long a publication is kept. A clean-up that comes later finds the execution's resources only by their tags. */
const PUBLICATION_DAYS = 30;

/** Stores a publication, unless it is stored already. Returns the stored one: what a repeated invocation reads now is not what was before. */
export async function storePublication(
  { dynamodb, table }: Table,
  publication: Publication,
  now: Date,
): Promise<Publication> {
  const expires = Math.floor(now.getTime() / 1000) + PUBLICATION_DAYS * 86_400;
  const input = {
    TableName: table,
    Item: {
      id: { S: `publication#${publication.execution}` },
      publication: { S: JSON.stringify(publication) },
      version: { S: publication.version },
      expires: { N: String(expires) },
    },
    // After 90 days, another execution may have the same name.
    ConditionExpression: 'attribute_not_exists(id) OR #version <> :version',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':version': { S: publication.version } },
  };
  const isNew = await ifHeld(dynamodb.send(new PutItemCommand(input)));
  if (isNew) return publication;
  return (await readPublication({ dynamodb, table }, publication.execution)) ?? publication;
}

export async function readPublication(table: Table, execution: string): Promise<Publication | undefined> {
  const item = await readItem(table, `publication#${execution}`);
  return item?.publication === undefined
    ? undefined
    : publicationSchema.parse(JSON.parse(String(item.publication)));
}
