import { AwsError } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import { checkExecutionArn } from './arns.ts';
import { readPayload } from './payloads.ts';
import type { ExecutionRecord } from './records.ts';

const DAY_MS = 24 * 3600 * 1000;

/**
 * An ended execution is kept for this time, and its name stays in use (Step Functions developer guide, "Service
 * quotas").
 */
const RETENTION_MS = 90 * DAY_MS;

/** An ended execution can be redriven for this time (Step Functions developer guide, "Redriving executions"). */
const REDRIVE_MS = 14 * DAY_MS;

export function isExpired({ stopDate }: ExecutionRecord, now: number): boolean {
  return stopDate !== undefined && stopDate + RETENTION_MS <= now;
}

export function findExecution(call: Call, arn: string, operation: string): ExecutionRecord {
  checkExecutionArn(call, arn, operation);
  const execution = call.world.executions.get(arn);
  if (execution === undefined || execution.region !== call.region || isExpired(execution, call.now)) {
    throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  }
  return execution;
}

/** Whether RedriveExecution would accept the execution, as executions and their events show it. */
export function redriveOf({ status, stopDate = 0 }: ExecutionRecord, now: number) {
  if (status === 'RUNNING' || status === 'SUCCEEDED') {
    return {
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: `Execution is ${status} and cannot be redriven`,
    } as const;
  }
  if (stopDate + REDRIVE_MS <= now) {
    return {
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: 'Execution redrivable period exceeded',
    } as const;
  }
  return { redriveStatus: 'REDRIVABLE' } as const;
}

/** The input of the current state, or the execution's input before the first state. */
export function currentInput({ current, payloads, input }: ExecutionRecord): string {
  return current === undefined ? input : readPayload(payloads, current.input);
}
