import { CopyImageCommand } from '@aws-sdk/client-ec2';
import * as z from 'zod/mini';
import { ec2 } from '../shared/aws/clients.ts';
import {
  createdBy,
  findImages,
  findSnapshots,
  progressOf,
  snapshotIdsOf,
} from '../shared/aws/find-resources.ts';
import { discard, requireImdsV2 } from '../shared/aws/images.ts';
import { tagOnCreate } from '../shared/aws/tags.ts';
import { clientToken } from '../shared/build/client-token.ts';
import { copyInterval, copyKey } from '../shared/build/copying.ts';
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
  waitHistorySchema,
} from '../shared/build/execution-document.ts';
import { ATTEMPTS_MAX, describeFailures, imageStatus } from '../shared/build/image-attempt.ts';
import { copiesAtDeadline, copyAfterError, isOptional } from '../shared/build/optional-regions.ts';
import { tagsFor } from '../shared/build/tags.ts';
import { earlierNames, imageName } from '../shared/build/version.ts';
import { pending, secondsBetween, waitTimes } from '../shared/build/waiting.ts';
import { BuildFailed, Conflict, LimitReached } from '../shared/errors.ts';
import { stage } from '../shared/lambda/stage.ts';
import type { DepsWith } from '../shared/lambda/step.ts';

const needs = { ec2 };
type CopyImagesDeps = DepsWith<typeof needs>;

/**
 * CopyImages: copies the candidate to all target regions at the same time, and waits until all copies are available. If EC2 fails a copy,
 * the copy is removed and started again, without effect on the other copies. If the copy to a required region fails permanently, the build
 * fails. If the copy to an optional region does, the build continues without the region, and CleanUp removes what is there.
 * AWS does not document whether a copy requires IMDSv2 if its source does, so each copy is read and, if necessary, changed.
 * Safe to repeat: each copy is found by its tag and name, and a repeated call carries the same client token. It does not share images.
 */
export const handler = stage(
  'copies',
  eventOf({
    plan: anyPlanSchema,
    candidate: candidateSchema,
    decision: waitHistorySchema,
    copies: z.optional(z.union([pendingCopiesSchema, copiesSchema])),
  }),
  async (
    { execution, document: { plan, candidate, decision, copies } },
    deps,
  ): Promise<Copies | PendingCopies> => {
    const targets = plan.regions.filter((region) => region !== sourceOf(plan, candidate));
    const known = new Map(copies?.regions.map((copy) => [copy.region, copy]));
    // Waits for all regions before it throws: an error in one region must not interrupt the calls in other regions.
    const results = await Promise.allSettled(
      targets.map((region) => {
        const copy = known.get(region) ?? firstCopy(region, plan);
        if (copy.state === 'available' || copy.state === 'failed') return copy;
        const advance = isOptional(plan, region) ? advanceOptional : advanceCopy;
        return advance(copy, execution, plan, candidate, deps);
      }),
    );
    const advanced = results.map((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });

    const began = copies?.status === 'pending' ? copies.since : undefined;
    const regions = [...copiesAtDeadline(advanced, plan, began, deps.now())];
    const unfinished = regions.filter(({ state }) => state !== 'available' && state !== 'failed');
    if (unfinished.length === 0) return { status: 'ready', regions };
    const awaiting = `the copies of ${candidate.imageId} to ${unfinished.map(({ region }) => region).join(', ')}`;
    const said = unfinished.map(({ region, said }) => `${region}: ${said}`).join('; ');
    const now = deps.now();
    const earlier = (region: string) => decision?.earlierSeconds?.[copyKey(region)];
    const intervalSeconds = copyInterval(regions, { now, earlier });
    return {
      ...pending(waitTimes.copyImages, { since: began, now, awaiting, said, intervalSeconds }),
      regions,
    };
  },
  needs,
);

const sourceOf = (plan: AnyPlan, candidate: Candidate): string => candidate.region ?? plan.region;

function firstCopy(region: string, plan: AnyPlan): Copy {
  const name = imageName(plan.recipe, plan.version, 1);
  return { region, state: 'waiting', attempt: 1, name, snapshotIds: [], failures: [], said: 'not started' };
}

