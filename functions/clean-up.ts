import { StopAutomationExecutionCommand } from '@aws-sdk/client-ssm';
import * as z from 'zod/mini';
import { dynamodb, ec2, ssm } from '../shared/aws/clients.ts';
import { consumers } from '../shared/aws/consumer-clients.ts';
import { enabledRegions } from '../shared/aws/facts.ts';
import { createdBy } from '../shared/aws/find-resources.ts';
import { findTagged } from '../shared/aws/find-tagged.ts';
import { hideAll, removeAll } from '../shared/aws/remove-resources.ts';
import {
  endUnpublishing,
  findUnpublishing,
  foundPointers,
  isUnpublishedAddition,
  NOTHING_TO_UNDO,
  type Unpublishing,
  undoPointers,
} from '../shared/aws/undo-publication.ts';
import { type CleanupReport, cleanUpResult } from '../shared/build/clean-up-report.ts';
import {
  cleanupSchema,
  copiesSchema,
  eventOf,
  type PendingCleanup,
  patchesSchema,
  pendingCleanupSchema,
  pendingCopiesSchema,
  pendingPatchesSchema,
  pendingReleaseSchema,
  releaseSchema,
} from '../shared/build/execution-document.ts';
import { heldImages } from '../shared/build/publication.ts';
import {
  excludeOtherReleases,
  type FoundResource,
  nextRemovals,
  planRemovals,
  quietSecondsLeft,
  RELEASE_MARKS,
  regionsToSearch,
} from '../shared/build/removal-plan.ts';
import { RECIPE } from '../shared/build/tags.ts';
import { versionOf } from '../shared/build/version.ts';
import { metrics } from '../shared/lambda/metrics.ts';
import { stage } from '../shared/lambda/stage.ts';
import type { DepsWith } from '../shared/lambda/step.ts';

const needs = { consumers, dynamodb, ec2, metrics, ssm };
type CleanUpDeps = DepsWith<typeof needs>;

/** When the execution started, if known: ISO 8601, or milliseconds since 1970 as in the events of Step Functions. */
const began = z.optional(z.union([z.iso.datetime(), z.number()]));

const eventSchema = z.extend(
  eventOf({
    plan: z.optional(
      z.object({
        recipe: z.optional(z.string()),
        region: z.string(),
        regions: z.array(z.string()),
        test: z.optional(z.object({ copies: z.optional(z.array(z.object({ region: z.string() }))) })),
      }),
    ),
    patches: z.optional(z.union([pendingPatchesSchema, patchesSchema])),
    copies: z.optional(z.union([pendingCopiesSchema, copiesSchema])),
    /** The error that failed the build; absent: no error, or not known. */
    failure: z.optional(z.unknown()),
    /** The released images; absent: none, or not known. */
    release: z.optional(z.union([pendingReleaseSchema, releaseSchema])),
    /** How far the release tags can be trusted, according to the janitor; absent: the janitor did not start this clean-up. */
    marks: z.optional(z.enum(RELEASE_MARKS)),
    cleanup: z.optional(z.union([pendingCleanupSchema, cleanupSchema])),
    /** The recipe whose channel was to move, or, in a build, what the build was asked for. */
    recipe: z.catch(z.optional(z.string()), undefined),
    startTime: began,
  }),
  // Only the name of the execution is required.
  { startTime: began },
);

/**
 * CleanUp: removes the resources that an execution created and did not release. It finds these resources by tag, in every region. It
 * needs only the execution's name, so it also works for an execution that died before it learned the ids of its resources. The other
 * fields of the document only make clean-up faster. Clean-up ends when it has found no resources for a while, because a new resource may
 * not be visible yet. Resources that it cannot remove, and regions that it cannot read, are reported and do not fail the step. It stops
 * the automation that the document names. Any other automation ends after its own timeouts, and costs nothing.
 * If the execution was publishing, clean-up first puts the parameters back, and removes an image only when no parameter names it. An image that
 * stays, because a place cannot be read or put back, loses the permissions of other accounts. At the end, the turn to move channels ends, also
 * if the execution died before it had stored a publication.
 * Safe to repeat: a resource that is already removed counts as success. It never touches resources without the tag of this execution.
 */
