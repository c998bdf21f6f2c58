import {
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  type EC2Client,
  ResetImageAttributeCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { StopAutomationExecutionCommand } from '@aws-sdk/client-ssm';
import * as z from 'zod/mini';
import { ec2, ssm } from '../shared/aws/clients.ts';
import { enabledRegions } from '../shared/aws/facts.ts';
import { isClosed, look, type Unseen } from '../shared/aws/find-tagged.ts';
import { removeImage } from '../shared/aws/images.ts';
import { madeBy } from '../shared/aws/paging.ts';
import {
  type Found,
  isOfAnothersSnapshot,
  leftovers,
  MARKS,
  nextRemovals,
  quietSecondsLeft,
  withoutOthersReleases,
} from '../shared/build/clean-up.ts';
import {
  type Cleanup,
  cleanupSchema,
  eventOf,
  type Leftover,
  type PendingCleanup,
  patchesSchema,
  pendingCleanupSchema,
  pendingPatchesSchema,
  pendingReleaseSchema,
  releaseSchema,
} from '../shared/build/document.ts';
import { describeCleanup } from '../shared/build/leftovers.ts';
import { versionOf } from '../shared/build/version.ts';
import { isOverdue, patience, pending } from '../shared/build/waiting.ts';
import { NotFound } from '../shared/errors.ts';
import { metrics } from '../shared/lambda/metrics.ts';
import { type DepsWith, step } from '../shared/lambda/step.ts';

const began = z.union([z.iso.datetime(), z.number()]);
const needs = { ec2, ssm, metrics };
type CleanUpDeps = DepsWith<typeof needs>;

/**
 * CleanUp: finds by tag, in every region, what an execution made and did not release, and removes it. It needs nothing but the
 * execution's name, so it works for one that died before it learned its ids; what the document tells besides makes it quicker. It
 * ends when nothing was seen for a while: a resource that was made just before may not be visible yet. What it cannot remove, or
 * where it cannot look, it reports; it does not fail. An automation it stops where the document names it; any other ends by its own
 * time-outs, and costs nothing.
 * Safe to repeat: what is gone already is a success. It never touches what carries no tag of this execution.
 */
export const handler = step(
  z.extend(
    eventOf({
      plan: z.optional(z.object({ region: z.string(), regions: z.array(z.string()) })),
      patches: z.optional(z.union([pendingPatchesSchema, patchesSchema])),
      /** What failed the build; absent: nothing did, or nobody knows. */
      failure: z.optional(z.unknown()),
      /** What was released; absent: nothing was, or nobody knows. */
      release: z.optional(z.union([pendingReleaseSchema, releaseSchema])),
      /** What the janitor knows, who found the execution's things; absent: it was not the janitor. */
      marks: z.optional(z.enum(MARKS)),
      cleanup: z.optional(z.union([pendingCleanupSchema, cleanupSchema])),
      /** When it began, if somebody knows: ISO 8601, or ms since the epoch as an event of Step Functions has it. */
      startTime: z.optional(began),
    }),
    // Its name is enough.
    { startTime: z.optional(began) },
  ),
  async (
    { execution, startTime, document: { plan, patches, failure, release, marks, cleanup, ...known } },
    deps,
  ): Promise<CleanupReport | PendingCleanup> => {
    const before = cleanup?.status === 'pending' ? cleanup : undefined;
    const now = deps.now();
    const since = before?.since ?? now.toISOString();
    const released = release?.status === 'ready' && failure === undefined ? release.images : [];
    if (before === undefined && failure !== undefined)
      await stopAutomation(patches?.automationExecutionId, deps);

    const regions = plan
      ? [...new Set([plan.region, ...plan.regions])]
      : await enabledRegions(deps.ec2(deps.settings.region));
    const looks = await Promise.all(
      regions.map((region) => look(region, deps.ec2(region), madeBy(execution))),
    );
    const unseen = looks.flatMap(({ unseen }) => unseen);
    const isBlind = unseen.some(({ mayPass }) => mayPass);
    const start = startTime ?? known.startTime;
    const found = looks.flatMap((one) => one.found);
    const { remove, undecided } = leftovers(
      start === undefined
        ? found
        : withoutOthersReleases(found, versionOf(execution, new Date(start).toISOString())),
      {
        marks: failure !== undefined ? 'void' : (marks ?? 'doubtful'),
        released,
        tagsAreSettled: quietSecondsLeft(since, now) <= 0,
        sawAllImages: !unseen.some(({ kind }) => kind === 'image'),
      },
    );
    const refusals = await removeAll(nextRemovals(remove), deps);
    const seen = unique([...(before?.seen ?? []), ...remove.map(plain)]);
    const lastSeen = remove.length > 0 || isBlind ? now.toISOString() : (before?.lastSeen ?? since);
    // A build that went well to its end has nothing under way that could still appear.
    const quietSeconds = released.length > 0 ? 0 : quietSecondsLeft(lastSeen, now);

    const isDone = remove.length === 0 && !isBlind && quietSeconds <= 0;
    if (isDone || isOverdue(patience.cleanUp, since, now)) {
      const remaining = [
        ...remove.map((one) => ({
          ...plain(one),
          reason: refusals.get(one.id) ?? 'nobody refused, and it is still there',
        })),
        ...undecided.map((one) => ({ ...plain(one), reason: 'it is not certain whether it is released' })),
        ...lostSight(seen, remove, unseen),
        ...unseen.map(({ region, reason }) => ({ region, kind: 'region' as const, id: region, reason })),
      ];
      const left = new Set(remaining.map(({ id }) => id));
      const removed = seen.filter(({ id }) => !left.has(id));
      if (marks !== undefined) deps.metrics.put('LeftoversRemoved', removed.length);
      return reportOf({
        execution,
        home: deps.settings.region,
        removed,
        remaining: unique(remaining),
        unseen,
      });
    }
    const things = [
      ...remove.map(({ id }) => id),
      ...unseen.map(({ region, kind }) => `a look at every ${kind} in ${region}`),
    ];
    const awaiting = things.length > 0 ? `${things.join(', ')} to be done with` : 'nothing more to appear';
    const wait = pending(patience.cleanUp, { since, now, awaiting });
    const waitSeconds = things.length > 0 ? wait.waitSeconds : Math.ceil(quietSeconds);
    return { ...wait, waitSeconds, seen, lastSeen };
  },
  needs,
);

/** The result, and in words. `left`: something is, or may be. */
export interface CleanupReport extends Cleanup {
  readonly summary: string;
  readonly outcome: 'clean' | 'left';
}

function reportOf({
  execution,
  home,
  removed,
  remaining,
  unseen,
}: Omit<Cleanup, 'status'> & { execution: string; home: string; unseen: readonly Unseen[] }): CleanupReport {
  return {
    status: 'ready',
    removed,
    remaining,
    summary: describeCleanup(execution, { removed, remaining }),
    outcome: remaining.every(({ kind, id }) => kind === 'region' && isClosed(id, unseen, home))
      ? 'clean'
      : 'left',
  };
}

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

/** What was seen before, and of which nobody can say now whether it is gone. */
function lostSight(seen: readonly Leftover[], remove: readonly Found[], unseen: readonly Unseen[]) {
  return seen.flatMap(({ region, kind, id }) => {
    const blind = unseen.find((one) => one.region === region && one.kind === kind);
    if (blind === undefined || remove.some((one) => one.id === id)) return [];
    return [{ region, kind, id, reason: `whether it is gone cannot be seen: ${blind.reason}` }];
  });
}

/** Removes what it can; tells of the rest why not. Gone already is a success. */
async function removeAll(removals: readonly Found[], deps: CleanUpDeps): Promise<Map<string, string>> {
  const refusals = new Map<string, string>();
  await Promise.all(
    removals.map(async (one) => {
      const { id, region } = one;
      try {
        await removeOne(one, deps.ec2(region));
      } catch (error) {
        // Told and tried again at the next turn: one thing that resists must not keep the others.
        if (!(error instanceof NotFound))
          refusals.set(id, error instanceof Error ? error.message : String(error));
      }
    }),
  );
  return refusals;
}

async function removeOne({ kind, id, tags }: Found, ec2: EC2Client): Promise<void> {
  if (kind === 'instance') await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  if (kind === 'volume') await ec2.send(new DeleteVolumeCommand({ VolumeId: id }));
  if (kind === 'image') await removeOrHide(id, isOfAnothersSnapshot(tags), ec2);
  if (kind === 'snapshot') await ec2.send(new DeleteSnapshotCommand({ SnapshotId: id }));
}

/** An image that cannot be removed is at least taken from whoever it was shared with. */
async function removeOrHide(imageId: string, keepSnapshots: boolean, ec2: EC2Client): Promise<void> {
  try {
    await removeImage(ec2, imageId, { keepSnapshots });
  } catch (error) {
    const hide = new ResetImageAttributeCommand({ ImageId: imageId, Attribute: 'launchPermission' });
    // Why it could not be removed is what counts; that it could not be hidden either follows mostly from that.
    await ec2.send(hide).catch(() => {});
    throw error;
  }
}

function unique<One extends Leftover>(found: readonly One[]): One[] {
  return [...new Map(found.map((one) => [one.id, one])).values()];
}

function plain({ region, kind, id }: Leftover): Leftover {
  return { region, kind, id };
}
