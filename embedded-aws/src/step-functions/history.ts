import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { World } from '../core/world.ts';
import { appended, itemAt, lengthOf } from './growing.ts';
import { payloadWriter, readPayload } from './payloads.ts';
import type { ExecutionRecord, HistoryRecord } from './records.ts';

/** A new event. Its time is the present, and its payload is the JSON text. */
export interface NewEvent extends Omit<HistoryRecord, 'at' | 'payload'> {
  readonly payload?: string;
  /** The execution enters this state. A resumed execution continues here. */
  readonly isCurrent?: boolean;
}

/** The writer of an execution's history. */
export interface History {
  /** Adds an event and returns its id. */
  add(event: NewEvent): number;
  /** The number of events, which is the id of the last event. */
  length(): number;
}

export function historyOf(world: World, arn: string): History {
  const writer = payloadWriter();
  const read = () => world.executions.get(arn) as ExecutionRecord;
  return {
    length: () => lengthOf(read().history),
    add({ payload, isCurrent, ...fields }) {
      const execution = read();
      const at = world.now();
      const written = payload === undefined ? undefined : writer.write(execution.payloads, payload);
      const event: HistoryRecord = { ...fields, at, ...(written && { payload: written.index }) };
      const { name: state } = fields;
      const history = appended(execution.history, event);
      world.executions.put(
        {
          ...execution,
          history,
          ...(written && { payloads: written.payloads }),
          ...(isCurrent && written && state !== undefined
            ? { current: { state, input: written.index, since: at } }
            : {}),
        },
        at,
        0,
      );
      return lengthOf(history);
    },
  };
}

/** Events in the form of GetExecutionHistory, in the order of `ids`. */
export function historyEvents(
  { history, payloads, machine }: Pick<ExecutionRecord, 'history' | 'payloads' | 'machine'>,
  ids: readonly number[],
  includeExecutionData: boolean,
): HistoryEvent[] {
  return ids.flatMap((id) => {
    const event = itemAt(history, id - 1);
    if (event === undefined) return [];
    const { type, at, previous, payload } = event;
    const text = payload === undefined || !includeExecutionData ? undefined : readPayload(payloads, payload);
    return {
      timestamp: new Date(at),
      type,
      id,
      previousEventId: previous,
      ...detailsOf(event, text, machine.roleArn),
    };
  });
}

/** The details of an event, by its type. */
function detailsOf(event: HistoryRecord, text: string | undefined, roleArn: string): Partial<HistoryEvent> {
  const { type, name = '', resource = '', timeoutSeconds, index, length, error, cause } = event;
  const input = text === undefined ? {} : { input: text, inputDetails: { truncated: false } };
  const output = text === undefined ? {} : { output: text, outputDetails: { truncated: false } };
  const failure = { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
  if (type.endsWith('StateEntered')) return { stateEnteredEventDetails: { name, ...input } };
  if (type.endsWith('StateExited')) return { stateExitedEventDetails: { name, ...output } };
  switch (type) {
    case 'ExecutionStarted':
      return { executionStartedEventDetails: { ...input, roleArn } };
    case 'ExecutionSucceeded':
      return { executionSucceededEventDetails: output };
    case 'ExecutionFailed':
      return { executionFailedEventDetails: failure };
    case 'ExecutionAborted':
      return { executionAbortedEventDetails: failure };
    case 'ExecutionTimedOut':
      return { executionTimedOutEventDetails: failure };
    case 'LambdaFunctionScheduled':
      return {
        lambdaFunctionScheduledEventDetails: {
          resource,
          ...input,
          ...(timeoutSeconds !== undefined && { timeoutInSeconds: timeoutSeconds }),
        },
      };
    case 'LambdaFunctionSucceeded':
      return { lambdaFunctionSucceededEventDetails: output };
    case 'LambdaFunctionFailed':
      return { lambdaFunctionFailedEventDetails: failure };
    case 'LambdaFunctionTimedOut':
      return { lambdaFunctionTimedOutEventDetails: failure };
    case 'MapStateStarted':
      return { mapStateStartedEventDetails: length === undefined ? {} : { length } };
    case 'MapIterationStarted':
      return { mapIterationStartedEventDetails: { name, ...(index !== undefined && { index }) } };
    case 'MapIterationSucceeded':
      return { mapIterationSucceededEventDetails: { name, ...(index !== undefined && { index }) } };
    case 'MapIterationFailed':
      return { mapIterationFailedEventDetails: { name, ...(index !== undefined && { index }) } };
    default:
      // LambdaFunctionStarted, and the other events of Map and Parallel states, have no details.
      return {};
  }
}
