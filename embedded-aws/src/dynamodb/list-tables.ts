import type { ListTablesCommandInput, ListTablesCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { namePattern } from './tables.ts';

const pageSize = 100;

export const listTables: Operation<ListTablesCommandInput, ListTablesCommandOutput> = {
  kind: 'read',
  accepts: ['ExclusiveStartTableName', 'Limit'],
  run(input, { world, account, region, now }) {
    check(input, {
      Limit: { range: [1, 100] },
      ExclusiveStartTableName: { pattern: namePattern, length: [3, 255] },
    });
    const { ExclusiveStartTableName: start, Limit } = input;
    const names = world.dynamoTables
      .allSeen(now)
      .filter((table) => table.account === account && table.region === region)
      .map(({ name }) => name)
      .sort()
      .filter((name) => start === undefined || name > start);
    const page = names.slice(0, Limit ?? pageSize);
    const last = page.at(-1);
    return {
      TableNames: page,
      ...(page.length < names.length && last !== undefined ? { LastEvaluatedTableName: last } : {}),
    };
  },
};
