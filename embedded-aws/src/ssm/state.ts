import { Table } from '../core/table.ts';
import type { Parts, PartsOf, World } from '../core/world.ts';
import { canonicalName, parameterId } from './parameter-names.ts';
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

/** The records that Systems Manager keeps in a world. */
export const kept = {
  parameters: () => new Table<ParameterRecord>(),
  /** Versions of parameters that are being validated. */
  parameterDrafts: () => new Table<ParameterDraftRecord>(),
  documents: () => new Table<DocumentRecord>(),
  automations: () => new Table<AutomationRecord>(),
  commands: () => new Table<CommandRecord>(),
  commandInvocations: () => new Table<CommandInvocationRecord>(),
  patchStates: () => new Table<PatchStateRecord>(),
  /** Objects written to S3: the whole output of commands. */
  objects: () => new Table<ObjectRecord>(),
} satisfies Parts;

/**
 * Behavior that AWS does not document. A test can choose one of the possible behaviors. The world's
 * file does not contain this setting.
 */
export interface SsmBehavior {
  /**
   * The response to a repeated StartAutomationExecution with the same token and parameters: the id of
   * the first automation, or an error.
   */
  repeatedAutomationTokens: 'answered' | 'refused';
}

export const transient = {
  ssmBehavior: (): SsmBehavior => ({ repeatedAutomationTokens: 'answered' }),
} satisfies Parts;

/** Version 1 kept the parameters `/name` and `name` apart. */
export function upgrade(world: World, version: number): void {
  if (version > 1) return;
  for (const parameter of world.parameters.all()) {
    const { account, region } = parameter;
    const name = canonicalName(parameter.name);
    if (name === parameter.name) continue;
    const id = parameterId(account, region, name);
    world.parameters.delete(parameter.id);
    if (world.parameters.get(id) === undefined)
      world.parameters.put({ ...parameter, id, name }, parameter.lastModified, 0);
  }
}

declare module '../core/world.ts' {
  interface World extends PartsOf<typeof kept>, PartsOf<typeof transient> {}
}
