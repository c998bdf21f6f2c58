import type { AutomationExecution, StepExecution } from '@aws-sdk/client-ssm';
import { AwsError } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import { stepsOf } from './documents.ts';
import type { AutomationRecord, AutomationStepRecord } from './records.ts';
import { asNumber, asText, type Fields } from './shape.ts';

/** The automation with an id in the caller's account and region. */
export function requireAutomation({ world, account, region }: Call, id = ''): AutomationRecord {
  const automation = world.automations.get(id);
  if (automation?.account !== account || automation.region !== region) {
    throw new AwsError(
      'AutomationExecutionNotFoundException',
      `Couldn't find automation execution with id: ${id}`,
    );
  }
  return automation;
}

export function automationExecution(automation: AutomationRecord): AutomationExecution {
  const current = currentStep(automation);
  return {
    AutomationExecutionId: automation.id,
    DocumentName: automation.documentName,
    DocumentVersion: String(automation.documentVersion),
    ExecutionStartTime: new Date(automation.startTime),
    ...(automation.endTime !== undefined && { ExecutionEndTime: new Date(automation.endTime) }),
    AutomationExecutionStatus: automation.status,
    StepExecutions: stepExecutions(automation),
    StepExecutionsTruncated: false,
    Parameters: lists(automation.parameters),
    Outputs: lists(automation.outputs),
    ...(automation.failureMessage !== undefined && { FailureMessage: automation.failureMessage }),
    Mode: 'Auto',
    ...(automation.executedBy !== undefined && { ExecutedBy: automation.executedBy }),
    ...(current !== undefined && { CurrentStepName: current.name, CurrentAction: current.action }),
    Targets: [],
    ResolvedTargets: { ParameterValues: [], Truncated: false },
  };
}

/** The current step of an automation that has not ended. */
export function currentStep(automation: AutomationRecord): AutomationStepRecord | undefined {
  if (automation.endTime !== undefined) return undefined;
  return automation.steps.find(({ name }) => name === automation.currentStep);
}

export function stepExecutions(automation: AutomationRecord): StepExecution[] {
  const definitions = new Map(stepsOf(automation.document).map((step) => [step.name, step.fields]));
  return automation.steps.map((record) => stepExecution(record, definitions.get(record.name) ?? {}));
}

function stepExecution(record: AutomationStepRecord, definition: Fields): StepExecution {
  const timeoutSeconds = asNumber(definition.timeoutSeconds);
  const nextStep = asText(definition.nextStep);
  return {
    StepName: record.name,
    Action: record.action,
    ...(timeoutSeconds !== undefined && { TimeoutSeconds: timeoutSeconds }),
    OnFailure: asText(definition.onFailure) ?? 'Abort',
    MaxAttempts: asNumber(definition.maxAttempts) ?? 1,
    ...(record.startTime !== undefined && { ExecutionStartTime: new Date(record.startTime) }),
    ...(record.endTime !== undefined && { ExecutionEndTime: new Date(record.endTime) }),
    StepStatus: record.status,
    ...(record.responseCode !== undefined && { ResponseCode: record.responseCode }),
    Inputs: { ...record.inputs },
    Outputs: lists(record.outputs),
    ...(record.response !== undefined && { Response: record.response }),
    ...(record.failureMessage !== undefined && {
      FailureMessage: record.failureMessage,
      FailureDetails: {
        FailureStage: record.commandId === undefined ? 'Invocation' : 'Verification',
        FailureType: record.status === 'TimedOut' ? 'Timeout' : 'Failure',
      },
    }),
    StepExecutionId: record.id,
    OverriddenParameters: {},
    IsEnd: asText(definition.isEnd) === 'true',
    ...(nextStep !== undefined && { NextStep: nextStep }),
    IsCritical: (asText(definition.isCritical) ?? 'true') === 'true',
  };
}

function lists(map: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(map).map(([key, values]) => [key, [...values]]));
}
