import {
  TransactGetItemsCommand,
  type TransactGetItemsCommandInput,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { refusal, simulateDynamo } from './simulated-dynamodb.ts';

const key = (pk: string) => ({ pk: { S: pk } });
const TableName = 'builds';
type Action = NonNullable<TransactWriteItemsCommandInput['TransactItems']>[number];

async function withLease() {
  const simulated = simulateDynamo();
  const { run, client, table, put } = simulated;
  await table(TableName);
  await put(TableName, { ...key('lease'), holder: { S: 'one' } }, { ...key('count'), n: { N: '1' } });
  const transact = (TransactItems: Action[], more: Partial<TransactWriteItemsCommandInput> = {}) =>
    run(client().send(new TransactWriteItemsCommand({ TransactItems, ...more })));
  const read = (TransactItems: TransactGetItemsCommandInput['TransactItems']) =>
    run(client().send(new TransactGetItemsCommand({ TransactItems })));
  return { ...simulated, transact, read };
}

const increment: Action = {
  Update: {
    TableName,
    Key: key('count'),
    UpdateExpression: 'ADD n :one',
    ExpressionAttributeValues: { ':one': { N: '1' } },
  },
};
const isHeldBy = (holder: string, changes: object = {}): Action => ({
  ConditionCheck: {
    TableName,
    Key: key('lease'),
    ConditionExpression: 'holder = :h',
    ExpressionAttributeValues: { ':h': { S: holder } },
    ...changes,
  },
});

const emptyKey =
  'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk';

describe('TransactWriteItems', () => {
  test('applies all writes together', async () => {
    const { transact, get } = await withLease();
    const { ConsumedCapacity } = await transact(
      [
        isHeldBy('one'),
        increment,
        { Put: { TableName, Item: key('new') } },
        { Delete: { TableName, Key: key('never') } },
      ],
      { ReturnConsumedCapacity: 'TOTAL' },
    );
    expect(await get(TableName, key('count'))).toMatchObject({ n: { N: '2' } });
    expect(await get(TableName, key('new'))).toEqual(key('new'));
    expect(await get(TableName, key('lease'))).toMatchObject({ holder: { S: 'one' } });
    expect(ConsumedCapacity).toEqual([{ TableName, CapacityUnits: 8, WriteCapacityUnits: 8 }]);
  });

  test('writes nothing if one condition is false, and reports which', async () => {
    const { transact, get } = await withLease();
    const work = transact([
      increment,
      isHeldBy('two', { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
      { Put: { TableName, Item: key('new') } },
    ]);
    const { code, message, status, error } = await refusal(work);
    expect({ code, message, status }).toEqual({
      code: 'TransactionCanceledException',
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, None]',
      status: 400,
    });
    expect(error.CancellationReasons).toEqual([
      { Code: 'None' },
      {
        Code: 'ConditionalCheckFailed',
        Message: 'The conditional request failed',
        Item: { ...key('lease'), holder: { S: 'one' } },
      },
      { Code: 'None' },
    ]);
    expect(await get(TableName, key('count'))).toMatchObject({ n: { N: '1' } });
    expect(await get(TableName, key('new'))).toBeUndefined();
  });

  test.each<[string, Action, string]>([
    [
      'a key that does not match the schema',
      { Delete: { TableName, Key: { sk: { S: 'x' } } } },
      'The provided key element does not match the schema',
    ],
    [
      'an operand of the wrong type',
      {
        Update: {
          TableName,
          Key: key('lease'),
          UpdateExpression: 'ADD holder :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
        },
      },
      'An operand in the update expression has an incorrect data type',
    ],
    [
      'an attribute that does not exist',
      { Update: { TableName, Key: key('lease'), UpdateExpression: 'SET a = b' } },
      'The provided expression refers to an attribute that does not exist in the item',
    ],
  ])('is cancelled for %s', async (_, action, Message) => {
    const { transact, get } = await withLease();
    const { code, error } = await refusal(transact([increment, action]));
    expect(code).toBe('TransactionCanceledException');
    expect(error.CancellationReasons).toEqual([{ Code: 'None' }, { Code: 'ValidationError', Message }]);
    expect(await get(TableName, key('count'))).toMatchObject({ n: { N: '1' } });
  });

  test('with a token is applied once in ten minutes', async () => {
    const { transact, get, pass } = await withLease();
    const ClientRequestToken = 'one-token';
    await transact([increment], { ClientRequestToken });
    await transact([increment], { ClientRequestToken });
    expect(await get(TableName, key('count'))).toMatchObject({ n: { N: '2' } });
    expect(await refusal(transact([increment, isHeldBy('one')], { ClientRequestToken }))).toMatchObject({
      code: 'IdempotentParameterMismatchException',
    });
    await pass(600);
    await transact([increment], { ClientRequestToken });
    expect(await get(TableName, key('count'))).toMatchObject({ n: { N: '3' } });
  });

  test('with a token can be retried after a failure', async () => {
    const { transact, put } = await withLease();
    const more = { ClientRequestToken: 'one-token' };
    await refusal(transact([isHeldBy('two')], more));
    await put(TableName, { ...key('lease'), holder: { S: 'two' } });
    await transact([isHeldBy('two')], more);
  });

  test.each<[string, Action[], string | RegExp]>([
    [
      'nothing',
      [],
      /^1 validation error detected: Value '\[\]' at 'transactItems' .* greater than or equal to 1$/,
    ],
    [
      '101 actions',
      Array.from({ length: 101 }, (_, index) => ({ Put: { TableName, Item: key(`${index}`) } })),
      /'transactItems' failed to satisfy constraint: Member must have length less than or equal to 100$/,
    ],
    [
      'two actions on the same item',
      [increment, { Delete: { TableName, Key: key('count') } }],
      'Transaction request cannot include multiple operations on one item',
    ],
    [
      'two kinds of action in one entry',
      [{ ...increment, ...isHeldBy('one') }],
      'TransactItems can only contain one of Check, Put, Update or Delete',
    ],
    ['no action', [{}], 'TransactItems can only contain one of Check, Put, Update or Delete'],
    [
      'a check without a condition',
      [isHeldBy('one', { ConditionExpression: undefined })],
      /'transactItems.1.member.conditionCheck.conditionExpression' failed to satisfy constraint: Member must not be null$/,
    ],
    [
      'an expression with a syntax error',
      [{ Update: { TableName, Key: key('a'), UpdateExpression: 'SETT a = b' } }],
      'Invalid UpdateExpression: Syntax error; token: "SETT", near: "SETT a"',
    ],
    [
      'more than 4 MB',
      Array.from({ length: 12 }, (_, index) => ({
        Put: { TableName, Item: { ...key(`${index}`), a: { S: 'x'.repeat(380_000) } } },
      })),
      /4 MB/,
    ],
    [
      'a value that no expression uses, without the prefix',
      [isHeldBy('one', { ExpressionAttributeNames: { '#count': 'count' } })],
      'Value provided in ExpressionAttributeNames unused in expressions: keys: {#count}',
    ],
    ['an empty key in a put', [increment, { Put: { TableName, Item: key('') } }], emptyKey],
    ['an empty key in a delete', [increment, { Delete: { TableName, Key: key('') } }], emptyKey],
    [
      'an empty key in an update',
      [isHeldBy('two'), { Update: { TableName, Key: key(''), UpdateExpression: 'REMOVE a' } }],
      emptyKey,
    ],
    ['an empty key in a check', [increment, isHeldBy('one', { Key: key('') })], emptyKey],
  ])('refuses %s', async (_, actions, message) => {
    const { transact, world } = await withLease();
    expect(await refusal(transact(actions))).toMatchObject({
      code: 'ValidationException',
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
    expect(world.dynamoItems.all()).toHaveLength(2);
    expect(world.dynamoItems.all().map(({ item }) => item)).toContainEqual({
      ...key('count'),
      n: { N: '1' },
    });
  });

  test('refuses an unknown table and a token that is too long', async () => {
    const { transact } = await withLease();
    const action = { Put: { TableName: 'nothing', Item: key('a') } };
    expect(await refusal(transact([action]))).toMatchObject({
      code: 'ResourceNotFoundException',
      message: 'Requested resource not found',
    });
    const more = { ClientRequestToken: 'x'.repeat(37) };
    expect(await refusal(transact([increment], more))).toMatchObject({ code: 'ValidationException' });
  });
});

describe('TransactGetItems', () => {
  test('returns items in the order of the request', async () => {
    const { read } = await withLease();
    const { Responses } = await read([
      { Get: { TableName, Key: key('count'), ProjectionExpression: 'n' } },
      { Get: { TableName, Key: key('never') } },
      { Get: { TableName, Key: key('lease') } },
    ]);
    expect(Responses).toEqual([
      { Item: { n: { N: '1' } } },
      {},
      { Item: { ...key('lease'), holder: { S: 'one' } } },
    ]);
  });

  test('refuses duplicate items, no items, and keys that do not match the schema', async () => {
    const { read } = await withLease();
    const lease = { Get: { TableName, Key: key('lease') } };
    expect(await refusal(read([lease, lease]))).toMatchObject({
      message: 'Transaction request cannot include multiple operations on one item',
    });
    expect(await refusal(read([]))).toMatchObject({ code: 'ValidationException' });
    // A read transaction reports an empty key as a cancellation reason (nubo-db/dynoxide,
    // transact_get_items.rs).
    const { error } = await refusal(read([{ Get: { TableName, Key: key('') } }]));
    expect(error.CancellationReasons).toEqual([{ Code: 'ValidationError', Message: emptyKey }]);
    expect(await refusal(read([{ Get: { TableName, Key: {} } }]))).toMatchObject({
      code: 'TransactionCanceledException',
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons [ValidationError]',
    });
  });
});
