import { Table } from '../core/table.ts';
import type { Parts, PartsOf } from '../core/world.ts';
import type { Execution } from './execution.ts';
import type { ExecutionRecord, StateMachineRecord } from './records.ts';

/** The state of Step Functions in a world. */
export const kept = {
  stateMachines: () => new Table<StateMachineRecord>(),
  executions: () => new Table<ExecutionRecord>(),
} satisfies Parts;

/** State that belongs to the process. The world's file does not contain it. */
export const transient = {
  /** The executions that run in this process, by ARN. */
  running: () => new Map<string, Execution>(),
} satisfies Parts;

declare module '../core/world.ts' {
  interface World extends PartsOf<typeof kept>, PartsOf<typeof transient> {}
}
