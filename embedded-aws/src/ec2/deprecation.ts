import { AwsError, invalidParameter } from '../core/errors.ts';
import { secondsText } from './image-shape.ts';
import { isPublic } from './images.ts';
import type { ImageRecord } from './records.ts';

const minuteMs = 60_000;
const publicYearsMax = 2;
const yearsMax = 10;

/** EC2 rounds to the nearest minute. */
export const toMinute = (ms: number) => Math.round(ms / minuteMs) * minuteMs;

function yearsAfter(ms: number, years: number): number {
  const date = new Date(ms);
  return date.setUTCFullYear(date.getUTCFullYear() + years);
}

/**
 * When a newly public image is deprecated: two years after the image was created, or at its earlier
 * deprecation time.
 */
export function publicDeprecation({ creationDate, deprecationTime }: ImageRecord): number {
  const limit = toMinute(yearsAfter(creationDate, publicYearsMax));
  return deprecationTime === undefined ? limit : Math.min(deprecationTime, limit);
}

/**
 * The time must not be in the past. The maximum is ten years from now, or two years after creation for a
 * public image.
 */
export function checkDeprecation(image: ImageRecord, at: number, now: number): void {
  const value = `Value (${secondsText(at)}) for parameter DeprecateAt is invalid.`;
  if (at < now) throw invalidParameter(`${value} The deprecation date can't be in the past.`);
  if (isPublic(image) && at > toMinute(yearsAfter(image.creationDate, publicYearsMax))) {
    throw invalidParameter(
      `${value} The deprecation date of a public image can be no later than ${publicYearsMax} years from its creation date.`,
    );
  }
  if (at > yearsAfter(now, yearsMax)) {
    throw invalidParameter(`${value} The deprecation date can be no later than ${yearsMax} years from now.`);
  }
}

/**
 * A public image must become private before its deprecation can be canceled (EC2 user guide, Deprecate an
 * Amazon EC2 AMI).
 */
export function checkCancellable(image: ImageRecord): void {
  if (isPublic(image)) {
    throw new AwsError(
      'OperationNotPermitted',
      `The deprecation of the public image ${image.id} can't be cancelled. Make the image private and try again.`,
    );
  }
}
