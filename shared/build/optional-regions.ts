import {
  BuildFailed,
  Conflict,
  Denied,
  LimitReached,
  NotFound,
  Refused,
  Throttled,
  Transient,
} from '../errors.ts';
import type { AnyPlan, Copy, FailedRegion } from './execution-document.ts';
import { describeSeconds, isPastDeadline, secondsBetween, waitTimes } from './waiting.ts';

/** Whether the image is also released without this region. */
export const isOptional = ({ optionalRegions = [] }: Pick<AnyPlan, 'optionalRegions'>, region: string) =>
  optionalRegions.includes(region);

/** Whether a retry has the same result: AWS has refused a call, or has failed an image for good. */
export const isFinal = (error: unknown): error is BuildFailed | Conflict | Denied | LimitReached | Refused =>
  error instanceof BuildFailed ||
  error instanceof Conflict ||
  error instanceof Denied ||
  error instanceof LimitReached ||
  error instanceof Refused;

/** Whether the error may pass: a fault of AWS, throttling, or a resource that is not visible everywhere yet. */
const mayPass = (error: unknown): error is NotFound | Throttled | Transient =>
  error instanceof NotFound || error instanceof Throttled || error instanceof Transient;

/** The copy that has failed for good. */
export const failedCopy = (copy: Copy, reason: string): Copy => ({ ...copy, state: 'failed', said: reason });

/**
 * The copy to an optional region after an error; `undefined`: the error has nothing to do with the region. The state machine does not retry
 * this error, because the function does not fail, so an error that may pass has some time here.
 */
export function copyAfterError(copy: Copy, error: unknown, now: Date): Copy | undefined {
  if (isFinal(error)) return failedCopy(copy, error.message);
  if (!mayPass(error)) return undefined;
  const faultSince = copy.faultSince ?? now.toISOString();
  if (!isPastDeadline(waitTimes.optionalRegion, faultSince, now))
    return { ...copy, faultSince, said: error.message };
  const lasted = describeSeconds(secondsBetween(faultSince, now));
  return failedCopy(copy, `the calls have failed for ${lasted}: ${error.message}`);
}

/**
 * The copies after the deadline of the stage: those to optional regions fail. If a required copy is not available either, nothing changes,
 * because the build fails.
 */
export function copiesAtDeadline(
  copies: readonly Copy[],
  plan: AnyPlan,
  since: string | undefined,
  now: Date,
): readonly Copy[] {
  const isOpen = ({ state }: Copy) => state === 'waiting' || state === 'pending';
  if (since === undefined || !isPastDeadline(waitTimes.copyImages, since, now)) return copies;
  if (copies.some((copy) => isOpen(copy) && !isOptional(plan, copy.region))) return copies;
  const waited = describeSeconds(secondsBetween(since, now));
  return copies.map((copy) =>
    isOpen(copy)
      ? failedCopy(copy, `the copy was not available after ${waited}; AWS last said: ${copy.said}`)
      : copy,
  );
}

/** The optional regions that a release does not have, from the plan and from the copies. */
export const regionsWithoutImage = (plan: AnyPlan, copies: readonly Copy[]): FailedRegion[] => [
  ...(plan.failedRegions ?? []),
  ...copies.flatMap(({ region, state, said }) => (state === 'failed' ? [{ region, reason: said }] : [])),
];

/** What it means that an optional region has failed. */
export const failedRegionWarning = ({ region, reason }: FailedRegion): string =>
  `the image is released without the optional region ${region}: ${reason}`;