export const handler = stage(
  'cleanup',
  eventSchema,
  async ({ execution, startTime, document }, deps): Promise<CleanupReport | PendingCleanup> => {
    const { plan, patches, copies, failure, release, marks, cleanup } = document;
    const home = deps.settings.region;
    const now = deps.now();
    const before = cleanup?.status === 'pending' ? cleanup : undefined;
    const since = before?.since ?? now.toISOString();
    const released = release?.status === 'ready' && failure === undefined ? release.images : [];
    if (before === undefined && failure !== undefined)
      await stopAutomation(patches?.automationExecutionId, deps);

    const regions =
      plan === undefined
        ? await enabledRegions(deps.ec2(home))
        : regionsToSearch(plan, released, copies?.regions);
    const { found, unlisted } = await findTagged(regions, deps, createdBy(execution));
    const startedAt = startTime ?? document.startTime;
    const own = excludeOtherReleases(found, execution, startedAt);
    const isReleased = released.length > 0;
    const table = { dynamodb: deps.dynamodb, table: deps.settings.table };
    const tagsAreSettled = quietSecondsLeft(since, now) <= 0;
    const givenMarks = failure !== undefined ? 'void' : (marks ?? 'doubtful');
    const isForgotten =
      givenMarks === 'doubtful' && tagsAreSettled && (await isUnpublishedAddition(table, own));
    const releaseMarks = isForgotten ? 'void' : givenMarks;
    const removals = planRemovals(own, {
      marks: releaseMarks,
      released,
      tagsAreSettled,
      sawAllImages: !unlisted.some(({ kind }) => kind === 'image'),
    });
    const unpublishing: Unpublishing = isReleased
      ? NOTHING_TO_UNDO
      : await findUnpublishing(table, deps, {
          execution,
          version:
            startedAt === undefined ? undefined : versionOf(execution, new Date(startedAt).toISOString()),
          hasFailed: releaseMarks === 'void',
          home,
          now,
        });
    const pointers = foundPointers(unpublishing);
    const held = heldImages(
      {
        ...(unpublishing.publication && { publication: unpublishing.publication }),
        isNamed: pointers.length > 0,
        unread: unpublishing.unlisted,
      },
      removals.remove.filter(({ kind }) => kind === 'image'),
      { since, now },
    );
    const isHeld = ({ id }: FoundResource) => held.some((one) => one.id === id);
    const isStuck = ({ id }: FoundResource) => held.some((one) => one.id === id && one.isStuck);
    const staying = removals.remove.filter(isHeld).flatMap(({ snapshotIds = [] }) => snapshotIds);
    const refusals = new Map([
      ...staying.map((id) => [id, 'its image stays'] as const),
      ...held.map(({ id, why }) => [id, why] as const),
      ...(await undoPointers(unpublishing, deps)),
      ...(await removeAll(
        nextRemovals(removals.remove).filter((one) => !isHeld(one)),
        deps,
      )),
    ]);
    await hideAll(removals.remove.filter(isStuck), deps);
    const recipe = plan?.recipe ?? document.recipe ?? before?.recipe ?? recipeOf(own);
    const invocation = {
      execution,
      recipe,
      home,
      since,
      now,
      before,
      plan: { ...removals, remove: [...pointers, ...removals.remove] },
      unlisted: [...unlisted, ...unpublishing.unlisted],
      refusals,
      isReleased,
    };
    const result = cleanUpResult(invocation);
    const isUndone = pointers.length === 0 && unpublishing.unlisted.length === 0;
    if (result.status === 'ready' && !isReleased && isUndone)
      await endUnpublishing(table, { execution, recipe, publication: unpublishing.publication }, now);
    if (result.status === 'ready' && marks !== undefined)
      deps.metrics.put('LeftoversRemoved', result.removed.length);
    return result;
  },
  needs,
);

/** The recipe of a build, according to what it created; `undefined`: it created nothing, or everything is gone. */
const recipeOf = (found: readonly FoundResource[]): string | undefined =>
  found.map(({ tags }) => tags[RECIPE]).find((name) => name !== undefined);

/** Stops the automation, which would otherwise continue without its builder until its timeouts. The automation may already have ended. */
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
    log.info('could not stop the automation', { AutomationExecutionId, why: String(error) });
  }
}
