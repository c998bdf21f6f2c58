import { AwsError } from '../core/errors.ts';

export const invalid = (message: string) => new AwsError('ValidationException', message);

/**
 * A refusal of what a request says, whatever the table holds. PutItem, UpdateItem, DeleteItem and the choice of attributes of Query answer
 * it with an opening; reads, batches and transactions answer it without (getmoto/moto, test_dynamodb_exceptions.py and
 * test_dynamodb_select.py, recorded on AWS; nubo-db/dynoxide#152).
 */
class RequestRefusal extends AwsError {
  /** What follows the opening, where it differs from the message without one. */
  readonly afterOpening: string;

  constructor(message: string, afterOpening: string) {
    super('ValidationException', message);
    this.afterOpening = afterOpening;
  }
}

export const invalidRequest = (message: string, afterOpening = message) =>
  new RequestRefusal(message, afterOpening);

/** Gives the refusals of a request their opening. */
export function withOpening<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RequestRefusal)) throw error;
    throw invalid(`1 validation error detected: ${error.afterOpening}`);
  }
}

/** The refusal of a value, with the place where it stands. The opening leaves the place out (getmoto/moto, test_dynamodb_exceptions.py). */
export function invalidAt(place: (message: string) => string, error: AwsError): AwsError {
  const message = place(error.message);
  return error instanceof RequestRefusal ? invalidRequest(message, error.afterOpening) : invalid(message);
}

/**
 * The refusal of an empty key. TransactWriteItems is refused as a whole for it; for every other mistake in a key it is cancelled with a
 * reason (getmoto/moto, test_dynamodb_transactions.py, recorded on AWS; nubo-db/dynoxide, CHANGELOG).
 */
export class EmptyKey extends AwsError {
  constructor(message: string) {
    super('ValidationException', message);
  }
}

/** DynamoDB's opening of most complaints about values. */
export const invalidValues = (message: string) =>
  invalid(`One or more parameter values were invalid: ${message}`);

export const resourceInUse = (message: string) => new AwsError('ResourceInUseException', message);

export const notFound = (message = 'Requested resource not found') =>
  new AwsError('ResourceNotFoundException', message);
