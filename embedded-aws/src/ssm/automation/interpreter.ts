import type { AutomationExecutionStatus } from '@aws-sdk/client-ssm';
import { strike } from '../../core/faults.ts';
import { uuid } from '../../core/random.ts';
import type { Services, TransitionHandlers } from '../../core/service.ts';
import { schedule, type World } from '../../core/world.ts';
import { cancelCommand } from '../commands/transitions.ts';
import { type DocumentStep, parametersOf, stepsOf } from '../documents.ts';
import { drawSeconds } from '../latency.ts';
import type { AutomationRecord, AutomationStepRecord } from '../records.ts';
import { asNumber, asText, type Fields, fieldsOf, listOf } from '../shape.ts';
import { namesIn, substitute, textOf } from '../substitution.ts';
import type { Action, Progress, Step } from './action.ts';
import { actions } from './actions/index.ts';
import { saveAutomation } from './events.ts';
import { failsWhen, internalServerError, timedOutWhile } from './messages.ts';

/**
 * Runs Automation documents (schema 0.3) step by step. The automation's record holds its whole
 * state. Each transition `automation.advance` takes one turn: it starts the next step or polls the
 * current step. Turns are numbered. If a command's end and a deadline both schedule a turn, the
 * later transition has an old number and does nothing. The transition `automation.cancelled` ends
 * an automation after StopAutomationExecution.
 */
export const automationTransitions: TransitionHandlers = {
  'automation.advance': (world, id, at, services) => {
    const [automationId = '', turn] = id.split('/');
    const automation = world.automations.get(automationId);
    if (automation === undefined || automation.turn !== Number(turn)) return;
    if (hasEnded(automation.status) || automation.status === 'Cancelling') return;
    advance(world, { ...automation, turn: automation.turn + 1 }, at, services);
  },
  'automation.cancelled': (world, id, at) => {
    const automation = world.automations.get(id);
    if (automation?.status === 'Cancelling') endCancelled(world, automation, at);
  },
};

export function hasEnded(status: AutomationExecutionStatus): boolean {
  return !['Pending', 'InProgress', 'Waiting', 'Cancelling'].includes(status);
}

/** The initial state of a document's steps. */
export function initialSteps(seed: number, automationId: string, content: unknown): AutomationStepRecord[] {
  return stepsOf(content).map(({ name, action }) => ({
    id: uuid(seed, 'automation step', automationId, name),
    name,
    action,
    status: 'Pending',
    inputs: {},
    outputs: {},
    attempts: 0,
  }));
}

function advance(world: World, automation: AutomationRecord, at: number, services: Services): void {
  const steps = stepsOf(automation.document);
  const definition = steps.find(({ name }) => name === automation.currentStep) ?? steps[0];
  if (definition === undefined) {
    end(world, automation, 'Success', at);
    return;
  }
  const current = recordOf(automation, definition.name);
  if (automation.status === 'InProgress' && current.status === 'InProgress') {
    poll(world, automation, definition, at, services);
  } else {
    const begun = { ...automation, status: 'InProgress', currentStep: definition.name } as const;
    begin(world, begun, definition, at, services);
  }
}

function begin(
  world: World,
  automation: AutomationRecord,
  definition: DocumentStep,
  at: number,
  services: Services,
): void {
  const before = recordOf(automation, definition.name);
  const action = actions[definition.action];
  const timeoutSeconds = timeoutOf(definition, action);
  const { deadline: _deadline, commandId: _command, hangs: _hangs, ...rest } = before;
  const record: AutomationStepRecord = {
    ...rest,
    status: 'InProgress',
    startTime: before.startTime ?? at,
    attempts: before.attempts + 1,
    ...(timeoutSeconds !== undefined && { deadline: at + timeoutSeconds * 1000 }),
  };
  const begun = withStep(automation, record);
  const fault = strike(
    world,
    'automation',
    automation.region,
    (candidate) => candidate.automation === definition.name,
  );
  if (fault?.hangs) {
    settleStep(world, withStep(begun, { ...record, hangs: true }), definition, at, { is: 'waiting' });
    return;
  }
  if (fault !== undefined) {
    settleStep(world, begun, definition, at, {
      is: 'failed',
      message: fault.message ?? internalServerError,
    });
    return;
  }
  settleStep(
    world,
    begun,
    definition,
    at,
    attempt(() => {
      const step = stepAt(world, begun, definition, at, services);
      if (action === undefined) throw new Error(`The action ${definition.action} is not emulated`);
      return action.begin(step);
    }),
  );
}

function poll(
  world: World,
  automation: AutomationRecord,
  definition: DocumentStep,
  at: number,
  services: Services,
): void {
  const action = actions[definition.action];
  const { deadline, hangs } = recordOf(automation, definition.name);
  const progress = hangs
    ? ({ is: 'waiting' } as const)
    : attempt(() => action?.poll?.(stepAt(world, automation, definition, at, services)) ?? { is: 'waiting' });
  if (progress.is === 'waiting' && deadline !== undefined && at >= deadline) {
    const doing =
      definition.action === 'aws:runCommand'
        ? 'verifying the command has been completed'
        : 'Execute/Cancelling action';
    settleStep(world, automation, definition, at, {
      is: 'failed',
      status: 'TimedOut',
      message: timedOutWhile(doing),
    });
    return;
  }
  settleStep(world, automation, definition, at, progress);
}

