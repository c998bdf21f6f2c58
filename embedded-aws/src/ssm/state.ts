import { Table } from '../core/table.ts';
import type { Parts, PartsOf } from '../core/world.ts';
import type {
  AutomationRecord,
  CommandInvocationRecord,
  CommandRecord,
  DocumentRecord,
  ObjectRecord,
  ParameterDraftRecord,
  ParameterRecord,
  PatchStateRecord,
} from './records.ts';

/** What Systems Manager keeps in a world. */
export const kept = {
  parameters: () => new Table<ParameterRecord>(),
  /** Versions of parameters that are being validated. */
  parameterDrafts: () => new Table<ParameterDraftRecord>(),
  documents: () => new Table<DocumentRecord>(),
  automations: () => new Table<AutomationRecord>(),
  commands: () => new Table<CommandRecord>(),
  commandInvocations: () => new Table<CommandInvocationRecord>(),
  patchStates: () => new Table<PatchStateRecord>(),
  /** What was written to S3: whole outputs of commands. */
  objects: () => new Table<ObjectRecord>(),
} satisfies Parts;

/** What AWS does not document: a test chooses one of the possible behaviors. The world's file does not have it. */
export interface SsmBehavior {
  /** The answer to a second StartAutomationExecution with the same token and parameters: the id of the first automation, or a refusal. */
  repeatedAutomationTokens: 'answered' | 'refused';
}

export const transient = {
  ssmBehavior: (): SsmBehavior => ({ repeatedAutomationTokens: 'answered' }),
} satisfies Parts;

declare module '../core/world.ts' {
  interface World extends PartsOf<typeof kept>, PartsOf<typeof transient> {}
}
