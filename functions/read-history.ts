import * as z from 'zod/mini';
import { readChannels } from '../shared/aws/channels-table.ts';
import { dynamodb } from '../shared/aws/clients.ts';
import { requireRecipe } from '../shared/build/channel-request.ts';
import { type ChannelHistory, eventOf } from '../shared/build/execution-document.ts';
import { channelParameter } from '../shared/build/publication.ts';
import { recipes } from '../shared/lambda/packaged-recipes.ts';
import { stage } from '../shared/lambda/stage.ts';

/**
 * ReadHistory: reads the channels, the releases and the moves of a recipe from the table.
 * Safe to repeat: it only reads. It does not read the parameters, which an unfinished execution may be moving.
 */
export const handler = stage(
  'history',
  eventOf({ recipe: z.string() }),
  async ({ document }, deps): Promise<ChannelHistory> => {
    const { name, publish } = requireRecipe(document.recipe, deps.recipes);
    const table = { dynamodb: deps.dynamodb, table: deps.settings.table };
    const { releases, channels, history } = await readChannels(table, name);
    // A channel that the recipe no longer has keeps its parameters.
    const names = [...new Set([...publish.channels, ...Object.keys(channels)])];
    return {
      status: 'ready',
      recipe: name,
      channels: names.map((one) => ({ name: one, parameter: channelParameter(name, one), ...channels[one] })),
      releases,
      history,
    };
  },
  { dynamodb, recipes },
);
