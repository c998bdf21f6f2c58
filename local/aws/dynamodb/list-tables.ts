import type { ListTablesCommandInput, ListTablesCommandOutput } from '@aws-sdk/client-dynamodb';
import { check, shaped, sized, within } from '../constraints.ts';
import type { Operation } from '../operation.ts';
import { namePattern } from './tables.ts';

const pageSize = 100;

export const listTables: Operation<ListTablesCommandInput, ListTablesCommandOutput> = {
  kind: 'read',
  accepts: ['ExclusiveStartTableName', 'Limit'],
  run({ ExclusiveStartTableName: start, Limit }, { world, account, region, now }) {
    check('ValidationException', [
      within('limit', Limit, { min: 1, max: 100 }),
      shaped('exclusiveStartTableName', start, namePattern),
      sized('exclusiveStartTableName', start, { min: 3, max: 255 }),
    ]);
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
