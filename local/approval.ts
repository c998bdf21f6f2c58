import { type Execution, type ExecutionResult, perform, type Services, type World } from 'embedded-aws';
import { HOME } from './home.ts';

/** The SSM document with which people answer builds that wait for approval. */
export const APPROVAL_DOCUMENT = 'golden-image-approval';

/** A person's answer to a build. */
export interface GivenAnswer {
  /** The name of the execution. */
  readonly build: string;
  readonly decision: 'approve' | 'reject';
  readonly comment?: string | undefined;
}

/** Answers a build as the account's root user. Returns the result of the execution that takes the answer. */
export async function answerBuild(
  world: World,
  services: Services,
  { build, decision, comment }: GivenAnswer,
): Promise<ExecutionResult> {
  const call = (operation: string, input: Record<string, unknown>) =>
    perform(services, world, { service: 'ssm', operation, ...HOME, input, inner: true });
  const Parameters = {
    Build: [build],
    Decision: [decision],
    ...(comment !== undefined && { Comment: [comment] }),
  };
  const { AutomationExecutionId: id } = call('StartAutomationExecution', {
    DocumentName: APPROVAL_DOCUMENT,
    Parameters,
  });
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    // The call also lets the automation go on.
    const { AutomationExecution } = call('GetAutomationExecution', { AutomationExecutionId: id });
    const { AutomationExecutionStatus: status, FailureMessage: cause } = AutomationExecution as Automation;
    if (status === 'Pending' || status === 'InProgress') continue;
    const taken = world.executions.all().find(({ name }) => name === id);
    if (taken === undefined) return { status: 'FAILED', error: 'AutomationFailed', cause };
    const { output, error, cause: why } = taken;
    if (output !== undefined) return { status: 'SUCCEEDED', output: JSON.parse(output) };
    return { status: 'FAILED', error, cause: why };
  }
}

type Automation = Readonly<Record<'AutomationExecutionStatus' | 'FailureMessage', string>>;

/** Resolves when an execution has ended, or with `undefined` as soon as it waits for a person. Call it before time advances. */
export function untilItWaitsForPeople(execution: Execution): Promise<ExecutionResult | undefined> {
  const waits = new Promise<undefined>((resolve) => {
    execution.listen(({ type, state }) => {
      const { approval } = (state?.output ?? {}) as { approval?: { status?: string } };
      if (type === 'StateExited' && state?.name === 'Approve' && approval?.status === 'pending')
        resolve(undefined);
    });
  });
  return Promise.race([execution.result, waits]);
}
