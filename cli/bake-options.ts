import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { nearest } from '../shared/domain/nearest.ts';
import type { Problem } from '../shared/domain/problem.ts';

export const DEFAULT_RECIPE = 'al2023';
/** Simulated seconds to a real second: a bake of Amazon Linux is watched in about ten seconds. */
export const DEFAULT_SPEED = 180;

export const BAKE_HELP = `golden bake [recipe] [options]: bake an image on the embedded AWS, inside this process; no AWS account is used

  recipe            a name in recipes/, or a path; ${DEFAULT_RECIPE} if left out
  --speed N|max     simulated seconds to a real second (${DEFAULT_SPEED}), or max: as fast as it goes
  --seed N          a whole number; the same seed and --at give the same bake (a random one if left out)
  --at TIME         when the simulation begins, ISO 8601 such as 2026-11-22T03:00:00Z (now if left out)
  --faults FILE     what goes wrong, as docs/faults.md describes
  --json            print one JSON document and nothing else (with npm: npm run -s bake -- --json)

Exit codes: 0 done or skipped, 1 the build failed, 2 the input was wrong, 130 interrupted.
`;

export interface BakeOptions {
  readonly recipe: string;
  readonly speed: number | undefined;
  readonly seed: number;
  readonly at: Date;
  readonly faults: string | undefined;
  readonly json: boolean;
}

/** With a zone, since the same command must mean the same time on every machine. */
const TIME = /^20[2-9]\d-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;

/** Reads the arguments of `golden bake`, or tells everything that is wrong with them. */
export function readBakeOptions(args: readonly string[]): { options: BakeOptions; problems: Problem[] } {
  const json = args.includes('--json');
  const problems: Problem[] = [];
  const wrong = (field: string, found: string, allowed: string, fix: string) =>
    problems.push({ file: 'the command line', line: 0, column: 0, field, found, allowed, fix });
  const { tokens, values, positionals } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: {
      speed: { type: 'string' },
      seed: { type: 'string' },
      at: { type: 'string' },
      faults: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const known = ['speed', 'seed', 'at', 'faults', 'json'];
  const given = tokens.filter((token) => token.kind === 'option');
  for (const [index, token] of given.entries()) {
    if (given.findIndex(({ name }) => name === token.name) < index) {
      wrong(token.rawName, 'the same option again', 'each option once', 'leave one of them out');
    } else if (token.name === 'json' && token.value !== undefined) {
      wrong(
        token.rawName,
        `the value ${JSON.stringify(token.value)}`,
        'no value',
        'write --json, or leave it out',
      );
    } else if (!known.includes(token.name)) {
      const meant = nearest(token.name, known);
      wrong(
        token.rawName,
        'an unknown option',
        known.map((name) => `--${name}`).join(', '),
        meant === undefined ? 'see golden bake --help' : `did you mean --${meant}?`,
      );
    }
  }
  // `npm run bake debian12 --speed max`: npm keeps what comes before a `--` for itself, and hands it on in the environment only.
  const kept = known.filter((name) => process.env[`npm_config_${name}`] !== undefined);
  if (kept.length > 0 && process.env.npm_lifecycle_event === 'bake') {
    const options = kept.map((name) => `--${name}`).join(' and ');
    wrong(
      options,
      'taken by npm for an option of its own',
      'options after --',
      'write npm run bake -- and then all of them',
    );
    return {
      options: { recipe: DEFAULT_RECIPE, speed: undefined, seed: 0, at: new Date(), faults: undefined, json },
      problems,
    };
  }
  const text = (name: 'speed' | 'seed' | 'at' | 'faults'): string | undefined => {
    const value = values[name];
    if (typeof value === 'boolean') {
      wrong(`--${name}`, 'no value', 'a value after it', `write --${name} VALUE`);
      return undefined;
    }
    return value;
  };
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
  const seedText = text('seed');
  const seed = seedText === undefined ? randomInt(2 ** 31) : Number(seedText);
  if (seedText !== undefined && (!/^\d+$/.test(seedText) || seed > 0xffff_ffff)) {
    wrong('--seed', JSON.stringify(seedText), 'a whole number from 0 to 4294967295', 'try --seed 42');
  }
  const atText = text('at');
  const at = atText === undefined ? new Date(Math.floor(Date.now() / 1000) * 1000) : new Date(atText);
  if (atText !== undefined && !isTime(atText)) {
    const allowed = 'a time in ISO 8601 with its zone, from 2020 to 2099';
    wrong('--at', JSON.stringify(atText), allowed, 'write it as in 2026-11-22T03:00:00Z');
  }
  const faults = text('faults');
  if (faults === '') wrong('--faults', 'an empty name', 'the path of a file', 'see faults/ for ready ones');
  const recipe = positionals[0] ?? DEFAULT_RECIPE;
  return { options: { recipe, speed, seed: Number.isNaN(seed) ? 0 : seed, at, faults, json }, problems };
}

/** The form, and that there is such a day: `Date` makes the second of March of the thirtieth of February. */
function isTime(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  return (
    TIME.test(text) &&
    !Number.isNaN(Date.parse(text)) &&
    new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day
  );
}
