import { AwsError } from '../core/errors.ts';

export const invalid = (message: string) => new AwsError('ValidationException', message);

/** DynamoDB's opening of most complaints about values. */
export const invalidValues = (message: string) =>
  invalid(`One or more parameter values were invalid: ${message}`);

export const resourceInUse = (message: string) => new AwsError('ResourceInUseException', message);

export const notFound = (message = 'Requested resource not found') =>
  new AwsError('ResourceNotFoundException', message);
