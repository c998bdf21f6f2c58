import type { PutItemCommandInput, PutItemCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Operation } from '../core/service.ts';
import { writeMeasures } from './measures.ts';
import { checkWriteParameters } from './parameters.ts';
import { invalid } from './refusals.ts';
import { itemShape } from './values.ts';
import { carryOutWrite, putOf } from './writes.ts';

export const putItem: Operation<PutItemCommandInput, PutItemCommandOutput> = {
  kind: 'write',
  accepts: [
    'ConditionExpression',
    'ExpressionAttributeNames.*',
    'ExpressionAttributeValues.*',
    'Item.*',
    'ReturnConsumedCapacity',
    'ReturnItemCollectionMetrics',
    'ReturnValues',
    'ReturnValuesOnConditionCheckFailure',
    'TableName',
  ],
  run(input, call) {
    checkWriteParameters(input, 'Item');
    const write = putOf(input);
    if (input.ReturnValues !== undefined && !['ALL_OLD', 'NONE'].includes(input.ReturnValues)) {
      throw invalid('ReturnValues can only be ALL_OLD or NONE');
    }
    const outcome = carryOutWrite(call, write);
    const { old } = outcome;
    return {
      ...(input.ReturnValues === 'ALL_OLD' && old !== undefined ? { Attributes: itemShape(old) } : {}),
      ...writeMeasures(input, outcome),
    };
  },
};
