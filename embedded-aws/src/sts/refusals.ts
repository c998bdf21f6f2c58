import { AwsError } from '../core/errors.ts';

export const invalid = (message: string) => new AwsError('ValidationError', message);

export const denied = (message: string) => new AwsError('AccessDenied', message, 403);
