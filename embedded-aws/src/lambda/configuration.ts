import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { DeployedFunction } from './functions.ts';
import { latest } from './names.ts';

/** The longest that a function may take, in seconds (Lambda developer guide, Quotas). */
export const timeoutSecondsMax = 900;

/** What is known of a deployed function; of its code, memory and role nothing is. */
export function configurationOf(
  arn: string,
  { timeoutSeconds = timeoutSecondsMax }: DeployedFunction,
  qualifier?: string,
): FunctionConfiguration {
  return {
    FunctionName: arn.split(':').at(-1) ?? '',
    FunctionArn: qualifier === undefined ? arn : `${arn}:${qualifier}`,
    Timeout: timeoutSeconds,
    Version: latest,
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
  };
}
