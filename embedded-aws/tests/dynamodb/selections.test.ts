import {
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { type Attributes, refusal, simulateDynamo, withRange } from './simulated-dynamodb.ts';

const definitions = (...names: string[]) =>
  names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const }));

/** Releases of two recipes, with a global index by status and a local index by size. */
async function withReleases() {
  const simulated = simulateDynamo();
  const { run, client, table, put } = simulated;
  await table('releases', {
    ...withRange('N'),
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'N' },
      ...definitions('state', 'size'),
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-state',
        KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['image'] },
      },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: 'by-size',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'size', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  });
  const release = (pk: string, sk: number, more: Attributes = {}): Attributes => ({
    pk: { S: pk },
    sk: { N: String(sk) },
    image: { S: `ami-${pk}-${sk}` },
    note: { S: 'x' },
    ...more,
  });
  await put(
    'releases',
    release('web', 10),
    release('web', 9, { state: { S: 'published' } }),
    release('web', -2, { state: { S: 'retired' } }),
    release('web', 100, { state: { S: 'published' }, size: { S: 'large' } }),
    release('db', 1, { state: { S: 'published' }, size: { S: 'small' } }),
  );
  const query = (input: Partial<QueryCommandInput>) =>
    run(client().send(new QueryCommand({ TableName: 'releases', ...input })));
  const scan = (input: Partial<ScanCommandInput> = {}) =>
    run(client().send(new ScanCommand({ TableName: 'releases', ...input })));
  return { ...simulated, query, scan, release };
}

const ofWeb = {
  KeyConditionExpression: 'pk = :web',
  ExpressionAttributeValues: { ':web': { S: 'web' } },
};
const numbers = (items: Attributes[] | undefined) => items?.map(({ sk }) => Number(sk?.N));

