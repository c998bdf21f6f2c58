import { join } from 'node:path';
import type { Execution, ExecutionResult, World } from 'embedded-aws';
import { deploy, type RecipeFile } from '../../local/pipeline.ts';
import type { BuildRequest } from '../../shared/build/execution-document.ts';
import { type OpenedRecipe, openRecipe, openValidRecipes } from '../../shared/recipe/open-recipe.ts';
import type { Problem } from '../../shared/recipe/problem.ts';
import { checkOverridden } from '../../shared/recipe/requested-recipe.ts';
import { onInterrupt } from '../screen/interrupts.ts';
import { buildReport, exitCodeOf, type Report } from '../screen/report.ts';
import { createScreen, silentScreen } from '../screen/screen.ts';
import { advance, type BuildDocument, emptyTimeline } from '../screen/timeline.ts';
import { openFaults } from '../world/faults-file.ts';
import { describeSaveFailure, type OpenedWorld, type Origin, openWorld } from '../world/open-world.ts';
import { embeddedView } from './embedded-view.ts';
import { readExecutionInput } from './execution-input.ts';
import { DEFAULT_SPEED, type EmbeddedBakeOptions } from './options.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Bakes on the embedded AWS in this process. Returns the exit code, or the problems. If there are problems, nothing was done. */
export async function bakeEmbedded(options: EmbeddedBakeOptions): Promise<number | { problems: Problem[] }> {
  const faults = options.faults === undefined ? { faults: [] } : openFaults(options.faults);
  const opened = openWorld({
    ...options,
    command: 'golden bake',
    faults: 'problems' in faults ? [] : faults.faults,
  });
  const now = 'problems' in opened ? (options.at ?? new Date()) : new Date(opened.origin.at);
  const file = openRecipe(options.recipe, ROOT, now);
  const input =
    'recipe' in file ? checked(readExecutionInput(file.recipe.name, options), file, now) : { problems: [] };
  if ('problems' in opened || 'problems' in file || 'problems' in faults || 'problems' in input) {
    if ('release' in opened) opened.release();
    const all = [file, input, faults, opened];
    return { problems: all.flatMap((one) => ('problems' in one ? one.problems : [])) };
  }
  let isKept = false;
  let report: Report;
  try {
    report = await bake(file, input.request, opened, options);
  } finally {
    isKept = keepAtEnd(opened);
    opened.release();
  }
  if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  return exitCodeOf(report) || (isKept ? 0 : 1);
}

/** Checks the recipe with the overrides by the same rules as the recipe alone, before anything runs. */
function checked(
  input: ReturnType<typeof readExecutionInput>,
  { recipe, path }: OpenedRecipe,
  now: Date,
): ReturnType<typeof readExecutionInput> {
  if ('problems' in input || input.request.overrides === undefined) return input;
  const overridden = checkOverridden(recipe, input.request.overrides, `${path} with the overrides`, now);
  return 'problems' in overridden ? overridden : input;
}

/** Saves the world. The bake is reported even if its world cannot be saved. */
function keepAtEnd({ keep, origin }: OpenedWorld): boolean {
  try {
    keep();
    return true;
  } catch (error) {
    process.stderr.write(`${describeSaveFailure(origin.file, error)}\n`);
    return false;
  }
}

