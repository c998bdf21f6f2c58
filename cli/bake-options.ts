import type { Problem } from '../shared/domain/problem.ts';
import { type CommandForm, readCommandLine } from './command-line.ts';
import {
  readWorldOptions,
  WORLD_FLAGS,
  WORLD_HELP,
  WORLD_VALUES,
  type WorldOptions,
} from './world-options.ts';

export const DEFAULT_RECIPE = 'al2023';
/** Simulated seconds to a real second: a bake of Amazon Linux is watched in about ten seconds. */
export const DEFAULT_SPEED = 180;

export const BAKE_HELP = `golden bake [recipe] [options]: bake an image on the embedded AWS, inside this process; no AWS account is used

  recipe            a name in recipes/, or a path; ${DEFAULT_RECIPE} if left out
  --speed N|max     simulated seconds to a real second (${DEFAULT_SPEED}), or max: as fast as it goes
${WORLD_HELP}\
  --faults FILE     what goes wrong, as docs/faults.md describes
  --json            print one JSON document and nothing else (with npm: npm run -s bake -- --json)

A bake finds what the bakes before it left in the embedded AWS. With --fresh, the same --seed and the same --at it is the same again.

Exit codes: 0 done or skipped, 1 the build failed or its world could not be kept, 2 the input was wrong, 130 interrupted.
`;

export interface BakeOptions extends WorldOptions {
  readonly recipe: string;
  readonly speed: number | undefined;
  readonly faults: string | undefined;
  readonly json: boolean;
}

const FORM: CommandForm = {
  command: 'bake',
  values: ['speed', 'faults', ...WORLD_VALUES],
  flags: ['json', ...WORLD_FLAGS],
};

/** Reads the arguments of `golden bake`, or tells everything that is wrong with them. */
export function readBakeOptions(args: readonly string[]): { options: BakeOptions; problems: Problem[] } {
  const line = readCommandLine(args, FORM);
  const { positionals, problems, wrong, text } = line;
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
  const faults = text('faults');
  if (faults === '') wrong('--faults', 'an empty name', 'the path of a file', 'see faults/ for ready ones');
  const recipe = positionals[0] ?? DEFAULT_RECIPE;
  return { options: { recipe, speed, ...world, faults, json: line.flag('json') }, problems };
}
