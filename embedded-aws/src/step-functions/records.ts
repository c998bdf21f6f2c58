/** What Step Functions remembers. */
import type { ExecutionStatus, HistoryEventType } from '@aws-sdk/client-sfn';
import type { Resource, Tagged } from '../core/resource.ts';

/** What an update changes of a state machine; an execution goes on with that which it began with. */
export interface StateMachineRevision {
  /** Amazon States Language, as JSON text. */
  readonly definition: string;
  readonly roleArn: string;
  readonly updateDate: number;
  /** Absent: the first, which has none. */
  readonly revisionId?: string;
  readonly tracing: boolean;
}

/** A deployed state machine; its id is its ARN. */
export interface StateMachineRecord extends Tagged, StateMachineRevision {
  readonly name: string;
  readonly creationDate: number;
}

/** An execution of a state machine; its id is its ARN. */
export interface ExecutionRecord extends Resource {
  readonly name: string;
  readonly stateMachineArn: string;
  readonly machine: StateMachineRevision;
  readonly status: ExecutionStatus;
  readonly startDate: number;
  readonly stopDate?: number;
  /** JSON text. */
  readonly input: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly traceHeader?: string;
  /** Oldest first; the id of an event is its place in it, from 1. */
  readonly history: Growing<HistoryRecord>;
  /** The JSON texts that events carry. */
  readonly payloads: Growing<PayloadRecord>;
  /** The state that it is in, of those at the top level, and since when; absent: it has entered none yet. */
  readonly current?: { readonly state: string; readonly input: number; readonly since: number };
}

/** A list in pages, so that one more item costs no copy of all. */
export type Growing<T> = readonly (readonly T[])[];

export interface HistoryRecord {
  readonly type: HistoryEventType;
  readonly at: number;
  /** Id of the event that led to it; 0: none. */
  readonly previous: number;
  /** The state. */
  readonly name?: string;
  /** What it takes in or gives out: an index of the execution's payloads. */
  readonly payload?: number;
  readonly resource?: string;
  readonly timeoutSeconds?: number;
  /** Of an iteration of a Map state. */
  readonly index?: number;
  /** How many items a Map state has. */
  readonly length?: number;
  readonly error?: string;
  readonly cause?: string;
}

/** A text by what differs from another: the first `head` characters of payload `base`, `text`, and its last `tail` characters. */
export interface PayloadRecord {
  readonly text: string;
  /** Absent: `text` is all of it. */
  readonly base?: number;
  readonly head?: number;
  readonly tail?: number;
}
