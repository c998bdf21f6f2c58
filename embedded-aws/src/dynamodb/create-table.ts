import type { CreateTableCommandInput, CreateTableCommandOutput } from '@aws-sdk/client-dynamodb';
import { uuid } from '../core/random.ts';
import type { Operation } from '../core/service.ts';
import { count, schedule } from '../core/world.ts';
import { writeLagMs } from './items.ts';
import { drawSeconds } from './latency.ts';
import type { DynamoTableRecord } from './records.ts';
import { resourceInUse } from './refusals.ts';
import { definitionOf } from './table-definition.ts';
import { tableArn, tableName, tableShape } from './tables.ts';
import { tagsOf } from './tags.ts';

export const createTable: Operation<CreateTableCommandInput, CreateTableCommandOutput> = {
  kind: 'write',
  accepts: [
    'AttributeDefinitions.AttributeName',
    'AttributeDefinitions.AttributeType',
    'BillingMode',
    'DeletionProtectionEnabled',
    ...['LocalSecondaryIndexes', 'GlobalSecondaryIndexes'].flatMap((indexes) => [
      `${indexes}.IndexName`,
      `${indexes}.KeySchema.AttributeName`,
      `${indexes}.KeySchema.KeyType`,
      `${indexes}.Projection.NonKeyAttributes`,
      `${indexes}.Projection.ProjectionType`,
    ]),
    'GlobalSecondaryIndexes.ProvisionedThroughput.ReadCapacityUnits',
    'GlobalSecondaryIndexes.ProvisionedThroughput.WriteCapacityUnits',
    'KeySchema.AttributeName',
    'KeySchema.KeyType',
    'ProvisionedThroughput.ReadCapacityUnits',
    'ProvisionedThroughput.WriteCapacityUnits',
    'TableClass',
    'TableName',
    'Tags.Key',
    'Tags.Value',
  ],
  run(input, call) {
    const { world, account, region, now } = call;
    const definition = definitionOf(input);
    const tags = tagsOf(input.Tags);
    const name = tableName(call, input.TableName ?? '');
    const id = tableArn(call, name);
    if (world.dynamoTables.get(id) !== undefined) {
      throw resourceInUse(`Table already exists: ${name}`);
    }
    const turn = count(world, 'dynamodb table');
    const table: DynamoTableRecord = {
      id,
      account,
      region,
      tags,
      name,
      tableId: uuid(world.seed, 'dynamodb table', turn),
      status: 'CREATING',
      creationTime: now,
      ...definition,
      ...(input.TableClass === undefined ? {} : { tableClass: input.TableClass }),
      deletionProtection: input.DeletionProtectionEnabled === true,
      counted: { period: 0, of: {} },
    };
    world.dynamoTables.put(table, now, writeLagMs(world));
    schedule(world, 'dynamodb.created', id, now + drawSeconds(world.seed, 'dynamodb.table', turn) * 1000);
    return { TableDescription: tableShape(table, call) };
  },
};
