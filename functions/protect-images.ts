import * as z from 'zod/mini';
import { ec2 } from '../shared/aws/clients.ts';
import { findImages } from '../shared/aws/find-resources.ts';
import { protect } from '../shared/aws/images.ts';
import {
  anyPlanSchema,
  eventOf,
  type PendingProtection,
  type Protection,
  pendingProtectionSchema,
  protectionSchema,
  type Release,
  releaseSchema,
} from '../shared/build/execution-document.ts';
import { isFinal } from '../shared/build/optional-regions.ts';
import { isPastDeadline, pending, waitTimes } from '../shared/build/waiting.ts';
import { metrics } from '../shared/lambda/metrics.ts';
import { stage } from '../shared/lambda/stage.ts';

const needs = { ec2, metrics };

/**
 * ProtectImages: protects the published images from deregistration, if the recipe says so. It runs after Publish, because clean-up cannot
 * remove a protected image at once: with a cooldown, EC2 keeps the image for a day.
 * It never fails because of what EC2 refuses: the release is published. It reports that as warnings.
 * Safe to repeat: it protects only the images that are not protected.
 */
export const handler = stage(
  'protection',
  eventOf({
    plan: anyPlanSchema,
    release: releaseSchema,
    protection: z.optional(z.union([pendingProtectionSchema, protectionSchema])),
  }),
  async ({ document: { plan, release, protection } }, deps): Promise<Protection | PendingProtection> => {
    const before = protection?.status === 'pending' ? protection : undefined;
    const now = deps.now();
    const protectOne = async ({ region, imageId }: Release['images'][number]): Promise<Outcome> => {
      try {
        const [image] = await findImages(deps.ec2(region), { Name: 'image-id', Values: [imageId] });
        // The image has been shared, so EC2 knows it: the read is stale, or somebody has deregistered the image.
        if (image === undefined) return { isUnsettled: true };
        return { isUnsettled: await protect(deps.ec2(region), plan, image) };
      } catch (error) {
        if (!isFinal(error)) throw error;
        return {
          isUnsettled: false,
          warning: `The image ${imageId} in ${region} is not protected: ${error.message}`,
        };
      }
    };
    const outcomes = await Promise.all(release.images.map(protectOne));

    const unsettled = release.images.filter((_, index) => outcomes[index]?.isUnsettled);
    if (unsettled.length > 0 && !isPastDeadline(waitTimes.protectImages, before?.since, now)) {
      const awaiting = `the protection of the images in ${unsettled.map(({ region }) => region).join(', ')} to be visible`;
      return pending(waitTimes.protectImages, { since: before?.since, now, awaiting });
    }
    const warnings = [
      ...outcomes.flatMap(({ warning }) => warning ?? []),
      ...unsettled.map(
        ({ region, imageId }) =>
          `The image ${imageId} in ${region} was not visibly protected before the deadline`,
      ),
    ];
    for (const warning of warnings) deps.log.warn(warning);
    if (warnings.length > 0) deps.metrics.count('ReleaseWarnings', { recipe: plan.recipe });
    return { status: 'ready', ...(warnings.length > 0 && { warnings }) };
  },
  needs,
);

/** What happened in one region. `isUnsettled`: the next read must show whether the image is protected. */
interface Outcome {
  readonly isUnsettled: boolean;
  readonly warning?: string;
}
