import type {
  AttachImageWatermarkCommandInput,
  AttachImageWatermarkCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError, invalidParameter, missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { checkState, isPublic, ownImage } from './images.ts';
import { checkDryRun } from './refusals.ts';

const watermarksMax = 5;

/**
 * Only the owner attaches watermarks, and only to an image that is not public. Images that are created or
 * copied from the image inherit them (EC2 user guide, Use AMI watermarks).
 */
export const attachImageWatermark: Operation<
  AttachImageWatermarkCommandInput,
  AttachImageWatermarkCommandOutput
> = {
  kind: 'write',
  accepts: ['DryRun', 'ImageId', 'WatermarkName'],
  run(input, call) {
    const { world, account, now } = call;
    const { WatermarkName: name } = input;
    if (name === undefined) throw missingParameter('watermarkName');
    if (!/^[a-zA-Z0-9()[\] ./\-'@_]{3,128}$/.test(name)) {
      throw invalidParameter(`Value (${name}) for parameter watermarkName is invalid.`);
    }
    const image = ownImage(call, input.ImageId);
    checkState(image, ['available', 'disabled']);
    if (isPublic(image)) {
      throw new AwsError('OperationNotPermitted', 'Watermarks cannot be added to public images.');
    }
    const { watermarks = [] } = image;
    const key = `${account}:${name}`;
    if (watermarks.some((watermark) => watermark.key === key)) {
      throw invalidParameter(`The image ${image.id} already has the watermark ${key}.`);
    }
    if (watermarks.length >= watermarksMax) {
      throw new AwsError(
        'ResourceLimitExceeded',
        `You have reached the limit of ${watermarksMax} watermarks for the image ${image.id}.`,
      );
    }
    checkDryRun(input);
    const watermark = {
      key,
      sourceImageId: image.id,
      sourceImageRegion: image.region,
      sourceImageCreationDate: image.creationDate,
      creationDate: now,
    };
    world.images.put({ ...image, watermarks: [...watermarks, watermark] }, now, lagMs(world, image.id));
    return { WatermarkKey: key };
  },
};
