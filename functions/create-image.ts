import { CreateImageCommand, DeregisterImageCommand, type EC2Client, type Image } from '@aws-sdk/client-ec2';
import * as z from 'zod/mini';
import { findImages, snapshotIdsOf } from '../shared/aws/paging.ts';
import { tagOnCreate, tagRecord } from '../shared/aws/tags.ts';
import {
  builderSchema,
  type Candidate,
  candidateSchema,
  eventOf,
  type PendingCandidate,
  type Plan,
  pendingCandidateSchema,
  planSchema,
} from '../shared/domain/build.ts';
import { ATTEMPTS_MAX, describeFailures, hasFailed, whyFailed } from '../shared/domain/image.ts';
import { EXECUTION, type Role, tagsFor } from '../shared/domain/tags.ts';
import { imageName } from '../shared/domain/version.ts';
import { patience, pending } from '../shared/domain/waiting.ts';
import { BuildFailed, Conflict } from '../shared/errors.ts';
import { step } from '../shared/lambda/step.ts';

/**
 * CreateImage: makes the AMI of the stopped builder and awaits that it is available. An attempt that EC2 fails is removed before
 * the next one begins.
 * Safe to repeat: CreateImage has no client token, so the name, which is unique and follows from the execution, takes its place: an
 * image that has it already is adopted, if it is this execution's. It shares nothing.
 */
export const handler = step(
  eventOf({
    plan: planSchema,
    builder: builderSchema,
    candidate: z.optional(z.union([pendingCandidateSchema, candidateSchema])),
  }),
  async (
    { execution, document: { plan, builder, candidate } },
    deps,
  ): Promise<Candidate | PendingCandidate> => {
    const ec2 = deps.ec2(plan.region);
    const before = candidate?.status === 'pending' ? candidate : undefined;
    const attempt = before?.attempt ?? 1;
    const failures = before?.failures ?? [];
    const name = imageName(plan.recipe, plan.version, attempt);
    const wait = (
      awaiting: string,
      more: Omit<PendingCandidate, keyof ReturnType<typeof pending>>,
    ): PendingCandidate => ({
      ...pending(patience.createImage, {
        since: before?.since,
        now: deps.now(),
        awaiting,
        said: failures.at(-1),
      }),
      ...more,
    });

    const image = await findOurs(ec2, name, execution);
    if (image === undefined) {
      // Known already: it was made, and is only not visible yet.
      const imageId = before?.imageId ?? (await create(ec2, execution, plan, builder.instanceId, name));
      return wait(`the image ${imageId} of ${builder.instanceId}`, { imageId, attempt, failures });
    }
    const imageId = image.ImageId ?? '';
    if (image.State === 'available')
      return { status: 'ready', imageId, name, snapshotIds: snapshotIdsOf(image) };
    if (!hasFailed(image))
      return wait(`the image ${imageId} of ${builder.instanceId}`, { imageId, attempt, failures });

    const why = whyFailed(image);
    if (attempt >= ATTEMPTS_MAX) {
      throw new BuildFailed(
        `EC2 failed to make an image of ${builder.instanceId} ${attempt} times; it said ${describeFailures([...failures, why])}`,
      );
    }
    await ec2.send(new DeregisterImageCommand({ ImageId: imageId, DeleteAssociatedSnapshots: true }));
    deps.log.warn('the image failed, trying again', { imageId, attempt, why });
    return wait(`another image of ${builder.instanceId}`, {
      attempt: attempt + 1,
      failures: [...failures, why],
    });
  },
);

async function findOurs(ec2: EC2Client, name: string, execution: string): Promise<Image | undefined> {
  const [image] = await findImages(ec2, { Name: 'name', Values: [name] });
  if (image === undefined || tagRecord(image.Tags)[EXECUTION] === execution) return image;
  throw new Conflict(
    `The image ${image.ImageId} has the name ${name} already and was not made by this execution; remove or rename it`,
  );
}

async function create(
  ec2: EC2Client,
  execution: string,
  plan: Plan,
  InstanceId: string,
  name: string,
): Promise<string | undefined> {
  const role: Role = plan.regions.includes(plan.region) ? 'candidate' : 'intermediate';
  try {
    const { ImageId } = await ec2.send(
      new CreateImageCommand({
        InstanceId,
        Name: name,
        Description: plan.description,
        TagSpecifications: tagOnCreate(['image', 'snapshot'], tagsFor(role, { ...plan, execution, name })),
      }),
    );
    return ImageId;
  } catch (error) {
    // The answer to an earlier call was lost, and its image is not visible yet; the next turn adopts it.
    if (error instanceof Conflict) return undefined;
    throw error;
  }
}
