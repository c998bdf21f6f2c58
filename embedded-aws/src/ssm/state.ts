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

declare module '../core/world.ts' {
  interface World extends PartsOf<typeof kept> {}
}
