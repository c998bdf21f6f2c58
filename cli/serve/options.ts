import type { Problem } from '../../shared/recipe/problem.ts';
import { type CommandForm, readCommandLine } from '../command-line.ts';
import { FAULTS_HELP, readFaultsOption } from '../world/faults-option.ts';
import {
  type KeptWorldOptions,
  readWorldOptions,
  WORLD_FLAGS,
  WORLD_HELP,
  WORLD_VALUES,
} from '../world/world-options.ts';

/** The npm scripts that run the command: its name and its former name. */
export const SERVE_SCRIPTS = ['serve', 'aws'];

const DEFAULT_PORT = 4566;
/** Simulated seconds per real second. An image takes a few seconds, so a client that polls every 15 s does not wait long. */
const DEFAULT_SPEED = 60;

export const SERVE_HELP = `Usage: golden serve [options]

Serve the embedded AWS to any AWS client on this computer, without an AWS account.

Options:
  --port N          port on 127.0.0.1; 0 selects a free port (default: ${DEFAULT_PORT})
  --speed N         simulated seconds per real second, from 0.01 to 10000 (default: ${DEFAULT_SPEED})
${WORLD_HELP}\
${FAULTS_HELP}\

Services: EC2, Auto Scaling, STS, Systems Manager, Step Functions, Lambda, EventBridge, Scheduler, SNS, SQS, KMS,
Inspector and DynamoDB.
One port serves all regions: the signature names the region. Signatures are not checked.
An access key of 12 digits selects the account with that number. Any other access key selects the default account.

The pipeline is deployed with the recipes in recipes/. Start a build with aws stepfunctions start-execution.
Schedules and events also start builds.
Press Ctrl-C to stop. The command saves the embedded AWS in its file.

golden aws is the former name of this command and still works.

Exit codes:
  0    stopped
  1    the embedded AWS could not be saved
  2    the input is wrong; nothing was started
`;

export interface ServeOptions extends KeptWorldOptions {
  readonly port: number;
  readonly speed: number;
  readonly faults: string | undefined;
}

const FORM: CommandForm = {
  command: 'serve',
  scripts: SERVE_SCRIPTS,
  values: { port: 'N', speed: 'N', faults: 'FILE', ...WORLD_VALUES },
  flags: WORLD_FLAGS,
};

/** Reads the arguments of `golden serve`, with every problem in them. */
export function readServeOptions(args: readonly string[]): { options: ServeOptions; problems: Problem[] } {
  const line = readCommandLine(args, FORM);
  const { positionals, problems, hasUnknownOption, wrong, text } = line;
  if (positionals.length > 0 && !hasUnknownOption) {
    const found = positionals.map((name) => JSON.stringify(name)).join(' and ');
    wrong('arguments', found, 'options only', 'see golden serve --help');
  }
  const portText = text('port') ?? String(DEFAULT_PORT);
  const port = Number(portText);
  if (!/^\d{1,5}$/.test(portText) || port > 65_535) {
    wrong('--port', JSON.stringify(portText), 'a whole number from 0 to 65535', 'remove --port to use 4566');
  }
  const speedText = text('speed') ?? String(DEFAULT_SPEED);
  const speed = Number(speedText);
  if (speedText === 'max' || !(speed >= 0.01 && speed <= 10_000)) {
    const fix = 'try --speed 60, one simulated minute per second';
    wrong('--speed', JSON.stringify(speedText), 'a number from 0.01 to 10000', fix);
  }
  const faults = readFaultsOption(line);
  return { options: { port, speed, faults, ...readWorldOptions(line) }, problems };
}
