import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { Standing } from '../build/leftovers.ts';
import { NotFound } from '../errors.ts';

/** Where the executions of the bake machine are. */
export interface Executions {
  readonly sfn: SFNClient;
  /** The ARN of the state machine. */
  readonly stateMachine: string;
}

/** How an execution stands; `undefined`: Step Functions knows none of that name, or no more (it forgets 90 days after the end). */
export async function statusOf(where: Executions, name: string): Promise<string | undefined> {
  return (await standingOf(where, name))?.status;
}

/** The same, with how it ended. */
export async function standingOf(
  { sfn, stateMachine }: Executions,
  name: string,
): Promise<Standing | undefined> {
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
export const inRegion = (stateMachine: string, region: string): string =>
  stateMachine.replace(/^((?:[^:]*:){3})[^:]*/, `$1${region}`);
