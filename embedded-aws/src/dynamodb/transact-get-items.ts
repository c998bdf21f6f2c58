import type { TransactGetItemsCommandInput, TransactGetItemsCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { consumed } from './capacity.ts';
import { capacities } from './parameters.ts';
import { checkRead, found, readCharge, readOf } from './reads.ts';
import { invalid } from './refusals.ts';
import { activeTable } from './tables.ts';
import { actionsMax, attempt, checkDistinctItems, resultsOf, transactionBytesMax } from './transactions.ts';
import { itemShape } from './values.ts';

/** Reads all items at the same point in time. */
export const transactGetItems: Operation<TransactGetItemsCommandInput, TransactGetItemsCommandOutput> = {
  kind: 'read',
  accepts: [
    'ReturnConsumedCapacity',
    'TransactItems.Get.ExpressionAttributeNames.*',
    'TransactItems.Get.Key.*',
    'TransactItems.Get.ProjectionExpression',
    'TransactItems.Get.TableName',
  ],
  run({ TransactItems = [], ReturnConsumedCapacity }, call) {
    check(
      { TransactItems, ReturnConsumedCapacity },
      {
        TransactItems: {
          length: [1, actionsMax],
          members: {
            Get: { required: true, members: { TableName: { required: true }, Key: { required: true } } },
          },
        },
        ReturnConsumedCapacity: { oneOf: capacities },
      },
    );
    const reads = TransactItems.map(({ Get = { TableName: '', Key: {} } }) => {
      const read = readOf({ ...Get, ConsistentRead: true });
      return { read, table: activeTable(call, read.tableName), key: read.key };
    });
    const checked = resultsOf(
      reads.map((each) =>
        attempt(() => {
          checkRead(each.read, each.table);
          return each;
        }),
      ),
    );
    checkDistinctItems(checked);
    const answers = checked.map(({ read, table }) => found(call, read, table));
    if (answers.reduce((sum, { bytes }) => sum + bytes, 0) > transactionBytesMax) {
      throw invalid('Collection size exceeded: a transaction can hold 4 MB');
    }
    const ConsumedCapacity = consumed(
      ReturnConsumedCapacity,
      answers.map((answer) => readCharge(answer, { consistent: true, factor: 2 })),
      'read',
    );
    return {
      Responses: answers.map(({ item }) => (item === undefined ? {} : { Item: itemShape(item) })),
      ...(ConsumedCapacity === undefined ? {} : { ConsumedCapacity }),
    };
  },
};
