import type {
  EnableImageDeprecationCommandInput,
  EnableImageDeprecationCommandOutput,
} from '@aws-sdk/client-ec2';
import { invalidParameter, missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { checkDeprecation, toMinute } from './deprecation.ts';
import { checkState, ownImage } from './images.ts';
import { checkDryRun } from './refusals.ts';

/**
 * A deprecated image is hidden from other accounts, but can still be launched by id. A second call replaces
 * the deprecation time.
 */
export const enableImageDeprecation: Operation<
  EnableImageDeprecationCommandInput,
  EnableImageDeprecationCommandOutput
> = {
  kind: 'write',
  accepts: ['DeprecateAt', 'DryRun', 'ImageId'],
  run(input, call) {
    const { world, now } = call;
    const { ImageId, DeprecateAt } = input;
    if (ImageId === undefined) throw missingParameter('imageId');
    if (DeprecateAt === undefined) throw missingParameter('deprecateAt');
    if (Number.isNaN(DeprecateAt.getTime())) {
      throw invalidParameter('The value for parameter DeprecateAt is invalid.');
    }
    const image = ownImage(call, ImageId);
    checkState(image, ['available', 'disabled']);
    checkDeprecation(image, DeprecateAt.getTime(), now);
    checkDryRun(input);
    world.images.put(
      { ...image, deprecationTime: toMinute(DeprecateAt.getTime()) },
      now,
      lagMs(world, ImageId),
    );
    return { Return: true };
  },
};
