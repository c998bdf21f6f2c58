import { latest } from './names.ts';
import type { FunctionEventRecord } from './records.ts';

/** Why an event was dropped, and the function's last response, if there is one. */
export interface Failure {
  readonly condition: 'RetriesExhausted' | 'EventAgeExceeded';
  readonly answer?: Readonly<Record<string, unknown>>;
}

/**
 * The record that a destination receives (Lambda developer guide, Capturing records of Lambda asynchronous
 * invocations).
 */
export function failureRecord(
  { functionArn, requestId, payload, attempts }: FunctionEventRecord,
  { condition, answer }: Failure,
  at: number,
) {
  return {
    version: '1.0',
    timestamp: new Date(at).toISOString(),
    requestContext: {
      requestId,
      functionArn: `${functionArn}:${latest}`,
      condition,
      approximateInvokeCount: attempts,
    },
    requestPayload: JSON.parse(payload),
    ...(answer === undefined
      ? {}
      : {
          responseContext: {
            statusCode: answer.StatusCode,
            executedVersion: answer.ExecutedVersion,
            functionError: answer.FunctionError,
          },
          responsePayload: JSON.parse(new TextDecoder().decode(answer.Payload as Uint8Array)),
        }),
  };
}
