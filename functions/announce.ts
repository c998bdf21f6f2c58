import { PublishCommand } from '@aws-sdk/client-sns';
import * as z from 'zod/mini';
import { events, sns } from '../shared/aws/clients.ts';
import { putEvent } from '../shared/aws/put-event.ts';
import {
  moveAnnouncement,
  type PublishedDocument,
  releaseAnnouncement,
  startedBy,
} from '../shared/build/announcement.ts';
import {
  type Announced,
  anyPlanSchema,
  eventOf,
  movedChannelSchema,
  publishedSchema,
  releaseSchema,
} from '../shared/build/execution-document.ts';
import { Defect } from '../shared/errors.ts';
import { stage } from '../shared/lambda/stage.ts';

/**
 * Announce: says what was released: an event on the default bus for programs, and a message on the topic for people. The document is that of
 * a build, of a later addition or of the move of a channel.
 * Safe to repeat, but a repeated invocation says it again. Receivers know the repetition by the execution in the event. It changes nothing.
 */
export const handler = stage(
  'announcement',
  eventOf({
    plan: z.optional(z.pick(anyPlanSchema, { recipe: true, description: true, version: true, trial: true })),
    release: z.optional(releaseSchema),
    publication: z.optional(publishedSchema),
    trigger: z.optional(z.object({ type: z.string() })),
    distribute: z.optional(
      z.object({ regions: z.optional(z.array(z.string())), accounts: z.optional(z.array(z.string())) }),
    ),
    move: z.optional(movedChannelSchema),
    by: z.optional(z.string()),
  }),
  async ({ execution, document }, { events, sns, settings, log }): Promise<Announced> => {
    const { move, by, plan, release, publication, ...rest } = document;
    const announcement =
      move === undefined
        ? releaseAnnouncement(execution, published({ plan, release, publication, by, ...rest }))
        : moveAnnouncement(execution, move, by ?? startedBy(undefined));
    if (announcement === undefined) return { status: 'ready' };
    const { detailType, detail, notice } = announcement;
    const eventId = await putEvent(events, detailType, detail);
    if (notice !== undefined) await sns.send(new PublishCommand({ TopicArn: settings.topic, ...notice }));
    log.info('announced', { detailType, detail, eventId });
    return { status: 'ready', event: detailType, notified: notice !== undefined };
  },
  { events, sns },
);

/** A document without `move` is that of a build or of a later addition, after Publish. */
function published({
  plan,
  release,
  publication,
  ...rest
}: {
  readonly [Field in keyof PublishedDocument]?: PublishedDocument[Field] | undefined;
}): PublishedDocument {
  if (plan === undefined || release === undefined || publication === undefined)
    throw new Defect('The document has neither a published release nor a moved channel');
  return { plan, release, publication, ...rest };
}
