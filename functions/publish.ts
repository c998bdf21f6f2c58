import * as z from 'zod/mini';
import { endTurn, readChannels, takeTurn } from '../shared/aws/channels-table.ts';
import { dynamodb, ssm } from '../shared/aws/clients.ts';
import { advancePublication } from '../shared/aws/publishing.ts';
import { type Channels, supersededBy, withMove, withRelease } from '../shared/build/channels.ts';
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
import {
  channelParameter,
  FIRST_CHANNEL,
  type MadePut,
  versionParameter,
} from '../shared/build/publication.ts';
import { pending, type WaitTimes, waitTimes } from '../shared/build/waiting.ts';
import { Transient } from '../shared/errors.ts';
import { stage } from '../shared/lambda/stage.ts';
import { isAsDeployed } from '../shared/recipe/as-deployed.ts';

const needs = { dynamodb, ssm };

/**
 * Publish: makes SSM parameters name the released images in every region: first the parameters of the version, then those of the recipe's
 * first channel. The channel does not move to an older version. A write counts when a read shows it, because Parameter Store validates
 * images later. The table keeps what the channel named before the first write, so that clean-up can put it back.
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
    publication: z.optional(z.union([pendingPublicationSchema, publishedSchema])),
  }),
  async ({ execution, document }, deps): Promise<Published | PendingPublication> => {
    const { plan, release, trigger, approval } = document;
    const { recipe, version } = plan;
    const table = { dynamodb: deps.dynamodb, table: deps.settings.table };
    const now = deps.now();
    const before = document.publication?.status === 'pending' ? document.publication : undefined;
    const wait = (
      phase: PendingPublication['phase'],
      times: WaitTimes,
      awaiting: string,
      puts: MadePut[] = [],
    ): PendingPublication => {
      const since = before?.phase === phase ? before.since : undefined;
      return { ...pending(times, { since, now, awaiting }), phase, puts };
    };

    const turn = await takeTurn(table, recipe, execution, now);
    if ('heldBy' in turn)
      return wait('turn', waitTimes.publishTurn, `${turn.heldBy} to move a channel of ${recipe}`);
    const entry = entryOf(plan, turn.channels, isAsDeployed(document));
    // The invocation that published the release may have died before it returned.
    if (isPublished(turn.channels, version)) {
      await endTurn(table, recipe, execution);
      return published(plan, turn.channels, entry);
    }

    const images = Object.fromEntries(release.images.map(({ region, imageId }) => [region, imageId]));
    const { channel } = entry;
    const intended = { execution, recipe, version, channel, images, isRelease: true };
    const progress = await advancePublication(
      intended,
      { turn, made: before?.puts ?? [], now },
      { ...table, ssm: deps.ssm },
    );
    if (progress.phase !== 'done')
      return wait(progress.phase, waitTimes.publish, progress.awaiting, progress.puts);

    const mover = { at: now.toISOString(), execution, by: trigger?.type ?? 'a person' };
    const approved = approval === undefined ? {} : { approval: answerOf(approval) };
    const added = withRelease(turn.channels, { version, execution, at: mover.at, images, ...approved });
    const changed = channel === undefined ? added : withMove(added, channel, version, 'released', mover);
    const wasTurn = await endTurn(table, recipe, execution, changed);
    // A second invocation at the same time has published the release. If not, another execution has taken over.
    if (!wasTurn && !isPublished(await readChannels(table, recipe), version))
      throw new Transient(`The execution ${execution} has lost its turn to move the channels of ${recipe}`);
    deps.log.info('published the release', { version, channel });
    return published(plan, changed, entry);
  },
  needs,
);

const answerOf = ({ by, at, comment }: Approved) => ({ by, at, ...(comment !== undefined && { comment }) });

const isPublished = ({ releases }: Channels, version: string): boolean =>
  releases.some((release) => release.version === version);

/** The channel that a release enters, or why it enters none. */
interface Entry {
  readonly channel?: string;
  readonly reason?: string;
}

function entryOf(
  { version, channel = FIRST_CHANNEL }: AnyPlan,
  channels: Channels,
  asDeployed: boolean,
): Entry {
  if (!asDeployed)
    return { reason: 'the build changed its recipe, and only builds of a deployed recipe enter a channel' };
  const newer = supersededBy(channels, channel, version);
  if (newer === undefined) return { channel };
  return { reason: `${channel} has already named the newer version ${newer}` };
}

function published({ recipe, version }: AnyPlan, channels: Channels, { channel, reason }: Entry): Published {
  const parameter = versionParameter(recipe, version);
  if (channel === undefined) return { status: 'ready', parameter, reason };
  const from = channels.history.find((move) => move.channel === channel && move.to === version)?.from;
  return {
    status: 'ready',
    parameter,
    channel: { name: channel, parameter: channelParameter(recipe, channel), from },
  };
}
