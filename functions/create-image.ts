import { CopyImageCommand, CreateImageCommand, type EC2Client, type Image } from '@aws-sdk/client-ec2';
import * as z from 'zod/mini';
import { ec2 } from '../shared/aws/clients.ts';
import { endInstance } from '../shared/aws/end-instance.ts';
import {
  createdBy,
  findImages,
  findSnapshots,
  progressOf,
  snapshotIdsOf,
} from '../shared/aws/find-resources.ts';
import { discard, refuseIfTaken, requireImdsV2 } from '../shared/aws/images.ts';
import { tagOnCreate } from '../shared/aws/tags.ts';
import { describeBase } from '../shared/build/base.ts';
import {
  awaitImage,
  type CandidateAttempt,
  type CandidateSource,
  currentAttempt,
  nextAttempt,
} from '../shared/build/candidate.ts';
import { clientToken } from '../shared/build/client-token.ts';
import {
  type AnyPlan,
  anyPlanSchema,
  type Builder,
  builderSchema,
  type Candidate,
  candidateSchema,
  eventOf,
  type PendingCandidate,
  pendingCandidateSchema,
  waitHistorySchema,
} from '../shared/build/execution-document.ts';
import { imageStatus, isTooLongForLag } from '../shared/build/image-attempt.ts';
import { type Role, tagsFor } from '../shared/build/tags.ts';
import { earlierNames } from '../shared/build/version.ts';
import { Conflict, Defect, LimitReached } from '../shared/errors.ts';
import { stage } from '../shared/lambda/stage.ts';

/** Most reads show a change at once. */
const VISIBLE_SECONDS = 1;

const needs = { ec2 };

/**
 * CreateImage: creates the AMI of the stopped builder, or of the instance that is the base, and waits until the image is available. If the
 * recipe says so, the AMI is a copy of the base image instead.
 * If EC2 fails an attempt, another attempt follows, and the next invocation removes the failed image. When the image is available,
 * CreateImage terminates the builder, because no later stage needs the builder, and makes the image require IMDSv2, so that every instance
 * of the image requires it.
 * Safe to repeat: EC2's CreateImage has no client token. The image's name is used instead, because it is unique for each execution and
 * attempt: EC2 refuses a repeated call, and the image is found by its tag. It does not share the image, and does not change the base.
 */
export const handler = stage(
  'candidate',
  eventOf({
    plan: anyPlanSchema,
    builder: z.optional(builderSchema),
    decision: waitHistorySchema,
    candidate: z.optional(z.union([pendingCandidateSchema, candidateSchema])),
  }),
  async (
    { execution, document: { plan, builder, decision, candidate } },
    deps,
  ): Promise<Candidate | PendingCandidate> => {
    const ec2 = deps.ec2(plan.region);
    const source = sourceOf(plan, builder);
    const now = deps.now();
    const before = candidate?.status === 'pending' ? candidate : undefined;
    const attempt = currentAttempt(plan, source, before, decision?.earlierSeconds?.CreateImage);
    const image = await findAttempt(ec2, execution, plan, attempt);
    const status = imageStatus(image, attempt, now);
    switch (status.is) {
      case 'available': {
        const { ImageId: imageId = '', CreationDate: createdAt } = image ?? {};
        if (builder !== undefined) await endInstance(builder.instanceId, plan, deps);
        if (await requireImdsV2(ec2, plan, image ?? {})) {
          const facts = { said: 'IMDSv2 is not required yet', now, intervalSeconds: VISIBLE_SECONDS };
          return awaitImage(attempt, facts, { imageId, seenAt: now.toISOString() });
        }
        const snapshotIds = snapshotIdsOf(image ?? {});
        return {
          status: 'ready',
          attempt: attempt.attempt,
          imageId,
          name: attempt.name,
          snapshotIds,
          createdAt,
        };
      }
      case 'failed':
        // This invocation only records the failure. If it also removed the image and then died, the reason for the failure would be lost.
        return nextAttempt(attempt, status.why, now);
      case 'pending': {
        const { said } = status;
        const imageId = image?.ImageId ?? attempt.imageId;
        const seenAt = image ? now.toISOString() : attempt.seenAt;
        const progressPercent = progressOf(await findSnapshots(ec2, createdBy(execution)));
        return awaitImage(attempt, { said, now, progressPercent }, { imageId, seenAt });
      }
    }
    const { created, taken, said } = await create(ec2, execution, plan, attempt);
    if (!taken) return awaitImage(attempt, { said, now }, { imageId: created });
    const { takenSince = now.toISOString() } = attempt;
    if (isTooLongForLag(takenSince, now)) return nextAttempt(attempt, said, now);
    return awaitImage(attempt, { said, now }, { takenSince });
  },
  needs,
);

