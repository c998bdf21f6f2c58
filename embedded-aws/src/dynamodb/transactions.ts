import type { CancellationReason } from '@aws-sdk/client-dynamodb';
import { AwsError } from '../core/errors.ts';
import { itemId } from './keys.ts';
import type { DynamoTableRecord, Item } from './records.ts';
import { invalid } from './refusals.ts';

export const actionsMax = 100;
export const transactionBytesMax = 4 * 1024 * 1024;

/** The outcome of one action: a result, or the reason for the cancellation of the transaction. */
export type Attempt<T> = { readonly result: T } | { readonly reason: CancellationReason };

/**
 * Tries one action. Returns an error that DynamoDB reports as a cancellation reason, and throws an
 * error that refuses the `whole` transaction.
 */
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

/**
 * Returns the results. If an action failed, the transaction is cancelled with one reason per
 * action.
 */
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

/** Refuses two actions on the same item. */
export function checkDistinctItems(
  actions: readonly { readonly table: DynamoTableRecord; readonly key: Item }[],
): void {
  const ids = actions.map(({ table, key }) => itemId(table, key));
  if (new Set(ids).size < ids.length) {
    throw invalid('Transaction request cannot include multiple operations on one item');
  }
}
