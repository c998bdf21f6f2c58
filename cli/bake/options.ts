import type { Problem } from '../../shared/recipe/problem.ts';
import { type CommandForm, type CommandLine, readCommandLine } from '../command-line.ts';
import { readRegion } from '../deployed/region-option.ts';
import { FAULTS_HELP, readFaultsOption } from '../world/faults-option.ts';
import {
  type KeptWorldOptions,
  readWorldOptions,
  WORLD_FLAGS,
  WORLD_HELP,
  WORLD_VALUES,
} from '../world/world-options.ts';

export const DEFAULT_RECIPE = 'al2023';
/** Simulated seconds per real second. A bake of Amazon Linux takes about ten real seconds. */
export const DEFAULT_SPEED = 180;

export const BAKE_HELP = `Usage: golden bake [recipe] [options]
       golden bake <recipe> --aws [options]

Build an image on the embedded AWS, in this process and without an AWS account.
With --aws, start a build of the deployed pipeline with your AWS credentials and show its progress.

Arguments:
  recipe            name in recipes/, or path of a recipe file (default: ${DEFAULT_RECIPE})
                    with --aws: name of a deployed recipe, or path of a file to send (required)

Options:
  --aws             build on AWS with the deployed pipeline
  --force           build even if the recipe is frozen
  --if-changed      skip the build if nothing has changed since the last release
  --overrides FILE  YAML or JSON file to merge into the recipe; null removes a field
  --json            print one JSON document and nothing else (with npm: npm run -s bake -- --json)

Options without --aws:
  --speed N|max     simulated seconds per real second, or max for as fast as possible (default: ${DEFAULT_SPEED})
${WORLD_HELP}\
${FAULTS_HELP}\

Options with --aws:
  --region REGION   region of the pipeline (default: AWS_REGION, or the region of your profile)

The embedded AWS keeps its resources from one command to the next.
To get the same result each time, use the options --fresh --seed N --at TIME.
Ctrl-C stops the build and cleans up. With --aws, Ctrl-C only stops watching, and the build continues.

Exit codes:
  0    the image was released, the build was skipped, or the build waits for approval
  1    the build failed, the embedded AWS could not be saved, or the watch ended with an error
  2    the input is wrong, or AWS cannot be used; nothing was launched
  130  interrupted or stopped
`;

/** The options of a build on the embedded AWS and on AWS. */
interface CommonBakeOptions {
  readonly force: boolean;
  readonly ifChanged: boolean;
  /** The path of a file. */
  readonly overrides: string | undefined;
  readonly json: boolean;
}

export interface EmbeddedBakeOptions extends KeptWorldOptions, CommonBakeOptions {
  readonly on: 'embedded';
  readonly recipe: string;
  readonly speed: number | undefined;
  readonly faults: string | undefined;
}

export interface DeployedBakeOptions extends CommonBakeOptions {
  readonly on: 'aws';
  readonly recipe: string;
  readonly region: string | undefined;
}

export type BakeOptions = EmbeddedBakeOptions | DeployedBakeOptions;

const EMBEDDED_VALUES = { speed: 'N|max', faults: 'FILE', ...WORLD_VALUES } as const;

const FORM: CommandForm = {
  command: 'bake',
  scripts: ['bake'],
  values: { ...EMBEDDED_VALUES, region: 'REGION', overrides: 'FILE' },
  flags: ['aws', 'force', 'if-changed', 'json', ...WORLD_FLAGS],
};

/** Reads the arguments of `golden bake`, with every problem in them. */
export function readBakeOptions(args: readonly string[]): { options: BakeOptions; problems: Problem[] } {
  const line = readCommandLine(args, FORM);
  const { positionals, problems, hasUnknownOption, wrong, text, flag } = line;
  if (positionals[0] === '')
    wrong('recipe', 'an empty name', 'a name in recipes/, or a path', 'remove the argument to bake al2023');
  if (positionals.length > 1 && !hasUnknownOption) {
    wrong(
      'recipe',
      positionals.map((name) => JSON.stringify(name)).join(' and '),
      'one recipe',
      'run the command once for each recipe',
    );
  }
  const overrides = text('overrides');
  if (overrides === '') wrong('--overrides', 'an empty name', 'the path of a file', 'remove --overrides');
  const common: CommonBakeOptions = {
    force: flag('force'),
    ifChanged: flag('if-changed'),
    overrides,
    json: flag('json'),
  };
  const options = flag('aws')
    ? readDeployedOptions(line, common, positionals[0])
    : readEmbeddedOptions(line, common, positionals[0]);
  return { options, problems };
}

function readEmbeddedOptions(
  line: CommandLine,
  common: CommonBakeOptions,
  recipe = DEFAULT_RECIPE,
): EmbeddedBakeOptions {
  const { wrong, text } = line;
  const speedText = text('speed') ?? String(DEFAULT_SPEED);
  const speed = speedText === 'max' ? undefined : Number(speedText);
  if (speed !== undefined && !(speed >= 0.01 && speed <= 1e6)) {
    wrong(
      '--speed',
      JSON.stringify(speedText),
      'max, or a number from 0.01 to 1000000',
      'try --speed 60, one simulated minute per second',
    );
  }
  const world = readWorldOptions(line);
  const faults = readFaultsOption(line);
  const region = text('region');
  if (region !== undefined) {
    const fix = 'add --aws to build on AWS, or remove --region';
    wrong('--region', `${JSON.stringify(region)} without --aws`, '--region only together with --aws', fix);
  }
  return { on: 'embedded', recipe, speed, ...world, faults, ...common };
}

function readDeployedOptions(line: CommandLine, common: CommonBakeOptions, recipe = ''): DeployedBakeOptions {
  const { positionals, wrong, text, flag } = line;
  const given = [
    ...Object.keys(EMBEDDED_VALUES).filter((name) => text(name) !== undefined),
    ...WORLD_FLAGS.filter((name) => flag(name)),
  ];
  for (const name of given) {
    const fix = `remove --${name} or --aws`;
    wrong(`--${name}`, `--${name} together with --aws`, `--${name} only without --aws`, fix);
  }
  if (positionals.length === 0) {
    const fix = 'name a recipe, as in golden bake al2023 --aws';
    wrong('recipe', 'no recipe', 'with --aws, the name of a deployed recipe or the path of a file', fix);
  }
  return { on: 'aws', recipe, region: readRegion(line), ...common };
}