/** An error that an action throws, for example about an invalid input, fails the step. */
function attempt(act: () => Progress): Progress {
  try {
    return act();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { is: 'failed', message: failsWhen('Execute/Cancelling action', why) };
  }
}

function stepAt(
  world: World,
  automation: AutomationRecord,
  definition: DocumentStep,
  at: number,
  services: Services,
): Step {
  const lookup = lookupIn(automation, at);
  const unresolved = namesIn(definition.inputs).find((name) => lookup(name) === undefined);
  if (unresolved !== undefined) throw new Error(`{{ ${unresolved} }} has no value`);
  return {
    world,
    automation,
    definition,
    record: recordOf(automation, definition.name),
    inputs: fieldsOf(substitute(definition.inputs, lookup)),
    at,
    services,
  };
}

/**
 * The value of a `{{ }}` expression: parameters, outputs of steps, and Automation's system
 * variables.
 */
function lookupIn(automation: AutomationRecord, at: number) {
  const declared = parametersOf(automation.document);
  return (name: string): unknown => {
    const parameter = declared[name];
    if (parameter !== undefined) {
      const values = automation.parameters[name];
      if (values === undefined) return parameter.default;
      return parameter.type.endsWith('List') ? values : values[0];
    }
    const time = new Date(at).toISOString();
    if (name === 'global:ACCOUNT_ID') return automation.account;
    if (name === 'global:DATE') return time.slice(0, 10);
    if (name === 'global:DATE_TIME') return time.slice(0, 19).replace('T', '_').replaceAll(':', '.');
    if (name === 'global:REGION') return automation.region;
    if (name === 'automation:EXECUTION_ID') return automation.id;
    return outputOf(automation, name);
  };
}

/** `step.Output`: a single value as text, several values as a list. */
function outputOf(automation: AutomationRecord, name: string): string | readonly string[] | undefined {
  const [stepName, output = ''] = name.split('.');
  const values = automation.steps.find((step) => step.name === stepName)?.outputs[output];
  return values?.length === 1 ? values[0] : values;
}

/** Records the progress of the current step and decides what follows. */
function settleStep(
  world: World,
  automation: AutomationRecord,
  definition: DocumentStep,
  at: number,
  progress: Progress,
): void {
  const before = recordOf(automation, definition.name);
  const inputs = inputsOf(automation, definition, at);
  const outputs = { ...before.outputs, ...progress.outputs };
  const record: AutomationStepRecord = { ...before, inputs, outputs };
  if (progress.is === 'waiting') {
    const commandId = progress.commandId ?? before.commandId;
    const waiting = withStep(automation, { ...record, ...(commandId !== undefined && { commandId }) });
    saveAutomation(world, waiting, at);
    const moments = [progress.until, before.deadline].filter((moment) => moment !== undefined);
    if (moments.length > 0) scheduleTurn(world, waiting, Math.min(...moments));
    return;
  }
  if (progress.is === 'done') {
    const { response, responseCode } = progress;
    const done = withStep(automation, {
      ...record,
      status: 'Success',
      endTime: at,
      ...(response !== undefined && { response }),
      ...(responseCode !== undefined && { responseCode }),
    });
    continueWith(world, done, progress.next ?? nextOf(automation, definition), at);
    return;
  }
  const { message, status = 'Failed', responseCode } = progress;
  const failed = withStep(automation, {
    ...record,
    status,
    endTime: at,
    failureMessage: message,
    ...(responseCode !== undefined && { responseCode }),
  });
  if (before.attempts < (asNumber(definition.fields.maxAttempts) ?? 1)) {
    // The step is not failed until all attempts are used.
    const again = withStep(automation, { ...record, status: 'Pending', failureMessage: message });
    takeTurn(world, again, at);
    return;
  }
  fail(world, failed, definition, { message, status }, at);
}

function fail(
  world: World,
  automation: AutomationRecord,
  definition: DocumentStep,
  { message, status }: { message: string; status: 'Failed' | 'TimedOut' },
  at: number,
): void {
  const onFailure = asText(definition.fields.onFailure) ?? 'Abort';
  // A step with onFailure Continue is critical only if isCritical is true. Any other step is
  // critical unless isCritical is false.
  const isCritical = asText(definition.fields.isCritical) ?? String(onFailure !== 'Continue');
  const counted: AutomationRecord =
    isCritical === 'true'
      ? { ...automation, failureMessage: automation.failureMessage ?? message, criticalFailure: status }
      : automation;
  if (onFailure === 'Continue') {
    continueWith(world, counted, nextOf(automation, definition), at);
  } else if (onFailure.startsWith('step:')) {
    continueWith(world, counted, onFailure.slice('step:'.length), at);
  } else {
    end(world, { ...counted, failureMessage: message }, isCritical === 'true' ? status : 'Success', at);
  }
}

