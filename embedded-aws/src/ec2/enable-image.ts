import type { EnableImageCommandInput, EnableImageCommandOutput } from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { announceImage } from './announcements.ts';
import { checkState, ownImage } from './images.ts';
import { checkDryRun } from './refusals.ts';

/** Makes a disabled image available again. The launch permissions do not come back. */
export const enableImage: Operation<EnableImageCommandInput, EnableImageCommandOutput> = {
  kind: 'write',
  accepts: ['DryRun', 'ImageId'],
  run(input, call) {
    const { world, now } = call;
    const image = ownImage(call, input.ImageId);
    checkState(image, ['disabled']);
    checkDryRun(input);
    const enabled = { ...image, state: 'available' } as const;
    world.images.put(enabled, now, lagMs(world, image.id));
    announceImage(world, enabled, now);
    return { Return: true };
  },
};