describe('Query', () => {
  test('returns a partition in ascending or descending order of its range key', async () => {
    const { query } = await withReleases();
    const { Items, Count, ScannedCount, LastEvaluatedKey } = await query(ofWeb);
    expect(numbers(Items)).toEqual([-2, 9, 10, 100]);
    expect([Count, ScannedCount, LastEvaluatedKey]).toEqual([4, 4, undefined]);
    expect(numbers((await query({ ...ofWeb, ScanIndexForward: false })).Items)).toEqual([100, 10, 9, -2]);
  });

  test.each<[string, number[]]>([
    ['sk = :n', [10]],
    ['sk < :n', [-2, 9]],
    ['sk <= :n', [-2, 9, 10]],
    ['sk > :n', [100]],
    ['sk >= :n', [10, 100]],
    [':n > sk', [-2, 9]],
    ['sk BETWEEN :n AND :m', [10, 100]],
  ])('with %s', async (range, expected) => {
    const { query } = await withReleases();
    const { Items } = await query({
      KeyConditionExpression: `${range} AND pk = :web`,
      ExpressionAttributeValues: {
        ':web': { S: 'web' },
        ':n': { N: '1e1' },
        ...(range.includes(':m') ? { ':m': { N: '100' } } : {}),
      },
    });
    expect(numbers(Items)).toEqual(expected);
  });

  test('begins_with finds strings by prefix', async () => {
    const { run, client, table, put } = simulateDynamo();
    await table('builds', withRange());
    const key = (sk: string) => ({ pk: { S: 'a' }, sk: { S: sk } });
    await put('builds', key('run#2'), key('run#1'), key('rum'), key('é'), key('z'));
    const { Items } = await run(
      client().send(
        new QueryCommand({
          TableName: 'builds',
          KeyConditionExpression: 'pk = :a AND begins_with(sk, :run)',
          ExpressionAttributeValues: { ':a': { S: 'a' }, ':run': { S: 'run#' } },
        }),
      ),
    );
    expect(Items?.map(({ sk }) => sk?.S)).toEqual(['run#1', 'run#2']);
    // Strings are ordered by their UTF-8 bytes.
    const { Items: all } = await run(client().send(new QueryCommand({ TableName: 'builds', ...ofA })));
    expect(all?.map(({ sk }) => sk?.S)).toEqual(['rum', 'run#1', 'run#2', 'z', 'é']);
  });

  test('returns pages in both directions, with a key even if no item follows', async () => {
    const { query } = await withReleases();
    for (const ScanIndexForward of [true, false]) {
      const pages: (number[] | undefined)[] = [];
      let ExclusiveStartKey: Attributes | undefined;
      do {
        const page = await query({ ...ofWeb, Limit: 2, ScanIndexForward, ExclusiveStartKey });
        pages.push(numbers(page.Items));
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined);
      expect(pages).toEqual(ScanIndexForward ? [[-2, 9], [10, 100], []] : [[100, 10], [9, -2], []]);
    }
  });

  test('filters after counting, and projects', async () => {
    const { query } = await withReleases();
    const page = await query({
      ...ofWeb,
      FilterExpression: '#state = :p',
      ProjectionExpression: 'image',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ...ofWeb.ExpressionAttributeValues, ':p': { S: 'published' } },
      Limit: 3,
    });
    expect(page).toMatchObject({
      Items: [{ image: { S: 'ami-web-9' } }],
      Count: 1,
      ScannedCount: 3,
      LastEvaluatedKey: { pk: { S: 'web' }, sk: { N: '10' } },
    });
    const { Items, Count } = await query({ ...ofWeb, Select: 'COUNT' });
    expect([Items, Count]).toEqual([undefined, 4]);
  });

  test('reads a global index: the projection of the items that have its key', async () => {
    const { query } = await withReleases();
    const input: Partial<QueryCommandInput> = {
      IndexName: 'by-state',
      KeyConditionExpression: '#state = :p',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':p': { S: 'published' } },
    };
    const { Items } = await query(input);
    expect(Items).toHaveLength(3);
    expect(Object.keys(Items?.[0] ?? {}).sort()).toEqual(['image', 'pk', 'sk', 'state']);
    const first = await query({ ...input, Limit: 1, ReturnConsumedCapacity: 'INDEXES' });
    expect(Object.keys(first.LastEvaluatedKey ?? {}).sort()).toEqual(['pk', 'sk', 'state']);
    expect(first.ConsumedCapacity).toEqual({
      TableName: 'releases',
      CapacityUnits: 0.5,
      Table: { CapacityUnits: 0 },
      GlobalSecondaryIndexes: { 'by-state': { CapacityUnits: 0.5 } },
    });
    const rest = await query({ ...input, ExclusiveStartKey: first.LastEvaluatedKey });
    expect([...(first.Items ?? []), ...(rest.Items ?? [])]).toEqual(Items);
    expect(await refusal(query({ ...input, ConsistentRead: true }))).toMatchObject({
      message: 'Consistent reads are not supported on global secondary indexes',
    });
    expect(await refusal(query({ ...input, Select: 'ALL_ATTRIBUTES' }))).toMatchObject({
      message: expect.stringContaining('because its projection type is not ALL'),
    });
    expect(await refusal(query({ ...input, ProjectionExpression: 'note' }))).toMatchObject({
      message: expect.stringContaining('does not project [note]'),
    });
  });

  test('reads a local index, and fetches attributes that the index does not project', async () => {
    const { query } = await withReleases();
    const input: Partial<QueryCommandInput> = { ...ofWeb, IndexName: 'by-size', ConsistentRead: true };
    const keys = { pk: { S: 'web' }, sk: { N: '100' }, size: { S: 'large' } };
    expect((await query(input)).Items).toEqual([keys]);
    expect((await query({ ...input, ProjectionExpression: 'image' })).Items).toEqual([
      { image: { S: 'ami-web-100' } },
    ]);
    expect((await query({ ...input, Select: 'ALL_ATTRIBUTES' })).Items).toMatchObject([
      { ...keys, note: { S: 'x' } },
    ]);
  });

  test('ends a page at 1 MB', async () => {
    const { run, client, table, put } = simulateDynamo();
    await table('builds', withRange());
    const size = { S: 'x'.repeat(300_000) };
    await put('builds', ...['1', '2', '3', '4', '5'].map((sk) => ({ pk: { S: 'a' }, sk: { S: sk }, size })));
    const { Items, LastEvaluatedKey } = await run(
      client().send(new QueryCommand({ TableName: 'builds', ...ofA })),
    );
    expect(Items).toHaveLength(4);
    expect(LastEvaluatedKey).toEqual({ pk: { S: 'a' }, sk: { S: '4' } });
  });

  test.each<[Partial<QueryCommandInput>, string]>([
    [{}, 'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.'],
    [
      { KeyConditionExpression: 'sk = :web', ExpressionAttributeValues: { ':web': { N: '1' } } },
      'Query condition missed key schema element: pk',
    ],
    [{ ...ofWeb, KeyConditionExpression: 'pk > :web' }, 'Query key condition not supported'],
    [
      { ...ofWeb, KeyConditionExpression: 'pk = :web AND note = :web' },
      'Query condition missed key schema element: sk',
    ],
    [
      { ...ofWeb, KeyConditionExpression: 'pk = :web AND sk = :web' },
      'One or more parameter values were invalid: Condition parameter type does not match schema type',
    ],
    [
      { ...ofWeb, KeyConditionExpression: 'pk = :web OR pk = :web' },
      'Invalid operator used in KeyConditionExpression: OR',
    ],
    [
      { ...ofWeb, KeyConditionExpression: 'pk <> :web' },
      'Invalid operator used in KeyConditionExpression: <>',
    ],
    [
      { ...ofWeb, KeyConditionExpression: 'pk = :web AND contains(sk, :web)' },
      'Invalid operator used in KeyConditionExpression: contains',
    ],
    [
      { ...ofWeb, KeyConditionExpression: 'pk = :web AND pk = :web' },
      'KeyConditionExpressions must only contain one condition per key',
    ],
    [
      { ...ofWeb, KeyConditionExpression: 'pk.a = :web' },
      'KeyConditionExpressions cannot have conditions on nested attributes',
    ],
    [
      { ...ofWeb, KeyConditionExpression: 'pk = sk AND sk = :web' },
      'Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition',
    ],
    [
      { ...ofWeb, FilterExpression: 'sk = :web' },
      'Filter Expression can only contain non-primary key attributes: Primary key attribute: sk',
    ],
    [{ ...ofWeb, IndexName: 'by-luck' }, 'The table does not have the specified index: by-luck'],
    [
      { ...ofWeb, Limit: 0 },
      "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      { ...ofWeb, Select: 'SOME' as 'COUNT' },
      "1 validation error detected: Value 'SOME' at 'select' failed to satisfy constraint: Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]",
    ],
    [
      { ...ofWeb, Select: 'ALL_PROJECTED_ATTRIBUTES' },
      '1 validation error detected: ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName',
    ],
    [
      { ...ofWeb, Select: 'SPECIFIC_ATTRIBUTES' },
      '1 validation error detected: Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    ],
    [
      { ...ofWeb, Select: 'COUNT', ProjectionExpression: 'pk' },
      '1 validation error detected: Cannot specify the ProjectionExpression when choosing to get only the Count',
    ],
    [
      { ...ofWeb, ExpressionAttributeNames: { '#count': 'count' } },
      'Value provided in ExpressionAttributeNames unused in expressions: keys: {#count}',
    ],
    [{ ...ofWeb, ExclusiveStartKey: { pk: { S: 'web' } } }, 'The provided starting key is invalid'],
    [
      { ...ofWeb, ExclusiveStartKey: { pk: { S: 'db' }, sk: { N: '1' } } },
      'The provided starting key is outside query boundaries based on provided conditions',
    ],
    [
      { ...ofWeb, ExclusiveStartKey: { pk: { S: 'web' }, sk: { S: '1' } } },
      'The provided starting key is invalid: The provided key element does not match the schema',
    ],
  ])('refuses %j', async (input, message) => {
    const { query } = await withReleases();
    expect(await refusal(query(input))).toMatchObject({ code: 'ValidationException', message });
  });
});

