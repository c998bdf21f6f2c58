import { join } from 'node:path';
import { untilItWaitsForPeople } from '../../local/approval.ts';
import { deploy } from '../../local/pipeline.ts';
import { openRecipe, openValidRecipes } from '../../shared/recipe/open-recipe.ts';
import { type ChannelReport, channelReport, refusedRequest } from './answer.ts';
import { inKeptWorld } from './kept-world.ts';
import type { ChannelOptions } from './options.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Starts a state machine in the world that `golden bake` keeps, and waits for its end. `open` prints where the command acts. */
export const askEmbedded = (
  { recipe, request, state }: ChannelOptions,
  open: (lines: readonly string[]) => void,
): Promise<ChannelReport> =>
  inKeptWorld(
    { action: request.action, recipe, state },
    async ({ world, clock, asked, at, heading, save }) => {
      const file = openRecipe(recipe, ROOT, at);
      if ('problems' in file) return refusedRequest(asked, file.problems);
      const { name } = file.recipe;
      const others = openValidRecipes(ROOT, at).filter((one) => one.recipe.name !== name);
      const pipeline = deploy(world, [file, ...others]);
      // An interrupted build may hold the turn to move the channels of the recipe.
      await clock.run(Promise.all(pipeline.resume().map(untilItWaitsForPeople)));
      const execution =
        'distribute' in request
          ? pipeline.distribute({ recipe: name, distribute: request.distribute })
          : pipeline.moveChannel({ ...request, recipe: name });
      open(heading);
      const result = await clock.run(execution.result);
      return save(channelReport({ ...asked, recipe: name, execution: execution.name }, result));
    },
  );
