import type { World } from '../core/world.ts';
import type { FormerImage } from './records.ts';

/** Keeps of an image that is about to be forgotten what the ancestry of its descendants tells. */
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

/** An image as its ancestry shows it, whether it is still there or not, and whoever owns it. */
export function knownImage(world: World, id: string): FormerImage | undefined {
  return world.images.get(id) ?? world.formerImages.get(id);
}
