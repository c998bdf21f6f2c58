import { StopAutomationExecutionCommand } from '@aws-sdk/client-ssm';
import * as z from 'zod/mini';
import { ec2, ssm } from '../shared/aws/clients.ts';
import { enabledRegions } from '../shared/aws/facts.ts';
import { createdBy } from '../shared/aws/find-resources.ts';
import { findTagged } from '../shared/aws/find-tagged.ts';
import { removeAll } from '../shared/aws/remove-resources.ts';
import { type CleanupReport, cleanUpResult } from '../shared/build/clean-up-report.ts';
import {
  cleanupSchema,
  eventOf,
  type PendingCleanup,
  patchesSchema,
  pendingCleanupSchema,
  pendingPatchesSchema,
  pendingReleaseSchema,
  releaseSchema,
} from '../shared/build/execution-document.ts';
import {
  excludeOtherReleases,
  nextRemovals,
  planRemovals,
  quietSecondsLeft,
  RELEASE_MARKS,
} from '../shared/build/removal-plan.ts';
import { metrics } from '../shared/lambda/metrics.ts';
import { type DepsWith, step } from '../shared/lambda/step.ts';

const needs = { ec2, metrics, ssm };
type CleanUpDeps = DepsWith<typeof needs>;

/** When the execution began, if somebody knows: ISO 8601, or ms since the epoch as an event of Step Functions has it. */
const began = z.optional(z.union([z.iso.datetime(), z.number()]));

const eventSchema = z.extend(
  eventOf({
    plan: z.optional(z.object({ region: z.string(), regions: z.array(z.string()) })),
    patches: z.optional(z.union([pendingPatchesSchema, patchesSchema])),
    /** What failed the build; absent: nothing did, or nobody knows. */
    failure: z.optional(z.unknown()),
    /** What was released; absent: nothing was, or nobody knows. */
    release: z.optional(z.union([pendingReleaseSchema, releaseSchema])),
    /** What the janitor knows, who found the execution's things; absent: it was not the janitor. */
    marks: z.optional(z.enum(RELEASE_MARKS)),
    cleanup: z.optional(z.union([pendingCleanupSchema, cleanupSchema])),
    startTime: began,
  }),
  // The name of the execution is enough.
  { startTime: began },
);

/**
 * CleanUp: finds by tag, in every region, what an execution made and did not release, and removes it. It needs nothing but the
 * execution's name, so it works for one that died before it learned its ids; what the document tells besides makes it quicker. It
 * ends when nothing was seen for a while: a resource that was made just before may not be visible yet. What it cannot remove, or
 * where it cannot look, it reports; it does not fail. An automation it stops where the document names it; any other ends by its own
 * time-outs, and costs nothing.
 * Safe to repeat: what is gone already is a success. It never touches what carries no tag of this execution.
 */
export const handler = step(
  eventSchema,
  async ({ execution, startTime, document }, deps): Promise<CleanupReport | PendingCleanup> => {
    const { plan, patches, failure, release, marks, cleanup } = document;
    const home = deps.settings.region;
    const now = deps.now();
    const before = cleanup?.status === 'pending' ? cleanup : undefined;
    const since = before?.since ?? now.toISOString();
    const released = release?.status === 'ready' && failure === undefined ? release.images : [];
    if (before === undefined && failure !== undefined)
      await stopAutomation(patches?.automationExecutionId, deps);

    const regions = plan
      ? [...new Set([plan.region, ...plan.regions])]
      : await enabledRegions(deps.ec2(home));
    const { found, unseen } = await findTagged(regions, deps, createdBy(execution));
    const own = excludeOtherReleases(found, execution, startTime ?? document.startTime);
    const removals = planRemovals(own, {
      marks: failure !== undefined ? 'void' : (marks ?? 'doubtful'),
      released,
      tagsAreSettled: quietSecondsLeft(since, now) <= 0,
      sawAllImages: !unseen.some(({ kind }) => kind === 'image'),
    });
    const refusals = await removeAll(nextRemovals(removals.remove), deps);
    const isReleased = released.length > 0;
    const turn = { execution, home, since, now, before, plan: removals, unseen, refusals, isReleased };
    const result = cleanUpResult(turn);
    if (result.status === 'ready' && marks !== undefined)
      deps.metrics.put('LeftoversRemoved', result.removed.length);
    return result;
  },
  needs,
);

/** Without its builder an automation would go on, to its own time-outs. That it has ended already is as good. */
async function stopAutomation(
  AutomationExecutionId: string | undefined,
  { ssm, settings, log }: CleanUpDeps,
): Promise<void> {
  if (!AutomationExecutionId) return;
  try {
    await ssm(settings.region).send(
      new StopAutomationExecutionCommand({ AutomationExecutionId, Type: 'Cancel' }),
    );
  } catch (error) {
    log.info('the automation was not stopped', { AutomationExecutionId, why: String(error) });
  }
}
