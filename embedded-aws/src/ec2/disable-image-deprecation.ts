import type {
  DisableImageDeprecationCommandInput,
  DisableImageDeprecationCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { checkCancellable } from './deprecation.ts';
import { checkState, ownImage } from './images.ts';
import { checkDryRun } from './refusals.ts';

/** If the image has no deprecation time, the call changes nothing (assumed). */
export const disableImageDeprecation: Operation<
  DisableImageDeprecationCommandInput,
  DisableImageDeprecationCommandOutput
> = {
  kind: 'write',
  accepts: ['DryRun', 'ImageId'],
  run(input, call) {
    const { world, now } = call;
    const image = ownImage(call, input.ImageId);
    checkState(image, ['available', 'disabled']);
    checkCancellable(image);
    checkDryRun(input);
    const { deprecationTime: _cancelled, ...rest } = image;
    world.images.put(rest, now, lagMs(world, image.id));
    return { Return: true };
  },
};
