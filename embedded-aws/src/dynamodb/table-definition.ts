import type {
  CreateTableCommandInput,
  GlobalSecondaryIndex,
  KeySchemaElement,
  LocalSecondaryIndex,
  ProvisionedThroughput,
} from '@aws-sdk/client-dynamodb';
import { notEmulated } from '../core/errors.ts';
import { type Constraint, type Constraints, check, checkValue } from '../core/validation.ts';
import type { DynamoTableRecord, IndexRecord, KeySchema, KeyType, Throughput } from './records.ts';
import { invalid, invalidValues } from './refusals.ts';
import { isArn, namePattern, requiredTableName } from './tables.ts';

const localIndexesMax = 5;
const globalIndexesMax = 20;
const unitsMax = 1_000_000_000_000;

type Definition = Pick<DynamoTableRecord, 'attributes' | 'keys' | 'indexes' | 'throughput'>;

/** The keys, indexes and throughput of a CreateTable request. */
export function definitionOf(input: CreateTableCommandInput): Definition {
  checkByModel(input);
  const { LocalSecondaryIndexes: locals, GlobalSecondaryIndexes: globals, BillingMode } = input;
  const isOnDemand = BillingMode === 'PAY_PER_REQUEST';
  const throughput = tableThroughput(isOnDemand, input.ProvisionedThroughput);
  const attributes = (input.AttributeDefinitions ?? []).map(
    ({ AttributeName: name = '', AttributeType: type }) => ({ name, type: type as KeyType }),
  );
  const names = attributes.map(({ name }) => name);
  if ((input.KeySchema ?? []).length > names.length) {
    throw invalid('Invalid KeySchema: Some index key attribute have no definition');
  }
  const keys = keySchema(input.KeySchema, names);
  if (new Set(names).size < names.length) {
    throw invalidValues('Cannot add duplicate attribute definitions');
  }
  if (locals === undefined && globals === undefined && countOf(keys) !== names.length) {
    throw invalidValues(
      'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
    );
  }
  const indexes = [...localIndexes(locals, keys, names), ...globalIndexes(globals, isOnDemand, names)];
  checkIndexes(indexes);
  checkAllKeys(keys, indexes, names);
  return { attributes, keys, indexes, ...(throughput === undefined ? {} : { throughput }) };
}

const keySchemaConstraint = {
  required: true,
  length: [1, 2],
  members: { AttributeName: { required: true }, KeyType: { required: true, oneOf: ['HASH', 'RANGE'] } },
  shown: (schema: readonly KeySchemaElement[]) =>
    schema.map(
      ({ AttributeName, KeyType }) => `KeySchemaElement(attributeName=${AttributeName}, keyType=${KeyType})`,
    ),
} as const satisfies Constraint;

const units = { required: true, range: [1, Number.POSITIVE_INFINITY] } as const satisfies Constraint;
const throughputConstraint = {
  members: { WriteCapacityUnits: units, ReadCapacityUnits: units },
} as const satisfies Constraint;

const indexConstraints = {
  IndexName: { required: true, length: [3, 255], pattern: namePattern },
  KeySchema: keySchemaConstraint,
  Projection: {
    required: true,
    members: {
      ProjectionType: { oneOf: ['ALL', 'INCLUDE', 'KEYS_ONLY'] },
      NonKeyAttributes: { length: [1, 20] },
    },
  },
} as const satisfies Constraints;

const definitionConstraints = {
  AttributeDefinitions: {
    required: true,
    members: {
      AttributeName: { required: true, length: [1, 255] },
      AttributeType: { required: true, oneOf: ['B', 'N', 'S'] },
    },
  },
  BillingMode: { oneOf: ['PROVISIONED', 'PAY_PER_REQUEST'] },
  TableClass: { oneOf: ['STANDARD', 'STANDARD_INFREQUENT_ACCESS'] },
  ProvisionedThroughput: throughputConstraint,
  KeySchema: keySchemaConstraint,
  LocalSecondaryIndexes: { members: indexConstraints },
  GlobalSecondaryIndexes: { members: { ...indexConstraints, ProvisionedThroughput: throughputConstraint } },
} as const satisfies Constraints;

function checkByModel(input: CreateTableCommandInput): void {
  const name = requiredTableName(input.TableName);
  if (!isArn(name)) checkValue(name, 'tableName', { length: [3, 255] });
  // AWS allows several attributes for each part of an index key. The embedded DynamoDB does not.
  if (input.GlobalSecondaryIndexes?.some(({ KeySchema = [] }) => KeySchema.length > 2)) {
    throw notEmulated('dynamodb:CreateTable with an index key of more than two attributes');
  }
  check(input, definitionConstraints);
}

function tableThroughput(
  isOnDemand: boolean,
  given: ProvisionedThroughput | undefined,
): Throughput | undefined {
  if (isOnDemand) {
    if (given !== undefined) {
      throw invalidValues(
        'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
      );
    }
    return undefined;
  }
  if (given === undefined) {
    throw invalidValues(
      'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
    );
  }
  return throughputOf(given);
}

function throughputOf({ ReadCapacityUnits: read = 0, WriteCapacityUnits: write = 0 }: ProvisionedThroughput) {
  for (const [name, units] of Object.entries({ ReadCapacityUnits: read, WriteCapacityUnits: write })) {
    if (units > unitsMax) throw invalid(`Given value ${units} for ${name} is out of bounds`);
  }
  return { read, write };
}

