/** Records of Step Functions. */
import type { ExecutionStatus, HistoryEventType } from '@aws-sdk/client-sfn';
import type { Resource, Tagged } from '../core/resource.ts';

/** The parts of a state machine that an update changes. A running execution keeps its revision. */
export interface StateMachineRevision {
  /** Amazon States Language, as JSON text. */
  readonly definition: string;
  readonly roleArn: string;
  readonly updateDate: number;
  /** Absent in the first revision. */
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
  /** Oldest first. The id of an event is its position, from 1. */
  readonly history: Growing<HistoryRecord>;
  /** The JSON texts of the events. */
  readonly payloads: Growing<PayloadRecord>;
  /**
   * The current top-level state, the index of its input, and the time of entry; absent: no state was entered yet.
   */
  readonly current?: { readonly state: string; readonly input: number; readonly since: number };
}

/** A list in pages. Adding an item does not copy the whole list. */
export type Growing<T> = readonly (readonly T[])[];

export interface HistoryRecord {
  readonly type: HistoryEventType;
  readonly at: number;
  /** Id of the previous event; 0: none. */
  readonly previous: number;
  /** The name of the state. */
  readonly name?: string;
  /** The input or output: an index of the execution's payloads. */
  readonly payload?: number;
  readonly resource?: string;
  readonly timeoutSeconds?: number;
  /** Index of an iteration of a Map state. */
  readonly index?: number;
  /** Number of items of a Map state. */
  readonly length?: number;
  readonly error?: string;
  readonly cause?: string;
}

/**
 * A text as the difference from another: the first `head` characters of payload `base`, then `text`, then the last
 * `tail` characters of payload `base`.
 */
export interface PayloadRecord {
  readonly text: string;
  /** Absent: `text` is the complete text. */
  readonly base?: number;
  readonly head?: number;
  readonly tail?: number;
}
