import type { Problem } from '../../shared/recipe/problem.ts';
import { type CommandForm, readCommandLine } from '../command-line.ts';
import {
  EXECUTION_HELP,
  type ExecutionArgument,
  readExecutionArgument,
} from '../deployed/execution-argument.ts';

export const STOP_HELP = `Usage: golden stop <execution> [options]

Stop a build of the deployed pipeline with your AWS credentials.

${EXECUTION_HELP}\

After the stop, a rule of the deployment starts the clean-up, which removes everything that the build
created and did not release.
A build that has already ended does not change.

Exit codes:
  0    the build was stopped, or had already ended
  1    AWS did not stop the build
  2    the input is wrong, or AWS cannot be used
`;

/** `--aws` is accepted because `golden bake` needs it; this command always acts on AWS. */
const FORM: CommandForm = { command: 'stop', values: { region: 'REGION' }, flags: ['aws'] };

/** Reads the arguments of `golden stop`, with every problem in them. */
export function readStopOptions(args: readonly string[]): {
  options: ExecutionArgument;
  problems: Problem[];
} {
  const line = readCommandLine(args, FORM);
  return { options: readExecutionArgument(line), problems: line.problems };
}
