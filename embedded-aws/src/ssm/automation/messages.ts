import type { AwsError } from '../../core/errors.ts';

/**
 * Automation's texts for failures (Systems Manager user guide, Troubleshooting Systems Manager
 * Automation).
 */
const guide = 'Please refer to Automation Service Troubleshooting Guide for more diagnosis details.';

export const internalServerError = `Internal Server Error. ${guide}`;

/** Automation's phrase for what a step was doing when it failed. */
export type Doing =
  | 'Execute/Cancelling action'
  | 'resolving the inputs of the step'
  | 'verifying the command has been completed';

export const failsWhen = (doing: Doing, why: string) =>
  `Step fails when it is ${doing}. ${why.replace(/\.$/, '')}. ${guide}`;

export const timedOutWhile = (doing: Doing) => `Step timed out while step is ${doing}. ${guide}`;

/** The text of an API error in boto3, which Automation uses for API calls. */
export const fromBoto = ({ code, message }: AwsError, api: string) =>
  `An error occurred (${code}) when calling the ${api} operation: ${message}`;

/** The text of an error in an API call that a built-in action makes. */
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

/** The text of a failed command, as Image Builder's documentation quotes it from a failed build. */
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
