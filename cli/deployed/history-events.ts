import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { ExecutionEvent, ExecutionResult } from 'embedded-aws';

/** Reads the events of one execution's history, one after the other, as those that an execution in this process tells of. */
export type HistoryReader = (event: HistoryEvent) => ExecutionEvent[];

export function historyReader(): HistoryReader {
  /** The events by which a try of a state failed. */
  const failures = new Set<number | undefined>();
  return (event) => {
    const { id, previousEventId, type = '', timestamp: at } = event;
    const timestamp = at?.getTime() ?? 0;
    const [, kind, turn] = /^(\w+)State(Entered|Exited)$/.exec(type) ?? [];
    if (kind === undefined) {
      if (/(Failed|TimedOut)$/.test(type) && !type.startsWith('Execution')) failures.add(id);
      const ending = endingOf(event);
      if (ending === undefined) return [];
      const { error, cause } = ending;
      return [{ type, timestamp, ...(error && { Error: error }), ...(cause && { Cause: cause }) }];
    }
    if (turn === 'Entered') {
      const { name = '' } = event.stateEnteredEventDetails ?? {};
      return [{ type: 'StateEntered', timestamp, state: { name, type: kind } }];
    }
    const { name = '', output } = event.stateExitedEventDetails ?? {};
    const state = { name, type: kind, ...(output !== undefined && { output: parsed(output) }) };
    const exited = { type: 'StateExited', timestamp, state };
    // The history has no event for a Catch: a state that is left right after a failure was left by one.
    return failures.has(previousEventId) ? [{ ...exited, type: 'StateCaught' }, exited] : [exited];
  };
}

/** How an execution ended, if this is the event that says so. */
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
