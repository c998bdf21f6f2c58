import { check, oneOf, present } from '../constraints.ts';
import { tableNameViolations } from './tables.ts';

/** What the framework checks of a request to write one item. */
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
  check('ValidationException', tableNameViolations(input.TableName));
  check('ValidationException', [
    present(subject.toLowerCase(), input[subject]),
    oneOf('returnConsumedCapacity', input.ReturnConsumedCapacity, capacities),
    oneOf('returnItemCollectionMetrics', input.ReturnItemCollectionMetrics, ['SIZE', 'NONE']),
    oneOf('returnValues', input.ReturnValues, ['ALL_NEW', 'UPDATED_OLD', 'ALL_OLD', 'NONE', 'UPDATED_NEW']),
    oneOf('returnValuesOnConditionCheckFailure', input.ReturnValuesOnConditionCheckFailure, [
      'ALL_OLD',
      'NONE',
    ]),
  ]);
}

export const capacities = ['INDEXES', 'TOTAL', 'NONE'];
