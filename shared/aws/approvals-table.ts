import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type Answer, type Approval, answerSchema, approvalSchema } from '../build/approval.ts';
import { Transient } from '../errors.ts';
import { ifHeld, readItem, type Table } from './builds-table.ts';

/**
 * Two kinds of items, which builds-table.ts lists with the others:
 *
 *     approval#<execution>   asked, version, state, answer, supersededBy, notifiedAt, expires   a build that asked people for approval
 *     waiting#<recipe>       execution, version, supersedes                                     the newest build of the recipe that asked
 *
 * An approval leaves the state `waiting` once. So an answer, a newer build and the deadline cannot contradict one another.
 */

/** How long an approval is kept after its deadline. The release keeps its own copy of the answer. */
const APPROVAL_DAYS = 30;

/** Stores an approval, unless it is stored already. Returns the stored one. */
export async function storeApproval(table: Table, approval: Approval): Promise<Approval> {
  const { execution, version, state, deadline } = approval;
  const expires = Math.floor(new Date(deadline).getTime() / 1000) + APPROVAL_DAYS * 86_400;
  const input = {
    TableName: table.table,
    Item: {
      id: { S: `approval#${execution}` },
      asked: { S: JSON.stringify(approval) },
      version: { S: version },
      state: { S: state },
      expires: { N: String(expires) },
    },
    // After 90 days, another execution may have the same name.
    ConditionExpression: 'attribute_not_exists(id) OR #version <> :version',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':version': { S: version } },
  };
  const isNew = await ifHeld(table.dynamodb.send(new PutItemCommand(input)));
  return isNew ? approval : ((await readApproval(table, execution)) ?? approval);
}

export async function readApproval(table: Table, execution: string): Promise<Approval | undefined> {
  const item = await readItem(table, `approval#${execution}`);
  if (item?.asked === undefined) return undefined;
  const { state, supersededBy, notifiedAt } = item;
  return approvalSchema.parse({
    ...JSON.parse(String(item.asked)),
    state,
    ...(item.answer !== undefined && { answer: answerSchema.parse(JSON.parse(String(item.answer))) }),
    ...(supersededBy !== undefined && { supersededBy }),
    ...(notifiedAt !== undefined && { notifiedAt }),
  });
}

/** Records that the message to people was sent. */
export async function markNotified(
  { dynamodb, table }: Table,
  { execution }: Approval,
  now: Date,
): Promise<void> {
  const input = {
    TableName: table,
    Key: { id: { S: `approval#${execution}` } },
    UpdateExpression: 'SET notifiedAt = :now',
    ConditionExpression: 'attribute_exists(id)',
    ExpressionAttributeValues: { ':now': { S: now.toISOString() } },
  };
  await ifHeld(dynamodb.send(new UpdateItemCommand(input)));
}

/** How an approval ends. */
export type ApprovalEnd =
  | { readonly state: 'approved' | 'rejected'; readonly answer: Answer }
  | { readonly state: 'superseded'; readonly supersededBy: string }
  | { readonly state: 'expired' };

/** Ends an approval, if it still waits. Returns the approval as it then is. */
export async function endApproval(table: Table, approval: Approval, end: ApprovalEnd): Promise<Approval> {
  const { execution, version } = approval;
  const why = 'answer' in end ? JSON.stringify(end.answer) : 'supersededBy' in end ? end.supersededBy : '';
  const attribute = 'answer' in end ? 'answer' : 'supersededBy';
  const input = {
    TableName: table.table,
    Key: { id: { S: `approval#${execution}` } },
    UpdateExpression: `SET #state = :state${why === '' ? '' : ', #why = :why'}`,
    ConditionExpression: '#state = :waiting AND #version = :version',
    ExpressionAttributeNames: {
      '#state': 'state',
      '#version': 'version',
      ...(why !== '' && { '#why': attribute }),
    },
    ExpressionAttributeValues: {
      ':state': { S: end.state },
      ':waiting': { S: 'waiting' },
      ':version': { S: version },
      ...(why !== '' && { ':why': { S: why } }),
    },
  };
  const hasEnded = await ifHeld(table.dynamodb.send(new UpdateItemCommand(input)));
  return hasEnded ? { ...approval, ...end } : ((await readApproval(table, execution)) ?? approval);
}

/** The newest build of a recipe that asked for approval. */
export interface NewestApproval {
  readonly execution: string;
  readonly version: string;
  /** The execution that waited when this build asked, and that this build has superseded; absent: none waited. */
  readonly supersedes?: string;
}

export async function readNewest(table: Table, recipe: string): Promise<NewestApproval | undefined> {
  const item = await readItem(table, `waiting#${recipe}`);
  if (item === undefined) return undefined;
  const { execution, version, supersedes } = item;
  return {
    execution: String(execution),
    version: String(version),
    ...(supersedes !== undefined && { supersedes: String(supersedes) }),
  };
}

/**
 * Makes this build the newest of its recipe that asks for approval, and supersedes an older one that still waits. Returns the newest build:
 * this one, or a newer one.
 */
export async function takeOver(
  table: Table,
  { recipe, execution, version }: Approval,
): Promise<NewestApproval> {
  const newest = await readNewest(table, recipe);
  if (newest !== undefined && newest.version >= version) return newest;
  const asked = newest === undefined ? undefined : await readApproval(table, newest.execution);
  const older =
    asked?.state === 'waiting'
      ? await endApproval(table, asked, { state: 'superseded', supersededBy: version })
      : asked;
  // An invocation that died here has superseded it already.
  const isSuperseded = older?.supersededBy === version;
  const own = { execution, version, ...(isSuperseded && { supersedes: older.execution }) };
  const input = {
    TableName: table.table,
    Item: {
      id: { S: `waiting#${recipe}` },
      ...Object.fromEntries(Object.entries(own).map(([name, value]) => [name, { S: value }])),
    },
    ConditionExpression: newest === undefined ? 'attribute_not_exists(id)' : '#version = :newest',
    ...(newest !== undefined && {
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: { ':newest': { S: newest.version } },
    }),
  };
  if (await ifHeld(table.dynamodb.send(new PutItemCommand(input)))) return own;
  // A second invocation at the same time did the same.
  const after = await readNewest(table, recipe);
  if (after?.version === version) return after;
  throw new Transient(`Another build of ${recipe} asked for approval at the same time`);
}
