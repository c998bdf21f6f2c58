import type { ResetImageAttributeCommandInput, ResetImageAttributeCommandOutput } from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { checkAvailable, ownImage } from './images.ts';
import { checkDryRun, checkOneOf } from './refusals.ts';

/**
 * Launch permissions are the only attribute that has a default to go back to: nobody but the owner. That the image must be
 * available, as it must for ModifyImageAttribute, is assumed.
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
