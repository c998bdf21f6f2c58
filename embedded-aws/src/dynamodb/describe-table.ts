import type { DescribeTableCommandInput, DescribeTableCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Operation } from '../core/service.ts';
import { notFound } from './refusals.ts';
import { requiredTableName, tableArn, tableName, tableShape } from './tables.ts';

/**
 * Eventually consistent: a new table may not be visible yet (DynamoDB API reference,
 * DescribeTable).
 */
export const describeTable: Operation<DescribeTableCommandInput, DescribeTableCommandOutput> = {
  kind: 'read',
  accepts: ['TableName'],
  run({ TableName }, call) {
    const given = requiredTableName(TableName);
    const name = tableName(call, given);
    const table = call.world.dynamoTables.seen(tableArn(call, name), call.now);
    if (table === undefined) {
      throw notFound(`Requested resource not found: Table: ${name} not found`);
    }
    return { Table: tableShape(table, call) };
  },
};
