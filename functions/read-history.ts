import * as z from 'zod/mini';
import { readApproval, readNewest } from '../shared/aws/approvals-table.ts';
import type { Table } from '../shared/aws/builds-table.ts';
import { readChannels } from '../shared/aws/channels-table.ts';
import { dynamodb } from '../shared/aws/clients.ts';
import { endedApproval, isWaiting } from '../shared/build/approval.ts';
import { requireRecipe } from '../shared/build/channel-request.ts';
import { type ChannelHistory, eventOf } from '../shared/build/execution-document.ts';
import { channelParameter } from '../shared/build/publication.ts';
import { recipes } from '../shared/lambda/packaged-recipes.ts';
import { stage } from '../shared/lambda/stage.ts';

/**
 * ReadHistory: reads the channels, the releases, the moves, the waiting build and the last answer of a recipe from the table.
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
    const questions = await readQuestions(table, name, deps.now());
    const names = [...new Set([...publish.channels, ...Object.keys(channels)])];
    return {
      status: 'ready',
      recipe: name,
      channels: names.map((one) => ({ name: one, parameter: channelParameter(name, one), ...channels[one] })),
      releases,
      history,
      ...questions,
    };
  },
  { dynamodb, recipes },
);

/** The build of the recipe that waits for approval, and how the question before it ended. */
async function readQuestions(
  table: Table,
  recipe: string,
  now: Date,
): Promise<Pick<ChannelHistory, 'waiting' | 'ended'>> {
  const newest = await readNewest(table, recipe);
  const asked = newest === undefined ? undefined : await readApproval(table, newest.execution);
  if (asked === undefined) return {};
  if (!isWaiting(asked, now)) return { ended: endedApproval(asked) };
  const { execution, version, askedAt, deadline } = asked;
  const older = newest?.supersedes === undefined ? undefined : await readApproval(table, newest.supersedes);
  return {
    waiting: { execution, version, askedAt, deadline },
    ...(older !== undefined && { ended: endedApproval(older) }),
  };
}