async function bake(
  file: RecipeFile,
  request: BuildRequest,
  opened: OpenedWorld,
  options: EmbeddedBakeOptions,
): Promise<Report> {
  const { world, clock, origin } = opened;
  const { speed, json, faults } = options;
  const pipeline = deploy(world, [file, ...otherRecipes(origin, file)]);
  let timeline = emptyTimeline;
  const view = embeddedView({ file, origin, faults, pipeline, shownNow: clock.shownNow });
  const screen = json ? silentScreen : createScreen(process.stdout, view);
  screen.open();
  const resumed = pipeline.resume();
  // The report of this command is about the new build. Standard output has only the report if the report is JSON.
  const tell = json ? (text: string) => process.stderr.write(`${text}\n`) : screen.note;
  for (const one of resumed) tellFailure(one, world, tell);
  const ofSameRecipe = resumed.filter(({ arn }) => recipeOf(world, arn) === file.recipe.name);
  // The new build would yield to a running build of the same recipe, so that build runs first, at full speed.
  for (const { name, startTime, result } of ofSameRecipe) {
    screen.note(`Resuming interrupted build ${name} (started ${new Date(startTime).toISOString()}).`);
    await clock.run(result, undefined);
  }
  const execution = pipeline.start(request, (event) => {
    const stages = timeline.stages.length;
    timeline = advance(timeline, event);
    screen.update(timeline);
    // A process that is killed loses at most one stage.
    if (timeline.stages.length > stages) opened.keepInPassing();
  });
  // Interrupted builds of other recipes continue at the same time as this build, and may end after it.
  screen.begin(
    execution,
    resumed.filter((one) => !ofSameRecipe.includes(one)),
  );
  const uninterrupt = onInterrupt(() => {
    screen.note('Interrupted: stopping the build and cleaning up. Press Ctrl-C again to quit immediately.');
    execution.stop();
  });
  // A stopped execution runs no Catch, so the clean-up is started here. Images that were already released stay.
  const cleanUpAfter = ({ plan, patches, release }: BuildDocument) =>
    pipeline.cleanUp(execution, {
      plan,
      patches,
      ...(release?.status === 'ready' ? { release } : { failure: { Error: 'Aborted', Cause: '' } }),
    });
  // A user who interrupts a slow build does not want to wait for a slow clean-up.
  const cleanUpSpeed = speed === undefined ? undefined : Math.max(speed, DEFAULT_SPEED);
  const result = await clock.run(execution.result, speed);
  const cleanup =
    result.status === 'ABORTED' ? await clock.run(cleanUpAfter(timeline.document), cleanUpSpeed) : undefined;
  uninterrupt();
  const state = { file: origin.file, fresh: origin.fresh, at: new Date(origin.at).toISOString() };
  const report = buildReport(
    {
      place: { world: 'embedded', state },
      recipe: file.recipe.name,
      execution,
      origin: { seed: world.seed, ...(faults !== undefined && { faults }) },
      timeline,
      result,
      now: world.now(),
    },
    cleanup,
  );
  screen.end(report);
  return report;
}

/** Tells the user when a resumed build ends without success, also if the command reports another build. */
function tellFailure(execution: Execution, world: World, tell: (text: string) => void): void {
  let timeline = emptyTimeline;
  execution.listen((event) => {
    timeline = advance(timeline, event);
  });
  const report = (result: ExecutionResult) => {
    const place = { world: 'embedded' } as const;
    const { error } = buildReport({
      place,
      recipe: '',
      execution,
      origin: {},
      timeline,
      result,
      now: world.now(),
    });
    if (error === undefined) return;
    const how = result.status === 'ABORTED' ? 'was stopped' : 'failed';
    tell(`Interrupted build ${execution.name} ${how} at ${error.stage}: ${error.name}: ${error.message}`);
  };
  // A rejection is a defect of the process. The command that waits for this build throws it.
  execution.result.then(report, () => {});
}

/** The other recipes that a kept world may build at the same time: interrupted builds continue, and schedules may be due. */
function otherRecipes({ fresh, at }: Origin, { recipe }: RecipeFile): RecipeFile[] {
  if (fresh) return [];
  return openValidRecipes(ROOT, new Date(at)).filter((one) => one.recipe.name !== recipe.name);
}

/** The name of the recipe that an execution builds. An input without a recipe's name may give any value. */
function recipeOf(world: World, arn: string): unknown {
  const input = JSON.parse(world.executions.get(arn)?.input ?? '{}') as { recipe?: unknown } | null;
  const recipe = input?.recipe;
  return typeof recipe === 'object' && recipe !== null && 'name' in recipe ? recipe.name : recipe;
}
