import { createHash } from 'node:crypto';
import type { Recipe } from './recipe.ts';
import { STEP_MINUTES_DEFAULT } from './step-limits.ts';
import { strictScript } from './strict-script.ts';

/**
 * A recipe's steps as one SSM Command document (schema 2.2), which the Automation runs by name: a value of an Automation
 * parameter is limited to 512 characters, a script is not. The document carries the digest of its content as a tag. Other content is
 * another document: one never changes.
 */
export interface StepsDocument {
  readonly digest: string;
  readonly content: { schemaVersion: '2.2'; description: string; mainSteps: object[] };
  /** The recipe's own step names by their names in the document, which allows letters, digits and `_` only. */
  readonly steps: Record<string, string>;
}

/** `undefined` when the recipe has no steps. */
export function stepsDocument(recipe: Recipe): StepsDocument | undefined {
  if (recipe.steps.length === 0) return undefined;
  const names = recipe.steps.map((step, index) => documentStepName(step.name, index));
  const mainSteps = recipe.steps.map((step, index) => ({ ...pluginOf(step), name: names[index] }));
  const content = {
    schemaVersion: '2.2' as const,
    description: `Steps of the recipe ${recipe.name}`,
    mainSteps,
  };
  const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 12);
  return {
    digest,
    content,
    steps: Object.fromEntries(names.map((name, index) => [name, recipe.steps[index]?.name ?? name])),
  };
}

function documentStepName(name: string, index: number): string {
  const letters = name.replaceAll(/[^a-zA-Z0-9]+/g, '_').replaceAll(/^_+|_+$/g, '');
  return `step${String(index + 1).padStart(2, '0')}_${letters}`;
}

/** What a step that fails does to those after it: unless told to exit, the agent goes on with them (its source, docparser). */
const onFailure = 'exit';

function pluginOf(step: Recipe['steps'][number]): { action: string; inputs: object } {
  if ('shell' in step)
    return { action: 'aws:runShellScript', inputs: scriptInputs('shell', step.shell, step) };
  if ('powershell' in step) {
    return { action: 'aws:runPowerShellScript', inputs: scriptInputs('powershell', step.powershell, step) };
  }
  return {
    action: 'aws:runDocument',
    inputs: {
      documentType: 'SSMDocument',
      documentPath: step.document,
      documentParameters: JSON.stringify(step.parameters ?? {}),
      onFailure,
    },
  };
}

function scriptInputs(
  kind: 'shell' | 'powershell',
  script: string,
  { strict = true, timeoutMinutes = STEP_MINUTES_DEFAULT }: { strict?: boolean; timeoutMinutes?: number },
): object {
  return {
    runCommand: (strict ? strictScript(kind, script) : script).split('\n'),
    // A text: Systems Manager user guide, "Command document plugin reference".
    timeoutSeconds: String(timeoutMinutes * 60),
    onFailure,
  };
}
