import { foreignPartition } from '../../shared/recipe/regions.ts';
import type { CommandLine } from '../command-line.ts';
import { MACHINE } from './deployment.ts';
import { readRegion } from './region-option.ts';

/** Which execution a command acts on. */
export interface ExecutionArgument {
  /** The name of an execution. */
  readonly execution: string;
  /** The account in its ARN; a name alone has none. */
  readonly account: string | undefined;
  readonly region: string | undefined;
}

export const EXECUTION_HELP = `\
  execution         its name or its ARN, as golden bake --aws and Step Functions show it
  --region REGION   where the pipeline is deployed (that of the ARN, of AWS_REGION or of your profile if left out)
`;

const ARN = new RegExp(`^arn:aws:states:([a-z0-9-]+):([0-9]{12}):execution:${MACHINE}:(.+)$`);

/** What Step Functions takes for the name of an execution (API reference, StartExecution); a colon would be an ARN's. */
const NAME = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u;

/** Reads the execution and `--region`; what is wrong with them is added to the problems. */
export function readExecutionArgument(line: CommandLine): ExecutionArgument {
  const { positionals, wrong } = line;
  const [given = ''] = positionals;
  const [, regionOfArn, account, name = given] = ARN.exec(given) ?? [];
  if (positionals.length !== 1 || !NAME.test(name)) {
    const found = positionals.map((one) => JSON.stringify(one)).join(' and ') || 'none';
    const fix =
      foreignPartition(given) === undefined
        ? 'take it from golden bake --aws, or from the console of Step Functions'
        : 'take one of the aws partition; the pipeline works in no other';
    wrong('execution', found, `the name or the ARN of one execution of ${MACHINE}`, fix);
  }
  const region = readRegion(line);
  if (regionOfArn !== undefined && region !== undefined && region !== regionOfArn) {
    wrong('--region', region, `the region of the ARN, ${regionOfArn}`, 'leave it out');
  }
  return { execution: name, account, region: regionOfArn ?? region };
}
