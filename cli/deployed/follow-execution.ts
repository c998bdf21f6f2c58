import { GetExecutionHistoryCommand, type HistoryEvent, type SFNClient } from '@aws-sdk/client-sfn';
import type { ExecutionEvent, ExecutionResult } from 'embedded-aws';
import { type CallFailure, explainCallError } from './aws-call.ts';
import { endingOf, historyReader } from './history-events.ts';

export interface FollowOptions {
  onEvent(event: ExecutionEvent): void;
  /** Receives a failed call that will be repeated, and the number of failed calls in a row. `undefined`: AWS answers again. */
  onCallFailure(failure: CallFailure | undefined, times: number): void;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Whether the execution was started just now. A new execution may not be visible yet. */
  readonly isNew: boolean;
  /** The endpoint of the calls, if it is not one of AWS's own endpoints. */
  readonly endpoint?: string | undefined;
  readonly wait?: Wait;
}

/** Waits for the time, or until the signal. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

/** The execution can no longer be watched. The execution continues. */
export class WatchLost extends Error {
  override name = 'WatchLost';
  readonly failure: CallFailure;

  constructor(failure: CallFailure, cause: unknown) {
    super(failure.found, { cause });
    this.failure = failure;
  }
}

/**
 * The time between polls grows while nothing happens: it is a tenth of the time since the last event. GetExecutionHistory has a rate
 * limit for each account and region. A stage has a new event every few seconds to minutes.
 */
const POLL_MS_MIN = 2_000;
const POLL_MS_MAX = 15_000;

/** The number of polls that may fail to find an execution that was just started. */
const UNSEEN_POLLS_MAX = 15;

/**
 * Follows an execution from its first event to its last event, and returns how the execution ended. `undefined`: the signal came first.
 * Temporary network failures and throttling do not end the watch. Other failed calls end the watch with `WatchLost`.
 */
export async function followExecution(
  sfn: SFNClient,
  executionArn: string,
  following: FollowOptions,
): Promise<ExecutionResult | undefined> {
  const { onEvent, onCallFailure, signal, isNew, endpoint, wait = pass } = following;
  const read = historyReader();
  let seen = 0;
  let idleMs = 0;
  let failures = 0;
  while (!signal.aborted) {
    const pollMs = Math.min(Math.max(idleMs / 10, POLL_MS_MIN), POLL_MS_MAX);
    try {
      const events = await eventsAfter(sfn, executionArn, seen, signal);
      if (failures > 0) onCallFailure(undefined, 0);
      failures = 0;
      const last = events.at(-1);
      // The history of a redriven execution contains an earlier ending, after which the execution continued.
      const ending = last && endingOf(last);
      for (const event of events) {
        if (event === last || endingOf(event) === undefined) for (const one of read(event)) onEvent(one);
      }
      if (ending !== undefined) return ending;
      seen = last?.id ?? seen;
      idleMs = last === undefined ? idleMs + pollMs : 0;
    } catch (error) {
      if (signal.aborted) break;
      const failure = explainCallError(error, {
        action: 'states:GetExecutionHistory',
        on: executionArn,
        endpoint,
      });
      if (failure === undefined) throw error;
      failures++;
      const isUnseen = isNew && seen === 0 && failure.name === 'ExecutionDoesNotExist';
      const isPassing = failure.kind === 'passing' || (isUnseen && failures <= UNSEEN_POLLS_MAX);
      if (!isPassing) throw new WatchLost(failure, error);
      onCallFailure(failure, failures);
      idleMs += pollMs;
    }
    await wait(pollMs, signal);
  }
  return undefined;
}

/** The events after a known event, oldest first. The newest events are read first, so that known events cost no calls. */
async function eventsAfter(
  sfn: SFNClient,
  executionArn: string,
  seen: number,
  abortSignal: AbortSignal,
): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const request = { executionArn, reverseOrder: true, includeExecutionData: true, nextToken };
    const answer = await sfn.send(new GetExecutionHistoryCommand(request), { abortSignal });
    const fresh = (answer.events ?? []).filter(({ id = 0 }) => id > seen);
    events.push(...fresh);
    nextToken = fresh.length === answer.events?.length ? answer.nextToken : undefined;
  } while (nextToken !== undefined);
  return events.reverse();
}

const pass: Wait = (ms, signal) =>
  new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
