import { type ExecutionStatus, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { describeProblem } from '../../shared/recipe/problem.ts';
import { type CallFailure, callAws, describeCallFailure } from '../deployed/aws-call.ts';
import { describePlace } from '../deployed/deployed-view.ts';
import { locateExecution } from '../deployed/locate-execution.ts';
import { CLEANED_UP_LATER } from '../screen/lines.ts';
import { readStopOptions, STOP_HELP } from './options.ts';

/** Runs `golden stop`; returns the exit code. */
export async function stopCommand(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(STOP_HELP);
    return 0;
  }
  const { options, problems } = readStopOptions(args);
  if (problems.length > 0) {
    process.stderr.write(`${problems.map(describeProblem).join('\n\n')}\n`);
    return 2;
  }
  const found = await locateExecution(options);
  if ('failure' in found) return printFailure(found.failure, 2);
  const { deployment, executionArn, description, recipe } = found;
  const print = (lines: readonly string[]) => process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  const { status = 'RUNNING', stopDate } = description;
  const execution = `${options.execution} of ${recipe}`;
  print([describePlace(deployment), `Execution  ${execution}`, '']);
  if (status !== 'RUNNING') {
    print([
      `The build has already ended: it ${ENDING_TEXTS[status]} at ${stopDate?.toISOString()}. Nothing was changed.`,
    ]);
    return 0;
  }
  const cause = `Stopped by ${deployment.caller} with golden stop`;
  const stopped = await callAws(deployment.sfn.send(new StopExecutionCommand({ executionArn, cause })), {
    action: 'states:StopExecution',
    on: executionArn,
    endpoint: deployment.endpoint,
  });
  if ('failure' in stopped) return printFailure(stopped.failure, 1);
  print(['Stopped.', CLEANED_UP_LATER]);
  return 0;
}

const ENDING_TEXTS: Readonly<Record<ExecutionStatus, string>> = {
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  ABORTED: 'was stopped',
  TIMED_OUT: 'timed out',
  PENDING_REDRIVE: 'failed',
  RUNNING: 'started',
};

function printFailure(failure: CallFailure, code: number): number {
  process.stderr.write(`${describeCallFailure(failure)}\n`);
  return code;
}
