import { AwsError, notEmulated } from '../core/errors.ts';
import { actions } from './automation/actions/index.ts';
import { plugins } from './commands/tasks.ts';
import { type DocumentStep, parametersOf, stepsOf } from './documents.ts';
import { asText, fieldsOf, listOf } from './shape.ts';
import { namesIn } from './substitution.ts';

/**
 * Refuses content that SSM refuses. Content that SSM accepts but the embedded SSM cannot carry out is refused
 * as not emulated.
 */
export function checkContent(documentType: 'Command' | 'Automation', content: unknown): void {
  const { schemaVersion } = fieldsOf(content);
  const wanted = documentType === 'Command' ? '2.2' : '0.3';
  if (typeof schemaVersion !== 'string') throw invalid('schemaVersion is missing or not a string');
  if (schemaVersion !== wanted) {
    throw notEmulated(`the schema version ${schemaVersion} of a ${documentType} document`);
  }
  const steps = stepsOf(content);
  if (steps.length === 0) throw invalid('mainSteps is missing or empty');
  const names = steps.map(({ name }) => name);
  for (const { name, action } of steps) {
    if (!/^[a-zA-Z0-9_]{3,128}$/.test(name)) throw invalid(`the step name ${name} is not valid`);
    if (names.filter((other) => other === name).length > 1)
      throw invalid(`the step name ${name} is not unique`);
    if (action === '') throw invalid(`the step ${name} has no action`);
  }
  if (documentType === 'Command') checkPlugins(steps);
  else checkAutomation(content, steps);
}

function checkPlugins(steps: readonly DocumentStep[]): void {
  for (const { action, inputs, name, fields } of steps) {
    if (!plugins.some((plugin) => plugin === action)) throw notEmulated(`the plugin ${action}`);
    if (action === 'aws:runDocument' && inputs.documentType !== 'SSMDocument') {
      throw notEmulated(`aws:runDocument with the documentType ${asText(inputs.documentType)}`);
    }
    const precondition = fieldsOf(fields.precondition);
    const operands = listOf(precondition.StringEquals);
    if (fields.precondition !== undefined && (operands.length !== 2 || !operands.includes('platformType'))) {
      throw notEmulated(`a precondition of the step ${name} other than StringEquals on platformType`);
    }
  }
}

function checkAutomation(content: unknown, steps: readonly DocumentStep[]): void {
  const names = steps.map(({ name }) => name);
  const declared = parametersOf(content);
  for (const step of steps) {
    const { name, action: actionName, inputs, fields } = step;
    const action = actions[actionName];
    if (action === undefined) throw notEmulated(`the action ${actionName}`);
    const input = Object.keys(inputs).find(
      (key) => !action.inputs.includes('*') && !action.inputs.includes(key),
    );
    if (input !== undefined) throw notEmulated(`the action ${actionName} with the input ${input}`);
    for (const target of targetsOf(step)) {
      if (!names.includes(target)) {
        throw invalid(`the step ${name} goes to the step ${target}, which does not exist`);
      }
    }
    const field = Object.keys(fields).find((key) => !stepFields.includes(key));
    if (field !== undefined) throw notEmulated(`the property ${field} of the step ${name}`);
    for (const used of namesIn([inputs, fieldsOf(content).assumeRole])) {
      const [first = ''] = used.split('.');
      const known =
        Object.hasOwn(declared, used) ||
        automatic.includes(used) ||
        (used.includes('.') && names.includes(first));
      if (!known) throw invalid(`{{ ${used} }} in the step ${name} is not defined`);
    }
  }
}

const stepFields = [
  'name',
  'action',
  'description',
  'maxAttempts',
  'timeoutSeconds',
  'onFailure',
  'isEnd',
  'nextStep',
  'isCritical',
  'inputs',
  'outputs',
];

/** Automation's system variables. */
const automatic = [
  'global:ACCOUNT_ID',
  'global:DATE',
  'global:DATE_TIME',
  'global:REGION',
  'automation:EXECUTION_ID',
];

/** The steps that a step can continue with. */
export function targetsOf({ inputs, fields, action }: DocumentStep): string[] {
  const onFailure = asText(fields.onFailure);
  const choices = action === 'aws:branch' ? listOf(inputs.Choices).map(fieldsOf) : [];
  return [
    fields.nextStep,
    onFailure?.startsWith('step:') ? onFailure.slice('step:'.length) : undefined,
    action === 'aws:branch' ? inputs.Default : undefined,
    ...choices.map(({ NextStep }) => NextStep),
  ].flatMap((target) => asText(target) ?? []);
}

const invalid = (what: string) =>
  new AwsError('InvalidDocumentContent', `The document is not valid: ${what}.`);
