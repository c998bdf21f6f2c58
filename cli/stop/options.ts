import type { Problem } from '../../shared/recipe/problem.ts';
import { type CommandForm, readCommandLine } from '../command-line.ts';
import {
  EXECUTION_HELP,
  type ExecutionArgument,
  readExecutionArgument,
} from '../deployed/execution-argument.ts';

export const STOP_HELP = `golden stop <execution> [options]: stop a build of the deployed pipeline, with your AWS credentials

${EXECUTION_HELP}\

The deployment itself removes what the build made: its rule on stopped executions starts clean-up. A build that is over stays as it is.

Exit codes: 0 stopped, or over before, 1 AWS did not stop it, 2 the input was wrong or AWS cannot be used.
`;

/** `--aws` is accepted because `golden bake` needs it; this command always acts on AWS. */
const FORM: CommandForm = { command: 'stop', values: ['region'], flags: ['aws'] };

/** Reads the arguments of `golden stop`, with every problem in them. */
export function readStopOptions(args: readonly string[]): {
  options: ExecutionArgument;
  problems: Problem[];
} {
  const line = readCommandLine(args, FORM);
  return { options: readExecutionArgument(line), problems: line.problems };
}
