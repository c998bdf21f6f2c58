import type {
  EnableImageDeregistrationProtectionCommandInput,
  EnableImageDeregistrationProtectionCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { checkState, ownImage } from './images.ts';
import { checkDryRun } from './refusals.ts';

/**
 * A second call with another WithCooldown replaces the setting. Unlike the other Enable calls, this call
 * returns a text (SDK, EnableImageDeregistrationProtectionResult).
 */
export const enableImageDeregistrationProtection: Operation<
  EnableImageDeregistrationProtectionCommandInput,
  EnableImageDeregistrationProtectionCommandOutput
> = {
  kind: 'write',
  accepts: ['DryRun', 'ImageId', 'WithCooldown'],
  run(input, call) {
    const { world, now } = call;
    const image = ownImage(call, input.ImageId);
    checkState(image, ['available', 'disabled']);
    checkDryRun(input);
    world.images.put(
      { ...image, deregistrationProtection: { withCooldown: input.WithCooldown ?? false } },
      now,
      lagMs(world, image.id),
    );
    return { Return: 'true' };
  },
};
