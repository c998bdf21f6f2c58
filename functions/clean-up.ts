import {
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DeregisterImageCommand,
  DescribeRegionsCommand,
  type EC2Client,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import * as z from 'zod/mini';
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
import { patience, pending } from '../shared/domain/waiting.ts';
import { DeadlinePassed, NotFound } from '../shared/errors.ts';
import { type Deps, step } from '../shared/lambda/step.ts';

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
    const regions = plan ? [...new Set([plan.region, ...plan.regions])] : await enabledRegions(deps);
    const found = (
      await Promise.all(regions.map((region) => findMade(execution, region, deps.ec2(region))))
    ).flat();
    const { remove, reason } = leftovers(found, {
      buildFailed: failure !== undefined,
      released: release?.status === 'ready' ? release.images : [],
      tagsAreSettled: quietSecondsLeft(before?.since ?? now.toISOString(), now) <= 0,
    });
    const outcomes = await Promise.all(
      nextRemovals(remove).map(async (one) => ({
        id: one.id,
        error: await removeOne(one, deps.ec2(one.region)),
      })),
    );
    const seen = unique([...(before?.seen ?? []), ...remove.map(plain)]);
    const lastSeen = remove.length > 0 ? now.toISOString() : (before?.lastSeen ?? now.toISOString());
    const quietSeconds = quietSecondsLeft(lastSeen, now);
    if (remove.length === 0 && quietSeconds <= 0) return { status: 'ready', removed: seen, remaining: [] };

    const said = outcomes.flatMap(({ id, error }) => (error ? `${id}: ${error.message}` : [])).join('; ');
    const awaiting =
      remove.length > 0 ? `${remove.map(({ id }) => id).join(', ')} to be gone` : 'nothing more to appear';
    try {
      const wait = pending(patience.cleanUp, { since: before?.since, now, awaiting, said: said || reason });
      const waitSeconds = remove.length > 0 ? wait.waitSeconds : Math.ceil(quietSeconds);
      return { ...wait, waitSeconds, seen, lastSeen };
    } catch (error) {
      if (!(error instanceof DeadlinePassed)) throw error;
      const whyById = new Map(outcomes.map(({ id, error }) => [id, error?.message]));
      const remaining = remove.map((left) => ({
        ...plain(left),
        reason: whyById.get(left.id) ?? error.message,
      }));
      const stuck = new Set(remaining.map(({ id }) => id));
      return { status: 'ready', removed: seen.filter(({ id }) => !stuck.has(id)), remaining };
    }
  },
);

async function enabledRegions({ ec2, settings }: Deps): Promise<string[]> {
  const { Regions } = await ec2(settings.region).send(new DescribeRegionsCommand({}));
  return (Regions ?? []).map(({ RegionName = '' }) => RegionName);
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

/** Removes one thing; tells why it could not, if so. Gone already is a success. */
async function removeOne({ kind, id }: Found, ec2: EC2Client): Promise<Error | undefined> {
  try {
    if (kind === 'instance') await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    if (kind === 'volume') await ec2.send(new DeleteVolumeCommand({ VolumeId: id }));
    if (kind === 'image')
      await ec2.send(new DeregisterImageCommand({ ImageId: id, DeleteAssociatedSnapshots: true }));
    if (kind === 'snapshot') await ec2.send(new DeleteSnapshotCommand({ SnapshotId: id }));
    return undefined;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    // Reported and tried again at the next turn: one thing that resists must not keep the others.
    return error instanceof Error ? error : new Error(String(error));
  }
}

function unique(found: readonly Leftover[]): Leftover[] {
  return [...new Map(found.map((one) => [one.id, one])).values()];
}

function plain({ region, kind, id }: Leftover): Leftover {
  return { region, kind, id };
}
