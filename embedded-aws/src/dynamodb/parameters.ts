import { check } from '../core/validation.ts';
import { invalidRequest } from './refusals.ts';
import { checkTableName } from './tables.ts';

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

/** PutItem and DeleteItem only support the values NONE and ALL_OLD. */
export function checkReturnsOldOnly(returnValues: string | undefined): void {
  if (returnValues === undefined || ['ALL_OLD', 'NONE'].includes(returnValues)) return;
  throw invalidRequest('ReturnValues can only be ALL_OLD or NONE');
}

export const capacities = ['INDEXES', 'TOTAL', 'NONE'];