/** The same for an optional region: an error that concerns only this region does not fail the build. */
async function advanceOptional(
  copy: Copy,
  execution: string,
  plan: AnyPlan,
  candidate: Candidate,
  deps: CopyImagesDeps,
): Promise<Copy> {
  try {
    const { faultSince: _, ...advanced } = await advanceCopy(copy, execution, plan, candidate, deps);
    return advanced;
  } catch (error) {
    const after = copyAfterError(copy, error, deps.now());
    if (after === undefined) throw error;
    deps.log.warn('the copy to an optional region failed', { region: copy.region, why: after.said });
    return after;
  }
}

/** Reads the state of the copy to one region, makes the next call if one is necessary, and reports the new state. */
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
  // Only images of earlier attempts: a repeated invocation with an old document must not remove the image of a newer invocation.
  const earlier = earlierNames(plan.recipe, plan.version, copy.attempt);
  await discard(
    ec2,
    images.filter(({ Name = '' }) => earlier.includes(Name)),
  );
  const status = imageStatus(image, copy, now);
  if (status.is === 'not started') return begin(copy, execution, plan, candidate, deps);
  if (status.is === 'pending') {
    const imageId = image?.ImageId ?? copy.imageId;
    const seenAt = image ? now.toISOString() : copy.seenAt;
    const progress = progressOf(await findSnapshots(ec2, createdBy(execution)));
    const startedAt = copy.startedAt ?? image?.CreationDate;
    return { ...copy, imageId, seenAt, state: 'pending', said: status.said, progress, startedAt };
  }
  if (status.is === 'available') {
    if (await requireImdsV2(ec2, plan, image ?? {})) {
      const said = 'IMDSv2 is not required yet';
      return {
        ...copy,
        imageId: image?.ImageId,
        seenAt: now.toISOString(),
        state: 'pending',
        said,
        progress: 100,
      };
    }
    const { ImageId: imageId, State: said = '' } = image ?? {};
    const snapshotIds = snapshotIdsOf(image ?? {});
    const startedAt = copy.startedAt ?? image?.CreationDate;
    const seconds = startedAt === undefined ? undefined : secondsBetween(startedAt, now);
    return { ...copy, imageId, state: 'available', snapshotIds, said, seconds, progress: undefined };
  }

  const failures = [...copy.failures, status.why];
  if (copy.attempt >= ATTEMPTS_MAX) {
    throw new BuildFailed(
      `EC2 failed to copy ${candidate.imageId} from ${sourceOf(plan, candidate)} to ${copy.region} ${copy.attempt} times: ` +
        describeFailures(failures),
    );
  }
  // This invocation only records the failure. If it also removed the copy and then died, the reason for the failure would be lost.
  const attempt = copy.attempt + 1;
  deps.log.warn('the copy failed; trying again', { region: copy.region, attempt, why: status.why });
  const name = imageName(plan.recipe, plan.version, attempt);
  return {
    region: copy.region,
    state: 'waiting',
    attempt,
    name,
    snapshotIds: [],
    failures,
    said: status.why,
  };
}

async function begin(
  copy: Copy,
  execution: string,
  plan: AnyPlan,
  candidate: Candidate,
  deps: CopyImagesDeps,
): Promise<Copy> {
  const key = plan.keys?.[copy.region];
  try {
    const { ImageId } = await deps.ec2(copy.region).send(
      new CopyImageCommand({
        SourceRegion: sourceOf(plan, candidate),
        SourceImageId: candidate.imageId,
        Name: copy.name,
        Description: plan.description,
        SnapshotCopyCompletionDurationMinutes: plan.copyMinutes,
        ...(key !== undefined && { Encrypted: true, KmsKeyId: key }),
        TagSpecifications: tagOnCreate(
          ['image', 'snapshot'],
          tagsFor('copy', {
            ...plan,
            execution,
            name: copy.name,
            optional: isOptional(plan, copy.region),
          }),
        ),
        ClientToken: clientToken(execution, 'copy', copy.region, copy.attempt),
      }),
    );
    return {
      ...copy,
      imageId: ImageId,
      state: 'pending',
      said: 'pending',
      startedAt: deps.now().toISOString(),
    };
  } catch (error) {
    // EC2 limits the number of simultaneous copies to one region. A later invocation tries again, when other copies have ended.
    if (error instanceof LimitReached) {
      const limitedSince = copy.limitedSince ?? deps.now().toISOString();
      return { ...copy, state: 'waiting', said: error.message, limitedSince };
    }
    if (error instanceof Conflict) {
      throw new Conflict(
        `The copy to ${copy.region} cannot use the name ${copy.name}, because an image that this execution did not create has ` +
          `this name: ${error.said}`,
        { cause: error },
      );
    }
    throw error;
  }
}
