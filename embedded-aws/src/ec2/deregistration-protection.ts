import { AwsError } from '../core/errors.ts';
import type { ImageRecord } from './records.ts';

/** For how long protection with a cooldown goes on after it was switched off: 24 hours. */
export const cooldownMs = 86_400_000;

/** As DescribeImages and DescribeImageAttribute tell it; the words are those that ekristen/aws-nuke reads. */
export function protectionText({ deregistrationProtection: protection }: ImageRecord, now: number): string {
  if (protection === undefined) return 'disabled';
  const { withCooldown, endsAt } = protection;
  if (endsAt === undefined) return withCooldown ? 'enabled-with-cooldown' : 'enabled-without-cooldown';
  return endsAt <= now ? 'disabled' : `disabled after ${new Date(endsAt).toISOString()}`;
}

export function checkUnprotected(image: ImageRecord, now: number): void {
  const { id, deregistrationProtection: protection } = image;
  if (protection === undefined) return;
  if (protection.endsAt === undefined) {
    throw new AwsError(
      'OperationNotPermitted',
      `The image ${id} can't be deregistered because deregistration protection is enabled. Disable deregistration protection and try again.`,
    );
  }
  if (protection.endsAt > now) {
    throw new AwsError(
      'OperationNotPermitted',
      `The image ${id} can't be deregistered because its deregistration protection is in the cooldown period, which ends at ${new Date(protection.endsAt).toISOString()}.`,
    );
  }
}
