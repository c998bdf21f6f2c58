import type { Problem } from '../../shared/recipe/problem.ts';
import { type CommandForm, type CommandLine, readCommandLine } from '../command-line.ts';
import { readRegion } from '../deployed/region-option.ts';
import { readFaultsOption } from '../world/faults-option.ts';
import {
  type KeptWorldOptions,
  readWorldOptions,
  WORLD_FLAGS,
  WORLD_HELP,
  WORLD_VALUES,
} from '../world/world-options.ts';

export const DEFAULT_RECIPE = 'al2023';
/** Simulated seconds to a real second: a bake of Amazon Linux is watched in about ten seconds. */
export const DEFAULT_SPEED = 180;

export const BAKE_HELP = `golden bake [recipe] [options]: bake an image on the embedded AWS, inside this process; no AWS account is used
golden bake recipe --aws [options]: start a build of the deployed pipeline with your AWS credentials, and watch it

  recipe            a name in recipes/, or a path; ${DEFAULT_RECIPE} if left out
                    with --aws: a name that the deployment has, or the path of a file that is sent along; it must be named
  --force           build although the recipe is frozen
  --if-changed      skip if nothing has changed since the last release
  --overrides FILE  what is different this time: YAML or JSON, merged into the recipe (a field that is null is removed)
  --json            print one JSON document and nothing else (with npm: npm run -s bake -- --json)

On the embedded AWS only:
  --speed N|max     simulated seconds to a real second (${DEFAULT_SPEED}), or max: as fast as it goes
${WORLD_HELP}\
  --faults FILE     what goes wrong, as embedded-aws/docs/faults.md describes

With --aws only:
  --region REGION   where the pipeline is deployed (that of AWS_REGION or of your profile if left out)

A bake finds what the bakes before it left in the embedded AWS. With --fresh, the same --seed and the same --at it is the same again.
With --aws, Ctrl-C ends the watch and not the build: golden watch shows it again, golden stop stops it.

Exit codes: 0 done or skipped, 1 the build failed, its world could not be kept or it could no longer be watched, 2 the input was wrong
or AWS cannot be used (nothing was launched), 130 interrupted or stopped.
`;

/** What a build is asked for besides its recipe, on any AWS. */
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

const EMBEDDED_VALUES = ['speed', 'faults', ...WORLD_VALUES] as const;

const FORM: CommandForm = {
  command: 'bake',
  scripts: ['bake'],
  values: [...EMBEDDED_VALUES, 'region', 'overrides'],
  flags: ['aws', 'force', 'if-changed', 'json', ...WORLD_FLAGS],
};

/** Reads the arguments of `golden bake`, or tells everything that is wrong with them. */
export function readBakeOptions(args: readonly string[]): { options: BakeOptions; problems: Problem[] } {
  const line = readCommandLine(args, FORM);
  const { positionals, problems, wrong, text, flag } = line;
  if (positionals[0] === '')
    wrong('recipe', 'an empty name', 'a name in recipes/, or a path', 'leave it out for al2023');
  if (positionals.length > 1) {
    wrong(
      'recipe',
      positionals.map((name) => JSON.stringify(name)).join(' and '),
      'one recipe',
      'bake them one by one',
    );
  }
  const overrides = text('overrides');
  if (overrides === '') wrong('--overrides', 'an empty name', 'the path of a file', 'leave it out');
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
      'try --speed 60: a minute each second',
    );
  }
  const world = readWorldOptions(line);
  const faults = readFaultsOption(line);
  const region = text('region');
  if (region !== undefined) {
    const fix = 'add --aws to build on AWS, or leave it out';
    wrong('--region', JSON.stringify(region), 'with --aws only: the embedded AWS has its own', fix);
  }
  return { on: 'embedded', recipe, speed, ...world, faults, ...common };
}

function readDeployedOptions(line: CommandLine, common: CommonBakeOptions, recipe = ''): DeployedBakeOptions {
  const { positionals, wrong, text, flag } = line;
  const given = [
    ...EMBEDDED_VALUES.filter((name) => text(name) !== undefined),
    ...WORLD_FLAGS.filter((name) => flag(name)),
  ];
  for (const name of given) {
    const fix = `leave out --${name}, or leave out --aws`;
    wrong(`--${name}`, `--${name} beside --aws`, 'options of the embedded AWS without --aws only', fix);
  }
  if (positionals.length === 0) {
    const fix = 'name one, as in golden bake al2023 --aws';
    wrong(
      'recipe',
      'none',
      'with --aws, a recipe of the deployment or a file: nothing is assumed there',
      fix,
    );
  }
  return { on: 'aws', recipe, region: readRegion(line), ...common };
}
