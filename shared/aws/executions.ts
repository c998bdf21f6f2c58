import { DescribeExecutionCommand, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { ExecutionDetails } from '../build/leftovers.ts';
import { Conflict, NotFound } from '../errors.ts';

/** A state machine, and a client of its region. */
export interface ExecutionsOf {
  readonly sfn: SFNClient;
  /** The ARN of the state machine. */
  readonly stateMachine: string;
}

/** The status of an execution; `undefined`: Step Functions does not know it. Step Functions forgets an execution 90 days after its end. */
export async function executionStatus(where: ExecutionsOf, name: string): Promise<string | undefined> {
  return (await executionDetails(where, name))?.status;
}

/** The status of an execution, with its times and its error. */
export async function executionDetails(
  { sfn, stateMachine }: ExecutionsOf,
  name: string,
): Promise<ExecutionDetails | undefined> {
  const executionArn = `${stateMachine.replace(':stateMachine:', ':execution:')}:${name}`;
  try {
    const {
      status = '',
      error,
      startDate,
      stopDate,
    } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    return { status, error, startedAt: startDate?.getTime(), endedAt: stopDate?.getTime() };
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

/** The ARN that the state machine of a deployment in another region would have. */
export const stateMachineInRegion = (stateMachine: string, region: string): string =>
  stateMachine.replace(/^((?:[^:]*:){3})[^:]*/, `$1${region}`);

/** Starts an execution, unless one of this name has started before. */
export async function startOnce(
  { sfn, stateMachine }: ExecutionsOf,
  name: string,
  input: object,
): Promise<void> {
  try {
    await sfn.send(
      new StartExecutionCommand({ stateMachineArn: stateMachine, name, input: JSON.stringify(input) }),
    );
  } catch (error) {
    // A repeated start of an execution that has ended. If the execution is running, the call succeeds.
    if (!(error instanceof Conflict)) throw error;
  }
}
