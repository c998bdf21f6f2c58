import { AwsError } from '../core/errors.ts';

export const invalid = (what: string) => new AwsError('InvalidParameter', `Invalid parameter: ${what}`);

export const noTopic = () => new AwsError('NotFound', 'Topic does not exist', 404);

export const noSubscription = () => new AwsError('NotFound', 'Subscription does not exist', 404);
