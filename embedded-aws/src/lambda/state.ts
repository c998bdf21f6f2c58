import { Table } from '../core/table.ts';
import type { Parts, PartsOf } from '../core/world.ts';
import type { DeployedFunction } from './functions.ts';
import type { FunctionEventConfigRecord, FunctionEventRecord, FunctionPolicyRecord } from './records.ts';

/** What Lambda keeps in a world. */
export const kept = {
  /** Events that functions are invoked with later, or again. */
  functionEvents: () => new Table<FunctionEventRecord>(),
  functionPolicies: () => new Table<FunctionPolicyRecord>(),
  functionEventConfigs: () => new Table<FunctionEventConfigRecord>(),
} satisfies Parts;

/** What Lambda holds while the process runs. The world's file does not have it. */
export const transient = {
  /** The deployed functions, by their ARNs. */
  functions: () => new Map<string, DeployedFunction>(),
} satisfies Parts;

declare module '../core/world.ts' {
  interface World extends PartsOf<typeof kept>, PartsOf<typeof transient> {}
}
