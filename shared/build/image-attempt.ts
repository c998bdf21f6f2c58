/** The maximum number of attempts for an image or a copy. */
export const ATTEMPTS_MAX = 3;

/** States after which an image does not become `available` (EC2 API reference, ImageState). */
const FAILED = new Set(['invalid', 'failed', 'error', 'deregistered', 'disabled']);

/** Whether the image has failed, so that it will not become available. */
export function hasFailed({ State }: { readonly State?: string | undefined }): boolean {
  return FAILED.has(State ?? '');
}

/** How long EC2's reads may contradict its earlier answers: reads lag behind writes, and may alternate between old and new data. */
const CONTRADICTION_SECONDS = 300;

/** Whether a contradiction since this time has lasted too long to be a lag. */
export function isTooLongForLag(since: string, now: Date): boolean {
  return now.getTime() - new Date(since).getTime() >= CONTRADICTION_SECONDS * 1000;
}

/** One attempt to create an image. Each invocation passes the attempt on to the next. */
export interface ImageAttempt {
  readonly attempt: number;
  /** The id in EC2's answer; absent: this attempt is not started, or the answer was lost. */
  readonly imageId?: string | undefined;
  /** When the image was last visible (ISO 8601). */
  readonly seenAt?: string | undefined;
  /** EC2's answers to the earlier attempts. */
  readonly failures: readonly string[];
}

/** The fields of EC2's `Image` that `imageStatus` reads. */
export interface DescribedImage {
  readonly ImageId?: string | undefined;
  readonly State?: string | undefined;
  readonly StateReason?:
    | { readonly Code?: string | undefined; readonly Message?: string | undefined }
    | undefined;
}

export type ImageStatus =
  | { readonly is: 'not started' }
  | { readonly is: 'pending'; readonly said: string }
  | { readonly is: 'available' }
  | { readonly is: 'failed'; readonly why: string };

/** The status of an attempt. `image`: what EC2 lists now; `undefined`: the image is not visible. */
export function imageStatus(
  image: DescribedImage | undefined,
  attempt: ImageAttempt,
  now: Date,
): ImageStatus {
  if (image === undefined) {
    if (attempt.imageId === undefined) return { is: 'not started' };
    if (attempt.seenAt === undefined) return { is: 'pending', said: 'the image is not visible yet' };
    if (!isTooLongForLag(attempt.seenAt, now))
      return { is: 'pending', said: 'the image is not visible at the moment' };
    return {
      is: 'failed',
      why: `${attempt.imageId} no longer exists, although this build did not remove it`,
    };
  }
  if (image.State === 'available') return { is: 'available' };
  const why = `${image.State}: ${image.StateReason?.Message ?? image.StateReason?.Code ?? 'no reason given'}`;
  if (hasFailed(image)) return { is: 'failed', why };
  return { is: 'pending', said: image.State ?? 'no state' };
}

/** EC2's answers to several attempts, without repetitions. */
export function describeFailures(failures: readonly string[]): string {
  return [...new Set(failures)].join('; ');
}
