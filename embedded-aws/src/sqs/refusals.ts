import { AwsError } from '../core/errors.ts';

/** The codes are those of the query protocol, which SQS answers in its JSON protocol, too, beside the names of its exceptions. */
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
