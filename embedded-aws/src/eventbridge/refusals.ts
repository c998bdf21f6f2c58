import { AwsError } from '../core/errors.ts';

export const invalid = (message: string) => new AwsError('ValidationException', message);

export const notFound = (message: string) => new AwsError('ResourceNotFoundException', message);

export const tooMany = () =>
  new AwsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
