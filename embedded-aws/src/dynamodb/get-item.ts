import type { GetItemCommandInput, GetItemCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { consumed } from './capacity.ts';
import { capacities } from './parameters.ts';
import { carryOutRead, readCharge, readOf } from './reads.ts';
import { checkTableName } from './tables.ts';
import { itemShape } from './values.ts';

export const getItem: Operation<GetItemCommandInput, GetItemCommandOutput> = {
  kind: 'read',
  accepts: [
    'ConsistentRead',
    'ExpressionAttributeNames.*',
    'Key.*',
    'ProjectionExpression',
    'ReturnConsumedCapacity',
    'TableName',
  ],
  run(input, call) {
    checkTableName(input.TableName);
    check(input, { Key: { required: true }, ReturnConsumedCapacity: { oneOf: capacities } });
    const read = readOf(input);
    const found = carryOutRead(call, read);
    const [ConsumedCapacity] = consumed(input.ReturnConsumedCapacity, [readCharge(found, read)]) ?? [];
    return {
      ...(found.item === undefined ? {} : { Item: itemShape(found.item) }),
      ...(ConsumedCapacity === undefined ? {} : { ConsumedCapacity }),
    };
  },
};
