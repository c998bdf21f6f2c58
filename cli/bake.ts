import { join } from 'node:path';
import { installClock } from '../local/aws/clock.ts';
import type { Fault } from '../local/aws/faults.ts';
import { newWorld } from '../local/aws/new-world.ts';
import { deploy, type RecipeFile } from '../local/pipeline.ts';
import { describeProblem, type Problem } from '../shared/domain/problem.ts';
import { BAKE_HELP, type BakeOptions, DEFAULT_SPEED, readBakeOptions } from './bake-options.ts';
import { openFaults } from './faults-file.ts';
import { openRecipe } from './recipe-argument.ts';
import { buildReport, EXIT_CODES, invalidReport, type Report } from './report.ts';
import { createScreen, silentScreen } from './screen.ts';
import { advance, type BuildDocument, emptyTimeline } from './timeline.ts';

const ROOT = join(import.meta.dirname, '..');

/** Runs `golden bake`; returns the exit code. */
export async function bakeCommand(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(BAKE_HELP);
    return 0;
  }
  const { options, problems: wrongOptions } = readBakeOptions(args);
  const { recipe: argument, seed, at, json } = options;
  if (wrongOptions.length > 0) return refuse(json, argument, seed, wrongOptions);
  const opened = openRecipe(argument, ROOT, at);
  const faults = options.faults === undefined ? { faults: [] } : openFaults(options.faults);
  const problems = [opened, faults].flatMap((one) => ('problems' in one ? one.problems : []));
  if ('problems' in opened || 'problems' in faults) return refuse(json, argument, seed, problems);
  const report = await bake(opened, faults.faults, options);
  if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  return EXIT_CODES[report.status];
}

async function bake(file: RecipeFile, faults: readonly Fault[], options: BakeOptions): Promise<Report> {
  const { seed, at, speed, json } = options;
  const clock = installClock(at, seed);
  try {
    const world = newWorld({ seed, now: clock.now, faults });
    const pipeline = deploy(world, [file]);
    let timeline = emptyTimeline;
    const screen = json
      ? silentScreen
      : createScreen(process.stdout, { file, pipeline, shownNow: clock.shownNow });
    const execution = pipeline.start(file.recipe.name, (event) => {
      timeline = advance(timeline, event);
      screen.update(timeline);
    });
    screen.begin(execution);
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
      result.status === 'ABORTED'
        ? await clock.run(cleanUpAfter(timeline.document), cleanUpSpeed)
        : undefined;
    uninterrupt();
    const now = world.now();
    const report = buildReport({ recipe: file.recipe.name, seed, execution, timeline, result, now }, cleanup);
    screen.end(report);
    return report;
  } finally {
    clock.uninstall();
  }
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