/** The next step according to the document. `undefined` after the last step. */
function nextOf(automation: AutomationRecord, { name, fields }: DocumentStep): string | undefined {
  const next = asText(fields.nextStep);
  if (next !== undefined) return next;
  if (asText(fields.isEnd) === 'true') return undefined;
  const index = automation.steps.findIndex((step) => step.name === name);
  return automation.steps[index + 1]?.name;
}

function continueWith(
  world: World,
  automation: AutomationRecord,
  next: string | undefined,
  at: number,
): void {
  if (next === undefined) {
    end(world, automation, automation.criticalFailure ?? 'Success', at);
    return;
  }
  const record = automation.steps.find((step) => step.name === next);
  if (record === undefined) {
    const message = failsWhen('Execute/Cancelling action', `There is no step ${next}`);
    end(world, { ...automation, failureMessage: message }, 'Failed', at);
    return;
  }
  // In a loop, a repeated step starts from its initial state.
  const fresh: AutomationStepRecord = {
    id: record.id,
    name: record.name,
    action: record.action,
    status: 'Pending',
    inputs: {},
    outputs: record.outputs,
    attempts: 0,
  };
  takeTurn(world, { ...withStep(automation, fresh), currentStep: next }, at);
}

function takeTurn(world: World, automation: AutomationRecord, at: number): void {
  // StopAutomationExecution asked for Complete: do not start another step.
  if (automation.completes) {
    end(world, automation, automation.criticalFailure ?? 'Success', at);
    return;
  }
  saveAutomation(world, automation, at);
  const seconds = drawSeconds(world.seed, 'automation.step', automation.id, automation.turn);
  scheduleTurn(world, automation, at + seconds * 1000);
}

function scheduleTurn(world: World, { id, turn }: AutomationRecord, at: number): void {
  schedule(world, 'automation.advance', `${id}/${turn}`, at);
}

function end(
  world: World,
  automation: AutomationRecord,
  status: AutomationExecutionStatus,
  at: number,
): void {
  const named = listOf(fieldsOf(automation.document).outputs).map(String);
  const outputs = Object.fromEntries(
    named.map((name) => {
      const value = outputOf(automation, name);
      const none = 'No output available yet because the step is not successfully executed';
      return [name, value === undefined ? [none] : typeof value === 'string' ? [value] : [...value]];
    }),
  );
  saveAutomation(world, { ...automation, status, endTime: at, outputs }, at);
}

/** Starts a new automation. */
export function startAutomation(world: World, automation: AutomationRecord, at: number): void {
  takeTurn(world, automation, at);
}

/** Cancels an automation and the command that it waits for. The automation ends a moment later. */
export function cancelAutomation(world: World, automation: AutomationRecord, at: number): void {
  const current = automation.steps.find(({ status }) => status === 'InProgress');
  const cancelling: AutomationRecord = current
    ? withStep(automation, { ...current, status: 'Cancelling' })
    : automation;
  saveAutomation(world, { ...cancelling, status: 'Cancelling', turn: automation.turn + 1 }, at);
  if (current?.commandId !== undefined) cancelCommand(world, current.commandId, at);
  const seconds = drawSeconds(world.seed, 'automation.cancel', automation.id);
  schedule(world, 'automation.cancelled', automation.id, at + seconds * 1000);
}

function endCancelled(world: World, automation: AutomationRecord, at: number): void {
  const current = automation.steps.find(({ status }) => status === 'Cancelling');
  const cancelled = current
    ? withStep(automation, { ...current, status: 'Cancelled', endTime: at })
    : automation;
  end(world, cancelled, 'Cancelled', at);
}

/**
 * Lets the current step finish and starts no other step. Between two steps, the automation ends
 * immediately.
 */
export function completeAutomation(world: World, automation: AutomationRecord, at: number): void {
  const isRunning = automation.steps.some(({ status }) => status === 'InProgress');
  if (isRunning) saveAutomation(world, { ...automation, completes: true }, at);
  else end(world, { ...automation, turn: automation.turn + 1 }, automation.criticalFailure ?? 'Success', at);
}

/**
 * The inputs of a step as the API shows them: each as JSON, with the `{{ }}` expressions replaced
 * that have a value.
 */
function inputsOf(
  automation: AutomationRecord,
  { inputs }: DocumentStep,
  at: number,
): Record<string, string> {
  const filled: Fields = fieldsOf(substitute(inputs, lookupIn(automation, at)));
  return Object.fromEntries(Object.entries(filled).map(([name, value]) => [name, textOf(value)]));
}

function timeoutOf({ fields }: DocumentStep, action: Action | undefined): number | undefined {
  return asNumber(fields.timeoutSeconds) ?? action?.timeoutSeconds;
}

function recordOf(automation: AutomationRecord, name: string): AutomationStepRecord {
  const record = automation.steps.find((step) => step.name === name);
  if (record === undefined) throw new Error(`The automation ${automation.id} has no step ${name}`);
  return record;
}

function withStep(automation: AutomationRecord, record: AutomationStepRecord): AutomationRecord {
  return { ...automation, steps: automation.steps.map((step) => (step.id === record.id ? record : step)) };
}
