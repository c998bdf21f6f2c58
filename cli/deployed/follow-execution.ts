import { GetExecutionHistoryCommand, type HistoryEvent, type SFNClient } from '@aws-sdk/client-sfn';
import type { ExecutionEvent, ExecutionResult } from 'embedded-aws';
import { type CallFailure, explainCallError } from './aws-call.ts';
import { endingOf, historyReader } from './history-events.ts';

export interface FollowOptions {
  onEvent(event: ExecutionEvent): void;
  /** Receives a failed call that will be repeated, and how many failed in a row; `undefined`: AWS answers again. */
  onCallFailure(failure: CallFailure | undefined, times: number): void;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Whether it was started just now: what has begun may not be visible yet. */
  readonly isNew: boolean;
  readonly wait?: Wait;
}

/** Lets time pass, or less if the signal says so. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

/** That an execution cannot be watched any longer; it goes on. */
export class WatchLost extends Error {
  override name = 'WatchLost';
  readonly failure: CallFailure;

  constructor(failure: CallFailure, cause: unknown) {
    super(failure.found, { cause });
    this.failure = failure;
  }
}

/**
 * What is new is asked for in polls that grow with the time in which nothing happened (a tenth of it): GetExecutionHistory has a budget
 * that an account and region share. A stage has news each few seconds to minutes.
 */
const POLL_MS_MIN = 2_000;
const POLL_MS_MAX = 15_000;

/** So many polls may not find an execution that was just started. */
const UNSEEN_POLLS_MAX = 15;

/**
 * Follows an execution from its first event to its last, and returns how it ended; `undefined` if the signal came first. A network
 * that fails for a while and calls that are throttled do not end it; what does is thrown as `WatchLost`.
 */
export async function followExecution(
  sfn: SFNClient,
  executionArn: string,
  following: FollowOptions,
): Promise<ExecutionResult | undefined> {
  const { onEvent, onCallFailure, signal, isNew, wait = pass } = following;
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
      // One that was redriven has an ending in its midst, after which it went on.
      const ending = last && endingOf(last);
      for (const event of events) {
        if (event === last || endingOf(event) === undefined) for (const one of read(event)) onEvent(one);
      }
      if (ending !== undefined) return ending;
      seen = last?.id ?? seen;
      idleMs = last === undefined ? idleMs + pollMs : 0;
    } catch (error) {
      if (signal.aborted) break;
      const failure = explainCallError(error, { action: 'states:GetExecutionHistory', on: executionArn });
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

/** The events after one that is known, oldest first; read from the newest backwards, so that an old history costs no calls. */
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
