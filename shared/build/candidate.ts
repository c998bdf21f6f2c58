import { BuildFailed } from '../errors.ts';
import type { AnyPlan, PendingCandidate } from './execution-document.ts';
import { ATTEMPTS_MAX, describeFailures, type ImageAttempt } from './image-attempt.ts';
import { imageName } from './version.ts';
import { pending, waitTimes } from './waiting.ts';

/** An attempt to make the image of an instance. */
export interface CandidateAttempt extends ImageAttempt {
  readonly instanceId: string;
  /** The name of the image. */
  readonly name: string;
  /** When CreateImage began to wait (ISO 8601); absent: this is its first turn. */
  readonly since?: string | undefined;
  /** Since when the name has been taken by an image that cannot be seen (ISO 8601). */
  readonly takenSince?: string | undefined;
}

/** The attempt under way, or the first. `before`: what the turn before reported. */
export function currentAttempt(
  { recipe, version }: AnyPlan,
  instanceId: string,
  before: PendingCandidate | undefined,
): CandidateAttempt {
  const { attempt, imageId, seenAt, takenSince, failures, since } = before ?? { attempt: 1, failures: [] };
  const name = imageName(recipe, version, attempt);
  return { instanceId, name, attempt, imageId, seenAt, takenSince, failures, since };
}

/** Reports that the image is awaited, and what is known of it. */
export function awaitImage(
  { instanceId, name, since, attempt, failures }: CandidateAttempt,
  { said, now }: { readonly said: string; readonly now: Date },
  known: Pick<PendingCandidate, 'imageId' | 'seenAt' | 'takenSince'> = {},
): PendingCandidate {
  const awaiting = `the image ${name} of ${instanceId}`;
  const wait = pending(waitTimes.createImage, { since, now, awaiting, said });
  return { ...wait, attempt, failures: [...failures], ...known };
}

/** Reports that another attempt follows; gives up after too many. */
export function nextAttempt(current: CandidateAttempt, why: string, now: Date): PendingCandidate {
  const { instanceId, attempt } = current;
  const failures = [...current.failures, why];
  if (attempt < ATTEMPTS_MAX)
    return awaitImage({ ...current, attempt: attempt + 1, failures }, { said: why, now });
  throw new BuildFailed(
    `EC2 failed to make an image of ${instanceId} ${attempt} times; it said: ${describeFailures(failures)}`,
  );
}
