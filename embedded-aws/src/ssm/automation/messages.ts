import type { AwsError } from '../../core/errors.ts';

/** How Automation words its failures (Systems Manager user guide, Troubleshooting Systems Manager Automation). */
const guide = 'Please refer to Automation Service Troubleshooting Guide for more diagnosis details.';

export const internalServerError = `Internal Server Error. ${guide}`;

/** What a step was at when it failed, in Automation's own words. */
export type Doing =
  | 'Execute/Cancelling action'
  | 'resolving the inputs of the step'
  | 'verifying the command has been completed';

export const failsWhen = (doing: Doing, why: string) =>
  `Step fails when it is ${doing}. ${why.replace(/\.$/, '')}. ${guide}`;

export const timedOutWhile = (doing: Doing) => `Step timed out while step is ${doing}. ${guide}`;

/** An error of an API as boto3, which Automation calls with, puts it into words. */
export const fromBoto = ({ code, message }: AwsError, api: string) =>
  `An error occurred (${code}) when calling the ${api} operation: ${message}`;

/** An error of an API that a built-in action calls by itself. */
export const getException = (error: AwsError, api: string, service: string, doing: string, request: string) =>
  `Automation Step Execution fails when it is ${doing}. Get Exception from ${api} API of ${service} Service. ` +
  `Exception Message from ${api} API: [${error.message} (Service: ${service === 'ssm' ? 'Ssm' : service}, ` +
  `Status Code: ${error.httpStatus}, Error Code: ${error.code}; Request ID: ${request})]. ${guide}`;

export interface InvocationResult {
  readonly status: string;
  readonly responseCode: number;
  readonly output: string;
  readonly commandId: string;
}

/** As Image Builder's documentation quotes it from a failed build. */
export function unexpectedInvocation({ status, responseCode, output, commandId }: InvocationResult): string {
  const payload = JSON.stringify({
    Status: status,
    ResponseCode: responseCode,
    Output: output,
    CommandId: commandId,
  });
  const result =
    `{Status=[${status}], ResponseCode=[${responseCode}], Output=[${output}], ` +
    `OutputPayload=[${payload}], CommandId=[${commandId}]}`;
  return (
    `Step fails when it is verifying the command has completed. Command ${commandId} returns unexpected invocation result: ` +
    `\n${result}. ${guide}`
  );
}
