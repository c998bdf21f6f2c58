import * as z from 'zod/mini';
import { endTurn, readPublication, takeTurn } from '../shared/aws/channels-table.ts';
import { dynamodb, ec2, ssm } from '../shared/aws/clients.ts';
import { consumers } from '../shared/aws/consumer-clients.ts';
import { findFollowing } from '../shared/aws/find-following.ts';
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
import { type LeftOut, leftOutWarnings } from '../shared/build/left-out.ts';
import { channelParameter, type Publication } from '../shared/build/publication.ts';
import { publicationWait } from '../shared/build/publication-wait.ts';
import { type Template, templateRefusals, templatesOf } from '../shared/build/template-versions.ts';
import { Denied, InvalidInput, Refused, Superseded, Transient } from '../shared/errors.ts';
import { recipes } from '../shared/lambda/packaged-recipes.ts';
import { stage } from '../shared/lambda/stage.ts';
import type { Recipe } from '../shared/recipe/recipe.ts';

/**
 * MoveChannel: makes a channel name another release, in every region and consumer account: a promotion, or a rollback. The launch
 * templates that follow the channel move, too. It chooses the release once, and refuses a
 * move that makes no sense, or to images that are not available, before it writes anything. A rollback skips such releases. A rollback may be
 * urgent: it leaves out consumer accounts and launch templates that cannot follow, and warns.
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
    const { channels, died } = turn;
    const done = channels.history.find((move) => move.execution === execution);
    if (done !== undefined) {
      await endTurn(table, recipe.name, execution);
      const stored = await readPublication(table, execution);
      const followers = stored === undefined ? {} : await readFollowers(stored, deps);
      return { ...moved(recipe, done, channels, stored), ...followers };
    }

    const { chosen, progress } = await endTurnIfRefused(advance);
    const { channel, how, release, from, skipped, leftOut } = chosen;
    const { version } = release;
    if (progress.phase !== 'done') return wait(progress.phase, progress.awaiting, progress.puts);

    const at = now.toISOString();
    const by = document.by ?? 'a person';
    const changed = withMove(channels, channel, version, how, { at, execution, by });
    if (!(await endTurn(table, recipe.name, execution, changed)))
      throw new Transient(
        `The execution ${execution} has lost its turn to move the channels of ${recipe.name}`,
      );
    deps.log.info('moved the channel', { channel, from, to: version, skipped, leftOut });
    const move = { at, channel, how, from, to: version, execution, by };
    return { ...moved(recipe, move, changed, chosen), ...progress.followers };

    async function advance() {
      const chosen = await choose();
      const { channel, release, from, skipped, templates, leftOut } = chosen;
      const { version, images } = release;
      const consumerRoles = recipe.publish.roles;
      const progress = await advancePublication(
        {
          execution,
          recipe: recipe.name,
          version,
          channels: [channel],
          images,
          templates,
          ...(consumerRoles.length > 0 && { consumerRoles }),
          isRelease: false,
          from,
          skipped,
          ...(Object.keys(leftOut).length > 0 && { leftOut }),
        },
        { turn: { channels, died }, made: before?.puts ?? [], now },
        { ...deps, ...table },
      );
      return { chosen, progress };
    }

    /** A move that is refused before its first write has nothing to undo. So the next move need not wait for clean-up. */
    async function endTurnIfRefused<T>(work: () => Promise<T>): Promise<T> {
      try {
        return await work();
      } catch (error) {
        const isRefused = [InvalidInput, Superseded, Denied, Refused].some((One) => error instanceof One);
        if (isRefused && (await readPublication(table, execution)) === undefined)
          await endTurn(table, recipe.name, execution);
        throw error;
      }
    }

    /** What is chosen stays chosen: the table has it from the first write on. */
    async function choose(): Promise<ChosenMove & { templates: readonly Template[]; leftOut: LeftOut }> {
      const request: ChannelRequest = document;
      const stored = await readPublication(table, execution);
      if (stored?.recipe === recipe.name && !stored.isRelease)
        return {
          ...moveBegun(stored, request, channels),
          templates: stored.templates ?? [],
          leftOut: stored.leftOut ?? {},
        };
      const move = await chooseUsable(request);
      if (move.how === 'rolled back') return { ...move, ...(await findFollowing(recipe, move, deps)) };
      return { ...move, templates: await requireTemplates(move), leftOut: {} };
    }

    async function requireTemplates({ channel, release: { images } }: ChosenMove): Promise<Template[]> {
      const regions = Object.keys(images);
      const templates = templatesOf(recipe.publish, regions, [channel]);
      const reasons = templateRefusals(await findTemplates(templates, deps), regions);
      if (reasons.length > 0)
        throw new InvalidInput(
          `The channel ${channel} of ${recipe.name} cannot move, because ${reasons.join('; and ')}`,
        );
      return templates;
    }

    /** Parameter Store reports an image that it does not accept only as an event, so the images are checked before the first write. */
    async function chooseUsable(request: ChannelRequest): Promise<ChosenMove> {
      const unusable: Record<string, string> = {};
      // A rollback leaves out the accounts that cannot launch the release.
      const roles = request.action === 'rollback' ? [] : recipe.publish.roles;
      for (;;) {
        const move = chooseMove(request, channels, recipe.publish.channels, unusable);
        const why = await whyUnusable(move.release.images, roles, deps);
        if (why === undefined) return move;
        unusable[move.release.version] = why;
      }
    }
  },
  { consumers, dynamodb, ec2, recipes, ssm },
);

function moved(
  { name: recipe, publish }: Recipe,
  move: ChannelMove,
  { releases }: Channels,
  { skipped = {}, leftOut = {} }: Pick<Publication, 'skipped' | 'leftOut'> = {},
): MovedChannel {
  const imagesOf = (version: string | undefined) =>
    releases.find((release) => release.version === version)?.images ?? {};
  const images = imagesOf(move.to);
  const unmoved = Object.keys(imagesOf(move.from)).filter((region) => !Object.hasOwn(images, region));
  const { channel, how, from, to = '' } = move;
  const parameter = channelParameter(recipe, channel);
  const warnings = leftOutWarnings(leftOut, { recipe, channel, parameter, from, to });
  const leftOutTemplates = publish.launchTemplates
    .filter(({ id }) => Object.hasOwn(leftOut, id))
    .map(({ region, id }) => ({ region, id }));
  return {
    status: 'ready',
    recipe,
    channel,
    how,
    from,
    to,
    parameter,
    images,
    unmoved,
    ...(Object.keys(skipped).length > 0 && { skipped }),
    ...(warnings.length > 0 && { warnings }),
    ...(leftOutTemplates.length > 0 && { leftOutTemplates }),
  };
}
