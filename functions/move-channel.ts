import * as z from 'zod/mini';
import { endTurn, readPublication, takeTurn } from '../shared/aws/channels-table.ts';
import { dynamodb, ec2, ssm } from '../shared/aws/clients.ts';
import { consumers } from '../shared/aws/consumer-clients.ts';
import { whyUnusable } from '../shared/aws/images.ts';
import { findTemplates } from '../shared/aws/launch-templates.ts';
import { advancePublication, readFollowers } from '../shared/aws/publishing.ts';
import {
  type ChannelRequest,
  type ChosenMove,
  channelRequestSchema,
  chooseMove,
  moveBegun,
  requireRecipe,
} from '../shared/build/channel-request.ts';
import { type ChannelMove, type Channels, withMove } from '../shared/build/channels.ts';
import {
  eventOf,
  type MovedChannel,
  movedChannelSchema,
  type PendingPublication,
  pendingPublicationSchema,
} from '../shared/build/execution-document.ts';
import { channelParameter } from '../shared/build/publication.ts';
import { publicationWait } from '../shared/build/publication-wait.ts';
import { templateRefusals, templatesOf } from '../shared/build/template-versions.ts';
import { InvalidInput, Superseded, Transient } from '../shared/errors.ts';
import { recipes } from '../shared/lambda/packaged-recipes.ts';
import { stage } from '../shared/lambda/stage.ts';

/**
 * MoveChannel: makes a channel name another release, in every region and consumer account: a promotion, or a rollback. The launch
 * templates that follow the channel move, too. It chooses the release once, and refuses a
 * move that makes no sense, or to images that are not available, before it writes anything. A rollback skips such releases.
 * Safe to repeat: it only writes the parameters that are missing, and the history shows whether this execution has moved the channel. It
 * does not undo anything: if it fails, clean-up does.
 */
export const handler = stage(
  'move',
  eventOf({
    ...channelRequestSchema.shape,
    move: z.optional(z.union([pendingPublicationSchema, movedChannelSchema])),
  }),
  async ({ execution, document }, deps): Promise<MovedChannel | PendingPublication> => {
    const recipe = requireRecipe(document.recipe, deps.recipes);
    const table = { dynamodb: deps.dynamodb, table: deps.settings.table };
    const now = deps.now();
    const before = document.move?.status === 'pending' ? document.move : undefined;
    const wait = publicationWait(before, now);

    const turn = await takeTurn(table, recipe.name, execution, now);
    if ('heldBy' in turn) return wait('turn', `${turn.heldBy} to move a channel of ${recipe.name}`);
    const { channels } = turn;
    const done = channels.history.find((move) => move.execution === execution);
    if (done !== undefined) {
      await endTurn(table, recipe.name, execution);
      const stored = await readPublication(table, execution);
      const followers = stored === undefined ? {} : await readFollowers(stored, deps);
      return { ...moved(recipe.name, done, channels, stored?.skipped), ...followers };
    }

    const chosen = await choose();
    const { channel, how, release, from, skipped } = chosen;
    const consumerRoles = recipe.publish.roles;
    const { version, images } = release;
    const progress = await advancePublication(
      {
        execution,
        recipe: recipe.name,
        version,
        channels: [channel],
        images,
        templates: templatesOf(recipe.publish, Object.keys(images), [channel]),
        ...(consumerRoles.length > 0 && { consumerRoles }),
        isRelease: false,
        from,
        skipped,
      },
      { turn, made: before?.puts ?? [], now },
      { ...deps, ...table },
    );
    if (progress.phase !== 'done') return wait(progress.phase, progress.awaiting, progress.puts);

    const at = now.toISOString();
    const by = document.by ?? 'a person';
    const changed = withMove(channels, channel, version, how, { at, execution, by });
    if (!(await endTurn(table, recipe.name, execution, changed)))
      throw new Transient(
        `The execution ${execution} has lost its turn to move the channels of ${recipe.name}`,
      );
    deps.log.info('moved the channel', { channel, from, to: version, skipped });
    const move = { at, channel, how, from, to: version, execution, by };
    return { ...moved(recipe.name, move, changed, skipped), ...progress.followers };

    /** What is chosen stays chosen: the table has it from the first write on. */
    async function choose(): Promise<ChosenMove> {
      const request: ChannelRequest = document;
      const stored = await readPublication(table, execution);
      if (stored?.recipe === recipe.name && !stored.isRelease) return moveBegun(stored, request, channels);
      try {
        const move = await chooseUsable(request);
        await requireTemplates(move);
        return move;
      } catch (error) {
        if (error instanceof InvalidInput || error instanceof Superseded)
          await endTurn(table, recipe.name, execution);
        throw error;
      }
    }

    async function requireTemplates({ channel, release: { images } }: ChosenMove): Promise<void> {
      const regions = Object.keys(images);
      const found = await findTemplates(templatesOf(recipe.publish, regions, [channel]), deps);
      const reasons = templateRefusals(found, regions);
      if (reasons.length > 0)
        throw new InvalidInput(
          `The channel ${channel} of ${recipe.name} cannot move, because ${reasons.join('; and ')}`,
        );
    }

    /** Parameter Store reports an image that it does not accept only as an event, so the images are checked before the first write. */
    async function chooseUsable(request: ChannelRequest): Promise<ChosenMove> {
      const unusable: Record<string, string> = {};
      for (;;) {
        const move = chooseMove(request, channels, recipe.publish.channels, unusable);
        const why = await whyUnusable(move.release.images, recipe.publish.roles, deps);
        if (why === undefined) return move;
        unusable[move.release.version] = why;
      }
    }
  },
  { consumers, dynamodb, ec2, recipes, ssm },
);

function moved(
  recipe: string,
  move: ChannelMove,
  { releases }: Channels,
  skipped: ChosenMove['skipped'] = {},
): MovedChannel {
  const imagesOf = (version: string | undefined) =>
    releases.find((release) => release.version === version)?.images ?? {};
  const images = imagesOf(move.to);
  const unmoved = Object.keys(imagesOf(move.from)).filter((region) => !Object.hasOwn(images, region));
  const { channel, how, from, to = '' } = move;
  return {
    status: 'ready',
    recipe,
    channel,
    how,
    from,
    to,
    parameter: channelParameter(recipe, channel),
    images,
    unmoved,
    ...(Object.keys(skipped).length > 0 && { skipped }),
  };
}
