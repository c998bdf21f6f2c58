import type { DescribeExecutionCommandOutput, StartExecutionCommandOutput } from '@aws-sdk/client-sfn';
import { AwsError } from '../../../core/errors.ts';
import { asText } from '../../shape.ts';
import { type Action, type Progress, requiredText, type Step } from '../action.ts';
import { callApi } from '../dispatch.ts';
import { failsWhen, fromBoto } from '../messages.ts';

/** AWS does not document the polling interval. */
const POLL_SECONDS = 5;

/**
 * aws:executeStateMachine: starts an execution of a state machine, and waits for its end. The step fails if the
 * execution does not succeed. AWS documents the outputs, but neither the text of this failure nor the default timeout.
 * When the step times out or is cancelled, the execution continues here. AWS requires states:StopExecution for the action.
 */
export const executeStateMachine: Action = {
  inputs: ['stateMachineArn', 'name', 'input'],
  timeoutSeconds: 3600,
  begin: (step) => {
    const { inputs, at } = step;
    const input = {
      stateMachineArn: requiredText(inputs, 'stateMachineArn'),
      ...optional('name', inputs.name),
      ...optional('input', inputs.input),
    };
    const started = call<StartExecutionCommandOutput>(step, 'StartExecution', input);
    if (started instanceof AwsError) return failed(fromBoto(started, 'StartExecution'));
    return {
      is: 'waiting',
      until: at + POLL_SECONDS * 1000,
      outputs: { executionArn: [started.executionArn ?? ''] },
    };
  },
  poll: (step) => {
    const executionArn = step.record.outputs.executionArn?.[0] ?? '';
    const found = call<DescribeExecutionCommandOutput>(step, 'DescribeExecution', { executionArn });
    if (found instanceof AwsError) return failed(fromBoto(found, 'DescribeExecution'));
    if (found.status === 'RUNNING') return { is: 'waiting', until: step.at + POLL_SECONDS * 1000 };
    const outputs = outputsOf(found);
    if (found.status === 'SUCCEEDED') return { is: 'done', outputs };
    return { ...failed(`The execution ${executionArn} ended with the status ${found.status}`), outputs };
  },
};

const failed = (why: string): Extract<Progress, { is: 'failed' }> => ({
  is: 'failed',
  message: failsWhen('Execute/Cancelling action', why),
});

const optional = (name: string, value: unknown): object => {
  const text = asText(value);
  return text === undefined ? {} : { [name]: text };
};

/** The outputs of the step (Systems Manager user guide, "aws:executeStateMachine"). */
function outputsOf(found: DescribeExecutionCommandOutput): Record<string, string[]> {
  const { executionArn, input, name, output, startDate, stateMachineArn, status, stopDate } = found;
  const texts = {
    executionArn,
    input,
    name,
    output,
    startDate: startDate?.toISOString(),
    stateMachineArn,
    status,
    stopDate: stopDate?.toISOString(),
  };
  return Object.fromEntries(
    Object.entries(texts).flatMap(([key, text]) => (text === undefined ? [] : [[key, [text]]])),
  );
}

/** Calls Step Functions with the permissions of the automation. Returns an error instead of throwing it. */
function call<Output>(
  { world, services, automation, at }: Step,
  api: string,
  input: Record<string, unknown>,
): Output | AwsError {
  const { account, region, role } = automation;
  try {
    const request = { service: 'sfn', api, input, account, region, ...(role && { role }), at };
    return callApi(world, services, request) as Output;
  } catch (error) {
    if (error instanceof AwsError) return error;
    throw error;
  }
}
