import { CopyImageCommand, DeregisterImageCommand } from '@aws-sdk/client-ec2';
import * as z from 'zod/mini';
import { findImages, madeBy, snapshotIdsOf } from '../shared/aws/paging.ts';
import { tagOnCreate } from '../shared/aws/tags.ts';
import {
  type Candidate,
  type Copies,
  type Copy,
  candidateSchema,
  copiesSchema,
  eventOf,
  type PendingCopies,
  type Plan,
  pendingCopiesSchema,
  planSchema,
} from '../shared/domain/build.ts';
import { ATTEMPTS_MAX, describeFailures, hasFailed, whyFailed } from '../shared/domain/image.ts';
import { tagsFor } from '../shared/domain/tags.ts';
import { clientToken } from '../shared/domain/token.ts';
import { imageName } from '../shared/domain/version.ts';
import { patience, pending } from '../shared/domain/waiting.ts';
import { BuildFailed, Conflict, LimitReached } from '../shared/errors.ts';
import type { Deps } from '../shared/lambda/deps.ts';
import { step } from '../shared/lambda/step.ts';

/**
 * CopyImages: copies the candidate to every target region, all at once, and awaits that all copies are available. A copy that EC2
 * fails is removed and begun anew, without touching its siblings; a region that fails for good fails the build.
 * Safe to repeat: a copy is found by its tag and name, and one that is asked for twice bears the same token. It shares nothing.
 */
export const handler = step(
  eventOf({
    plan: planSchema,
    candidate: candidateSchema,
    copies: z.optional(z.union([pendingCopiesSchema, copiesSchema])),
  }),
  async ({ execution, document: { plan, candidate, copies } }, deps): Promise<Copies | PendingCopies> => {
    const targets = plan.regions.filter((region) => region !== plan.region);
    const known = new Map(copies?.regions.map((copy) => [copy.region, copy]));
    // All turns are taken to their end before any failure is told: an exception must not cut off the siblings in mid-call.
    const turns = await Promise.allSettled(
      targets.map((region) => {
        const copy = known.get(region) ?? firstCopy(region, plan);
        return copy.state === 'available' ? copy : takeTurn(copy, execution, plan, candidate, deps);
      }),
    );
    const regions = turns.map((turn) => {
      if (turn.status === 'rejected') throw turn.reason;
      return turn.value;
    });

    const unfinished = regions.filter(({ state }) => state !== 'available');
    if (unfinished.length === 0) return { status: 'ready', regions };
    const awaiting = `the copies of ${candidate.imageId} to ${unfinished.map(({ region }) => region).join(', ')}`;
    const since = copies?.status === 'pending' ? copies.since : undefined;
    const said = unfinished
      .flatMap(({ region, failures }) => failures.slice(-1).map((why) => `${region}: ${why}`))
      .join('; ');
    return { ...pending(patience.copyImages, { since, now: deps.now(), awaiting, said }), regions };
  },
);

function firstCopy(region: string, plan: Plan): Copy {
  const name = imageName(plan.recipe, plan.version, 1);
  return { region, state: 'waiting', attempt: 1, name, snapshotIds: [], failures: [] };
}

/** Observe one region, do the one thing that is missing, report. */
async function takeTurn(
  copy: Copy,
  execution: string,
  plan: Plan,
  candidate: Candidate,
  deps: Deps,
): Promise<Copy> {
  const ec2 = deps.ec2(copy.region);
  const [image] = await findImages(ec2, madeBy(execution), { Name: 'name', Values: [copy.name] });
  if (image === undefined) {
    // Known already: it was begun, and is only not visible yet.
    return copy.imageId === undefined ? begin(copy, execution, plan, candidate, deps) : copy;
  }
  const imageId = image.ImageId ?? '';
  if (image.State === 'available')
    return { ...copy, imageId, state: 'available', snapshotIds: snapshotIdsOf(image) };
  if (!hasFailed(image)) return { ...copy, imageId, state: 'pending' };

  const failures = [...copy.failures, whyFailed(image)];
  if (copy.attempt >= ATTEMPTS_MAX) {
    throw new BuildFailed(
      `EC2 failed to copy ${candidate.imageId} from ${plan.region} to ${copy.region} ${copy.attempt} times; it said ${describeFailures(failures)}`,
    );
  }
  await ec2.send(new DeregisterImageCommand({ ImageId: imageId, DeleteAssociatedSnapshots: true }));
  const attempt = copy.attempt + 1;
  deps.log.warn('the copy failed, trying again', {
    region: copy.region,
    imageId,
    attempt,
    why: failures.at(-1),
  });
  const name = imageName(plan.recipe, plan.version, attempt);
  return { region: copy.region, state: 'waiting', attempt, name, snapshotIds: [], failures };
}

async function begin(
  copy: Copy,
  execution: string,
  plan: Plan,
  candidate: Candidate,
  deps: Deps,
): Promise<Copy> {
  try {
    const { ImageId } = await deps.ec2(copy.region).send(
      new CopyImageCommand({
        SourceRegion: plan.region,
        SourceImageId: candidate.imageId,
        Name: copy.name,
        Description: plan.description,
        TagSpecifications: tagOnCreate(
          ['image', 'snapshot'],
          tagsFor('copy', { ...plan, execution, name: copy.name }),
        ),
        ClientToken: clientToken(execution, 'copy', copy.region, copy.attempt),
      }),
    );
    return { ...copy, imageId: ImageId, state: 'pending' };
  } catch (error) {
    // EC2 takes only so many copies to one region at a time; others will end.
    if (error instanceof LimitReached) return { ...copy, state: 'waiting' };
    if (error instanceof Conflict) {
      throw new Conflict(
        `The name ${copy.name} is taken in ${copy.region} by an image that this execution did not make; remove or rename it`,
        { cause: error },
      );
    }
    throw error;
  }
}
