import type {
  DetachImageWatermarkCommandInput,
  DetachImageWatermarkCommandOutput,
} from '@aws-sdk/client-ec2';
import { invalidParameter, missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { ownImage } from './images.ts';
import { checkDryRun } from './refusals.ts';

/** Images that have inherited the watermark keep it (EC2 user guide, Detach a watermark from an AMI). */
export const detachImageWatermark: Operation<
  DetachImageWatermarkCommandInput,
  DetachImageWatermarkCommandOutput
> = {
  kind: 'write',
  accepts: ['DryRun', 'ImageId', 'WatermarkKey'],
  run(input, call) {
    const { world, now } = call;
    const { WatermarkKey: key } = input;
    if (key === undefined) throw missingParameter('watermarkKey');
    const image = ownImage(call, input.ImageId);
    const { watermarks = [], ...rest } = image;
    const kept = watermarks.filter((watermark) => watermark.key !== key);
    if (kept.length === watermarks.length) {
      throw invalidParameter(`The image ${image.id} does not have the watermark ${key}.`);
    }
    checkDryRun(input);
    world.images.put(kept.length === 0 ? rest : { ...rest, watermarks: kept }, now, lagMs(world, image.id));
    return { Return: true };
  },
};