function keySchema(schema: readonly KeySchemaElement[] = [], defined: readonly string[]): KeySchema {
  const [hash = '', range] = schema.map(({ AttributeName = '' }) => AttributeName);
  const names = schema.map(({ AttributeName }) => AttributeName ?? '');
  if (names.some((name) => !defined.includes(name))) {
    throw invalidValues(
      `Some index key attributes are not defined in AttributeDefinitions. Keys: [${names.join(', ')}], AttributeDefinitions: [${defined.join(', ')}]`,
    );
  }
  if (hash === range) {
    throw invalid('Both the Hash Key and the Range Key element in the KeySchema have the same name');
  }
  if (schema[0]?.KeyType !== 'HASH') {
    throw invalid('Invalid KeySchema: The first KeySchemaElement is not a HASH key type');
  }
  if (range === undefined) return { hash };
  if (schema[1]?.KeyType !== 'RANGE') {
    throw invalid('Invalid KeySchema: The second KeySchemaElement is not a RANGE key type');
  }
  return { hash, range };
}

function localIndexes(
  given: readonly LocalSecondaryIndex[] | undefined,
  table: KeySchema,
  defined: readonly string[],
): IndexRecord[] {
  if (given === undefined) return [];
  if (given.length === 0) throw invalidValues('List of LocalSecondaryIndexes is empty');
  if (table.range === undefined) {
    throw invalidValues(
      'Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex',
    );
  }
  const records = given.map((index): IndexRecord => {
    const keys = keySchema(index.KeySchema, defined);
    if (keys.range === undefined) {
      throw invalidValues(`Index KeySchema does not have a range key for index: ${index.IndexName}`);
    }
    if (keys.hash !== table.hash) {
      throw invalidValues(
        `Index KeySchema does not have the same leading hash key as table KeySchema for index: ${index.IndexName}. index hash key: ${keys.hash}, table hash key: ${table.hash}`,
      );
    }
    return { name: index.IndexName ?? '', scope: 'local', keys, ...projectionOf(index) };
  });
  if (records.length > localIndexesMax) {
    throw invalidValues(`Number of LocalSecondaryIndexes exceeds per-table limit of ${localIndexesMax}`);
  }
  return records;
}

function globalIndexes(
  given: readonly GlobalSecondaryIndex[] | undefined,
  isOnDemand: boolean,
  defined: readonly string[],
): IndexRecord[] {
  if (given === undefined) return [];
  if (given.length === 0) throw invalidValues('List of GlobalSecondaryIndexes is empty');
  const records = given.map((index): IndexRecord => {
    const keys = keySchema(index.KeySchema, defined);
    const throughput = index.ProvisionedThroughput;
    if (isOnDemand && throughput !== undefined) {
      throw invalidValues(
        `ProvisionedThroughput should not be specified for index: ${index.IndexName} when BillingMode is PAY_PER_REQUEST`,
      );
    }
    if (!isOnDemand && throughput === undefined) {
      throw invalidValues(`ProvisionedThroughput must be specified for index: ${index.IndexName}`);
    }
    return {
      name: index.IndexName ?? '',
      scope: 'global',
      keys,
      ...projectionOf(index),
      ...(throughput === undefined ? {} : { throughput: throughputOf(throughput) }),
    };
  });
  if (records.length > globalIndexesMax) {
    throw invalidValues(`GlobalSecondaryIndex count exceeds the per-table limit of ${globalIndexesMax}`);
  }
  return records;
}

function projectionOf({
  Projection: { ProjectionType: type, NonKeyAttributes: attributes } = {},
}: LocalSecondaryIndex): Pick<IndexRecord, 'projection' | 'nonKeyAttributes'> {
  if (type === undefined) throw invalidValues('Unknown ProjectionType: null');
  if (attributes !== undefined && type !== 'INCLUDE') {
    throw invalidValues(`ProjectionType is ${type}, but NonKeyAttributes is specified`);
  }
  if (attributes === undefined && type === 'INCLUDE') {
    throw invalidValues('ProjectionType is INCLUDE, but NonKeyAttributes is not specified');
  }
  return { projection: type, ...(attributes === undefined ? {} : { nonKeyAttributes: attributes }) };
}

function checkIndexes(indexes: readonly IndexRecord[]): void {
  const names = indexes.map(({ name }) => name);
  const duplicate = names.find((name, position) => names.indexOf(name) < position);
  if (duplicate !== undefined) throw invalidValues(`Duplicate index name: ${duplicate}`);
}

/** Refuses a defined attribute that no key uses. */
function checkAllKeys(keys: KeySchema, indexes: readonly IndexRecord[], defined: readonly string[]): void {
  const used = new Set(
    [keys, ...indexes.map((index) => index.keys)].flatMap(({ hash, range }) => [hash, range]),
  );
  if (defined.every((name) => used.has(name))) return;
  throw invalidValues(
    `Some AttributeDefinitions are not used. AttributeDefinitions: [${defined.join(', ')}], keys used: [${[...used].filter((name) => name !== undefined).join(', ')}]`,
  );
}

const countOf = ({ range }: KeySchema) => (range === undefined ? 1 : 2);
