import {
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DisableImageDeregistrationProtectionCommand,
  type EC2Client,
  ResetImageAttributeCommand,
  ResetSnapshotAttributeCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { type FoundResource, isImageOfBaseSnapshot } from '../build/removal-plan.ts';
import { NotFound } from '../errors.ts';
import type { Clients } from './clients.ts';
import { mayBeProtected } from './error-codes.ts';
import { removeImage } from './images.ts';

/** Removes the resources. Returns, by id, why AWS refused a removal. A resource that is already gone counts as success. */
export async function removeAll(
  removals: readonly FoundResource[],
  { ec2 }: Pick<Clients, 'ec2'>,
): Promise<Map<string, string>> {
  const refusals = new Map<string, string>();
  await Promise.all(
    removals.map(async (one) => {
      try {
        await removeOne(one, ec2(one.region));
      } catch (error) {
        // One refused removal does not affect the others. The next invocation tries again.
        if (!(error instanceof NotFound))
          refusals.set(one.id, error instanceof Error ? error.message : String(error));
      }
    }),
  );
  return refusals;
}

async function removeOne(resource: FoundResource, ec2: EC2Client): Promise<void> {
  const { kind, id } = resource;
  if (kind === 'instance') await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  if (kind === 'volume') await ec2.send(new DeleteVolumeCommand({ VolumeId: id }));
  if (kind === 'image') await removeOrHide(resource, ec2);
  if (kind === 'snapshot') await ec2.send(new DeleteSnapshotCommand({ SnapshotId: id }));
}

/**
 * Removes an image. If the image cannot be removed, removes at least all permissions of other accounts for the image and its snapshots, and
 * turns off the protection that ShareImages may have turned on before the build failed. The next invocation tries again.
 */
async function removeOrHide(image: FoundResource, ec2: EC2Client): Promise<void> {
  const { id: imageId, tags } = image;
  try {
    await removeImage(ec2, imageId, { keepSnapshots: isImageOfBaseSnapshot(tags) });
  } catch (error) {
    const unprotect = new DisableImageDeregistrationProtectionCommand({ ImageId: imageId });
    await Promise.all([
      hide(image, ec2),
      ...(mayBeProtected(error) ? [Promise.allSettled([ec2.send(unprotect)])] : []),
    ]);
    throw error;
  }
}

/** Removes all permissions of other accounts for these images and their snapshots. */
export async function hideAll(
  images: readonly FoundResource[],
  { ec2 }: Pick<Clients, 'ec2'>,
): Promise<void> {
  await Promise.all(images.map((image) => hide(image, ec2(image.region))));
}

/** It is known why the image remains. An error here usually has the same cause, so it is ignored. */
async function hide({ id, tags, snapshotIds = [] }: FoundResource, ec2: EC2Client): Promise<void> {
  const snapshots = isImageOfBaseSnapshot(tags) ? [] : snapshotIds;
  await Promise.allSettled([
    ec2.send(new ResetImageAttributeCommand({ ImageId: id, Attribute: 'launchPermission' })),
    ...snapshots.map((snapshotId) => ec2.send(hideSnapshot(snapshotId))),
  ]);
}

const hideSnapshot = (SnapshotId: string) =>
  new ResetSnapshotAttributeCommand({ SnapshotId, Attribute: 'createVolumePermission' });
