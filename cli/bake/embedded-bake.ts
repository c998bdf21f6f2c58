import { join } from 'node:path';
import type { World } from 'embedded-aws';
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
import { describeUnkept, type OpenedWorld, type Origin, openWorld } from '../world/open-world.ts';
import { embeddedView } from './embedded-view.ts';
import { readExecutionInput } from './execution-input.ts';
import { DEFAULT_SPEED, type EmbeddedBakeOptions } from './options.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Bakes on the AWS in this process. Returns the exit code, or what is wrong; then nothing was done. */
export async function bakeEmbedded(options: EmbeddedBakeOptions): Promise<number | { problems: Problem[] }> {
  const faults = options.faults === undefined ? { faults: [] } : openFaults(options.faults);
  const opened = openWorld({
    ...options,
    command: 'golden bake',
    faults: 'problems' in faults ? [] : faults.faults,
  });
  const now = 'problems' in opened ? (options.at ?? new Date()) : new Date(opened.origin.at);
  const file = openRecipe(options.recipe, ROOT, now);
  const asked =
    'recipe' in file ? checked(readExecutionInput(file.recipe.name, options), file, now) : { problems: [] };
  if ('problems' in opened || 'problems' in file || 'problems' in faults || 'problems' in asked) {
    if ('release' in opened) opened.release();
    const all = [file, asked, faults, opened];
    return { problems: all.flatMap((one) => ('problems' in one ? one.problems : [])) };
  }
  let isKept = false;
  let report: Report;
  try {
    report = await bake(file, asked.request, opened, options);
  } finally {
    isKept = keepAtEnd(opened);
    opened.release();
  }
  if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  return exitCodeOf(report) || (isKept ? 0 : 1);
}

/** What the overrides make of the recipe is checked as the recipe itself is, before anything runs. */
function checked(
  asked: ReturnType<typeof readExecutionInput>,
  { recipe, path }: OpenedRecipe,
  now: Date,
): ReturnType<typeof readExecutionInput> {
  if ('problems' in asked || asked.request.overrides === undefined) return asked;
  const overridden = checkOverridden(recipe, asked.request.overrides, `${path} with the overrides`, now);
  return 'problems' in overridden ? overridden : asked;
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
  const first = resumed.filter(({ arn }) => recipeOf(world, arn) === file.recipe.name);
  // A build steps back from another one of its recipe. Nobody watches this one, so it need not be watched in slow motion.
  for (const { name, startTime, result } of first) {
    screen.note(`First, to its end, ${name} from ${new Date(startTime).toISOString()}, whose process ended.`);
    await clock.run(result, undefined);
  }
  const execution = pipeline.start(request, (event) => {
    const stages = timeline.stages.length;
    timeline = advance(timeline, event);
    screen.update(timeline);
    // A process that is killed loses no more than one stage.
    if (timeline.stages.length > stages) opened.keepInPassing();
  });
  // What a process left under way that is no more goes on beside this build, and may outlast it.
  screen.begin(
    execution,
    resumed.filter((one) => !first.includes(one)),
  );
  const uninterrupt = onInterrupt(() => {
    screen.note('Interrupted: the execution is stopped, clean-up runs. Once more to leave at once.');
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

/** The other recipes that a kept world may build meanwhile: what was interrupted goes on, and schedules may be due. */
function otherRecipes({ fresh, at }: Origin, { recipe }: RecipeFile): RecipeFile[] {
  if (fresh) return [];
  return openValidRecipes(ROOT, new Date(at)).filter((one) => one.recipe.name !== recipe.name);
}

/** The name of the recipe that an execution was asked to build; whatever it says, if that is none. */
function recipeOf(world: World, arn: string): unknown {
  const input = JSON.parse(world.executions.get(arn)?.input ?? '{}') as { recipe?: unknown } | null;
  const asked = input?.recipe;
  return typeof asked === 'object' && asked !== null && 'name' in asked ? asked.name : asked;
}
