/** How often an image or a copy is begun anew after EC2 failed it. */
export const ATTEMPTS_MAX = 3;

/** States that an image does not leave for `available` (EC2 API reference, ImageState). */
const FAILED = new Set(['invalid', 'failed', 'error', 'deregistered', 'disabled']);

/** Whether EC2 has given the image up, so that it will not be available any more. */
export function hasFailed({ State }: { readonly State?: string | undefined }): boolean {
  return FAILED.has(State ?? '');
}

/** How long what EC2 shows may contradict what it did: reads lag behind writes, and may go back and forth. */
const CONTRADICTION_SECONDS = 300;

/** Whether that has gone on for too long to be a lag. */
export function isTooLongForLag(since: string, now: Date): boolean {
  return now.getTime() - new Date(since).getTime() >= CONTRADICTION_SECONDS * 1000;
}

/** One attempt to make an image, as the turns hand it on. */
export interface ImageAttempt {
  readonly attempt: number;
  /** As EC2 answered it; absent: this attempt was not begun yet, or the answer was lost. */
  readonly imageId?: string | undefined;
  /** When it was last seen (ISO 8601). */
  readonly seenAt?: string | undefined;
  /** What EC2 said of the attempts before. */
  readonly failures: readonly string[];
}

/** As much of EC2's Image as is judged. */
export interface DescribedImage {
  readonly ImageId?: string | undefined;
  readonly State?: string | undefined;
  readonly StateReason?:
    | { readonly Code?: string | undefined; readonly Message?: string | undefined }
    | undefined;
}

export type ImageStatus =
  | { readonly is: 'not begun' }
  | { readonly is: 'under way'; readonly said: string }
  | { readonly is: 'available' }
  | { readonly is: 'failed'; readonly why: string };

/** What has become of an attempt; `image` is what EC2 shows of it now. */
export function imageStatus(
  image: DescribedImage | undefined,
  attempt: ImageAttempt,
  now: Date,
): ImageStatus {
  if (image === undefined) {
    if (attempt.imageId === undefined) return { is: 'not begun' };
    if (attempt.seenAt === undefined) return { is: 'under way', said: 'nothing of it yet' };
    if (!isTooLongForLag(attempt.seenAt, now)) return { is: 'under way', said: 'nothing of it for a while' };
    return { is: 'failed', why: `${attempt.imageId} is gone, though nothing of this build removed it` };
  }
  if (image.State === 'available') return { is: 'available' };
  const why = `${image.State}: ${image.StateReason?.Message ?? image.StateReason?.Code ?? 'no reason given'}`;
  if (hasFailed(image)) return { is: 'failed', why };
  return { is: 'under way', said: image.State ?? 'no state' };
}

/** What EC2 said to several attempts, once where it said the same. */
export function describeFailures(failures: readonly string[]): string {
  return [...new Set(failures)].join('; ');
}
