import type { World } from '../core/world.ts';
import type { FormerImage } from './records.ts';

/** Before an image is removed, keeps the data that the ancestry of its descendants needs. */
export function rememberFormer(world: World, id: string): void {
  const image = world.images.get(id);
  if (image === undefined) return;
  const { creationDate, ownerAlias, sourceImageId, sourceImageRegion } = image;
  world.formerImages.set(id, {
    creationDate,
    ...(ownerAlias === undefined ? {} : { ownerAlias }),
    ...(sourceImageId === undefined ? {} : { sourceImageId }),
    ...(sourceImageRegion === undefined ? {} : { sourceImageRegion }),
  });
}

/** An image as ancestry shows the image, even if the image is gone or belongs to another account. */
export function knownImage(world: World, id: string): FormerImage | undefined {
  return world.images.get(id) ?? world.formerImages.get(id);
}
