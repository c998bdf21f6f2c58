import { randomUUID } from 'node:crypto';
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import {
  type AutomationExecution,
  GetAutomationExecutionCommand,
  SSMClient,
  StartAutomationExecutionCommand,
} from '@aws-sdk/client-ssm';
import { type Asked, type ChannelReport, channelReport, refusedRequest } from '../channels/answer.ts';
import { startAndWait, waitForEnd } from '../channels/deployed.ts';
import { CHANNELS_MACHINE } from '../channels/options.ts';
import { type CallFailure, callAws, callFailureProblem, describeCallFailure } from '../deployed/aws-call.ts';
import { describePlace } from '../deployed/deployed-view.ts';
import { type Deployment, findDeployment, MACHINE, placeOf, requestHandler } from '../deployed/deployment.ts';
import { onInterrupt } from '../screen/interrupts.ts';
import { noBuildWaits } from './no-build-waits.ts';
import { type AnswerOptions, executionIn } from './options.ts';

/** The SSM document with which people answer. Its name is the same in every deployment. */
const DOCUMENT = 'golden-image-approval';

const POLL_MS = 1_000;

/**
 * Answers a build of the deployed pipeline: starts the approval document with the user's credentials, so that Systems Manager records who
 * answered, and waits for its end.
 */
export async function answerDeployed(
  { recipe, request, region }: AnswerOptions,
  open: (lines: readonly string[]) => void,
): Promise<ChannelReport> {
  const { action, comment } = request;
  const deployment = await findDeployment(region);
  if ('failure' in deployment) {
    const place = { world: 'aws', ...(region !== undefined && { region }) } as const;
    return refusedRequest({ place, action, recipe }, [callFailureProblem(deployment.failure)]);
  }
  open([describePlace(deployment), `Identity   ${deployment.caller}`]);
  const asked: Asked = { place: placeOf(deployment), action, recipe };
  const found = await findBuild(deployment, recipe, asked);
  if (typeof found !== 'string') return found;
  const { region: at, endpoint } = deployment;
  const ssm = new SSMClient({ region: at, requestHandler });
  const on = `arn:aws:ssm:${at}:${deployment.account}:document/${DOCUMENT}`;
  const Parameters = {
    Build: [found],
    Decision: [action],
    ...(comment !== undefined && { Comment: [comment] }),
  };
  const input = { DocumentName: DOCUMENT, Parameters, ClientToken: randomUUID() };
  const started = await callAws(ssm.send(new StartAutomationExecutionCommand(input)), {
    action: 'ssm:StartAutomationExecution',
    on,
    endpoint,
  });
  if ('failure' in started) return notAnswered(asked, started.failure);
  const id = started.AutomationExecutionId ?? '';
  const ended = await waitForAutomation(ssm, id, endpoint);
  if (ended === undefined) return channelReport(asked, undefined);
  if ('failure' in ended) return notAnswered(asked, ended.failure);
  // The execution of the channels machine has the name of the automation. It does not exist if the user may not start it.
  const executionArn = deployment.executionArn(id).replace(MACHINE, CHANNELS_MACHINE);
  const named = { ...asked, execution: id, executionArn };
  const { AutomationExecutionStatus: status, FailureMessage: cause = '' } = ended;
  if (status !== 'Success' && !(await exists(deployment, executionArn)))
    return channelReport(named, { status: 'FAILED', error: 'AutomationFailed', cause });
  return waitForEnd(deployment, named, executionArn);
}

async function exists({ sfn, endpoint }: Deployment, executionArn: string): Promise<boolean> {
  const call = { action: 'states:DescribeExecution', on: executionArn, endpoint };
  const found = await callAws(sfn.send(new DescribeExecutionCommand({ executionArn })), call);
  return !('failure' in found) || found.failure.name !== 'ExecutionDoesNotExist';
}

/** The name of the execution to answer, or why there is none. */
async function findBuild(
  deployment: Deployment,
  argument: string,
  asked: Asked,
): Promise<string | ChannelReport> {
  const named = executionIn(argument);
  if (named !== undefined) return named;
  const history = await startAndWait(deployment, argument, { action: 'history' });
  if (history.status !== 'succeeded') return { ...history, action: asked.action };
  return history.waiting?.execution ?? refusedRequest(asked, [noBuildWaits(argument)]);
}

function notAnswered(asked: Asked, failure: CallFailure): ChannelReport {
  if (failure.kind !== 'passing') return refusedRequest(asked, [callFailureProblem(failure)]);
  return channelReport(asked, undefined, { name: failure.name, message: describeCallFailure(failure) });
}

const UNFINISHED = new Set<string | undefined>(['Pending', 'InProgress', 'Waiting']);

/** Waits until the automation has ended; `undefined`: Ctrl-C ended the wait. */
async function waitForAutomation(
  ssm: SSMClient,
  id: string,
  endpoint: string | undefined,
): Promise<AutomationExecution | { failure: CallFailure } | undefined> {
  const interrupt = new AbortController();
  const uninterrupt = onInterrupt(() => interrupt.abort());
  try {
    while (!interrupt.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      const command = new GetAutomationExecutionCommand({ AutomationExecutionId: id });
      const found = await callAws(ssm.send(command), {
        action: 'ssm:GetAutomationExecution',
        on: '*',
        endpoint,
      });
      if ('failure' in found && found.failure.kind !== 'passing') return found;
      if ('failure' in found || UNFINISHED.has(found.AutomationExecution?.AutomationExecutionStatus))
        continue;
      return found.AutomationExecution;
    }
    return undefined;
  } finally {
    uninterrupt();
  }
}
