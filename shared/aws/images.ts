import {
  DeregisterImageCommand,
  DescribeImagesCommand,
  type EC2Client,
  type Image,
  type Instance,
  type ProductCode,
} from '@aws-sdk/client-ec2';
import type { AnyPlan } from '../build/execution-document.ts';
import { EXECUTION } from '../build/tags.ts';
import { Conflict, NotFound } from '../errors.ts';
import { findImages } from './find-resources.ts';
import { tagRecord } from './tags.ts';

/** An image by its id, whoever owns it; `undefined`: there is none that this account could see. */
export async function describeImage(ec2: EC2Client, imageId: string): Promise<Image | undefined> {
  try {
    const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds: [imageId] }));
    return Images?.[0];
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

/**
 * Removes an image with its snapshots; pending ones too. Gone already is a success. `keepSnapshots`: they were there before the image,
 * and are not ours.
 */
export async function removeImage(
  ec2: EC2Client,
  imageId: string,
  { keepSnapshots = false } = {},
): Promise<void> {
  try {
    await ec2.send(
      new DeregisterImageCommand({ ImageId: imageId, DeleteAssociatedSnapshots: !keepSnapshots }),
    );
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

/** EC2 names the platform of Windows alone. */
export function platformOf({ Platform }: Pick<Image | Instance, 'Platform'>): AnyPlan['platform'] {
  return Platform?.toLowerCase() === 'windows' ? 'windows' : 'linux';
}

/** The product codes of AWS Marketplace. */
export function productsOf({ ProductCodes = [] }: { readonly ProductCodes?: ProductCode[] | undefined }) {
  return ProductCodes.flatMap(({ ProductCodeId = '', ProductCodeType }) =>
    ProductCodeType === 'marketplace' ? [ProductCodeId] : [],
  );
}

/** The name may be taken by ourselves, when the answer to an earlier call was lost and its image is not visible yet. */
export async function refuseIfTaken(ec2: EC2Client, name: string, execution: string): Promise<void> {
  const [image] = await findImages(ec2, { Name: 'name', Values: [name] });
  if (image === undefined || tagRecord(image.Tags)[EXECUTION] === execution) return;
  throw new Conflict(
    `The image ${image.ImageId} has the name ${name} already and was not made by this execution; remove or rename it`,
  );
}
