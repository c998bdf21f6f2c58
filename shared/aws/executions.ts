import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { ExecutionDetails } from '../build/leftovers.ts';
import { NotFound } from '../errors.ts';

/** Where the executions of the bake machine are. */
export interface ExecutionsOf {
  readonly sfn: SFNClient;
  /** The ARN of the state machine. */
  readonly stateMachine: string;
}

/** How an execution stands; `undefined`: Step Functions knows none of that name, or no more (it forgets 90 days after the end). */
export async function executionStatus(where: ExecutionsOf, name: string): Promise<string | undefined> {
  return (await executionDetails(where, name))?.status;
}

/** The same, with how it ended. */
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

/** The same state machine of a deployment in another region, should there be one. */
export const stateMachineInRegion = (stateMachine: string, region: string): string =>
  stateMachine.replace(/^((?:[^:]*:){3})[^:]*/, `$1${region}`);
