import { AwsError } from '../core/errors.ts';

/**
 * The error codes are the codes of the query protocol. In the JSON protocol, SQS returns these
 * codes in addition to the names of its exceptions.
 */
export const invalidValue = (message: string) => new AwsError('InvalidParameterValue', message);

export const invalid = (value: unknown, name: string, reason: string) =>
  invalidValue(`Value ${value} for parameter ${name} is invalid. Reason: ${reason}`);

export const missing = (name: string) =>
  new AwsError('MissingParameter', `The request must contain the parameter ${name}.`);

export const noQueue = () =>
  new AwsError('AWS.SimpleQueueService.NonExistentQueue', 'The specified queue does not exist.');

export const invalidReceipt = (receipt: string) =>
  new AwsError(
    'ReceiptHandleIsInvalid',
    `The input receipt handle "${receipt}" is not a valid receipt handle.`,
    404,
  );

export const unknownAttribute = (name: string) =>
  new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
