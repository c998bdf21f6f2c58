import { AwsError } from '../core/errors.ts';

export const invalid = (message: string) => new AwsError('ValidationException', message);
export const notFound = (what: string) =>
  new AwsError('ResourceNotFoundException', `${what} does not exist.`, 404);
export const conflict = (message: string) => new AwsError('ConflictException', message, 409);
export const tooMany = (message: string) => new AwsError('ServiceQuotaExceededException', message, 402);
