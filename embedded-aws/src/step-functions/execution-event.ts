/** An event of an execution; a part of the library's own events. */
export interface ExecutionEvent {
  readonly type: string;
  /** Milliseconds since the epoch, simulated. */
  readonly timestamp: number;
  readonly state?: { readonly name: string; readonly type: string; readonly output?: unknown };
  readonly Error?: string;
  readonly Cause?: unknown;
}
