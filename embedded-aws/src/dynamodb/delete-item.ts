import type { DeleteItemCommandInput, DeleteItemCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Operation } from '../core/service.ts';
import { writeMeasures } from './measures.ts';
import { checkReturnsOldOnly, checkWriteParameters } from './parameters.ts';
import { withOpening } from './refusals.ts';
import { itemShape } from './values.ts';
import { carryOutWrite, writeByKey } from './writes.ts';

/** Deleting an item that does not exist succeeds. */
export const deleteItem: Operation<DeleteItemCommandInput, DeleteItemCommandOutput> = {
  kind: 'write',
  accepts: [
    'ConditionExpression',
    'ExpressionAttributeNames.*',
    'ExpressionAttributeValues.*',
    'Key.*',
    'ReturnConsumedCapacity',
    'ReturnItemCollectionMetrics',
    'ReturnValues',
    'ReturnValuesOnConditionCheckFailure',
    'TableName',
  ],
  run(input, call) {
    checkWriteParameters(input, 'Key');
    const write = withOpening(() => {
      const write = writeByKey('delete', input);
      checkReturnsOldOnly(input.ReturnValues);
      return write;
    });
    const outcome = carryOutWrite(call, write);
    const { old } = outcome;
    return {
      ...(input.ReturnValues === 'ALL_OLD' && old !== undefined ? { Attributes: itemShape(old) } : {}),
      ...writeMeasures(input, outcome),
    };
  },
};
