import { AwsError } from '../core/errors.ts';
import type { ImageRecord } from './records.ts';

/** Protection with a cooldown lasts 24 hours after it is disabled. */
export const cooldownMs = 86_400_000;

/** The text in DescribeImages and DescribeImageAttribute. ekristen/aws-nuke reads the same words. */
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
