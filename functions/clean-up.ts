import {
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DeregisterImageCommand,
  type EC2Client,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import * as z from 'zod/mini';
import { enabledRegions } from '../shared/aws/facts.ts';
import {
  findImages,
  findInstances,
  findSnapshots,
  findVolumes,
  madeBy,
  snapshotIdsOf,
} from '../shared/aws/paging.ts';
import { tagRecord } from '../shared/aws/tags.ts';
import {
  type Cleanup,
  cleanupSchema,
  eventOf,
  type Leftover,
  type PendingCleanup,
  pendingCleanupSchema,
  pendingReleaseSchema,
  releaseSchema,
} from '../shared/domain/build.ts';
import { type Found, leftovers, nextRemovals, quietSecondsLeft } from '../shared/domain/clean-up.ts';
import { isOverdue, patience, pending } from '../shared/domain/waiting.ts';
import { Denied, NotFound } from '../shared/errors.ts';
import type { Deps } from '../shared/lambda/deps.ts';
import { step } from '../shared/lambda/step.ts';

/**
 * CleanUp: finds by tag, in every region, what an execution made and did not release, and removes it. It needs nothing but the
 * execution's name, so it works for one that died before it learned its ids. It ends when nothing was seen for a while: a
 * resource that was made just before may not be visible yet. What it cannot remove it reports; it does not fail.
 * Safe to repeat: what is gone already is a success. It never touches what carries no tag of this execution.
 */
export const handler = step(
  eventOf({
    plan: z.optional(z.object({ region: z.string(), regions: z.array(z.string()) })),
    /** What failed the build; absent: nothing did, or nobody knows. */
    failure: z.optional(z.unknown()),
    /** What was released; absent: nothing was, or nobody knows. */
    release: z.optional(z.union([pendingReleaseSchema, releaseSchema])),
    cleanup: z.optional(z.union([pendingCleanupSchema, cleanupSchema])),
  }),
  async (
    { execution, document: { plan, failure, release, cleanup } },
    deps,
  ): Promise<Cleanup | PendingCleanup> => {
    const before = cleanup?.status === 'pending' ? cleanup : undefined;
    const now = deps.now();
    const since = before?.since ?? now.toISOString();
    const regions = plan
      ? [...new Set([plan.region, ...plan.regions])]
      : await enabledRegions(deps.ec2(deps.settings.region));
    const looks = await Promise.all(regions.map((region) => look(execution, region, deps.ec2(region))));
    const { remove, reason } = leftovers(
      looks.flatMap(({ found }) => found),
      {
        buildFailed: failure !== undefined,
        released: release?.status === 'ready' ? release.images : [],
        tagsAreSettled: quietSecondsLeft(since, now) <= 0,
      },
    );
    const refusals = await removeAll(nextRemovals(remove), deps);
    const seen = unique([...(before?.seen ?? []), ...remove.map(plain)]);
    const lastSeen = remove.length > 0 ? now.toISOString() : (before?.lastSeen ?? since);
    const quietSeconds = quietSecondsLeft(lastSeen, now);
    const unknown = looks.flatMap(({ unknown }) => unknown);

    if (remove.length === 0 && quietSeconds <= 0) {
      return { status: 'ready', removed: seen, remaining: unknown };
    }
    if (isOverdue(patience.cleanUp, since, now)) {
      const left = new Set(remove.map(({ id }) => id));
      const remaining = remove.map((one) => ({
        ...plain(one),
        reason: refusals.get(one.id) ?? `still there: ${reason}`,
      }));
      return {
        status: 'ready',
        removed: seen.filter(({ id }) => !left.has(id)),
        remaining: [...remaining, ...unknown],
      };
    }
    const awaiting =
      remove.length > 0 ? `${remove.map(({ id }) => id).join(', ')} to be gone` : 'nothing more to appear';
    const wait = pending(patience.cleanUp, { since, now, awaiting });
    const waitSeconds = remove.length > 0 ? wait.waitSeconds : Math.ceil(quietSeconds);
    return { ...wait, waitSeconds, seen, lastSeen };
  },
);

/** What an execution made in one region, or that the region may not be looked into: that must not keep the others. */
async function look(execution: string, region: string, ec2: EC2Client) {
  try {
    return { found: await findMade(execution, region, ec2), unknown: [] };
  } catch (error) {
    if (!(error instanceof Denied)) throw error;
    return { found: [], unknown: [{ region, kind: 'region' as const, id: region, reason: error.message }] };
  }
}

async function findMade(execution: string, region: string, ec2: EC2Client): Promise<Found[]> {
  const [instances, volumes, images, snapshots] = await Promise.all([
    findInstances(ec2, madeBy(execution)),
    findVolumes(ec2, madeBy(execution)),
    findImages(ec2, madeBy(execution)),
    findSnapshots(ec2, madeBy(execution)),
  ]);
  return [
    ...instances
      .filter(({ State }) => State?.Name !== 'terminated')
      .map(({ InstanceId = '', State, Tags }) => ({
        region,
        kind: 'instance' as const,
        id: InstanceId,
        tags: tagRecord(Tags),
        leaving: State?.Name === 'shutting-down',
      })),
    ...volumes.map(({ VolumeId = '', State, Attachments = [], Tags }) => ({
      region,
      kind: 'volume' as const,
      id: VolumeId,
      tags: tagRecord(Tags),
      leaving: State === 'deleting' || Attachments.length > 0,
    })),
    ...images.map((image) => ({
      region,
      kind: 'image' as const,
      id: image.ImageId ?? '',
      tags: tagRecord(image.Tags),
      snapshotIds: snapshotIdsOf(image),
    })),
    ...snapshots.map(({ SnapshotId = '', Tags }) => ({
      region,
      kind: 'snapshot' as const,
      id: SnapshotId,
      tags: tagRecord(Tags),
    })),
  ];
}

/** Removes what it can; tells of the rest why not. Gone already is a success. */
async function removeAll(removals: readonly Found[], deps: Deps): Promise<Map<string, string>> {
  const refusals = new Map<string, string>();
  await Promise.all(
    removals.map(async ({ kind, id, region }) => {
      try {
        await removeOne(kind, id, deps.ec2(region));
      } catch (error) {
        // Told and tried again at the next turn: one thing that resists must not keep the others.
        if (!(error instanceof NotFound))
          refusals.set(id, error instanceof Error ? error.message : String(error));
      }
    }),
  );
  return refusals;
}

async function removeOne(kind: Found['kind'], id: string, ec2: EC2Client): Promise<void> {
  if (kind === 'instance') await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  if (kind === 'volume') await ec2.send(new DeleteVolumeCommand({ VolumeId: id }));
  if (kind === 'image') {
    await ec2.send(new DeregisterImageCommand({ ImageId: id, DeleteAssociatedSnapshots: true }));
  }
  if (kind === 'snapshot') await ec2.send(new DeleteSnapshotCommand({ SnapshotId: id }));
}

function unique(found: readonly Leftover[]): Leftover[] {
  return [...new Map(found.map((one) => [one.id, one])).values()];
}

function plain({ region, kind, id }: Leftover): Leftover {
  return { region, kind, id };
}
