import { CopyImageCommand } from '@aws-sdk/client-ec2';
import * as z from 'zod/mini';
import { ec2 } from '../shared/aws/clients.ts';
import { createdBy, findImages, snapshotIdsOf } from '../shared/aws/find-resources.ts';
import { discard } from '../shared/aws/images.ts';
import { tagOnCreate } from '../shared/aws/tags.ts';
import { clientToken } from '../shared/build/client-token.ts';
import {
  type AnyPlan,
  anyPlanSchema,
  type Candidate,
  type Copies,
  type Copy,
  candidateSchema,
  copiesSchema,
  eventOf,
  type PendingCopies,
  pendingCopiesSchema,
} from '../shared/build/execution-document.ts';
import { ATTEMPTS_MAX, describeFailures, imageStatus } from '../shared/build/image-attempt.ts';
import { tagsFor } from '../shared/build/tags.ts';
import { earlierNames, imageName } from '../shared/build/version.ts';
import { pending, waitTimes } from '../shared/build/waiting.ts';
import { BuildFailed, Conflict, LimitReached } from '../shared/errors.ts';
import { type DepsWith, step } from '../shared/lambda/step.ts';

const needs = { ec2 };
type CopyImagesDeps = DepsWith<typeof needs>;

/**
 * CopyImages: copies the candidate to every target region, all at once, and awaits that all copies are available. A copy that EC2
 * fails is removed and begun anew, without touching its siblings; a region that fails for good fails the build.
 * Safe to repeat: a copy is found by its tag and name, and one that is asked for twice bears the same token. It shares nothing.
 */
export const handler = step(
  eventOf({
    plan: anyPlanSchema,
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
        return copy.state === 'available' ? copy : advanceCopy(copy, execution, plan, candidate, deps);
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
    const said = unfinished.map(({ region, said }) => `${region}: ${said}`).join('; ');
    return { ...pending(waitTimes.copyImages, { since, now: deps.now(), awaiting, said }), regions };
  },
  needs,
);

function firstCopy(region: string, plan: AnyPlan): Copy {
  const name = imageName(plan.recipe, plan.version, 1);
  return { region, state: 'waiting', attempt: 1, name, snapshotIds: [], failures: [], said: 'not begun' };
}

/** Observe one region, do the one thing that is missing, report. */
async function advanceCopy(
  copy: Copy,
  execution: string,
  plan: AnyPlan,
  candidate: Candidate,
  deps: CopyImagesDeps,
): Promise<Copy> {
  const ec2 = deps.ec2(copy.region);
  const now = deps.now();
  const images = await findImages(ec2, createdBy(execution));
  const image = images.find(({ Name }) => Name === copy.name);
  // Of earlier attempts only: whoever acts on an old document must not remove what a newer turn made.
  const earlier = earlierNames(plan.recipe, plan.version, copy.attempt);
  await discard(
    ec2,
    images.filter(({ Name = '' }) => earlier.includes(Name)),
  );
  const verdict = imageStatus(image, copy, now);
  if (verdict.is === 'not begun') return begin(copy, execution, plan, candidate, deps);
  if (verdict.is === 'under way') {
    const imageId = image?.ImageId ?? copy.imageId;
    const seenAt = image ? now.toISOString() : copy.seenAt;
    return { ...copy, imageId, seenAt, state: 'pending', said: verdict.said };
  }
  if (verdict.is === 'available') {
    const { ImageId: imageId, State: said = '' } = image ?? {};
    return { ...copy, imageId, state: 'available', snapshotIds: snapshotIdsOf(image ?? {}), said };
  }

  const failures = [...copy.failures, verdict.why];
  if (copy.attempt >= ATTEMPTS_MAX) {
    throw new BuildFailed(
      `EC2 failed to copy ${candidate.imageId} from ${plan.region} to ${copy.region} ${copy.attempt} times; ` +
        `it said: ${describeFailures(failures)}`,
    );
  }
  // Only noted in this turn: if it removed the copy too, and died before it could say so, nobody would know why it is gone.
  const attempt = copy.attempt + 1;
  deps.log.warn('the copy failed, trying again', { region: copy.region, attempt, why: verdict.why });
  const name = imageName(plan.recipe, plan.version, attempt);
  return {
    region: copy.region,
    state: 'waiting',
    attempt,
    name,
    snapshotIds: [],
    failures,
    said: verdict.why,
  };
}

async function begin(
  copy: Copy,
  execution: string,
  plan: AnyPlan,
  candidate: Candidate,
  deps: CopyImagesDeps,
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
    return { ...copy, imageId: ImageId, state: 'pending', said: 'pending' };
  } catch (error) {
    // EC2 takes only so many copies to one region at a time; others will end.
    if (error instanceof LimitReached) return { ...copy, state: 'waiting', said: error.message };
    if (error instanceof Conflict) {
      throw new Conflict(
        `The copy to ${copy.region} cannot have the name ${copy.name}, which no other image of this execution has: ${error.said}`,
        { cause: error },
      );
    }
    throw error;
  }
}
