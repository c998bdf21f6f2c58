import { type EC2Client, RegisterImageCommand } from '@aws-sdk/client-ec2';
import * as z from 'zod/mini';
import { ec2 } from '../shared/aws/clients.ts';
import { createdBy, findImages } from '../shared/aws/find-resources.ts';
import { platformOf, productsOf, refuseIfTaken } from '../shared/aws/images.ts';
import { tagOnCreate } from '../shared/aws/tags.ts';
import { describeBase, machineRefusals } from '../shared/build/base.ts';
import {
  eventOf,
  type PendingRegisteredBase,
  pendingRegisteredBaseSchema,
  type RegisteredBase,
  registeredBaseSchema,
  type SnapshotPlan,
  snapshotPlanSchema,
} from '../shared/build/execution-document.ts';
import { imageStatus, isTooLongForLag } from '../shared/build/image-attempt.ts';
import { tagsFor } from '../shared/build/tags.ts';
import { baseImageName } from '../shared/build/version.ts';
import { pending, waitTimes } from '../shared/build/waiting.ts';
import { BuildFailed, Conflict, InvalidInput } from '../shared/errors.ts';
import { stage } from '../shared/lambda/stage.ts';

/**
 * RegisterBase: registers an image from the base snapshot, so that the builder can be launched from it, and waits until the image is
 * available. Then it checks the platform and the product codes, which only the image shows, before anything is launched.
 * Safe to repeat: RegisterImage has no client token. The image's name is used instead, because it is unique for each execution.
 * It does not change or tag the snapshot, which belongs to its owner. Clean-up removes the image and keeps the snapshot.
 */
export const handler = stage(
  'base',
  eventOf({
    plan: snapshotPlanSchema,
    base: z.optional(z.union([pendingRegisteredBaseSchema, registeredBaseSchema])),
  }),
  async ({ execution, document: { plan, base } }, deps): Promise<RegisteredBase | PendingRegisteredBase> => {
    const ec2 = deps.ec2(plan.region);
    const now = deps.now();
    const { imageId, seenAt, takenSince, since } = base?.status === 'pending' ? base : {};
    const name = baseImageName(plan.recipe, plan.version);
    const named = describeBase(plan.base);
    const wait = (said: string, state: Pick<PendingRegisteredBase, 'imageId' | 'seenAt' | 'takenSince'>) => {
      const awaiting = `the image ${name} from ${named}`;
      return { ...pending(waitTimes.registerBase, { since, now, awaiting, said }), ...state };
    };

    const images = await findImages(ec2, createdBy(execution));
    const image = images.find(({ Name }) => Name === name);
    const status = imageStatus(image, { attempt: 1, imageId, seenAt, failures: [] }, now);
    if (status.is === 'failed')
      throw new BuildFailed(`EC2 failed to register an image from ${named}: ${status.why}`);
    if (status.is === 'pending') {
      const seen = image ? now.toISOString() : seenAt;
      return wait(status.said, { imageId: image?.ImageId ?? imageId, seenAt: seen });
    }
    if (status.is === 'available') {
      const products = productsOf(image ?? {});
      const found = { platform: platformOf(image ?? {}), volumes: [], products };
      const reasons = machineRefusals(plan, found, named, plan.region);
      if (reasons.length > 0)
        throw new InvalidInput(`Nothing was launched, because ${reasons.join('; and ')}`);
      return { status: 'ready', imageId: image?.ImageId ?? '', name, products };
    }
    const { registered, said } = await register(ec2, execution, plan, name);
    if (registered !== undefined) return wait(said, { imageId: registered });
    if (takenSince !== undefined && isTooLongForLag(takenSince, now)) {
      throw new Conflict(
        `EC2 says that the image name ${name} is taken, but lists no image with this name: ${said}`,
      );
    }
    return wait(said, { takenSince: takenSince ?? now.toISOString() });
  },
  { ec2 },
);

/** Calls RegisterImage. If the name is taken, an earlier call may have registered the image. */
async function register(
  ec2: EC2Client,
  execution: string,
  plan: SnapshotPlan,
  name: string,
): Promise<{ registered?: string | undefined; said: string }> {
  const { snapshotId, architecture, bootMode, ena, rootDevice } = plan.base;
  try {
    const { ImageId } = await ec2.send(
      new RegisterImageCommand({
        Name: name,
        Description: plan.description,
        Architecture: architecture,
        // The API's defaults are paravirtual and no ENA (EC2 API reference, RegisterImage).
        VirtualizationType: 'hvm',
        EnaSupport: ena,
        BootMode: bootMode,
        TpmSupport: plan.image?.tpm === 'v2' ? 'v2.0' : undefined,
        RootDeviceName: rootDevice,
        BlockDeviceMappings: [
          {
            DeviceName: rootDevice,
            Ebs: { SnapshotId: snapshotId, VolumeType: 'gp3', DeleteOnTermination: true },
          },
        ],
        TagSpecifications: tagOnCreate(['image'], tagsFor('base', { ...plan, execution, name })),
      }),
    );
    return { registered: ImageId, said: 'pending' };
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    await refuseIfTaken(ec2, name, execution);
    return { said: error.message };
  }
}
