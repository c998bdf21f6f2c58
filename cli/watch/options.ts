import type { Problem } from '../../shared/recipe/problem.ts';
import { type CommandForm, readCommandLine } from '../command-line.ts';
import {
  EXECUTION_HELP,
  type ExecutionArgument,
  readExecutionArgument,
} from '../deployed/execution-argument.ts';

export const WATCH_HELP = `Usage: golden watch <execution> [options]

Show the progress of a build of the deployed pipeline with your AWS credentials.

${EXECUTION_HELP}\
  --json            print one JSON document when the build has ended, and nothing else

Press Ctrl-C to stop watching. The build continues.

Exit codes:
  0    the image was released, or the build was skipped
  1    the build failed, or the watch ended with an error
  2    the input is wrong, or AWS cannot be used
  130  interrupted or stopped
`;

export interface WatchOptions extends ExecutionArgument {
  readonly json: boolean;
}

/** `--aws` is accepted because `golden bake` needs it; this command always acts on AWS. */
const FORM: CommandForm = { command: 'watch', values: { region: 'REGION' }, flags: ['json', 'aws'] };

/** Reads the arguments of `golden watch`, with every problem in them. */
export function readWatchOptions(args: readonly string[]): { options: WatchOptions; problems: Problem[] } {
  const line = readCommandLine(args, FORM);
  return {
    options: { ...readExecutionArgument(line), json: line.flag('json') },
    problems: line.problems,
  };
}