const ofA = {
  KeyConditionExpression: 'pk = :a',
  ExpressionAttributeValues: { ':a': { S: 'a' } },
};

describe('Scan', () => {
  test('returns every item once, in pages and in segments', async () => {
    const { scan, put, release } = await withReleases();
    await put('releases', ...Array.from({ length: 20 }, (_, index) => release(`r${index}`, index)));
    const all = (await scan()).Items?.map(({ image }) => image?.S) ?? [];
    expect(new Set(all).size).toBe(25);

    const paged: (string | undefined)[] = [];
    let ExclusiveStartKey: Attributes | undefined;
    do {
      const page = await scan({ Limit: 4, ExclusiveStartKey });
      paged.push(...(page.Items ?? []).map(({ image }) => image?.S));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    expect(paged).toEqual(all);

    const segments: (string | undefined)[] = [];
    for (const Segment of [0, 1, 2]) {
      const { Items } = await scan({ Segment, TotalSegments: 3 });
      expect(Items?.length).toBeLessThan(25);
      segments.push(...(Items ?? []).map(({ image }) => image?.S));
    }
    expect(segments).toEqual(all);
  });

  test('reads an index, with filter and count', async () => {
    const { scan } = await withReleases();
    const page = await scan({
      IndexName: 'by-state',
      FilterExpression: 'sk > :n',
      ExpressionAttributeValues: { ':n': { N: '8' } },
    });
    expect(numbers(page.Items)?.sort((a, b) => a - b)).toEqual([9, 100]);
    expect([page.Count, page.ScannedCount]).toEqual([2, 4]);
  });

  test('does not see a recent write, unless the read is consistent', async () => {
    const { world, run, client, table, put } = simulateDynamo({ lags: true });
    await table('builds');
    await put('builds', { pk: { S: 'a' } });
    const { Count } = await run(
      client().send(new ScanCommand({ TableName: 'builds', ConsistentRead: true })),
    );
    expect(Count).toBe(1);
    expect(world.dynamoItems.allSeen(world.now() - 60_000)).toEqual([]);
  });

  test.each<[Partial<ScanCommandInput>, RegExp]>([
    [{ Segment: 0 }, /^The TotalSegments parameter is required/],
    [{ TotalSegments: 2 }, /^The Segment parameter is required/],
    [{ Segment: 2, TotalSegments: 2 }, /Segment: 2 is not less than TotalSegments: 2$/],
    [{ Limit: 0 }, /Value '0' at 'limit' failed to satisfy constraint/],
    [
      { Select: 'ALL_PROJECTED_ATTRIBUTES' },
      /^ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName$/,
    ],
    [{ Select: 'SPECIFIC_ATTRIBUTES' }, /^Must specify the AttributesToGet or ProjectionExpression/],
    [{ ExclusiveStartKey: { pk: { S: 'a' } } }, /The provided key element does not match the schema$/],
    [{ FilterExpression: 'pk[0] = pk' }, /^Key attributes must be scalars/],
    [{ TableName: 'a b' }, /regular expression pattern/],
  ])('refuses %j', async (input, message) => {
    const { scan } = await withReleases();
    expect(await refusal(scan(input))).toMatchObject({
      code: 'ValidationException',
      message: expect.stringMatching(message),
    });
  });

  test('refuses an unknown table', async () => {
    const { scan } = await withReleases();
    expect(await refusal(scan({ TableName: 'nothing' }))).toMatchObject({
      code: 'ResourceNotFoundException',
      message: 'Requested resource not found',
    });
  });
});

describe('the keys of an index', () => {
  test.each<[Attributes, RegExp]>([
    [{ state: { N: '1' } }, /Type mismatch for Index Key state Expected: S Actual: N IndexName: by-state$/],
    [{ state: { S: '' } }, /IndexName: by-state, IndexKey: state$/],
  ])('refuse an item with %j', async (attributes, message) => {
    const { put, release } = await withReleases();
    expect(await refusal(put('releases', release('web', 1, attributes)))).toMatchObject({
      code: 'ValidationException',
      message: expect.stringMatching(message),
    });
  });
});
