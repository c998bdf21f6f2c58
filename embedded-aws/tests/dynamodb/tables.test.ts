import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeEndpointsCommand,
  DescribeTableCommand,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { ACCOUNT, hashTable, REGION, refusal, simulateDynamo, withRange } from './simulated-dynamodb.ts';

const arn = (name: string) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`;

test('the region has one endpoint', async () => {
  const { run, client } = simulateDynamo();
  const { Endpoints } = await run(client().send(new DescribeEndpointsCommand({})));
  expect(Endpoints).toEqual([{ Address: `dynamodb.${REGION}.amazonaws.com`, CachePeriodInMinutes: 1440 }]);
});

describe('CreateTable', () => {
  test('creates a table that becomes active after a while', async () => {
    const { run, client, pass } = simulateDynamo();
    const dynamo = client();
    const { TableDescription } = await run(dynamo.send(new CreateTableCommand(hashTable('builds'))));
    expect(TableDescription).toMatchObject({
      TableName: 'builds',
      TableStatus: 'CREATING',
      TableArn: arn('builds'),
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
      ItemCount: 0,
    });
    const early = new PutItemCommand({ TableName: 'builds', Item: { pk: { S: 'a' } } });
    expect(await refusal(run(dynamo.send(early)))).toMatchObject({
      code: 'ResourceNotFoundException',
      message: 'Requested resource not found',
    });
    await pass(120);
    const { Table } = await run(dynamo.send(new DescribeTableCommand({ TableName: 'builds' })));
    expect(Table?.TableStatus).toBe('ACTIVE');
    expect(Table?.TableId).toBe(TableDescription?.TableId);
  });

  test('accepts provisioned throughput, a table class, indexes and tags', async () => {
    const { run, client, table } = simulateDynamo();
    await table('builds', {
      ...withRange(),
      AttributeDefinitions: ['pk', 'sk', 'status'].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 2 },
      TableClass: 'STANDARD_INFREQUENT_ACCESS',
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-status',
          KeySchema: [{ AttributeName: 'status', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['image'] },
          ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
        },
      ],
      LocalSecondaryIndexes: [
        {
          IndexName: 'local-status',
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'status', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
      Tags: [{ Key: 'team', Value: 'images' }],
    });
    const { Table } = await run(client().send(new DescribeTableCommand({ TableName: arn('builds') })));
    expect(Table).toMatchObject({
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 2 },
      TableClassSummary: { TableClass: 'STANDARD_INFREQUENT_ACCESS' },
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-status',
          IndexStatus: 'ACTIVE',
          IndexArn: `${arn('builds')}/index/by-status`,
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['image'] },
        },
      ],
      LocalSecondaryIndexes: [{ IndexName: 'local-status' }],
    });
    expect(Table?.BillingModeSummary).toBeUndefined();
  });

  test('refuses the name of a table that exists or is being created', async () => {
    const { run, client, world } = simulateDynamo();
    const make = () => run(client().send(new CreateTableCommand(hashTable('builds'))));
    await make();
    expect(await refusal(make())).toMatchObject({
      code: 'ResourceInUseException',
      message: 'Table already exists: builds',
    });
    expect(world.dynamoTables.all()).toHaveLength(1);
  });

  test('separates regions and accounts', async () => {
    const { run, client, table } = simulateDynamo();
    await table('builds');
    await run(client({ region: 'us-east-1' }).send(new CreateTableCommand(hashTable('builds'))));
    await run(client({ account: '111122223333' }).send(new CreateTableCommand(hashTable('builds'))));
    const { TableNames } = await run(client().send(new ListTablesCommand()));
    expect(TableNames).toEqual(['builds']);
  });

  const key = { AttributeName: 'pk', KeyType: 'HASH' } as const;
  const definition = { AttributeName: 'pk', AttributeType: 'S' } as const;
  const projection = { ProjectionType: 'ALL' } as const;
  const other = { AttributeName: 'other', AttributeType: 'S' } as const;
  const refused: [string, Partial<CreateTableCommandInput>, RegExp][] = [
    [
      'no name',
      { TableName: undefined },
      /^The parameter 'TableName' is required but was not present in the request$/,
    ],
    [
      'a name that is too short',
      { TableName: 'ab' },
      /'ab' at 'tableName' .* length greater than or equal to 3$/,
    ],
    ['a name with a space', { TableName: 'a b c' }, /regular expression pattern: \[a-zA-Z0-9_.-\]\+$/],
    ['no key', { KeySchema: undefined }, /Value null at 'keySchema'/],
    [
      'an unknown type',
      { AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'X' as 'S' }] },
      /'attributeDefinitions.1.member.attributeType' .* \[B, N, S\]$/,
    ],
    ['three key attributes', { KeySchema: [key, key, key] }, /length less than or equal to 2$/],
    [
      'a key attribute without a definition',
      { AttributeDefinitions: [] },
      /^Invalid KeySchema: Some index key/,
    ],
    [
      'a definition of another attribute',
      { AttributeDefinitions: [other] },
      /Some index key attributes are not defined in AttributeDefinitions. Keys: \[pk\], AttributeDefinitions: \[other\]$/,
    ],
    [
      'too many definitions',
      { AttributeDefinitions: [definition, other] },
      /Number of attributes in KeySchema/,
    ],
    [
      'a range key before the hash key',
      { KeySchema: [{ AttributeName: 'pk', KeyType: 'RANGE' }] },
      /The first KeySchemaElement is not a HASH key type$/,
    ],
    [
      'the same attribute for both keys',
      {
        AttributeDefinitions: [definition, other],
        KeySchema: [key, { AttributeName: 'pk', KeyType: 'RANGE' }],
      },
      /have the same name$/,
    ],
    [
      'throughput for an on-demand table',
      { ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } },
      /Neither ReadCapacityUnits nor WriteCapacityUnits/,
    ],
    [
      'provisioned mode without throughput',
      { BillingMode: 'PROVISIONED' },
      /must both be specified when BillingMode is PROVISIONED$/,
    ],
    [
      'an unknown billing mode',
      { BillingMode: 'FREE' as 'PROVISIONED' },
      /\[PROVISIONED, PAY_PER_REQUEST\]$/,
    ],
    [
      'local indexes without a range key',
      { LocalSecondaryIndexes: [{ IndexName: 'one', KeySchema: [key], Projection: projection }] },
      /Table KeySchema does not have a range key/,
    ],
    [
      'two indexes with the same name',
      {
        GlobalSecondaryIndexes: [
          { IndexName: 'one', KeySchema: [key], Projection: projection },
          { IndexName: 'one', KeySchema: [key], Projection: projection },
        ],
      },
      /Duplicate index name: one$/,
    ],
    [
      'NonKeyAttributes with projection type ALL',
      {
        GlobalSecondaryIndexes: [
          {
            IndexName: 'one',
            KeySchema: [key],
            Projection: { ProjectionType: 'ALL', NonKeyAttributes: ['a'] },
          },
        ],
      },
      /ProjectionType is ALL, but NonKeyAttributes is specified$/,
    ],
    ['an empty list of indexes', { GlobalSecondaryIndexes: [] }, /List of GlobalSecondaryIndexes is empty$/],
    [
      'a duplicate tag',
      {
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'a', Value: '2' },
        ],
      },
      /Duplicate tag keys/,
    ],
  ];
  test.each(refused)('refuses %s', async (_, changes, message) => {
    const { run, client, world } = simulateDynamo();
    const input = { ...hashTable('builds'), ...changes } as CreateTableCommandInput;
    expect(await refusal(run(client().send(new CreateTableCommand(input))))).toMatchObject({
      code: 'ValidationException',
      status: 400,
      message: expect.stringMatching(message),
    });
    expect(world.dynamoTables.all()).toEqual([]);
  });

  test('does not support streams', async () => {
    const { run, client } = simulateDynamo();
    const input = { ...hashTable('builds'), StreamSpecification: { StreamEnabled: true } };
    expect(await refusal(run(client().send(new CreateTableCommand(input))))).toMatchObject({
      code: 'NotEmulated',
      message: expect.stringContaining('StreamSpecification'),
    });
  });
});

describe('DescribeTable', () => {
  test('may not see a new table yet', async () => {
    const simulated = simulateDynamo({ lags: true });
    const { world, run, client } = simulated;
    await run(client().send(new CreateTableCommand(hashTable('builds'))));
    const [table] = world.dynamoTables.all();
    if (table === undefined) throw new Error('no table');
    expect(world.dynamoTables.seen(table.id, table.creationTime)).toBeUndefined();
    await simulated.pass(5);
    const { Table } = await run(client().send(new DescribeTableCommand({ TableName: 'builds' })));
    expect(Table?.TableName).toBe('builds');
  });

  test('counts items every six hours', async () => {
    const { run, client, table, put, pass } = simulateDynamo();
    await table('builds');
    const counted = async () => {
      const { Table } = await run(client().send(new DescribeTableCommand({ TableName: 'builds' })));
      return [Table?.ItemCount, Table?.TableSizeBytes];
    };
    await put('builds', { pk: { S: 'a' } }, { pk: { S: 'b' } });
    expect(await counted()).toEqual([0, 0]);
    await pass(6 * 3600);
    expect(await counted()).toEqual([2, 6]);
    await put('builds', { pk: { S: 'c' } });
    expect(await counted()).toEqual([2, 6]);
    await pass(6 * 3600);
    expect(await counted()).toEqual([3, 9]);
  });

  test('refuses a request without a name', async () => {
    const { run, client } = simulateDynamo();
    const describeTable = new DescribeTableCommand({ TableName: undefined });
    expect(await refusal(run(client().send(describeTable)))).toMatchObject({
      code: 'ValidationException',
      message: "The parameter 'TableName' is required but was not present in the request",
    });
  });

  test('refuses an unknown table', async () => {
    const { run, client } = simulateDynamo();
    const describeTable = new DescribeTableCommand({ TableName: 'nothing' });
    expect(await refusal(run(client().send(describeTable)))).toMatchObject({
      code: 'ResourceNotFoundException',
      message: 'Requested resource not found: Table: nothing not found',
    });
  });
});

test('ListTables returns pages', async () => {
  const { run, client, table } = simulateDynamo();
  for (const name of ['ccc', 'aaa', 'bbb']) await table(name);
  const list = (input: object) => run(client().send(new ListTablesCommand(input)));
  expect(await list({ Limit: 2 })).toMatchObject({
    TableNames: ['aaa', 'bbb'],
    LastEvaluatedTableName: 'bbb',
  });
  const rest = await list({ Limit: 2, ExclusiveStartTableName: 'bbb' });
  expect(rest.TableNames).toEqual(['ccc']);
  expect(rest.LastEvaluatedTableName).toBeUndefined();
  expect(await refusal(list({ Limit: 101 }))).toMatchObject({
    message: expect.stringContaining('Member must have value less than or equal to 100'),
  });
});

describe('DeleteTable', () => {
  test('deletes the table and its items after a while', async () => {
    const { world, run, client, table, put, get, pass } = simulateDynamo();
    await table('builds');
    await put('builds', { pk: { S: 'a' } });
    const remove = () => run(client().send(new DeleteTableCommand({ TableName: 'builds' })));
    expect((await remove()).TableDescription?.TableStatus).toBe('DELETING');
    expect(await refusal(remove())).toMatchObject({
      code: 'ResourceInUseException',
      message: 'Attempt to change a resource which is still in use: Table is being deleted: builds',
    });
    await pass(120);
    expect(world.dynamoTables.all()).toEqual([]);
    expect(await refusal(remove())).toMatchObject({ code: 'ResourceNotFoundException' });
    await table('builds');
    expect(await get('builds', { pk: { S: 'a' } })).toBeUndefined();
  });

  test('refuses a table that is being created, and a protected table', async () => {
    const { run, client, table } = simulateDynamo();
    const remove = (TableName: string) => run(client().send(new DeleteTableCommand({ TableName })));
    await run(client().send(new CreateTableCommand(hashTable('young'))));
    expect(await refusal(remove('young'))).toMatchObject({
      code: 'ResourceInUseException',
      message: 'Attempt to change a resource which is still in use: Table is being created: young',
    });
    await table('kept', { DeletionProtectionEnabled: true });
    expect(await refusal(remove('kept'))).toMatchObject({
      code: 'ValidationException',
      message: expect.stringContaining('protected against deletion'),
    });
  });
});

describe('tags', () => {
  test('are set, listed in pages of ten, overwritten and removed', async () => {
    const { run, client, table } = simulateDynamo();
    await table('builds');
    const ResourceArn = arn('builds');
    const Tags = Array.from({ length: 12 }, (_, index) => ({ Key: `key-${10 + index}`, Value: 'a' }));
    await run(client().send(new TagResourceCommand({ ResourceArn, Tags })));
    await run(client().send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'key-10', Value: 'b' }] })));
    const list = (NextToken?: string) =>
      run(client().send(new ListTagsOfResourceCommand({ ResourceArn, NextToken })));
    const first = await list();
    expect(first.Tags).toHaveLength(10);
    expect(first.Tags?.[0]).toEqual({ Key: 'key-10', Value: 'b' });
    expect((await list(first.NextToken)).Tags?.map(({ Key }) => Key)).toEqual(['key-20', 'key-21']);
    expect(await refusal(list('nonsense'))).toMatchObject({ code: 'ValidationException' });
    const TagKeys = Tags.slice(1).map(({ Key }) => Key);
    await run(client().send(new UntagResourceCommand({ ResourceArn, TagKeys })));
    expect((await list()).Tags).toEqual([{ Key: 'key-10', Value: 'b' }]);
  });

  test.each([
    [
      { ResourceArn: 'nonsense', Tags: [{ Key: 'a', Value: 'b' }] },
      'ValidationException',
      /Invalid TableArn/,
    ],
    [
      { ResourceArn: arn('nothing'), Tags: [{ Key: 'a', Value: 'b' }] },
      'ResourceNotFoundException',
      /ResourcArn/,
    ],
    [
      {
        ResourceArn: `arn:aws:dynamodb:${REGION}:111122223333:table/builds`,
        Tags: [{ Key: 'a', Value: 'b' }],
      },
      'AccessDeniedException',
      /not authorized to perform: dynamodb:TagResource/,
    ],
    [{ ResourceArn: arn('builds'), Tags: [] }, 'ValidationException', /Atleast one Tag/],
    [{ ResourceArn: arn('builds'), Tags: [{ Key: 'aws:x', Value: 'b' }] }, 'ValidationException', /aws:/],
    [
      {
        ResourceArn: arn('builds'),
        Tags: Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: '' })),
      },
      'LimitExceededException',
      /50/,
    ],
  ])('TagResource refuses %j', async (input, code, message) => {
    const { run, client, table } = simulateDynamo();
    await table('builds');
    expect(await refusal(run(client().send(new TagResourceCommand(input))))).toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});
