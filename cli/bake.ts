import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { installClock } from '../local/aws/clock.ts';
import type { Fault } from '../local/aws/faults.ts';
import { newWorld } from '../local/aws/new-world.ts';
import { deploy, type RecipeFile } from '../local/pipeline.ts';
import { nearest } from '../shared/domain/nearest.ts';
import { describeProblem, type Problem } from '../shared/domain/problem.ts';
import { openFaults } from './faults-file.ts';
import { openRecipe } from './recipe-argument.ts';
import { buildReport, EXIT_CODES, invalidReport, type Report } from './report.ts';
import { createScreen, silentScreen } from './screen.ts';
import { advance, emptyTimeline } from './timeline.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const DEFAULT_RECIPE = 'al2023';
/** Simulated seconds to a real second: a bake of Amazon Linux is watched in about ten seconds. */
const DEFAULT_SPEED = 180;

const HELP = `golden bake [recipe] [options]: bake an image on the embedded AWS, inside this process; no AWS account is used

  recipe            a name in recipes/, or a path; ${DEFAULT_RECIPE} if left out
  --speed N|max     simulated seconds to a real second (${DEFAULT_SPEED}), or max: as fast as it goes
  --seed N          a whole number; the same seed and --at give the same bake (a random one if left out)
  --at TIME         when the simulation begins, ISO 8601 such as 2026-11-22T03:00:00Z (now if left out)
  --faults FILE     what goes wrong, as docs/faults.md describes
  --json            print one JSON document and nothing else (with npm: npm run -s bake -- --json)

Exit codes: 0 done or skipped, 1 the build failed, 2 the input was wrong, 130 interrupted.
`;

interface Options {
  readonly recipe: string;
  readonly speed: number | undefined;
  readonly seed: number;
  readonly at: Date;
  readonly faults: string | undefined;
  readonly json: boolean;
}

/** Runs `golden bake`; returns the exit code. */
export async function bakeCommand(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(HELP);
    return 0;
  }
  const options = readOptions(args);
  if ('problems' in options) return refuse(options.json, DEFAULT_RECIPE, 0, options.problems);
  const { recipe: argument, seed, at, json } = options;
  const opened = openRecipe(argument, ROOT, at);
  const faults = options.faults === undefined ? { faults: [] } : openFaults(options.faults);
  const problems = [opened, faults].flatMap((one) => ('problems' in one ? one.problems : []));
  if ('problems' in opened || 'problems' in faults) return refuse(json, argument, seed, problems);
  const report = await bake(opened, faults.faults, options);
  if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  return EXIT_CODES[report.status];
}

async function bake(file: RecipeFile, faults: readonly Fault[], options: Options): Promise<Report> {
  const { seed, at, speed, json } = options;
  const clock = installClock(at, seed);
  try {
    const world = newWorld({ seed, now: clock.now, faults });
    const pipeline = deploy(world, [file]);
    let timeline = emptyTimeline;
    const screen = json
      ? silentScreen
      : createScreen(process.stdout, { file, pipeline, seed, shownNow: clock.shownNow });
    const execution = pipeline.start(file.recipe.name, (event) => {
      timeline = advance(timeline, event);
      screen.update(timeline, world.now());
    });
    screen.begin(execution);
    const uninterrupt = onInterrupt(() => {
      screen.interrupted();
      execution.stop();
    });
    const result = await clock.run(execution.result, speed);
    // An execution that was stopped runs no Catch, so clean-up is called for it.
    const cleanup =
      result.status === 'ABORTED' ? await clock.run(pipeline.cleanUp(execution), speed) : undefined;
    uninterrupt();
    const now = world.now();
    const report = buildReport({ recipe: file.recipe.name, seed, execution, timeline, result, now }, cleanup);
    screen.end(report);
    return report;
  } finally {
    clock.uninstall();
  }
}

/** The first Ctrl-C is handled, the second ends the process at once. Returns how to undo it. */
function onInterrupt(handle: () => void): () => void {
  let first = true;
  const listener = () => {
    if (!first) process.exit(EXIT_CODES.aborted);
    first = false;
    handle();
  };
  process.on('SIGINT', listener);
  return () => process.off('SIGINT', listener);
}

function refuse(json: boolean, recipe: string, seed: number, problems: readonly Problem[]): number {
  const report = invalidReport(recipe, seed, problems);
  if (json) {
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else {
    const count = problems.length === 1 ? 'One problem' : `${problems.length} problems`;
    process.stderr.write(
      `${problems.map(describeProblem).join('\n\n')}\n\n${count}; nothing was launched.\n`,
    );
  }
  return EXIT_CODES[report.status];
}

function readOptions(args: readonly string[]): Options | { json: boolean; problems: Problem[] } {
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
  for (const token of tokens) {
    if (token.kind === 'option' && !known.includes(token.name)) {
      const meant = nearest(token.name, known);
      wrong(
        token.rawName,
        'an unknown option',
        known.map((name) => `--${name}`).join(', '),
        meant === undefined ? 'see golden bake --help' : `did you mean --${meant}?`,
      );
    }
  }
  const text = (name: 'speed' | 'seed' | 'at' | 'faults'): string | undefined => {
    const value = values[name];
    if (typeof value === 'boolean') {
      wrong(`--${name}`, 'no value', 'a value after it', `write --${name} VALUE`);
      return undefined;
    }
    return value;
  };
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
  if (speed !== undefined && !(speed > 0 && speed <= 1e6)) {
    wrong(
      '--speed',
      JSON.stringify(speedText),
      'max, or a number above 0',
      'try --speed 60: a minute each second',
    );
  }
  const seedText = text('seed');
  const seed = seedText === undefined ? randomInt(2 ** 31) : Number(seedText);
  if (!Number.isSafeInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
    wrong('--seed', JSON.stringify(seedText), 'a whole number from 0 to 4294967295', 'try --seed 42');
  }
  const atText = text('at');
  const at = atText === undefined ? new Date(Math.floor(Date.now() / 1000) * 1000) : new Date(atText);
  if (Number.isNaN(at.getTime())) {
    wrong('--at', JSON.stringify(atText), 'a time in ISO 8601', 'write it as in 2026-11-22T03:00:00Z');
  }
  const faults = text('faults');
  if (problems.length > 0) return { json, problems };
  return { recipe: positionals[0] ?? DEFAULT_RECIPE, speed, seed, at, faults, json };
}
