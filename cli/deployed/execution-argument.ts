import { foreignPartition } from '../../shared/recipe/regions.ts';
import type { CommandLine } from '../command-line.ts';
import { MACHINE } from './deployment.ts';
import { readRegion } from './region-option.ts';

/** The execution that a command acts on. */
export interface ExecutionArgument {
  /** The name of an execution. */
  readonly execution: string;
  /** The account in the ARN. A name alone has no account. */
  readonly account: string | undefined;
  readonly region: string | undefined;
}

export const EXECUTION_HELP = `\
Arguments:
  execution         name or ARN of the execution, as golden bake --aws and Step Functions show it

Options:
  --region REGION   region of the pipeline (default: the region of the ARN, AWS_REGION, or the region of your profile)
`;

const ARN = new RegExp(`^arn:aws:states:([a-z0-9-]+):([0-9]{12}):execution:${MACHINE}:(.+)$`);

/** The names that Step Functions accepts for an execution (API reference, StartExecution), without colons, which ARNs contain. */
const NAME = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u;

/** Reads the execution and `--region`, and adds what is wrong with them to the problems. */
export function readExecutionArgument(line: CommandLine): ExecutionArgument {
  const { positionals, hasUnknownOption, wrong } = line;
  const [given = ''] = positionals;
  const [, regionOfArn, account, name = given] = ARN.exec(given) ?? [];
  const isOne = positionals.length === 1 || (positionals.length > 1 && hasUnknownOption);
  if (!isOne || !NAME.test(name)) {
    const found = positionals.map((one) => JSON.stringify(one)).join(' and ') || 'no execution';
    const fix =
      foreignPartition(given) === undefined
        ? 'copy the name or ARN from golden bake --aws or from the Step Functions console'
        : 'name an execution of the aws partition, the only one that the pipeline supports';
    wrong('execution', found, `the name or the ARN of one execution of ${MACHINE}`, fix);
  }
  const region = readRegion(line);
  if (regionOfArn !== undefined && region !== undefined && region !== regionOfArn) {
    wrong('--region', region, `the region of the ARN, ${regionOfArn}`, 'remove --region');
  }
  return { execution: name, account, region: regionOfArn ?? region };
}
