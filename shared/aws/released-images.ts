import type { Image } from '@aws-sdk/client-ec2';
import type { PublishedRelease } from '../build/channels.ts';
import type { ImageOfRelease, ImageUsers } from '../build/distribution.ts';
import type { Clients } from './clients.ts';
import { foundImage } from './facts.ts';
import { findImages } from './find-resources.ts';
import { createVolumePermissions, launchPermissions } from './permission-lists.ts';
import { tagRecord } from './tags.ts';

/** Reads the images of a release in these regions; `undefined`: the image does not exist. */
export async function readReleasedImages(
  { images }: PublishedRelease,
  regions: readonly string[],
  { ec2 }: Pick<Clients, 'ec2'>,
): Promise<Map<string, ImageOfRelease | undefined>> {
  const found = await Promise.all(
    regions.map(async (region) => {
      const [image] = await findImages(ec2(region), { Name: 'image-id', Values: [images[region] ?? ''] });
      return [region, image && ofRelease(region, image)] as const;
    }),
  );
  return new Map(found);
}

const ofRelease = (region: string, image: Image): ImageOfRelease => ({
  ...foundImage(image),
  region,
  tags: tagRecord(image.Tags),
  description: image.Description ?? '',
  deregistrationProtection: protectionOf(image.DeregistrationProtection),
});

const protectionOf = (found = ''): ImageOfRelease['deregistrationProtection'] => {
  if (found === 'enabled-with-cooldown') return 'with-cooldown';
  return found.startsWith('enabled') ? 'on' : undefined;
};

/** Reads who can use an image. All its snapshots have the same permissions. */
export async function readUsers(
  { region, imageId, snapshotIds }: Pick<ImageOfRelease, 'region' | 'imageId' | 'snapshotIds'>,
  { ec2 }: Pick<Clients, 'ec2'>,
): Promise<ImageUsers> {
  const [launch, createVolume] = await Promise.all([
    launchPermissions(ec2(region), imageId).read(),
    Promise.all(snapshotIds.slice(0, 1).map((id) => createVolumePermissions(ec2(region), id).read())),
  ]);
  return { launch, createVolume: createVolume.flat() };
}
