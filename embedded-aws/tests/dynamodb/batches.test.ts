import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  BatchWriteItemCommand,
  type BatchWriteItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { type Attributes, refusal, simulateDynamo } from './simulated-dynamodb.ts';

const key = (pk: string) => ({ pk: { S: pk } });

async function withTables() {
  const simulated = simulateDynamo();
  const { run, client, table, put } = simulated;
  await table('builds');
  await table('locks');
  await put('builds', { ...key('a'), n: { N: '1' } }, { ...key('b'), n: { N: '2' } });
  const getAll = (RequestItems: BatchGetItemCommandInput['RequestItems'], more = {}) =>
    run(client().send(new BatchGetItemCommand({ RequestItems, ...more })));
  const writeAll = (RequestItems: BatchWriteItemCommandInput['RequestItems'], more = {}) =>
    run(client().send(new BatchWriteItemCommand({ RequestItems, ...more })));
  return { ...simulated, getAll, writeAll };
}

describe('BatchGetItem', () => {
  test('returns the existing items of several tables', async () => {
    const { put, getAll } = await withTables();
    await put('locks', key('x'));
    const { Responses, UnprocessedKeys, ConsumedCapacity } = await getAll(
      {
        builds: {
          Keys: [key('a'), key('b'), key('c')],
          ProjectionExpression: '#n',
          ExpressionAttributeNames: { '#n': 'n' },
          ConsistentRead: true,
        },
        locks: { Keys: [key('x')] },
      },
      { ReturnConsumedCapacity: 'TOTAL' },
    );
    expect(Responses?.builds?.map(({ n }) => n?.N).sort()).toEqual(['1', '2']);
    expect(Responses?.locks).toEqual([key('x')]);
    expect(UnprocessedKeys).toEqual({});
    expect(ConsumedCapacity).toEqual([
      { TableName: 'builds', CapacityUnits: 3 },
      { TableName: 'locks', CapacityUnits: 0.5 },
    ]);
  });

  test('returns items in no key order, but in the same order in every run', async () => {
    const order = async () => {
      const { put, getAll } = await withTables();
      const names = Array.from({ length: 12 }, (_, index) => `k${index}`);
      await put('builds', ...names.map(key));
      const { Responses } = await getAll({ builds: { Keys: names.map(key) } });
      return { names, answered: Responses?.builds?.map(({ pk }) => pk?.S) };
    };
    const { names, answered } = await order();
    expect(answered).not.toEqual(names);
    expect(answered?.toSorted()).toEqual(names.toSorted());
  });

  test('leaves keys unprocessed when the response would exceed 16 MB', async () => {
    const { put, getAll } = await withTables();
    const names = Array.from({ length: 45 }, (_, index) => `big${index}`);
    await put('builds', ...names.map((name) => ({ ...key(name), a: { S: 'x'.repeat(400_000) } })));
    const { Responses, UnprocessedKeys } = await getAll({
      builds: { Keys: names.map(key), ConsistentRead: true },
    });
    const left = UnprocessedKeys?.builds;
    expect(left?.ConsistentRead).toBe(true);
    expect(left?.Keys?.length).toBeGreaterThan(0);
    expect((Responses?.builds?.length ?? 0) + (left?.Keys?.length ?? 0)).toBe(45);
  });

  test.each<[string, BatchGetItemCommandInput['RequestItems'], string]>([
    ['nothing', {}, 'The requestItems parameter is required for BatchGetItem'],
    [
      'a duplicate key',
      { builds: { Keys: [key('a'), key('a')] } },
      'Provided list of item keys contains duplicates',
    ],
    [
      'a key that does not match the schema',
      { builds: { Keys: [{ pk: { N: '1' } }] } },
      'The provided key element does not match the schema',
    ],
    [
      'too many keys for one table',
      { builds: { Keys: Array.from({ length: 101 }, (_, index) => key(`${index}`)) } },
      "1 validation error detected: Value at 'RequestItems.builds.member.Keys' failed to satisfy constraint: Member must have length less than or equal to 100",
    ],
    [
      'too many keys for two tables',
      {
        builds: { Keys: Array.from({ length: 60 }, (_, index) => key(`${index}`)) },
        locks: { Keys: Array.from({ length: 60 }, (_, index) => key(`${index}`)) },
      },
      'Too many items requested for the BatchGetItem call',
    ],
  ])('refuses %s', async (_, input, message) => {
    const { getAll } = await withTables();
    expect(await refusal(getAll(input))).toMatchObject({ code: 'ValidationException', message });
  });

  test('refuses an unknown table and legacy parameters', async () => {
    const { getAll } = await withTables();
    expect(await refusal(getAll({ nothing: { Keys: [key('a')] } }))).toMatchObject({
      code: 'ResourceNotFoundException',
    });
    const old = { builds: { Keys: [key('a')], AttributesToGet: ['n'] } };
    expect(await refusal(getAll(old))).toMatchObject({ code: 'NotEmulated' });
  });
});

describe('BatchWriteItem', () => {
  const put = (Item: Attributes) => ({ PutRequest: { Item } });
  const remove = (pk: string) => ({ DeleteRequest: { Key: key(pk) } });

  test('puts and deletes items in several tables, and is repeatable', async () => {
    const { writeAll, get } = await withTables();
    for (const _ of ['once', 'again']) {
      const { UnprocessedItems } = await writeAll({
        builds: [put({ ...key('c'), n: { N: '3' } }), remove('a'), remove('never')],
        locks: [put(key('x'))],
      });
      expect(UnprocessedItems).toEqual({});
    }
    expect(await get('builds', key('a'))).toBeUndefined();
    expect(await get('builds', key('c'))).toEqual({ ...key('c'), n: { N: '3' } });
    expect(await get('locks', key('x'))).toEqual(key('x'));
  });

  test.each<[string, BatchWriteItemCommandInput['RequestItems'], string | RegExp]>([
    ['nothing', {}, 'The requestItems parameter is required for BatchWriteItem'],
    [
      '26 items for one table',
      { builds: Array.from({ length: 26 }, (_, index) => put(key(`${index}`))) },
      /'requestItems' failed to satisfy constraint: Map value must satisfy constraint: \[Member must have length less than or equal to 25, Member must have length greater than or equal to 1\]$/,
    ],
    [
      '26 items for two tables',
      {
        builds: Array.from({ length: 13 }, (_, index) => put(key(`${index}`))),
        locks: Array.from({ length: 13 }, (_, index) => put(key(`${index}`))),
      },
      'Too many items requested for the BatchWriteItem call',
    ],
    ['an empty request', { builds: [{}] }, /more than one datatypes set/],
    [
      'a duplicate item',
      { builds: [put(key('new')), remove('new')] },
      'Provided list of item keys contains duplicates',
    ],
    [
      'an item without its key',
      { builds: [put(key('new')), put({ n: { N: '1' } })] },
      'One or more parameter values were invalid: Missing the key pk in the item',
    ],
  ])('refuses %s and writes nothing', async (_, input, message) => {
    const { writeAll, world } = await withTables();
    expect(await refusal(writeAll(input))).toMatchObject({
      code: 'ValidationException',
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
    expect(world.dynamoItems.all()).toHaveLength(2);
  });
});
