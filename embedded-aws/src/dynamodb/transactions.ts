import type { CancellationReason } from '@aws-sdk/client-dynamodb';
import { AwsError } from '../core/errors.ts';
import { itemId } from './keys.ts';
import type { DynamoTableRecord, Item } from './records.ts';
import { invalid } from './refusals.ts';

export const actionsMax = 100;
export const transactionBytesMax = 4 * 1024 * 1024;

/** What came of one action: a result, or the reason why the transaction is cancelled. */
export type Attempt<T> = { readonly result: T } | { readonly reason: CancellationReason };

/** Tries one action; what DynamoDB tells as a reason of the cancellation is not thrown, unless it refuses the `whole` transaction. */
export function attempt<T>(
  action: () => T,
  { whole = () => false }: { whole?: (error: AwsError) => boolean } = {},
): Attempt<T> {
  try {
    return { result: action() };
  } catch (error) {
    if (!(error instanceof AwsError) || whole(error)) throw error;
    const { message: Message, details } = error;
    if (error.code === 'ConditionalCheckFailedException') {
      return { reason: { Code: 'ConditionalCheckFailed', Message, ...details } };
    }
    if (error.code === 'ValidationException') {
      return { reason: { Code: 'ValidationError', Message } };
    }
    throw error;
  }
}

/** The results, unless one of the actions failed: then the transaction is cancelled, with a reason for each action. */
export function resultsOf<T>(attempts: readonly Attempt<T>[]): T[] {
  const reasons = attempts.map((each) => ('reason' in each ? each.reason : { Code: 'None' }));
  if (reasons.every(({ Code }) => Code === 'None')) {
    return attempts.flatMap((each) => ('result' in each ? [each.result] : []));
  }
  const Message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons
    .map(({ Code }) => Code)
    .join(', ')}]`;
  throw new AwsError('TransactionCanceledException', Message, 400, {
    Message,
    CancellationReasons: reasons,
  });
}

/** Refuses two actions on one item. */
export function checkDistinctItems(
  actions: readonly { readonly table: DynamoTableRecord; readonly key: Item }[],
): void {
  const ids = actions.map(({ table, key }) => itemId(table, key));
  if (new Set(ids).size < ids.length) {
    throw invalid('Transaction request cannot include multiple operations on one item');
  }
}
