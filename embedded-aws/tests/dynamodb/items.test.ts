import {
  DeleteItemCommand,
  type DeleteItemCommandInput,
  GetItemCommand,
  type GetItemCommandInput,
  PutItemCommand,
  type PutItemCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { type Attributes, refusal, simulateDynamo, withRange } from './simulated-dynamodb.ts';

const Key = { pk: { S: 'a' } };

describe('an item', () => {
  test('is returned as it was put, for all types', async () => {
    const { table, put, get } = simulateDynamo();
    await table('builds');
    const item: Attributes = {
      ...Key,
      number: { N: '12.50' },
      bytes: { B: new Uint8Array([0, 255, 7]) },
      flag: { BOOL: false },
      nothing: { NULL: true },
      texts: { SS: ['b', 'a'] },
      numbers: { NS: ['1', '2e2'] },
      blobs: { BS: [new Uint8Array([1])] },
      list: { L: [{ S: 'x' }, { M: {} }, { L: [] }] },
      empty: { S: '' },
      constructor: { S: 'no function' },
    };
    await put('builds', item);
    const back = await get('builds', Key);
    expect(back).toEqual({ ...item, number: { N: '12.5' }, numbers: { NS: ['1', '200'] } });
    expect(back?.bytes?.B).toBeInstanceOf(Uint8Array);
  });

  test('is stored as plain data', async () => {
    const { world, table, put } = simulateDynamo();
    await table('builds');
    await put('builds', { ...Key, bytes: { B: new Uint8Array([1, 2]) } });
    const items = world.dynamoItems.all();
    expect(JSON.parse(JSON.stringify(items))).toEqual(items);
  });

  test('is not affected when the caller changes a request or a response', async () => {
    const { table, put, get } = simulateDynamo();
    await table('builds');
    const list = { L: [{ S: 'x' }] };
    await put('builds', { ...Key, list });
    list.L.push({ S: 'y' });
    const answer = await get('builds', Key);
    answer?.list?.L?.push({ S: 'z' });
    expect(await get('builds', Key)).toEqual({ ...Key, list: { L: [{ S: 'x' }] } });
  });

  test('is visible late, unless the read is consistent', async () => {
    const { world, run, client, table, put, get, pass } = simulateDynamo({ lags: true });
    await table('builds');
    await put('builds', Key);
    const [record] = world.dynamoItems.all();
    if (record === undefined) throw new Error('no item');
    // What an eventually consistent read sees at the time of the write.
    expect(world.dynamoItems.seen(record.id, world.now() - 60_000)).toBeUndefined();
    expect(await get('builds', Key)).toEqual(Key);
    await pass(5);
    const { Item } = await run(client().send(new GetItemCommand({ TableName: 'builds', Key })));
    expect(Item).toEqual(Key);
  });
});

describe('PutItem', () => {
  test('replaces the whole item and returns the old item', async () => {
    const { run, client, table, put, get } = simulateDynamo();
    await table('builds');
    await put('builds', { ...Key, old: { S: 'x' } });
    const { Attributes } = await run(
      client().send(
        new PutItemCommand({
          TableName: 'builds',
          Item: { ...Key, new: { S: 'y' } },
          ReturnValues: 'ALL_OLD',
        }),
      ),
    );
    expect(Attributes).toEqual({ ...Key, old: { S: 'x' } });
    expect(await get('builds', Key)).toEqual({ ...Key, new: { S: 'y' } });
  });

  test('is refused if its condition is false, and returns the old item on request', async () => {
    const { run, client, table, put, get } = simulateDynamo();
    await table('builds');
    await put('builds', { ...Key, holder: { S: 'one' } });
    const claim = (changes: Partial<PutItemCommandInput> = {}) =>
      run(
        client().send(
          new PutItemCommand({
            TableName: 'builds',
            Item: { ...Key, holder: { S: 'two' } },
            ConditionExpression: 'attribute_not_exists(pk)',
            ...changes,
          }),
        ),
      );
    const plain = await refusal(claim());
    expect(plain).toMatchObject({
      code: 'ConditionalCheckFailedException',
      message: 'The conditional request failed',
      status: 400,
    });
    expect(plain.error.Item).toBeUndefined();
    const telling = await refusal(claim({ ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }));
    expect(telling.error.Item).toEqual({ ...Key, holder: { S: 'one' } });
    expect(await get('builds', Key)).toMatchObject({ holder: { S: 'one' } });
  });

  const opening = '1 validation error detected: One or more parameter values were invalid: ';
  const put = (Item: Attributes, changes: Partial<PutItemCommandInput> = {}) => ({ Item, ...changes });
  const text = (length: number) => ({ S: 'x'.repeat(length) });
  const deep = (levels: number): Attributes[string] =>
    levels === 0 ? { S: 'x' } : { L: [deep(levels - 1)] };
  const refused: [string, Partial<PutItemCommandInput>, string | RegExp][] = [
    [
      'no table',
      { TableName: undefined as unknown as string },
      "1 validation error detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null",
    ],
    [
      'two unknown enum values',
      put(Key, { ReturnValues: 'SOME' as 'NONE', ReturnConsumedCapacity: 'ALL' as 'NONE' }),
      /^2 validation errors detected: Value 'ALL' at 'returnConsumedCapacity' .*; Value 'SOME' at 'returnValues'/,
    ],
    ['no key', put({}), 'One or more parameter values were invalid: Missing the key pk in the item'],
    [
      'a key of another type',
      put({ pk: { N: '1' } }),
      'One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N',
    ],
    [
      'an empty key',
      put({ pk: { S: '' } }),
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk',
    ],
    [
      'a key that is too long',
      put({ pk: text(2049) }),
      /Size of hashkey has exceeded the maximum size limit of2048 bytes$/,
    ],
    [
      'an item that is too large',
      put({ ...Key, a: text(400 * 1024) }),
      'Item size has exceeded the maximum allowed size',
    ],
    ['a value without a type', put({ ...Key, a: {} as { S: string } }), /^Supplied AttributeValue is empty/],
    [
      'a value with two types',
      put({ ...Key, a: { S: 'x', N: '1' } as unknown as { S: string } }),
      /^Supplied AttributeValue has more than one datatypes set/,
    ],
    [
      'NULL with the value false',
      put({ ...Key, a: { NULL: false } as never }),
      /^1 validation error detected: .* must have the value of true$/,
    ],
    ['an empty set', put({ ...Key, a: { SS: [] } }), `${opening}An string set  may not be empty`],
    ['an empty number set', put({ ...Key, a: { NS: [] } }), `${opening}An number set  may not be empty`],
    ['an empty binary set', put({ ...Key, a: { BS: [] } }), `${opening}Binary sets should not be empty`],
    [
      'an empty set in a list',
      put({ ...Key, a: { L: [{ SS: [] }] } }),
      `${opening}An string set  may not be empty`,
    ],
    [
      'duplicates in a set',
      put({ ...Key, a: { SS: ['x', 'x'] } }),
      `${opening}Input collection [x, x] contains duplicates.`,
    ],
    [
      'an unused name',
      put(Key, {
        ConditionExpression: 'attribute_not_exists(pk)',
        ExpressionAttributeNames: { '#count': 'count' },
      }),
      '1 validation error detected: Value provided in ExpressionAttributeNames unused in expressions: keys: {#count}',
    ],
    [
      'equal numbers in a set',
      put({ ...Key, a: { NS: ['1', '1.0'] } }),
      '1 validation error detected: Input collection contains duplicates',
    ],
    [
      'an invalid number',
      put({ ...Key, a: { N: 'one' } }),
      'The parameter cannot be converted to a numeric value: one',
    ],
    ['39 digits', put({ ...Key, a: { N: '1'.repeat(39) } }), /more than 38 significant digits in a Number$/],
    ['a number that is too large', put({ ...Key, a: { N: '1e126' } }), /^Number overflow\./],
    ['a number that is too small', put({ ...Key, a: { N: '-1e-131' } }), /^Number underflow\./],
    ['33 nesting levels', put({ ...Key, a: deep(33) }), 'Nesting Levels have exceeded supported limits'],
    [
      'ALL_NEW',
      put(Key, { ReturnValues: 'ALL_NEW' }),
      '1 validation error detected: ReturnValues can only be ALL_OLD or NONE',
    ],
  ];
  test.each(refused)('refuses %s', async (_, changes, message) => {
    const { world, run, client, table } = simulateDynamo();
    await table('builds');
    const input = { TableName: 'builds', Item: Key, ...changes };
    expect(await refusal(run(client().send(new PutItemCommand(input))))).toMatchObject({
      code: 'ValidationException',
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
    expect(world.dynamoItems.all()).toEqual([]);
  });

  test.each([
    ['an item of 400 KB', { a: text(400 * 1024 - 4) }],
    ['38 digits', { a: { N: `-${'9'.repeat(38)}` } }],
    ['32 nesting levels', { a: deep(32) }],
  ])('accepts %s', async (_, attributes) => {
    const { table, put: write, get } = simulateDynamo();
    await table('builds');
    await write('builds', { ...Key, ...attributes } as Attributes);
    expect(await get('builds', Key)).toEqual({ ...Key, ...attributes });
  });

  test('does not support the legacy parameters', async () => {
    const { run, client, table } = simulateDynamo();
    await table('builds');
    const input = { TableName: 'builds', Item: Key, Expected: { pk: { Exists: false } } };
    expect(await refusal(run(client().send(new PutItemCommand(input))))).toMatchObject({
      code: 'NotEmulated',
      status: 501,
    });
  });
});

describe('GetItem', () => {
  test.each<[string, Attributes]>([
    ['pk, tags.team', { ...Key, tags: { M: { team: { S: 'images' } } } }],
    ['hosts[2], hosts[0].#n', { hosts: { L: [{ M: { name: { S: 'x' } } }, { S: 'z' }] } }],
    ['absent, tags.absent, hosts[9]', {}],
  ])('with the projection %s', async (ProjectionExpression, expected) => {
    const { run, client, table, put } = simulateDynamo();
    await table('builds', { ...withRange() });
    const key = { ...Key, sk: { S: '1' } };
    await put('builds', {
      ...key,
      tags: { M: { team: { S: 'images' }, cost: { N: '1' } } },
      hosts: { L: [{ M: { name: { S: 'x' } } }, { S: 'y' }, { S: 'z' }] },
    });
    const { Item } = await run(
      client().send(
        new GetItemCommand({
          TableName: 'builds',
          Key: key,
          ProjectionExpression,
          ...(ProjectionExpression.includes('#n') ? { ExpressionAttributeNames: { '#n': 'name' } } : {}),
        }),
      ),
    );
    expect(Item).toEqual(expected);
  });

  test.each<[Partial<GetItemCommandInput>, string]>([
    [{ Key: {} }, 'The provided key element does not match the schema'],
    [{ Key: { pk: { N: '1' } } }, 'The provided key element does not match the schema'],
    [{ Key: { ...Key, sk: { S: 'x' } } }, 'The provided key element does not match the schema'],
    [
      { ProjectionExpression: 'a, a' },
      'Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]',
    ],
    [
      { ProjectionExpression: 'a.b, a[1]' },
      'Invalid ProjectionExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [1]]',
    ],
    [
      { ProjectionExpression: 'name' },
      'Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: name',
    ],
    [
      { ProjectionExpression: 'pk[0]' },
      "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk",
    ],
    [{ ProjectionExpression: '' }, 'Invalid ProjectionExpression: The expression can not be empty;'],
    [
      { ExpressionAttributeNames: { '#a': 'a' } },
      'ExpressionAttributeNames can only be specified when using expressions',
    ],
    [
      { ProjectionExpression: 'a', ExpressionAttributeNames: { '#a': 'a' } },
      'Value provided in ExpressionAttributeNames unused in expressions: keys: {#a}',
    ],
    [
      { ProjectionExpression: 'a', ExpressionAttributeNames: { a: 'a' } },
      'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"',
    ],
  ])('refuses %j', async (changes, message) => {
    const { run, client, table } = simulateDynamo();
    await table('builds');
    const input = { TableName: 'builds', Key, ...changes };
    expect(await refusal(run(client().send(new GetItemCommand(input))))).toMatchObject({
      code: 'ValidationException',
      message,
    });
  });
});

describe('DeleteItem', () => {
  test('deletes an item, and is repeatable', async () => {
    const { run, client, table, put, get } = simulateDynamo();
    await table('builds');
    await put('builds', { ...Key, a: { S: 'x' } });
    const remove = (changes: Partial<DeleteItemCommandInput> = {}) =>
      run(client().send(new DeleteItemCommand({ TableName: 'builds', Key, ...changes })));
    const condition = {
      ConditionExpression: 'a = :a',
      ExpressionAttributeValues: { ':a': { S: 'other' } },
    };
    expect(await refusal(remove(condition))).toMatchObject({
      code: 'ConditionalCheckFailedException',
    });
    expect((await remove({ ReturnValues: 'ALL_OLD' })).Attributes).toEqual({ ...Key, a: { S: 'x' } });
    expect(await get('builds', Key)).toBeUndefined();
    expect((await remove({ ReturnValues: 'ALL_OLD' })).Attributes).toBeUndefined();
    expect(await refusal(remove({ ReturnValues: 'ALL_NEW' }))).toMatchObject({
      message: '1 validation error detected: ReturnValues can only be ALL_OLD or NONE',
    });
    expect(await refusal(remove({ Key: {} }))).toMatchObject({ code: 'ValidationException' });
    const unused = { ...condition, ExpressionAttributeNames: { '#count': 'count' } };
    expect(await refusal(remove(unused))).toMatchObject({
      message:
        '1 validation error detected: Value provided in ExpressionAttributeNames unused in expressions: keys: {#count}',
    });
  });
});

describe('UpdateItem', () => {
  test.each<[UpdateItemCommandInput['ReturnValues'], Attributes | undefined]>([
    ['NONE', undefined],
    ['ALL_OLD', { ...Key, count: { N: '1' }, same: { S: 's' } }],
    ['UPDATED_OLD', { count: { N: '1' } }],
    ['ALL_NEW', { ...Key, count: { N: '2' }, same: { S: 's' }, extra: { S: 'o' } }],
    ['UPDATED_NEW', { count: { N: '2' }, extra: { S: 'o' } }],
  ])('returns %s', async (ReturnValues, expected) => {
    const { run, client, table, put } = simulateDynamo();
    await table('builds');
    await put('builds', { ...Key, count: { N: '1' }, same: { S: 's' } });
    const { Attributes } = await run(
      client().send(
        new UpdateItemCommand({
          TableName: 'builds',
          Key,
          UpdateExpression: 'SET #c = #c + :one, extra = :o',
          ExpressionAttributeNames: { '#c': 'count' },
          ExpressionAttributeValues: { ':one': { N: '1' }, ':o': { S: 'o' } },
          ReturnValues,
        }),
      ),
    );
    expect(Attributes).toEqual(expected);
  });

  test('creates an item from its key alone', async () => {
    const { run, client, table, get } = simulateDynamo();
    await table('builds');
    await run(client().send(new UpdateItemCommand({ TableName: 'builds', Key })));
    expect(await get('builds', Key)).toEqual(Key);
  });

  test('refuses an item that would be too large, and changes nothing', async () => {
    const { run, client, table, put, get } = simulateDynamo();
    await table('builds');
    await put('builds', { ...Key, a: { S: 'x'.repeat(300_000) } });
    const update = new UpdateItemCommand({
      TableName: 'builds',
      Key,
      UpdateExpression: 'SET b = a',
    });
    expect(await refusal(run(client().send(update)))).toMatchObject({
      message: 'Item size to update has exceeded the maximum allowed size',
    });
    expect(await get('builds', Key)).not.toHaveProperty('b');
  });
});

test('consumed capacity is returned on request: by size, half for eventually consistent reads', async () => {
  const { run, client, table, put } = simulateDynamo();
  await table('builds');
  await put('builds', { ...Key, a: { S: 'x'.repeat(5000) } });
  const read = (ConsistentRead: boolean) =>
    run(
      client().send(
        new GetItemCommand({
          TableName: 'builds',
          Key,
          ConsistentRead,
          ReturnConsumedCapacity: 'TOTAL',
        }),
      ),
    );
  expect((await read(true)).ConsumedCapacity).toEqual({ TableName: 'builds', CapacityUnits: 2 });
  expect((await read(false)).ConsumedCapacity).toEqual({ TableName: 'builds', CapacityUnits: 1 });
  const { ConsumedCapacity } = await run(
    client().send(new PutItemCommand({ TableName: 'builds', Item: Key, ReturnConsumedCapacity: 'INDEXES' })),
  );
  // The larger of the two items counts.
  expect(ConsumedCapacity).toEqual({
    TableName: 'builds',
    CapacityUnits: 5,
    Table: { CapacityUnits: 5 },
  });
});

test('an injected fault throttles a write', async () => {
  const { run, client, table, put } = simulateDynamo({
    faults: [{ call: 'PutItem', error: 'ProvisionedThroughputExceededException' }],
  });
  await table('builds');
  expect(
    await refusal(run(client().send(new PutItemCommand({ TableName: 'builds', Item: Key })))),
  ).toMatchObject({ code: 'ProvisionedThroughputExceededException' });
  await put('builds', Key);
});
