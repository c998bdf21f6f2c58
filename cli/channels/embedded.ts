import { join } from 'node:path';
import { untilItWaitsForPeople } from '../../local/approval.ts';
import { deploy, HOME } from '../../local/pipeline.ts';
import { openRecipe, openValidRecipes } from '../../shared/recipe/open-recipe.ts';
import { describeOrigin, describeSaveFailure, openWorld } from '../world/open-world.ts';
import { type ChannelReport, channelReport, refusedRequest } from './answer.ts';
import type { ChannelOptions } from './options.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Starts a state machine in the world that `golden bake` keeps, and waits for its end. `open` prints where the command acts. */
export async function askEmbedded(
  { recipe: argument, request, state }: ChannelOptions,
  open: (lines: readonly string[]) => void,
): Promise<ChannelReport> {
  const { action } = request;
  const opened = openWorld({
    command: `golden ${action}`,
    state,
    fresh: false,
    seed: undefined,
    at: undefined,
  });
  if ('problems' in opened)
    return refusedRequest({ place: { world: 'embedded' }, action, recipe: argument }, opened.problems);
  const { world, clock, origin } = opened;
  const at = new Date(origin.at);
  const place = {
    world: 'embedded',
    state: { file: origin.file, fresh: origin.fresh, at: at.toISOString() },
  } as const;
  try {
    const file = openRecipe(argument, ROOT, at);
    if ('problems' in file) return refusedRequest({ place, action, recipe: argument }, file.problems);
    const { name } = file.recipe;
    const others = openValidRecipes(ROOT, at).filter((one) => one.recipe.name !== name);
    const pipeline = deploy(world, [file, ...others]);
    // An interrupted build may hold the turn to move the channels of the recipe.
    await clock.run(Promise.all(pipeline.resume().map(untilItWaitsForPeople)));
    const execution =
      'distribute' in request
        ? pipeline.distribute({ recipe: name, distribute: request.distribute })
        : pipeline.moveChannel({ ...request, recipe: name });
    open([
      `World      embedded AWS (a simulation), account ${HOME.account}, ${HOME.region}`,
      `State      ${origin.file}, ${describeOrigin(origin)}`,
    ]);
    const result = await clock.run(execution.result);
    const report = channelReport({ place, action, recipe: name, execution: execution.name }, result);
    try {
      opened.keep();
    } catch (error) {
      return {
        ...report,
        status: 'failed',
        error: { name: 'NotSaved', message: describeSaveFailure(origin.file, error) },
      };
    }
    return report;
  } finally {
    opened.release();
  }
}
