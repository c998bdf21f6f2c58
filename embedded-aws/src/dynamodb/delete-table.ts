import type { DeleteTableCommandInput, DeleteTableCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Operation } from '../core/service.ts';
import { count, schedule } from '../core/world.ts';
import { drawSeconds } from './latency.ts';
import { invalid, resourceInUse } from './refusals.ts';
import { anyTable, requiredTableName, tableShape } from './tables.ts';

const verbs = { CREATING: 'created', DELETING: 'deleted' };

export const deleteTable: Operation<DeleteTableCommandInput, DeleteTableCommandOutput> = {
  kind: 'write',
  accepts: ['TableName'],
  run({ TableName }, call) {
    const { world, now } = call;
    const given = requiredTableName(TableName);
    const table = anyTable(call, given);
    if (table.status !== 'ACTIVE') {
      throw resourceInUse(
        `Attempt to change a resource which is still in use: Table is being ${verbs[table.status]}: ${table.name}`,
      );
    }
    if (table.deletionProtection) {
      throw invalid(
        'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
      );
    }
    const deleting = world.dynamoTables.put({ ...table, status: 'DELETING' }, now, 0);
    const seconds = drawSeconds(world.seed, 'dynamodb.table', count(world, 'dynamodb table'));
    schedule(world, 'dynamodb.deleted', table.id, now + seconds * 1000);
    return { TableDescription: tableShape(deleting, call) };
  },
};
