import { type Fault, perform } from 'embedded-aws';
import { HOME } from '../local/pipeline.ts';
import type { PendingApproval } from '../shared/build/execution-document.ts';
import { plainRecipe, recipeFile, type Simulation, type TestRecipe } from './simulated-build.ts';
import { simulateLeftovers } from './simulated-leftovers.ts';

/** A recipe whose images people must approve. */
export const approvedRecipe = { ...plainRecipe, gates: { approval: { deadlineHours: 24 } } };

export interface GivenAnswer {
  /** The status of the automation, and of the execution that took the answer. */
  readonly automation: string;
  readonly id: string;
  readonly error: string | undefined;
  readonly message: string;
  readonly answer: Record<string, unknown> | undefined;
}

/** A deployment with recipes whose builds ask for approval, and people who answer. */
export function simulateApproval(
  options: { recipes?: TestRecipe[]; faults?: Fault[]; triggers?: boolean } = {},
) {
  const { recipes = [approvedRecipe], ...rest } = options;
  const simulation = simulateLeftovers({ recipes: recipes.map(recipeFile), ...rest });
  const { world, pipeline, run, pass, call } = simulation;
  const { messages: all } = approver(simulation);
  /** The messages that ask people, since the last call. Others say what was released. */
  const messages = async () => (await all()).filter(({ Subject }) => Subject.endsWith('waits for approval'));

  /** Starts a build, and lets time pass until it waits for approval. */
  const ask = async (request: Parameters<typeof pipeline.start>[0] = 'plain') => {
    let waits = () => {};
    const waiting = new Promise<void>((resolve) => {
      waits = resolve;
    });
    const execution = pipeline.start(request, ({ type, state }) => {
      const { approval } = (state?.output ?? {}) as { approval?: PendingApproval };
      if (type === 'StateExited' && approval?.status === 'pending') waits();
    });
    const ended = execution.result.then((result) => {
      throw new Error(`the build did not ask for approval: ${JSON.stringify(result)}`);
    });
    ended.catch(() => {});
    await run(Promise.race([waiting, ended]));
    return execution;
  };

  /** Answers as a session of a role: starts the approval document, and waits for its end. */
  const answer = async (
    Build: string,
    Decision: 'approve' | 'reject',
    { comment, as = 'alice', document = 'golden-image-approval' }: Answering = {},
  ): Promise<GivenAnswer> => {
    const RoleArn = `arn:aws:iam::${HOME.account}:role/releasers`;
    const { Credentials } = call('sts', 'AssumeRole', { RoleArn, RoleSessionName: as });
    const { AccessKeyId: accessKey } = Credentials as { AccessKeyId: string };
    const Parameters = {
      Build: [Build],
      Decision: [Decision],
      ...(comment !== undefined && { Comment: [comment] }),
    };
    const id = String(
      signed('StartAutomationExecution', { DocumentName: document, Parameters }, accessKey)
        .AutomationExecutionId,
    );
    for (;;) {
      await pass(2);
      const { AutomationExecution } = signed(
        'GetAutomationExecution',
        { AutomationExecutionId: id },
        accessKey,
      );
      const { AutomationExecutionStatus: automation } = AutomationExecution as Record<string, string>;
      if (automation === undefined || ['Pending', 'InProgress'].includes(automation)) continue;
      const { error, cause = '{}', output = '{}' } = world.executions.get(answerArn(id)) ?? {};
      return {
        automation,
        id,
        error,
        message: JSON.parse(cause).errorMessage ?? '',
        answer: JSON.parse(output).answer,
      };
    }
  };
  function signed(operation: string, input: Record<string, unknown>, accessKey: string) {
    return perform(pipeline.services, world, { service: 'ssm', operation, ...HOME, input, accessKey });
  }

  return { ...simulation, messages, ask, answer };
}

interface Answering {
  readonly comment?: string;
  /** The name of the session. */
  readonly as?: string;
  readonly document?: string;
}

/** The ARN that AWS authenticates for a session. */
export const sessionArn = (name: string): string =>
  `arn:aws:sts::${HOME.account}:assumed-role/releasers/${name}`;

const answerArn = (automation: string): string =>
  `arn:aws:states:${HOME.region}:${HOME.account}:execution:golden-image-channels:${automation}`;

/** A subscriber of the topic. */
export function approver({ world, pipeline, pass }: Pick<Simulation, 'world' | 'pipeline' | 'pass'>) {
  const call = (service: string, operation: string, input: Record<string, unknown>) =>
    perform(pipeline.services, world, { service, operation, ...HOME, input, inner: true });
  const Statement = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  const { QueueUrl } = call('sqs', 'CreateQueue', { QueueName: 'people', Attributes: { Policy } });
  call('sns', 'Subscribe', {
    TopicArn: pipeline.deps.settings.topic,
    Protocol: 'sqs',
    Endpoint: `arn:aws:sqs:${HOME.region}:${HOME.account}:people`,
  });

  /** The messages to people since the last call. */
  const messages = async (): Promise<{ Subject: string; Message: string }[]> => {
    await pass(5);
    const { Messages = [] } = call('sqs', 'ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 }) as {
      Messages?: { Body: string; ReceiptHandle: string }[];
    };
    for (const { ReceiptHandle } of Messages) call('sqs', 'DeleteMessage', { QueueUrl, ReceiptHandle });
    return Messages.map(({ Body }) => JSON.parse(Body));
  };
  return { messages };
}
