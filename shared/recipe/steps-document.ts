import { createHash } from 'node:crypto';
import type { Recipe } from './recipe.ts';
import { STEP_MINUTES_DEFAULT } from './step-limits.ts';
import { strictScript, strictScriptStandIn } from './strict-script.ts';

/**
 * The steps of a recipe as one SSM Command document (schema 2.2). The Automation runs the document by its name, because the value of an
 * Automation parameter can have at most 512 characters. The document has the digest of its content as a tag. A document never changes:
 * different content is a different document.
 */
export interface StepsDocument {
  readonly digest: string;
  readonly content: { schemaVersion: '2.2'; description: string; mainSteps: object[] };
  /** The step names of the recipe, by their names in the document. The document allows only letters, digits and `_`. */
  readonly steps: Record<string, string>;
}

/** A recipe never changes after it was read, so its document is computed once. */
const computed = new WeakMap<Recipe, StepsDocument>();

/** `undefined` when the recipe has no steps. */
export function stepsDocument(recipe: Recipe): StepsDocument | undefined {
  if (recipe.steps.length === 0) return undefined;
  const document = computed.get(recipe) ?? computeDocument(recipe);
  computed.set(recipe, document);
  return document;
}

/** The size of the document. */
export const stepsDocumentBytes = (recipe: Recipe): number =>
  Buffer.byteLength(JSON.stringify(contentOf(recipe, strictScriptStandIn)));

type MakeStrict = typeof strictScript;

const stepNamesOf = (recipe: Recipe): string[] =>
  recipe.steps.map((step, index) => documentStepName(step.name, index));

function contentOf(recipe: Recipe, makeStrict: MakeStrict): StepsDocument['content'] {
  const names = stepNamesOf(recipe);
  return {
    schemaVersion: '2.2',
    description: `Steps of the recipe ${recipe.name}`,
    mainSteps: recipe.steps.map((step, index) => ({ ...pluginOf(step, makeStrict), name: names[index] })),
  };
}

function computeDocument(recipe: Recipe): StepsDocument {
  const names = stepNamesOf(recipe);
  const content = contentOf(recipe, strictScript);
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

/** Without `exit`, the agent runs the remaining steps after a step has failed (amazon-ssm-agent, docparser). */
const onFailure = 'exit';

function pluginOf(step: Recipe['steps'][number], makeStrict: MakeStrict): { action: string; inputs: object } {
  if ('shell' in step)
    return { action: 'aws:runShellScript', inputs: scriptInputs('shell', step.shell, step, makeStrict) };
  if ('powershell' in step) {
    return {
      action: 'aws:runPowerShellScript',
      inputs: scriptInputs('powershell', step.powershell, step, makeStrict),
    };
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
  makeStrict: MakeStrict,
): object {
  return {
    runCommand: (strict ? makeStrict(kind, script) : script).split('\n'),
    // A string (Systems Manager user guide, "Command document plugin reference").
    timeoutSeconds: String(timeoutMinutes * 60),
    onFailure,
  };
}
