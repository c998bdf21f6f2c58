import { AwsError } from '../core/errors.ts';

/** A filter by a key that the operation does not know. */
export const invalidFilterKey = (message = 'The specified filter key is not valid.') =>
  new AwsError('InvalidFilterKey', message);
