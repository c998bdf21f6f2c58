import { PublishCommand } from '@aws-sdk/client-sns';
import * as z from 'zod/mini';
import {
  endApproval,
  markNotified,
  type NewestApproval,
  readApproval,
  storeApproval,
  takeOver,
} from '../shared/aws/approvals-table.ts';
import { releaseLease } from '../shared/aws/builds-table.ts';
import { readChannels } from '../shared/aws/channels-table.ts';
import { dynamodb, sns } from '../shared/aws/clients.ts';
import { type Approval, approvalNotice, approvedOrThrow, newApproval } from '../shared/build/approval.ts';
import { supersededBy } from '../shared/build/channels.ts';
import {
  type AnyPlan,
  type Approved,
  anyPlanSchema,
  approvedSchema,
  candidateSchema,
  decisionSchema,
  eventOf,
  type PendingApproval,
  pendingApprovalSchema,
  verdictSchema,
} from '../shared/build/execution-document.ts';
import { FIRST_CHANNEL } from '../shared/build/publication.ts';
import { pending, secondsBetween, waitTimes } from '../shared/build/waiting.ts';
import { stage } from '../shared/lambda/stage.ts';

/**
 * Approve: asks people whether to release the image, and waits for their answer, which AnswerApproval writes into the table. It returns the
 * recipe's lease first, so that newer builds can start while people decide. A newer build that asks, or whose release enters the channel,
 * supersedes this one.
 * Safe to repeat: the table keeps what was asked, and each approval ends once. If the function dies after it has sent the message, people
 * get the message twice. It removes nothing: CleanUp removes the image of a build that was not approved.
 */
export const handler = stage(
  'approval',
  eventOf({
    decision: z.optional(z.pick(decisionSchema, { digest: true })),
    plan: anyPlanSchema,
    candidate: candidateSchema,
    verdict: verdictSchema,
    approval: z.optional(z.union([pendingApprovalSchema, approvedSchema])),
  }),
  async ({ execution, document }, deps): Promise<Approved | PendingApproval> => {
    const { plan, decision } = document;
    const { settings } = deps;
    const table = { dynamodb: deps.dynamodb, table: settings.table };
    const now = deps.now();
    const asking = newApproval(plan, { execution, now, digest: decision?.digest });
    const asked = await storeApproval(table, asking);
    const isNew = asked.state === 'waiting' && asked.notifiedAt === undefined;
    const newest = isNew && plan.trial !== true ? await takeOver(table, asked) : undefined;
    const approval = await endIfDue(asked, await newerVersion(asked, newest));
    if (approval.state !== 'waiting') return approvedOrThrow(approval);
    if (approval.notifiedAt === undefined) await ask(approval, newest?.supersedes);
    const { askedAt: since, deadline } = approval;
    const awaiting = `a person to approve ${plan.recipe} ${plan.version} before ${deadline}`;
    const deadlineSeconds = secondsBetween(since, new Date(deadline));
    return { ...pending({ ...waitTimes.approve, deadlineSeconds }, { since, now, awaiting }), deadline };

    /** The version of a newer build that makes this one obsolete. An approval that has ended stays as it is. */
    async function newerVersion(
      { state, version }: Approval,
      newest: NewestApproval | undefined,
    ): Promise<string | undefined> {
      if (state !== 'waiting' || plan.trial === true) return undefined;
      if (newest !== undefined && newest.version !== version) return newest.version;
      return releasedSince(plan, await readChannels(table, plan.recipe));
    }

    async function endIfDue(current: Approval, supersededBy: string | undefined): Promise<Approval> {
      if (current.state !== 'waiting') return current;
      if (supersededBy !== undefined)
        return endApproval(table, current, { state: 'superseded', supersededBy });
      return current.deadline <= now.toISOString()
        ? endApproval(table, current, { state: 'expired' })
        : current;
    }

    async function ask(current: Approval, older: string | undefined): Promise<void> {
      await releaseLease(table, plan.recipe, execution);
      const supersedes = older === undefined ? undefined : await readApproval(table, older);
      const notice = approvalNotice(
        current,
        { ...document, supersedes },
        {
          region: settings.region,
          document: settings.approvalDocument,
        },
      );
      await deps.sns.send(new PublishCommand({ TopicArn: settings.topic, ...notice }));
      await markNotified(table, current, now);
      deps.log.info('asked for approval', { deadline: current.deadline });
    }
  },
  { dynamodb, sns },
);

/** The version because of which the release of this build would not enter its channel. */
const releasedSince = (
  { channel = FIRST_CHANNEL, version }: AnyPlan,
  channels: Awaited<ReturnType<typeof readChannels>>,
) => supersededBy(channels, channel, version);
