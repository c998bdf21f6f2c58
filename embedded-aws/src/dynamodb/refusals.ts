import { AwsError } from '../core/errors.ts';

export const invalid = (message: string) => new AwsError('ValidationException', message);

/**
 * A refusal that depends only on the request, not on the table. PutItem, UpdateItem, DeleteItem and
 * Query's attribute selection add a prefix to this refusal. Reads, batches and transactions do not
 * (getmoto/moto, test_dynamodb_exceptions.py and test_dynamodb_select.py, recorded on AWS;
 * nubo-db/dynoxide#152).
 */
class RequestRefusal extends AwsError {
  /** The text after the prefix, if it differs from the message without a prefix. */
  readonly afterOpening: string;

  constructor(message: string, afterOpening: string) {
    super('ValidationException', message);
    this.afterOpening = afterOpening;
  }
}

export const invalidRequest = (message: string, afterOpening = message) =>
  new RequestRefusal(message, afterOpening);

/** Adds the prefix to the refusals of a request. */
export function withOpening<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RequestRefusal)) throw error;
    throw invalid(`1 validation error detected: ${error.afterOpening}`);
  }
}

/**
 * A refusal of a value, with the location of the value. The prefixed form leaves the location out
 * (getmoto/moto, test_dynamodb_exceptions.py).
 */
export function invalidAt(place: (message: string) => string, error: AwsError): AwsError {
  const message = place(error.message);
  return error instanceof RequestRefusal ? invalidRequest(message, error.afterOpening) : invalid(message);
}

/**
 * The refusal of an empty key. An empty key refuses the whole TransactWriteItems call. Any other
 * mistake in a key cancels the transaction with a reason (getmoto/moto,
 * test_dynamodb_transactions.py, recorded on AWS; nubo-db/dynoxide, CHANGELOG).
 */
export class EmptyKey extends AwsError {
  constructor(message: string) {
    super('ValidationException', message);
  }
}

/** The start of most DynamoDB errors about values. */
export const invalidValues = (message: string) =>
  invalid(`One or more parameter values were invalid: ${message}`);

export const resourceInUse = (message: string) => new AwsError('ResourceInUseException', message);

export const notFound = (message = 'Requested resource not found') =>
  new AwsError('ResourceNotFoundException', message);
