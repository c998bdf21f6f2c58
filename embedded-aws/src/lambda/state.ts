import { Table } from '../core/table.ts';
import type { Parts, PartsOf } from '../core/world.ts';
import type { DeployedFunction } from './functions.ts';
import type { FunctionEventConfigRecord, FunctionEventRecord, FunctionPolicyRecord } from './records.ts';

/** The state of Lambda in a world. */
export const kept = {
  /** Events for asynchronous invocations and their retries. */
  functionEvents: () => new Table<FunctionEventRecord>(),
  functionPolicies: () => new Table<FunctionPolicyRecord>(),
  functionEventConfigs: () => new Table<FunctionEventConfigRecord>(),
} satisfies Parts;

/** State that belongs to the process. The world's file does not contain it. */
export const transient = {
  /** The deployed functions, by their ARNs. */
  functions: () => new Map<string, DeployedFunction>(),
} satisfies Parts;

declare module '../core/world.ts' {
  interface World extends PartsOf<typeof kept>, PartsOf<typeof transient> {}
}
