import { DeregisterImageCommand, type EC2Client } from '@aws-sdk/client-ec2';
import { NotFound } from '../errors.ts';

/** Removes an image with its snapshots; pending ones too. Gone already is a success. */
export async function removeImage(ec2: EC2Client, imageId: string): Promise<void> {
  try {
    await ec2.send(new DeregisterImageCommand({ ImageId: imageId, DeleteAssociatedSnapshots: true }));
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
  }
}

/**
 * Removes the images of attempts that failed. Only a courtesy to whoever pays for them meanwhile: what cannot be removed now,
 * clean-up removes.
 */
export async function discard(
  ec2: EC2Client,
  images: readonly { ImageId?: string | undefined }[],
): Promise<void> {
  await Promise.allSettled(images.map(({ ImageId = '' }) => removeImage(ec2, ImageId)));
}
