import { AwsError } from '../core/errors.ts';

/** The error for an unknown filter key. */
export const invalidFilterKey = (message = 'The specified filter key is not valid.') =>
  new AwsError('InvalidFilterKey', message);
