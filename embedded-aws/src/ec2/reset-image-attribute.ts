import type { ResetImageAttributeCommandInput, ResetImageAttributeCommandOutput } from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { checkAvailable, ownImage } from './images.ts';
import { checkDryRun, checkOneOf } from './refusals.ts';

/**
 * Resets the launch permissions, so that only the owner can use the image. No other attribute can be reset.
 * EC2 requires an available image for ModifyImageAttribute; the same requirement here is assumed.
 */
export const resetImageAttribute: Operation<
  ResetImageAttributeCommandInput,
  ResetImageAttributeCommandOutput
> = {
  kind: 'write',
  accepts: ['Attribute', 'DryRun', 'ImageId'],
  run(input, call) {
    const { Attribute, ImageId } = input;
    if (ImageId === undefined) throw missingParameter('imageId');
    if (Attribute === undefined) throw missingParameter('attribute');
    checkOneOf('attribute', Attribute, ['launchPermission']);
    const image = ownImage(call, ImageId);
    checkAvailable(image);
    checkDryRun(input);
    call.world.images.put({ ...image, launchPermissions: [] }, call.now, lagMs(call.world, ImageId));
    return {};
  },
};
