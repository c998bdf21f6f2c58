import type { ExecutionStatus } from '@aws-sdk/client-sfn';
import type { World } from '../core/world.ts';
import { emit } from '../eventbridge/emit.ts';
import { redriveOf } from './executions.ts';
import type { History } from './history.ts';
import type { ExecutionRecord } from './records.ts';

/** The end of an execution. */
export interface Ending {
  readonly status: Exclude<ExecutionStatus, 'RUNNING' | 'PENDING_REDRIVE'>;
  /** JSON text. */
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

const types = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  ABORTED: 'ExecutionAborted',
  TIMED_OUT: 'ExecutionTimedOut',
} as const;

/** The type of the last event in the history. */
export const endingType = ({ status }: Ending) => types[status];

/**
 * Ends an execution, unless it has already ended: writes the last event of its history and its record, and notifies
 * EventBridge.
 */
export function endExecution(world: World, arn: string, ending: Ending, history: History): void {
  if (world.executions.get(arn)?.status !== 'RUNNING') return;
  const { status, output, error, cause } = ending;
  const failure = { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
  // An end from outside has no previous event: recorded by localstack/localstack (test_stop_execution).
  const isFromOutside = status === 'ABORTED' || status === 'TIMED_OUT';
  history.add({
    type: endingType(ending),
    previous: isFromOutside ? 0 : history.length(),
    ...(output === undefined ? {} : { payload: output }),
    ...failure,
  });
  const execution = world.executions.get(arn) as ExecutionRecord;
  const { current: _current, ...rest } = execution;
  const stopDate = world.now();
  const ended = { ...rest, status, stopDate, ...(output === undefined ? {} : { output }), ...failure };
  emitStatusChange(world, world.executions.put(ended, stopDate, 0));
}

/**
 * EventBridge omits longer values, in bytes of the event (Step Functions developer guide, "EventBridge integration").
 */
const SHOWN_BYTES_MAX = 248 * 1024;

/** Sends the status change of an execution to EventBridge. */
export function emitStatusChange(world: World, execution: ExecutionRecord): void {
  const { id, account, region, name, stateMachineArn, status, startDate, stopDate } = execution;
  const time = stopDate ?? startDate;
  const { redriveStatus, redriveStatusReason } = redriveOf(execution, time) as {
    redriveStatus: string;
    redriveStatusReason?: string;
  };
  emit(world, {
    account,
    region,
    source: 'aws.states',
    detailType: 'Step Functions Execution Status Change',
    time,
    resources: [id],
    detail: {
      executionArn: id,
      stateMachineArn,
      name,
      status,
      startDate,
      stopDate: stopDate ?? null,
      ...shown('input', execution.input),
      ...shown('output', execution.output),
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      redriveCount: 0,
      redriveDate: null,
      redriveStatus,
      redriveStatusReason: redriveStatusReason ?? `Execution is ${status} and is redrivable`,
      error: execution.error ?? null,
      cause: execution.cause ?? null,
    },
  });
}

function shown(name: 'input' | 'output', text: string | undefined): Record<string, unknown> {
  if (text === undefined) return { [name]: null, [`${name}Details`]: null };
  const included = Buffer.byteLength(JSON.stringify(text)) <= SHOWN_BYTES_MAX;
  return { [name]: included ? text : null, [`${name}Details`]: { included } };
}