/** The image of an attempt, if it is visible. Removes the images of earlier attempts. */
async function findAttempt(
  ec2: EC2Client,
  execution: string,
  plan: AnyPlan,
  { attempt, name }: CandidateAttempt,
): Promise<Image | undefined> {
  const images = await findImages(ec2, createdBy(execution));
  // Only images of earlier attempts: a repeated invocation with an old document must not remove the image of a newer invocation.
  const earlier = earlierNames(plan.recipe, plan.version, attempt);
  await discard(
    ec2,
    images.filter(({ Name = '' }) => earlier.includes(Name)),
  );
  return images.find(({ Name }) => Name === name);
}

/** The instance to image, or the image to copy. */
function sourceOf({ base, copyBase }: AnyPlan, builder: Builder | undefined): CandidateSource {
  if ('instanceId' in base) return { instanceId: base.instanceId };
  if ('imageId' in base && copyBase) return { imageId: base.imageId };
  if (builder !== undefined) return { instanceId: builder.instanceId };
  throw new Defect(
    `No builder was launched from ${describeBase(base)}, so there is no instance to create an image from`,
  );
}

/** Makes the call for an attempt. A missing id is not a failure: the next invocation finds the image, or calls again. */
async function create(
  ec2: EC2Client,
  execution: string,
  plan: AnyPlan,
  { source, name, attempt }: CandidateAttempt,
): Promise<{ created?: string | undefined; taken?: true; said: string }> {
  const role: Role = plan.regions.includes(plan.region) ? 'candidate' : 'intermediate';
  const named = {
    Name: name,
    Description: plan.description,
    TagSpecifications: tagOnCreate(['image', 'snapshot'], tagsFor(role, { ...plan, execution, name })),
  };
  try {
    const { ImageId } = await ('imageId' in source
      ? ec2.send(
          new CopyImageCommand({
            ...named,
            SourceRegion: plan.region,
            SourceImageId: source.imageId,
            ...encryptionOf(plan),
            ClientToken: clientToken(execution, 'candidate', plan.region, attempt),
          }),
        )
      : ec2.send(
          new CreateImageCommand({
            ...named,
            InstanceId: source.instanceId,
            // This has no effect on the builder, because the builder is stopped.
            NoReboot: 'instanceId' in plan.base ? !plan.base.reboot : undefined,
            BootModeOverride: plan.image?.bootMode,
            BlockDeviceMappings: plan.notInImage?.map((device) => ({ DeviceName: device, NoDevice: '' })),
          }),
        ));
    return { created: ImageId, said: 'pending' };
  } catch (error) {
    if (error instanceof LimitReached) return { said: error.message };
    if (!(error instanceof Conflict)) throw error;
    await refuseIfTaken(ec2, name, execution);
    return { taken: true, said: error.message };
  }
}

/** The key that the recipe names for the region of the build. */
function encryptionOf({ keys, region }: AnyPlan): { Encrypted?: true; KmsKeyId?: string } {
  const key = keys?.[region];
  return key === undefined ? {} : { Encrypted: true, KmsKeyId: key };
}
