import type { Problem } from '../../shared/recipe/problem.ts';
import { type CommandForm, readCommandLine } from '../command-line.ts';
import { readFaultsOption } from '../world/faults-option.ts';
import {
  type KeptWorldOptions,
  readWorldOptions,
  WORLD_FLAGS,
  WORLD_HELP,
  WORLD_VALUES,
} from '../world/world-options.ts';

/** The npm scripts that run the command: by its name, and by its former one. */
export const SERVE_SCRIPTS = ['serve', 'aws'];

const DEFAULT_PORT = 4566;
/** Simulated seconds to a real second: an image is made in a few seconds, and a client that asks each 15 s is soon content. */
const DEFAULT_SPEED = 60;

export const SERVE_HELP = `golden serve [options]: serve the embedded AWS to any AWS client on this machine; no AWS account is used

  --port N          the port on 127.0.0.1 (${DEFAULT_PORT}; 0: any that is free)
  --speed N         simulated seconds to a real second (${DEFAULT_SPEED})
${WORLD_HELP}\
  --faults FILE     what goes wrong, as embedded-aws/docs/faults.md describes

golden aws is the former name of this command, and still works.

EC2, STS, Systems Manager, Step Functions, Lambda, EventBridge, Scheduler, SNS, SQS, KMS and DynamoDB, all regions on one port. The region is that of
the signature, which is not checked; an access key of 12 digits is that account, any other is the default account. Recipes in
recipes/ can be baked: aws stepfunctions start-execution; their schedules and events start builds, too. Ctrl-C stops it; the world is kept.

Exit codes: 0 stopped, 1 the world could not be kept, 2 the input was wrong.
`;

export interface ServeOptions extends KeptWorldOptions {
  readonly port: number;
  readonly speed: number;
  readonly faults: string | undefined;
}

const FORM: CommandForm = {
  command: 'serve',
  scripts: SERVE_SCRIPTS,
  values: ['port', 'speed', 'faults', ...WORLD_VALUES],
  flags: WORLD_FLAGS,
};

/** Reads the arguments of `golden serve`, or tells everything that is wrong with them. */
export function readServeOptions(args: readonly string[]): { options: ServeOptions; problems: Problem[] } {
  const line = readCommandLine(args, FORM);
  const { positionals, problems, wrong, text } = line;
  if (positionals.length > 0) {
    const found = positionals.map((name) => JSON.stringify(name)).join(' and ');
    wrong('arguments', found, 'options only', 'see golden serve --help');
  }
  const portText = text('port') ?? String(DEFAULT_PORT);
  const port = Number(portText);
  if (!/^\d{1,5}$/.test(portText) || port > 65_535) {
    wrong('--port', JSON.stringify(portText), 'a whole number from 0 to 65535', 'leave it out for 4566');
  }
  const speedText = text('speed') ?? String(DEFAULT_SPEED);
  const speed = Number(speedText);
  if (speedText === 'max' || !(speed >= 0.01 && speed <= 10_000)) {
    const fix = 'try --speed 60: a minute each second';
    wrong('--speed', JSON.stringify(speedText), 'a number from 0.01 to 10000', fix);
  }
  const faults = readFaultsOption(line);
  return { options: { port, speed, faults, ...readWorldOptions(line) }, problems };
}
