import * as z from 'zod/mini';
import { endTurn, readChannels, takeTurn } from '../shared/aws/channels-table.ts';
import { dynamodb, ec2, ssm } from '../shared/aws/clients.ts';
import { consumers } from '../shared/aws/consumer-clients.ts';
import { advancePublication, readFollowers } from '../shared/aws/publishing.ts';
import { startedBy } from '../shared/build/announcement.ts';
import {
  type Channels,
  isPublished,
  supersededBy,
  withAddition,
  withMove,
  withRelease,
} from '../shared/build/channels.ts';
import {
  type AnyPlan,
  type Approved,
  anyPlanSchema,
  approvedSchema,
  eventOf,
  type PendingPublication,
  type Published,
  pendingPublicationSchema,
  publishedSchema,
  releaseSchema,
} from '../shared/build/execution-document.ts';
import { channelParameter, FIRST_CHANNEL, versionParameter } from '../shared/build/publication.ts';
import { publicationWait } from '../shared/build/publication-wait.ts';
import { Conflict, Transient } from '../shared/errors.ts';
import { stage } from '../shared/lambda/stage.ts';
import { isAsDeployed } from '../shared/recipe/as-deployed.ts';

const needs = { consumers, dynamodb, ec2, ssm };

/**
 * Publish: makes SSM parameters name the released images in every region, in the account of the pipeline and in the consumer accounts of
 * the recipe: first the parameters of the version, then those of the recipe's first channel. Launch templates that follow the channel get a
 * version with the image. The channel does not move to an older version. A write counts when a read shows it, because Parameter Store
 * validates images later. For later additions to a release, it does the same in the new regions, with all channels that name the release, or
 * in the new accounts. The table keeps what was there before the first write, so that clean-up can put it back.
 * Safe to repeat: it only writes the parameters that are missing, and one execution at a time moves the channels of a recipe. It does not
 * undo anything: if it fails, clean-up does.
 */
export const handler = stage(
  'publication',
  eventOf({
    recipe: z.optional(z.unknown()),
    overrides: z.optional(z.unknown()),
    trigger: z.optional(z.object({ type: z.string() })),
    plan: anyPlanSchema,
    release: releaseSchema,
    approval: z.optional(approvedSchema),
    /** The input of a later addition. */
    distribute: z.optional(z.object({ accounts: z.optional(z.array(z.string())) })),
    publication: z.optional(z.union([pendingPublicationSchema, publishedSchema])),
  }),
  async ({ execution, document }, deps): Promise<Published | PendingPublication> => {
    const { plan, release, trigger, approval } = document;
    const { recipe, version } = plan;
    const table = { dynamodb: deps.dynamodb, table: deps.settings.table };
    const now = deps.now();
    const before = document.publication?.status === 'pending' ? document.publication : undefined;
    const wait = publicationWait(before, now);

    const turn = await takeTurn(table, recipe, execution, now);
    if ('heldBy' in turn) return wait('turn', `${turn.heldBy} to move a channel of ${recipe}`);
    const { distribution, consumerRoles, launchTemplates = [] } = plan;
    const entry =
      distribution === undefined
        ? entryOf(plan, turn.channels, isAsDeployed(document))
        : entryOfAdditions(plan, turn.channels);
    const { channels } = entry;
    const images = Object.fromEntries(release.images.map(({ region, imageId }) => [region, imageId]));
    const intended = {
      execution,
      recipe,
      version,
      channels: [...channels],
      images,
      templates: launchTemplates.filter(
        ({ region, channel }) => region in images && channels.includes(channel),
      ),
      isRelease: true,
      ...(consumerRoles !== undefined && { consumerRoles }),
      ...(distribution !== undefined && { distribution }),
      ...(document.distribute?.accounts && consumerRoles && { forAccounts: true as const }),
    };
    // The invocation that published the release may have died before it returned.
    if (isPublished(turn.channels, intended)) {
      await endTurn(table, recipe, execution);
      return { ...published(plan, turn.channels, entry, now), ...(await readFollowers(intended, deps)) };
    }

    const progress = await advancePublication(
      intended,
      { turn, made: before?.puts ?? [], now },
      { ...deps, ...table },
    );
    if (progress.phase !== 'done') return wait(progress.phase, progress.awaiting, progress.puts);

    const mover = { at: now.toISOString(), execution, by: startedBy(trigger) };
    const approved = approval === undefined ? {} : { approval: answerOf(approval) };
    const changed =
      distribution === undefined
        ? channels.reduce(
            (all, channel) => withMove(all, channel, version, 'released', mover),
            withRelease(turn.channels, { version, execution, at: mover.at, images, ...approved }),
          )
        : withAddition(turn.channels, intended);
    const wasTurn = await endTurn(table, recipe, execution, changed);
    // A second invocation at the same time has published the release. If not, another execution has taken over.
    if (!wasTurn && !isPublished(await readChannels(table, recipe), intended))
      throw new Transient(`The execution ${execution} has lost its turn to move the channels of ${recipe}`);
    deps.log.info('published the release', { version, channels });
    return { ...published(plan, changed, entry, now), ...progress.followers };
  },
  needs,
);

const answerOf = ({ by, at, comment }: Approved) => ({ by, at, ...(comment !== undefined && { comment }) });

/** The channels that name the release from now on, or why there are none. */
interface Entry {
  readonly channels: readonly string[];
  readonly reason?: string;
}

/** The new images of a release have the channels that name the release now. */
function entryOfAdditions({ recipe, version }: AnyPlan, { releases, channels }: Channels): Entry {
  if (!releases.some((release) => release.version === version))
    throw new Conflict(`The recipe ${recipe} no longer has the release ${version}`);
  const naming = Object.entries(channels).flatMap(([name, one]) => (one.version === version ? [name] : []));
  return naming.length > 0 ? { channels: naming } : { channels: [], reason: 'no channel names the release' };
}

function entryOf(
  { version, channel = FIRST_CHANNEL }: AnyPlan,
  channels: Channels,
  asDeployed: boolean,
): Entry {
  if (!asDeployed)
    return {
      channels: [],
      reason: 'the build changed its recipe, and only builds of a deployed recipe enter a channel',
    };
  const newer = supersededBy(channels, channel, version);
  if (newer === undefined) return { channels: [channel] };
  return { channels: [], reason: `${channel} has already named the newer version ${newer}` };
}

function published(
  { recipe, version, distribution }: AnyPlan,
  all: Channels,
  entry: Entry,
  now: Date,
): Published {
  const parameter = versionParameter(recipe, version);
  const { reason } = entry;
  const channels = entry.channels.map((name) => ({ name, parameter: channelParameter(recipe, name) }));
  const [channel] = channels;
  if (channel === undefined) return { status: 'ready', parameter, reason };
  if (distribution !== undefined) return { status: 'ready', parameter, channels, at: now.toISOString() };
  const from = all.history.find((move) => move.channel === channel.name && move.to === version)?.from;
  return { status: 'ready', parameter, channel: { ...channel, from } };
}
