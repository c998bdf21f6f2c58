import type {
  GlobalSecondaryIndexDescription,
  KeySchemaElement,
  ProvisionedThroughputDescription,
  TableDescription,
} from '@aws-sdk/client-dynamodb';
import { notEmulated } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import { type Constraint, checkValue } from '../core/validation.ts';
import { countsOf } from './counts.ts';
import type { DynamoTableRecord, IndexRecord, KeySchema, Throughput } from './records.ts';
import { invalid, notFound } from './refusals.ts';

export const namePattern = /[a-zA-Z0-9_.-]+/;

export function tableArn({ account, region }: Call, name: string): string {
  return `arn:aws:dynamodb:${region}:${account}:table/${name}`;
}

/** The validation of a table name in an operation on items. The name may also be an ARN. */
export function tableNameConstraint(given: string | undefined): Constraint {
  if (given === undefined) return { required: true };
  if (isArn(given)) return {};
  return { length: [1, 255], ...(given === '' ? {} : { pattern: namePattern }) };
}

export function checkTableName(given: string | undefined): void {
  checkValue(given, 'tableName', tableNameConstraint(given));
}

/**
 * Checks the table name in an operation on tables, which has a separate error text for a missing
 * name.
 */
export function requiredTableName(given: string | undefined): string {
  if (given === undefined) {
    throw invalid("The parameter 'TableName' is required but was not present in the request");
  }
  checkTableName(given);
  return given;
}

/** The table's name. `given` may be an ARN. */
export function tableName(call: Call, given: string): string {
  if (!isArn(given)) return given;
  const [, region, account, name = ''] =
    /^arn:aws:dynamodb:([a-z0-9-]+):(\d{12}):table\/([a-zA-Z0-9_.-]+)$/.exec(given) ?? [];
  if (region !== call.region || account !== call.account) {
    throw notEmulated(`dynamodb with a table of another account or region (${given})`);
  }
  return name;
}

export const isArn = (text: string) => text.startsWith('arn:');

/** The active table for an operation on items. */
export function activeTable(call: Call, given: string): DynamoTableRecord {
  const table = call.world.dynamoTables.get(tableArn(call, tableName(call, given)));
  if (table?.status !== 'ACTIVE') throw notFound();
  return table;
}

/** The table for an operation on tables, in any state. */
export function anyTable(call: Call, given: string): DynamoTableRecord {
  const name = tableName(call, given);
  const table = call.world.dynamoTables.get(tableArn(call, name));
  if (table === undefined) throw notFound(`Requested resource not found: Table: ${name} not found`);
  return table;
}

export const keyNames = ({ hash, range }: KeySchema) => (range === undefined ? [hash] : [hash, range]);

export function tableShape(table: DynamoTableRecord, call: Call): TableDescription {
  const { keys, throughput, creationTime, indexes, tableClass } = table;
  const counts = countsOf(table, call.world, call.now);
  const count = (name: string) => counts[name] ?? { items: 0, bytes: 0 };
  const index = (record: IndexRecord): GlobalSecondaryIndexDescription => ({
    IndexName: record.name,
    KeySchema: schemaShape(record.keys),
    Projection: {
      ProjectionType: record.projection,
      ...(record.nonKeyAttributes === undefined ? {} : { NonKeyAttributes: [...record.nonKeyAttributes] }),
    },
    IndexSizeBytes: count(record.name).bytes,
    ItemCount: count(record.name).items,
    IndexArn: `${table.id}/index/${record.name}`,
  });
  const locals = indexes.filter(({ scope }) => scope === 'local').map(index);
  const globals = indexes
    .filter(({ scope }) => scope === 'global')
    .map((record) => ({
      ...index(record),
      IndexStatus: table.status,
      ProvisionedThroughput: throughputShape(record.throughput),
    }));
  return {
    AttributeDefinitions: table.attributes.map(({ name, type }) => ({
      AttributeName: name,
      AttributeType: type,
    })),
    TableName: table.name,
    KeySchema: schemaShape(keys),
    TableStatus: table.status,
    CreationDateTime: new Date(creationTime),
    ProvisionedThroughput: throughputShape(throughput),
    TableSizeBytes: count('').bytes,
    ItemCount: count('').items,
    TableArn: table.id,
    TableId: table.tableId,
    ...(throughput === undefined
      ? {
          BillingModeSummary: {
            BillingMode: 'PAY_PER_REQUEST',
            LastUpdateToPayPerRequestDateTime: new Date(creationTime),
          },
        }
      : {}),
    ...(locals.length === 0 ? {} : { LocalSecondaryIndexes: locals }),
    ...(globals.length === 0 ? {} : { GlobalSecondaryIndexes: globals }),
    ...(tableClass === undefined ? {} : { TableClassSummary: { TableClass: tableClass as 'STANDARD' } }),
    DeletionProtectionEnabled: table.deletionProtection,
  };
}

function schemaShape({ hash, range }: KeySchema): KeySchemaElement[] {
  return [
    { AttributeName: hash, KeyType: 'HASH' },
    ...(range === undefined ? [] : [{ AttributeName: range, KeyType: 'RANGE' as const }]),
  ];
}

function throughputShape(
  { read, write }: Throughput = { read: 0, write: 0 },
): ProvisionedThroughputDescription {
  return { NumberOfDecreasesToday: 0, ReadCapacityUnits: read, WriteCapacityUnits: write };
}
