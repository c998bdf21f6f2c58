import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { ExecutionEvent, ExecutionResult } from 'embedded-aws';

/** Converts the events of one execution's history, in order, to the events that an execution in this process reports. */
export type HistoryReader = (event: HistoryEvent) => ExecutionEvent[];

export function historyReader(): HistoryReader {
  /** The events of failed attempts of a state. */
  const failedAttempts = new Set<number | undefined>();
  /** The name of the state that each event belongs to. */
  const stateOf = new Map<number | undefined, string>();
  return (event) => {
    const { id, previousEventId, type = '', timestamp: at } = event;
    const timestamp = at?.getTime() ?? 0;
    const [, kind, change] = /^(\w+)State(Entered|Exited)$/.exec(type) ?? [];
    const name = event.stateEnteredEventDetails?.name ?? stateOf.get(previousEventId) ?? '';
    stateOf.set(id, name);
    if (kind === undefined) {
      if (/(Failed|TimedOut)$/.test(type) && !type.startsWith('Execution')) failedAttempts.add(id);
      if (/^(LambdaFunction|Task)(Failed|TimedOut|ScheduleFailed)$/.test(type))
        return [{ type: 'StateFailed', timestamp, state: { name, type: 'Task' } }];
      const ending = endingOf(event);
      if (ending === undefined) return [];
      const { error, cause } = ending;
      return [{ type, timestamp, ...(error && { Error: error }), ...(cause && { Cause: cause }) }];
    }
    if (change === 'Entered') {
      return [{ type: 'StateEntered', timestamp, state: { name, type: kind } }];
    }
    const { name: exitedName = '', output } = event.stateExitedEventDetails ?? {};
    const state = { name: exitedName, type: kind, ...(output !== undefined && { output: parsed(output) }) };
    const exited = { type: 'StateExited', timestamp, state };
    // The history has no event for a Catch. If a state is exited right after a failure, a Catch applied.
    return failedAttempts.has(previousEventId) ? [{ ...exited, type: 'StateCaught' }, exited] : [exited];
  };
}

/** How the execution ended. `undefined`: this event does not end the execution. */
export function endingOf(event: HistoryEvent): ExecutionResult | undefined {
  switch (event.type) {
    case 'ExecutionSucceeded': {
      const { output } = event.executionSucceededEventDetails ?? {};
      return { status: 'SUCCEEDED', ...(output !== undefined && { output: parsed(output) }) };
    }
    case 'ExecutionFailed':
      return { status: 'FAILED', ...event.executionFailedEventDetails };
    case 'ExecutionAborted':
      return { status: 'ABORTED', ...event.executionAbortedEventDetails };
    case 'ExecutionTimedOut':
      return { status: 'TIMED_OUT', ...event.executionTimedOutEventDetails };
    default:
      return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
