import type {
  GetImageAncestryCommandInput,
  GetImageAncestryCommandOutput,
  ImageAncestryEntry,
} from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import type { World } from '../core/world.ts';
import { knownImage } from './former-images.ts';
import { seenImage } from './images.ts';
import { checkDryRun, checkIds } from './refusals.ts';
import { wholeSeconds } from './times.ts';

/**
 * From the image to its root. The ancestry includes ancestors that are gone or that the caller cannot see,
 * and ends at an image of a verified provider (EC2 user guide, Use AMI ancestry to trace the origin of an
 * AMI).
 */
export const getImageAncestry: Operation<GetImageAncestryCommandInput, GetImageAncestryCommandOutput> = {
  kind: 'read',
  accepts: ['DryRun', 'ImageId'],
  run(input, call) {
    const { ImageId } = input;
    if (ImageId === undefined) throw missingParameter('imageId');
    checkIds('ami', [ImageId]);
    seenImage(call, ImageId);
    checkDryRun(input);
    return { ImageAncestryEntries: ancestry(call.world, ImageId) };
  },
};

const entriesMax = 50;

function ancestry(world: World, firstId: string): ImageAncestryEntry[] {
  const entries: ImageAncestryEntry[] = [];
  let id: string | undefined = firstId;
  while (id !== undefined && entries.length < entriesMax) {
    const image = knownImage(world, id);
    if (image === undefined) break;
    entries.push({
      CreationDate: wholeSeconds(image.creationDate),
      ImageId: id,
      ImageOwnerAlias: image.ownerAlias,
      SourceImageId: image.sourceImageId,
      SourceImageRegion: image.sourceImageRegion,
    });
    const isRoot = image.ownerAlias === 'amazon' || image.ownerAlias === 'aws-marketplace';
    id = isRoot ? undefined : image.sourceImageId;
  }
  return entries;
}
