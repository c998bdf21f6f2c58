import { AwsError, perform, type Services, type World } from 'embedded-aws';
import { HOME } from './home.ts';

export const TABLE = 'golden-image';

/** Creates the table as the stack does (stack/table.yml), unless it exists. */
export function createTable(world: World, services: Services): void {
  const TableName = TABLE;
  const call = (operation: string, input: Record<string, unknown>) =>
    perform(services, world, { service: 'dynamodb', operation, ...HOME, input, inner: true });
  try {
    call('CreateTable', {
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    });
    // A deployment ends when all its resources are ready, so the table is active immediately.
    for (const table of world.dynamoTables.all().filter(({ name }) => name === TableName))
      world.dynamoTables.put({ ...table, status: 'ACTIVE' }, world.now(), 0);
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'ResourceInUseException')) throw error;
  }
}
