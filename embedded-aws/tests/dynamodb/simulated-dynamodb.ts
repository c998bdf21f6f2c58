import {
  type AttributeValue,
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { onTestFinished } from 'vitest';
import { answerFrom } from '../../src/client.ts';
import { installClock } from '../../src/core/clock.ts';
import type { Fault } from '../../src/core/faults.ts';
import { settle } from '../../src/core/transitions.ts';
import type { World } from '../../src/core/world.ts';
import { dynamodb } from '../../src/dynamodb/index.ts';
import { emptyWorld } from '../../src/new-world.ts';

export const START = new Date('2026-11-20T03:00:00Z');
export const ACCOUNT = '999988887777';
export const REGION = 'eu-west-1';
const services = { dynamodb };

export type Attributes = Record<string, AttributeValue>;

export interface SimulatedDynamo {
  readonly world: World;
  client(who?: { account?: string; region?: string }): DynamoDBClient;
  readonly run: <T>(work: Promise<T>) => Promise<T>;
  /** Advances simulated time and processes all due transitions. */
  pass(seconds: number): Promise<void>;
  /** Creates a table and waits until it is active. Its key is `pk`, or `pk` and `sk`. */
  table(name: string, changes?: Partial<CreateTableCommandInput>): Promise<string>;
  put(TableName: string, ...items: Attributes[]): Promise<void>;
  /** The current item. */
  get(TableName: string, Key: Attributes): Promise<Attributes | undefined>;
}

/**
 * DynamoDB with its own simulated clock, which stops when the test ends. The SDK does not retry.
 * Unless `lags` is set, writes are visible immediately.
 */
export function simulateDynamo({
  seed = 7,
  lags = false,
  faults = [],
}: {
  seed?: number;
  lags?: boolean;
  faults?: Fault[];
} = {}): SimulatedDynamo {
  const clock = installClock(START, seed);
  onTestFinished(() => clock.uninstall());
  const world = emptyWorld({ seed, now: clock.now, faults });
  if (!lags) withoutLag(world);
  const clientFor: SimulatedDynamo['client'] = ({ account = ACCOUNT, region = REGION } = {}) => {
    const client = new DynamoDBClient({
      region,
      maxAttempts: 1,
      retryMode: 'standard',
      defaultsMode: 'standard',
    });
    answerFrom(world, services, client, account);
    return client;
  };
  const client = clientFor();
  const run = clock.run;
  const pass = async (seconds: number) => {
    await run(new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000)));
    settle(world, services);
  };
  return {
    world,
    client: clientFor,
    run,
    pass,
    table: async (name, changes = {}) => {
      await run(client.send(new CreateTableCommand({ ...hashTable(name), ...changes })));
      await pass(120);
      return name;
    },
    put: async (TableName, ...items) => {
      for (const Item of items) await run(client.send(new PutItemCommand({ TableName, Item })));
    },
    get: async (TableName, Key) => {
      const { Item } = await run(client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true })));
      return Item;
    },
  };
}

export function hashTable(TableName: string): CreateTableCommandInput {
  return {
    TableName,
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  };
}

/** The changes that give a table a range key `sk` of this type. */
export function withRange(type: 'S' | 'N' | 'B' = 'S'): Partial<CreateTableCommandInput> {
  return {
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: type },
    ],
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
  };
}

/** The error with which DynamoDB refused a request. */
export async function refusal(work: Promise<unknown>): Promise<{
  code: string;
  message: string;
  status: number | undefined;
  error: DynamoDBServiceException & Record<string, unknown>;
}> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof DynamoDBServiceException)) throw error;
    return {
      code: error.name,
      message: error.message,
      status: error.$metadata.httpStatusCode,
      error: error as DynamoDBServiceException & Record<string, unknown>,
    };
  }
  throw new Error('DynamoDB did not refuse');
}

function withoutLag(world: World): void {
  for (const table of [world.dynamoTables, world.dynamoItems]) {
    const put = table.put.bind(table) as (record: never, at: number, lagMs: number) => never;
    const remove = table.remove.bind(table);
    Object.assign(table, {
      put: (record: never, at: number) => put(record, at, 0),
      remove: (id: string, at: number) => remove(id, at, 0),
    });
  }
}
