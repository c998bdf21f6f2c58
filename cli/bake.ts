import { join } from 'node:path';
import type { World } from '../local/aws/world.ts';
import { deploy, type RecipeFile } from '../local/pipeline.ts';
import { describeProblem, type Problem } from '../shared/domain/problem.ts';
import { BAKE_HELP, type BakeOptions, DEFAULT_SPEED, readBakeOptions } from './bake-options.ts';
import { openFaults } from './faults-file.ts';
import { openRecipe } from './recipe-argument.ts';
import { buildReport, EXIT_CODES, invalidReport, type Report } from './report.ts';
import { createScreen, silentScreen } from './screen.ts';
import { advance, type BuildDocument, emptyTimeline } from './timeline.ts';
import { describeUnkept, type OpenedWorld, openWorld } from './world.ts';

const ROOT = join(import.meta.dirname, '..');

/** Runs `golden bake`; returns the exit code. */
export async function bakeCommand(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(BAKE_HELP);
    return 0;
  }
  const { options, problems: wrongOptions } = readBakeOptions(args);
  if (wrongOptions.length > 0) return refuse(options, wrongOptions);
  const faults = options.faults === undefined ? { faults: [] } : openFaults(options.faults);
  const opened = openWorld({
    ...options,
    command: 'golden bake',
    faults: 'problems' in faults ? [] : faults.faults,
  });
  const now = 'problems' in opened ? (options.at ?? new Date()) : new Date(opened.origin.at);
  const file = openRecipe(options.recipe, ROOT, now);
  if ('problems' in opened || 'problems' in file || 'problems' in faults) {
    if ('release' in opened) opened.release();
    return refuse(
      options,
      [file, faults, opened].flatMap((one) => ('problems' in one ? one.problems : [])),
    );
  }
  let isKept = false;
  let report: Report;
  try {
    report = await bake(file, opened, options);
  } finally {
    isKept = keepAtEnd(opened);
    opened.release();
  }
  if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  return EXIT_CODES[report.status] || (isKept ? 0 : 1);
}

/** A bake that was made is reported also where its world cannot be kept. */
function keepAtEnd({ keep, origin }: OpenedWorld): boolean {
  try {
    keep();
    return true;
  } catch (error) {
    process.stderr.write(`${describeUnkept(origin.file, error)}\n`);
    return false;
  }
}

async function bake(file: RecipeFile, opened: OpenedWorld, options: BakeOptions): Promise<Report> {
  const { world, clock, origin } = opened;
  const { speed, json } = options;
  const pipeline = deploy(world, [file, ...interruptedRecipes(world, file)]);
  let timeline = emptyTimeline;
  const screen = json
    ? silentScreen
    : createScreen(process.stdout, {
        file,
        origin,
        faults: options.faults,
        pipeline,
        shownNow: clock.shownNow,
      });
  const resumed = pipeline.resume();
  const execution = pipeline.start(file.recipe.name, (event) => {
    const stages = timeline.stages.length;
    timeline = advance(timeline, event);
    screen.update(timeline);
    // A process that is killed loses no more than one stage.
    if (timeline.stages.length > stages) opened.keepInPassing();
  });
  // What a process left under way that is no more goes on beside this build, and may outlast it.
  screen.begin(execution, resumed);
  const uninterrupt = onInterrupt(() => {
    screen.interrupted();
    execution.stop();
  });
  // An execution that was stopped runs no Catch, so clean-up is called for it. What was released by then stays.
  const cleanUpAfter = ({ plan, patches, release }: BuildDocument) =>
    pipeline.cleanUp(execution, {
      plan,
      patches,
      ...(release?.status === 'ready' ? { release } : { failure: { Error: 'Aborted', Cause: '' } }),
    });
  // Whoever interrupted does not want to watch in slow motion how it is cleaned up.
  const cleanUpSpeed = speed === undefined ? undefined : Math.max(speed, DEFAULT_SPEED);
  const result = await clock.run(execution.result, speed);
  const cleanup =
    result.status === 'ABORTED' ? await clock.run(cleanUpAfter(timeline.document), cleanUpSpeed) : undefined;
  uninterrupt();
  const { faults } = options;
  const build = { recipe: file.recipe.name, seed: world.seed, faults, origin, execution, timeline, result };
  const report = buildReport({ ...build, now: world.now() }, cleanup);
  screen.end(report);
  return report;
}

/** The recipes of the executions that are to be resumed, as far as they still lie in recipes/. */
function interruptedRecipes(world: World, { recipe }: RecipeFile): RecipeFile[] {
  const inputs = world.executions.all().flatMap(({ status, input }) => (status === 'RUNNING' ? input : []));
  const names = new Set(inputs.map((input) => (JSON.parse(input) as { recipe?: unknown } | null)?.recipe));
  names.delete(recipe.name);
  return [...names].flatMap((name) => {
    const opened = typeof name === 'string' ? openRecipe(name, ROOT, new Date(world.now())) : undefined;
    return opened === undefined || 'problems' in opened || opened.recipe.name !== name ? [] : opened;
  });
}

/** The first Ctrl-C (or a polite kill) is handled, the second ends the process at once. Returns how to undo it. */
function onInterrupt(handle: () => void): () => void {
  let first = true;
  const listener = () => {
    if (!first) process.exit(EXIT_CODES.aborted);
    first = false;
    handle();
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}

function refuse({ json, recipe, seed = 0 }: BakeOptions, problems: readonly Problem[]): number {
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
