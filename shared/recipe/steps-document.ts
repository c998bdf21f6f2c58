import { createHash } from 'node:crypto';
import type { Recipe } from './recipe.ts';
import { STEP_MINUTES_DEFAULT } from './step-limits.ts';
import { strictScript, strictScriptStandIn } from './strict-script.ts';

/**
 * The steps or the tests of a recipe as one SSM Command document (schema 2.2). The Automation runs the document by its name, because the value of an
 * Automation parameter can have at most 512 characters. The document has the digest of its content as a tag. A document never changes:
 * different content is a different document.
 */
export interface StepsDocument {
  readonly digest: string;
  readonly content: { schemaVersion: '2.2'; description: string; mainSteps: object[] };
  /** The step names of the recipe, by their names in the document. The document allows only letters, digits and `_`. */
  readonly steps: Record<string, string>;
}

/** The lists of a recipe that become a document: the steps on the builder, and the tests on a fresh instance of the image. */
export type StepList = 'steps' | 'tests';

/** A recipe never changes after it was read, so each of its documents is computed once. */
const computed = new WeakMap<Recipe['steps'], StepsDocument>();

/** `undefined` when the list is empty. */
export function stepsDocument(recipe: Recipe, list: StepList = 'steps'): StepsDocument | undefined {
  const steps = recipe[list];
  if (steps.length === 0) return undefined;
  const document = computed.get(steps) ?? computeDocument(recipe, list);
  computed.set(steps, document);
  return document;
}

/** All documents of a recipe. */
export const documentsOfRecipe = (recipe: Recipe): StepsDocument[] =>
  (['steps', 'tests'] as const).flatMap((list) => stepsDocument(recipe, list) ?? []);

/** The size of the document. */
export const stepsDocumentBytes = (recipe: Recipe, list: StepList): number =>
  Buffer.byteLength(JSON.stringify(contentOf(recipe, list, strictScriptStandIn)));

type MakeStrict = typeof strictScript;

const stepNamesOf = (recipe: Recipe, list: StepList): string[] =>
  recipe[list].map((step, index) => documentStepName(step.name, index));

function contentOf(recipe: Recipe, list: StepList, makeStrict: MakeStrict): StepsDocument['content'] {
  const names = stepNamesOf(recipe, list);
  return {
    schemaVersion: '2.2',
    description: `${list === 'steps' ? 'Steps' : 'Tests'} of the recipe ${recipe.name}`,
    mainSteps: recipe[list].map((step, index) => ({ ...pluginOf(step, makeStrict), name: names[index] })),
  };
}

function computeDocument(recipe: Recipe, list: StepList): StepsDocument {
  const names = stepNamesOf(recipe, list);
  const content = contentOf(recipe, list, strictScript);
  const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 12);
  return {
    digest,
    content,
    steps: Object.fromEntries(names.map((name, index) => [name, recipe[list][index]?.name ?? name])),
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
