import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { DeployedFunction } from './functions.ts';
import { latest } from './names.ts';

/** The maximum timeout of a function, in seconds (Lambda developer guide, Quotas). */
export const timeoutSecondsMax = 900;

/** The known configuration of a deployed function. Code, memory and role are not known. */
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
