import { join } from 'node:path';
import { untilItWaitsForPeople } from '../../local/approval.ts';
import { deploy, type RecipeFile } from '../../local/pipeline.ts';
import type { BuildRequest, Cleanup } from '../../shared/build/execution-document.ts';
import { openRecipe, openValidRecipes } from '../../shared/recipe/open-recipe.ts';
import type { Problem } from '../../shared/recipe/problem.ts';
import { onInterrupt } from '../screen/interrupts.ts';
import { buildReport, exitCodeOf, type Report } from '../screen/report.ts';
import { createScreen, silentScreen } from '../screen/screen.ts';
import { advance, type BuildDocument, emptyTimeline } from '../screen/timeline.ts';
import { openFaults } from '../world/faults-file.ts';
import { describeSaveFailure, type OpenedWorld, type Origin, openWorld } from '../world/open-world.ts';
import { embeddedView } from './embedded-view.ts';
import { readExecutionInput } from './execution-input.ts';
import { DEFAULT_SPEED, type EmbeddedBakeOptions } from './options.ts';
import { quitMessage } from './quit-message.ts';
import { followResumed } from './resumed-executions.ts';

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
    'recipe' in file ? readExecutionInput(file.recipe.name, options, { ...file, now }) : { problems: [] };
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
  // At full speed: the user waits for the new build.
  const resuming = pipeline.resume().map((one) => followResumed(world, one));
  for (const { subject } of resuming) screen.note(`Resuming ${subject}, which was interrupted.`);
  const resumed = await clock.run(Promise.all(resuming.map(({ ended }) => ended)));
  for (const [index, { status, outcome }] of resumed.entries()) {
    const line = `Resumed ${resuming[index]?.subject}: ${outcome}`;
    screen.note(line);
    // With --json, the report is about the new build, and its status does not show this failure.
    if (json && !['succeeded', 'skipped', 'waiting'].includes(status)) process.stderr.write(`${line}\n`);
  }
  view.begin();
  const execution = pipeline.start(request, (event) => {
    const stages = timeline.stages.length;
    timeline = advance(timeline, event);
    screen.update(timeline);
    // A process that is killed loses at most one stage.
    if (timeline.stages.length > stages) opened.keepInPassing();
  });
  screen.begin(execution);
  // A stopped execution runs no Catch, so the clean-up is started here. Images that were already released stay.
  const cleanUpAfter = ({ plan, patches, release }: BuildDocument) =>
    pipeline.cleanUp(execution, {
      plan,
      patches,
      ...(release?.status === 'ready' ? { release } : { failure: { Error: 'Aborted', Cause: '' } }),
    });
  let cleaningUp: Promise<Cleanup> | undefined;
  const stop = () => {
    screen.note('Interrupted: stopping the build and cleaning up. Press Ctrl-C again to quit immediately.');
    // The build stops at the time that the screen shows, which is later than the last event.
    clock.catchUp();
    execution.stop();
    // The clean-up is in the world from now on, so the next command finishes it if this process ends.
    if (world.executions.get(execution.arn)?.status === 'ABORTED')
      cleaningUp = cleanUpAfter(timeline.document);
  };
  const quit = () => {
    const message = quitMessage(pipeline, execution, timeline.document);
    if (json) process.stderr.write(`${message}\n`);
    else screen.note(message);
  };
  const uninterrupt = onInterrupt(stop, quit);
  // A user who interrupts a slow build does not want to wait for a slow clean-up.
  const cleanUpSpeed = speed === undefined ? undefined : Math.max(speed, DEFAULT_SPEED);
  const result = await clock.run(untilItWaitsForPeople(execution), speed);
  if (result?.status === 'ABORTED') cleaningUp ??= cleanUpAfter(timeline.document);
  const cleanup = cleaningUp && (await clock.run(cleaningUp, cleanUpSpeed));
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
      resumed,
    },
    cleanup,
  );
  screen.end(report);
  return report;
}

/** The other recipes that a kept world may build at the same time: interrupted builds continue, and schedules may be due. */
function otherRecipes({ fresh, at }: Origin, { recipe }: RecipeFile): RecipeFile[] {
  if (fresh) return [];
  return openValidRecipes(ROOT, new Date(at)).filter((one) => one.recipe.name !== recipe.name);
}
