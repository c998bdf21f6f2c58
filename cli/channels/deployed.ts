import { randomUUID } from 'node:crypto';
import { DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { ExecutionResult } from 'embedded-aws';
import { callAws, callFailureProblem, describeCallFailure } from '../deployed/aws-call.ts';
import { describePlace } from '../deployed/deployed-view.ts';
import { type Deployment, findDeployment, MACHINE, placeOf } from '../deployed/deployment.ts';
import { onInterrupt } from '../screen/interrupts.ts';
import { type Asked, type ChannelReport, channelReport, refusedRequest } from './answer.ts';
import { type ChannelOptions, machineInput } from './options.ts';

/** A move takes some seconds: Parameter Store validates the images. A copy takes some minutes. */
const POLL_MS = 1_000;
const POLL_MS_MAX = 10_000;

/** Starts a state machine of the deployed pipeline, and waits for its end. `open` prints where the command acts. */
export async function askDeployed(
  { recipe, request, region }: ChannelOptions,
  open: (lines: readonly string[]) => void,
): Promise<ChannelReport> {
  const { action } = request;
  const deployment = await findDeployment(region);
  if ('failure' in deployment) {
    const place = { world: 'aws', ...(region !== undefined && { region }) } as const;
    return refusedRequest({ place, action, recipe }, [callFailureProblem(deployment.failure)]);
  }
  open([describePlace(deployment)]);
  return startAndWait(deployment, recipe, request);
}

/** Starts the channels machine, and waits for its end. */
export async function startAndWait(
  deployment: Deployment,
  recipe: string,
  request: ChannelOptions['request'],
): Promise<ChannelReport> {
  const { action } = request;
  const execution = randomUUID();
  const { machine, input } = machineInput(request, recipe, deployment.caller);
  const executionArn = deployment.executionArn(execution).replace(MACHINE, machine);
  const asked: Asked = { place: placeOf(deployment), action, recipe, execution, executionArn };
  const { sfn, account, endpoint } = deployment;
  const stateMachineArn = deployment.machineArn.replace(MACHINE, machine);
  const command = new StartExecutionCommand({
    stateMachineArn,
    name: execution,
    input: JSON.stringify(input),
  });
  const started = await callAws(sfn.send(command), {
    action: 'states:StartExecution',
    on: stateMachineArn,
    endpoint,
    missing: {
      found: `found no state machine ${machine} in ${account}/${deployment.region}`,
      fix: 'deploy the pipeline there, or set --region',
    },
  });
  // The name is unique: the execution began, the answer was lost, and the execution has already ended.
  if ('failure' in started && started.failure.name !== 'ExecutionAlreadyExists') {
    const { failure } = started;
    if (failure.kind !== 'passing') return refusedRequest(asked, [callFailureProblem(failure)]);
    return channelReport(asked, undefined, { name: failure.name, message: describeCallFailure(failure) });
  }
  return waitForEnd(deployment, asked, executionArn);
}

/** Waits until the execution has ended, or until Ctrl-C. Temporary failures of AWS do not end the wait. */
export async function waitForEnd(
  { sfn, endpoint }: Deployment,
  asked: Asked,
  executionArn: string,
): Promise<ChannelReport> {
  const interrupt = new AbortController();
  const uninterrupt = onInterrupt(() => interrupt.abort());
  try {
    for (let pollMs = POLL_MS; !interrupt.signal.aborted; pollMs = Math.min(pollMs * 1.3, POLL_MS_MAX)) {
      await new Promise((resolve) => setTimeout(resolve, pollMs));
      const description = await callAws(sfn.send(new DescribeExecutionCommand({ executionArn })), {
        action: 'states:DescribeExecution',
        on: executionArn,
        endpoint,
      });
      if ('failure' in description) {
        const { failure } = description;
        // A new execution may not be visible yet.
        if (failure.kind === 'passing' || failure.name === 'ExecutionDoesNotExist') continue;
        const lost = { name: failure.name, message: describeCallFailure(failure) };
        return channelReport(asked, undefined, lost);
      }
      const { status = 'RUNNING', output, error, cause } = description;
      if (status === 'RUNNING') continue;
      const result = { status, error, cause, output: output === undefined ? undefined : JSON.parse(output) };
      return channelReport(asked, result as ExecutionResult);
    }
    return channelReport(asked, undefined);
  } finally {
    uninterrupt();
  }
}
