import type {
  DisableImageDeregistrationProtectionCommandInput,
  DisableImageDeregistrationProtectionCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { cooldownMs } from './deregistration-protection.ts';
import { checkState, ownImage } from './images.ts';
import { checkDryRun } from './refusals.ts';

/**
 * Protection with a cooldown lasts 24 more hours. Disabling the protection again does not restart the
 * cooldown (assumed).
 */
export const disableImageDeregistrationProtection: Operation<
  DisableImageDeregistrationProtectionCommandInput,
  DisableImageDeregistrationProtectionCommandOutput
> = {
  kind: 'write',
  accepts: ['DryRun', 'ImageId'],
  run(input, call) {
    const { world, now } = call;
    const image = ownImage(call, input.ImageId);
    checkState(image, ['available', 'disabled']);
    checkDryRun(input);
    const { deregistrationProtection: protection, ...rest } = image;
    if (protection?.endsAt !== undefined && protection.endsAt > now) return { Return: 'true' };
    const cooling = protection?.withCooldown && protection.endsAt === undefined;
    world.images.put(
      cooling
        ? { ...rest, deregistrationProtection: { withCooldown: true, endsAt: now + cooldownMs } }
        : rest,
      now,
      lagMs(world, image.id),
    );
    return { Return: 'true' };
  },
};
