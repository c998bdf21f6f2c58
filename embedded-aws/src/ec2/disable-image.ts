import type { DisableImageCommandInput, DisableImageCommandOutput } from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { announceImage } from './announcements.ts';
import { checkAvailable, ownImage } from './images.ts';
import { checkDryRun } from './refusals.ts';

/**
 * Launch permissions are lost permanently. The snapshots remain, and remain in use (EC2 user guide, Disable
 * an Amazon EC2 AMI).
 */
export const disableImage: Operation<DisableImageCommandInput, DisableImageCommandOutput> = {
  kind: 'write',
  accepts: ['DryRun', 'ImageId'],
  run(input, call) {
    const { world, now } = call;
    const image = ownImage(call, input.ImageId);
    checkAvailable(image);
    checkDryRun(input);
    const disabled = { ...image, state: 'disabled', launchPermissions: [] } as const;
    world.images.put(disabled, now, lagMs(world, image.id));
    announceImage(world, disabled, now);
    return { Return: true };
  },
};
