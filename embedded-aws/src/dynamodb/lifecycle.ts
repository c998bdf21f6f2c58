import type { TransitionHandlers } from '../core/service.ts';
import { itemsOf } from './counts.ts';
import { renewExpiries, sweep } from './items.ts';

/** The transitions of tables and items. */
export const transitions: TransitionHandlers = {
  'dynamodb.created': (world, id, at) => {
    const table = world.dynamoTables.get(id);
    if (table?.status === 'CREATING') world.dynamoTables.put({ ...table, status: 'ACTIVE' }, at, 0);
  },

  'dynamodb.deleted': (world, id) => {
    const table = world.dynamoTables.get(id);
    if (table?.status !== 'DELETING') return;
    for (const item of itemsOf(world, table)) world.dynamoItems.delete(item.id);
    world.dynamoTables.delete(id);
  },

  'dynamodb.ttl-changed': (world, id, at) => {
    const table = world.dynamoTables.get(id);
    if (table?.timeToLive?.changesAt !== at) return;
    const { timeToLive, ...rest } = table;
    if (timeToLive.status === 'DISABLING') world.dynamoTables.put(rest, at, 0);
    else world.dynamoTables.put({ ...table, timeToLive: { ...timeToLive, status: 'ENABLED' } }, at, 0);
    renewExpiries(world, id, at);
  },

  'dynamodb.sweep': sweep,
};
