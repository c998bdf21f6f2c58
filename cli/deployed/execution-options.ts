import type { Problem } from '../../shared/recipe/problem.ts';
import { type CommandForm, readCommandLine } from '../command-line.ts';
import { MACHINE } from './deployment.ts';
import { readRegion } from './region-option.ts';

export const WATCH_HELP = `golden watch <execution> [options]: watch a build of the deployed pipeline, with your AWS credentials

  execution         its name or its ARN, as golden bake --aws and Step Functions show it
  --region REGION   where the pipeline is deployed (that of the ARN, of AWS_REGION or of your profile if left out)
  --json            print one JSON document when it has ended, and nothing else

Ctrl-C ends the watch and not the build.

Exit codes: 0 done or skipped, 1 the build failed or could no longer be watched, 2 the input was wrong or AWS cannot be used,
130 interrupted or stopped.
`;

export const STOP_HELP = `golden stop <execution> [options]: stop a build of the deployed pipeline, with your AWS credentials

  execution         its name or its ARN, as golden bake --aws and Step Functions show it
  --region REGION   where the pipeline is deployed (that of the ARN, of AWS_REGION or of your profile if left out)

What the build made is removed by the deployment itself, whose rule on stopped executions starts clean-up. A build that is over stays
as it is.

Exit codes: 0 stopped, or over before, 1 AWS did not do it, 2 the input was wrong or AWS cannot be used.
`;

export interface ExecutionOptions {
  /** The name of an execution. */
  readonly execution: string;
  /** Of its ARN; a name alone says nothing of it. */
  readonly account: string | undefined;
  readonly region: string | undefined;
  readonly json: boolean;
}

/** `--aws` may be said, since it is needed to start a build; these commands know no other place. */
const FORMS = {
  watch: { command: 'watch', values: ['region'], flags: ['json', 'aws'] },
  stop: { command: 'stop', values: ['region'], flags: ['aws'] },
} as const satisfies Record<string, CommandForm>;

const ARN = new RegExp(`^arn:aws[a-z-]*:states:([a-z0-9-]+):([0-9]{12}):execution:${MACHINE}:(.+)$`);

/** What Step Functions takes for the name of an execution (API reference, StartExecution); a colon would be an ARN's. */
const NAME = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u;

/** Reads the arguments of `golden watch` or `golden stop`, or tells everything that is wrong with them. */
export function readExecutionOptions(
  command: keyof typeof FORMS,
  args: readonly string[],
): { options: ExecutionOptions; problems: Problem[] } {
  const line = readCommandLine(args, FORMS[command]);
  const { positionals, problems, wrong, flag } = line;
  const [given = ''] = positionals;
  const [, regionOfArn, account, name = given] = ARN.exec(given) ?? [];
  if (positionals.length !== 1 || !NAME.test(name)) {
    const found = positionals.map((one) => JSON.stringify(one)).join(' and ') || 'none';
    const fix = 'take it from golden bake --aws, or from the console of Step Functions';
    wrong('execution', found, `the name or the ARN of one execution of ${MACHINE}`, fix);
  }
  const region = readRegion(line);
  if (regionOfArn !== undefined && region !== undefined && region !== regionOfArn) {
    wrong('--region', region, `the region of the ARN, ${regionOfArn}`, 'leave it out');
  }
  return {
    options: { execution: name, account, region: regionOfArn ?? region, json: flag('json') },
    problems,
  };
}
