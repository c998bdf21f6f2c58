import { check } from '../core/validation.ts';
import { checkTableName } from './tables.ts';

/** The parameters that PutItem, UpdateItem and DeleteItem share. */
export const writeParameters = [
  'ConditionExpression',
  'ExpressionAttributeNames.*',
  'ExpressionAttributeValues.*',
  'ReturnConsumedCapacity',
  'ReturnItemCollectionMetrics',
  'ReturnValues',
  'ReturnValuesOnConditionCheckFailure',
  'TableName',
] as const;

/** Validates the request parameters of a single-item write. */
export function checkWriteParameters(
  input: {
    readonly TableName?: string | undefined;
    readonly Key?: unknown;
    readonly Item?: unknown;
    readonly ReturnValues?: string | undefined;
    readonly ReturnConsumedCapacity?: string | undefined;
    readonly ReturnItemCollectionMetrics?: string | undefined;
    readonly ReturnValuesOnConditionCheckFailure?: string | undefined;
  },
  subject: 'Key' | 'Item',
): void {
  checkTableName(input.TableName);
  check(input, {
    [subject]: { required: true },
    ReturnConsumedCapacity: { oneOf: capacities },
    ReturnItemCollectionMetrics: { oneOf: ['SIZE', 'NONE'] },
    ReturnValues: { oneOf: ['ALL_NEW', 'UPDATED_OLD', 'ALL_OLD', 'NONE', 'UPDATED_NEW'] },
    ReturnValuesOnConditionCheckFailure: { oneOf: ['ALL_OLD', 'NONE'] },
  });
}

export const capacities = ['INDEXES', 'TOTAL', 'NONE'];
